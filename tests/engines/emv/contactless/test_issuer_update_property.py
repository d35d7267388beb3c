"""Whatever card is held up the second time and whatever it answers: the issuer's commands go to it
once at most, in order, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contactless.requests import Activate, Presented, Show, TapRequest, Updated
from cardamom.engines.emv.replay import drive
from cardamom.engines.emv.requests import Transmit
from cardamom.faults import CardFault
from cardamom.values.events import Reason
from support.contactless import V, fci, only
from support.contactless_qualified import PDOL, Qualified
from support.emv import APPROVED, GONE, MUTE, t

AUTH = bytes.fromhex("A1B2C3D4E5F607083030")
EXTERNAL = bytes.fromhex("008200000A") + AUTH
SELECT = bytes.fromhex("00A4040007") + V + b"\0"
COMMANDS = [bytes.fromhex("04DA9F580900") + bytes(7) + bytes((n,)) for n in range(4)]
SCRIPTS = b"".join(
    t(template, t(0x9F18, f"{n:08X}") + b"".join(t(0x86, c) for c in commands))
    for n, (template, commands) in enumerate(((0x72, COMMANDS[3:]), (0x71, COMMANDS[:3])))
)
"""A script of three commands to be run first, though it comes second, and one of one."""
ANSWERS = st.one_of(
    st.just(Reply(fci(V, PDOL), 0x9000, 1)),
    st.builds(
        Reply,
        st.binary(max_size=20),
        st.sampled_from([0x9000, 0x6100, 0x6283, 0x6300, 0x6985, 0x6988, 0x6A82, 0x6D00]),
        st.just(1),
    ),
    st.sampled_from([GONE, MUTE]),
)
COMES = st.sampled_from(
    [Presented.CARD, Presented.CARD, Presented.COLLISION, Reason.TIMEOUT, Reason.CANCELLED]
)


@given(answers=st.lists(ANSWERS, max_size=12), comes=st.lists(COMES, max_size=6))
def test_any_card(answers: list[Reply | CardFault], comes: list[Presented | Reason]) -> None:
    card = Qualified(ttq="3600C000", ctq="0040", tap=only(V, issuer_update=True))
    result = card.online(answer=replace(APPROVED, issuer_auth=AUTH, scripts=SCRIPTS))
    sent: list[bytes] = []

    def serve(request: TapRequest) -> object:
        match request:
            case Show():
                return None
            case Activate():
                return comes.pop(0) if comes else Reason.TIMEOUT
            case Transmit(apdu):
                sent.append(apdu)
                answer = answers.pop(0) if answers else GONE
                if isinstance(answer, CardFault):
                    raise answer
                return answer
        raise AssertionError(request)

    assert result.restart is not None
    updated: Updated = drive(result.restart(), serve)
    scripts = [apdu for apdu in sent if apdu not in (SELECT, EXTERNAL)]
    assert scripts == [c for c in COMMANDS if c in scripts]
    results = [updated.results[at : at + 5] for at in range(0, len(updated.results), 5)]
    assert [each[1:].hex() for each in results] == ["00000001", "00000000"]
    ran = [bool(each[0]) for each in results]
    assert ran == [COMMANDS[0] in scripts, COMMANDS[3] in scripts]
    if updated.why is None:
        assert all(ran)
    else:
        assert not all(each[0] == 0x20 for each in results)
