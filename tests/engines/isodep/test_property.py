"""Whatever is lost or spoilt within the retry limits, a command runs once; whatever comes, only the
protocol's own error escapes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.isodep.activation import activate_a, activate_b
from cardamom.engines.isodep.blocks import parse_block
from cardamom.engines.isodep.protocol import IsoDep
from cardamom.engines.isodep.steps import RETRIES, Heard, IsoDepError, Missed
from cardamom.engines.isodep.traits import Traits, parse_ats
from cardamom.simulator.pn532.picc import Manner, Picc, State
from cardamom.values.contactless import Tech
from support.radio import serve

FSCI = st.integers(0, 8)
FATES = st.sampled_from(["ok", "ok", "ok", "lost", "answer lost", "spoilt", "answer spoilt", "old"])


class Radio:
    """Carries frames, and befalls some of them; never more in a row, nor one block more often, than
    may be asked again."""

    def __init__(self, picc: Picc, fates: list[str]) -> None:
        self.picc = picc
        self.fates = fates
        self.in_a_row = 0
        self.before: bytes | None = None
        self.lost: tuple[bytes, int] = (b"", 0)

    def __call__(self, frame: bytes) -> Heard:
        fate = self.fates.pop(0) if self.fates else "ok"
        if frame[0] & 0xE2 == 0x02 and frame != self.lost[0]:
            self.lost = (frame, 0)
        if max(self.in_a_row, self.lost[1] if frame == self.lost[0] else 0) >= RETRIES:
            fate = "ok"
        if frame == self.lost[0] and fate != "ok":
            self.lost = (frame, self.lost[1] + 1)
        self.in_a_row = 0 if fate == "ok" else self.in_a_row + 1
        if fate in ("lost", "spoilt"):
            return Missed.SILENCE if fate == "lost" else Missed.GARBLED
        answer = self.picc.hear(frame)
        if fate == "old" and self.before is not None and not _ambiguous(frame, self.before):
            return self.before
        if answer is None or fate == "answer lost":
            return Missed.SILENCE
        self.before = answer
        return Missed.GARBLED if fate == "answer spoilt" else answer


def _ambiguous(frame: bytes, old: bytes) -> bool:
    """What has no number, or answers an R(NAK), cannot be told from a new one."""
    return frame[0] & 0xF6 == 0xB2 or old[0] & 0xC0 == 0xC0


def activated(manner: Manner, ran: list[bytes], answer: bytes) -> Picc:
    def apdu(command: bytes) -> bytes:
        ran.append(command)
        return answer + len(ran).to_bytes(2)

    picc = Picc(Tech.A, bytes(4), apdu, manner)
    picc.state = State.ACTIVE
    return picc


@given(
    fsci=FSCI,
    piece=st.integers(1, 60),
    wtx=st.integers(0, 2),
    commands=st.lists(st.binary(min_size=4, max_size=80), min_size=1, max_size=4),
    answer=st.binary(max_size=120),
    fates=st.lists(FATES, max_size=80),
)
def test_each_command_runs_once_and_its_answer_comes_whole(
    fsci: int, piece: int, wtx: int, commands: list[bytes], answer: bytes, fates: list[str]
) -> None:
    ran: list[bytes] = []
    manner = Manner(ats=bytes((2, fsci)), wtx=wtx, piece=piece)
    picc = activated(manner, ran, answer)
    assert picc.hear(b"\xe0\x80") == manner.ats
    card = IsoDep(parse_ats(manner.ats))
    radio = Radio(picc, fates)
    for count, command in enumerate(commands, 1):
        assert serve(card.exchange(command), radio) == answer + count.to_bytes(2)
    assert ran == commands
    serve(card.deselect(), radio)
    assert picc.state is State.HALT


@given(
    commands=st.lists(st.binary(min_size=4, max_size=80), min_size=1, max_size=3),
    fates=st.lists(st.sampled_from(["lost", "answer lost", "answer spoilt", "ok"]), max_size=80),
)
def test_beyond_the_limits_a_command_never_runs_twice(
    commands: list[bytes], fates: list[str]
) -> None:
    ran: list[bytes] = []
    picc = activated(Manner(ats=bytes.fromhex("0200"), piece=5), ran, b"answer")
    picc.hear(b"\xe0\x80")
    card = IsoDep(Traits(fsc=16))
    radio = Radio(picc, fates)
    radio.in_a_row = -1000
    told = 0
    try:
        for command in commands:
            serve(card.exchange(command), radio)
            told += 1
    except IsoDepError:
        pass
    assert ran[:told] == commands[:told]
    assert len(ran) <= told + 1


@given(
    heard=st.lists(st.one_of(st.sampled_from(Missed), st.binary(max_size=12)), max_size=60),
    command=st.binary(min_size=1, max_size=60),
)
def test_noise_ends_in_the_protocols_own_error(heard: list[Heard], command: bytes) -> None:
    left = iter(heard)

    def radio(_frame: bytes) -> Heard:
        return next(left, Missed.SILENCE)

    for start in (activate_a(rate=848), activate_b(bytes.fromhex("501122334400000000778171"))):
        try:
            serve(start, radio)
        except IsoDepError:
            continue
    try:
        serve(IsoDep(Traits(fsc=16)).exchange(command), radio)
    except IsoDepError:
        return


@given(st.binary(max_size=20))
def test_a_block_is_what_it_was_or_none(frame: bytes) -> None:
    try:
        block = parse_block(frame)
    except IsoDepError:
        return
    again = parse_block(block.encode())
    assert (again.kind, again.number, again.more, again.inf) == (
        block.kind,
        block.number,
        block.more,
        block.inf,
    )
