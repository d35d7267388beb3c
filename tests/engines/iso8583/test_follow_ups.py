"""What follows a request: the same however often it is sent, and answered by its own rules."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.iso8583.codec import BadMacError, Codec, Message, MessageError
from cardamom.engines.iso8583.mapping import (
    known_as,
    message_for,
    read_answer,
    read_totals,
    totals_message,
    traits,
)
from cardamom.engines.iso8583.profile import Keys, Profile, answer_of
from cardamom.engines.keys.working import Scheme, WorkingKeys
from cardamom.settings.profile import load_message_profile
from cardamom.values.events import CvmUsed, Reason, Verdict
from cardamom.values.kinds import Kind
from cardamom.values.online import OnlineRequest, Purpose
from cardamom.values.secret import Key, PinBlock
from cardamom.values.states import Recourse, State
from support.follow_ups import (
    LATER,
    SEALED,
    UNIONPAY,
    approved,
    delivery,
    follow,
    offline,
    totals,
    undo,
)
from support.messages import AT, ICC, ZONE, record, sale

DEFAULT = load_message_profile()
CHINA = load_message_profile(UNIONPAY)
PROFILES = pytest.mark.parametrize("profile", [DEFAULT, CHINA], ids=["default", "unionpay"])
FOLLOWS = [Purpose.REVERSAL, Purpose.ADVICE, Purpose.SCRIPTS, Purpose.UPLOAD]
KSN = "FFFF9876543210E00001"


def body(purpose: Purpose) -> OnlineRequest:
    of = offline() if purpose is Purpose.ADVICE else approved(scripts="1011223344")
    return follow(purpose, of)


@PROFILES
@pytest.mark.parametrize("purpose", FOLLOWS)
@given(first=st.integers(2, 50), second=st.integers(2, 50), hours=st.integers(0, 2000))
@settings(deadline=None, max_examples=25)
def test_a_repeat_is_the_same_whenever_it_is_sent(
    profile: Profile, purpose: Purpose, first: int, second: int, hours: int
) -> None:
    request = body(purpose)

    def sent(attempts: int, after: timedelta) -> Message:
        tried = msgspec.structs.replace(
            delivery(attempts=attempts), tried_at=AT + after, refusals=attempts - 1, code="91"
        )
        later = msgspec.structs.replace(request.record, updated_at=AT + after)
        again = OnlineRequest(later, SEALED, ICC, purpose=purpose, delivery=tried)
        return message_for(again, profile, ZONE)

    once, again = sent(first, timedelta(0)), sent(second, timedelta(hours=hours))
    assert once == again
    assert Codec(profile).encode(once) == Codec(profile).encode(again)
    assert sent(1, timedelta(0)).fields == once.fields


@PROFILES
@given(minor=st.integers(1, 999_999_999_999), hours=st.integers(0, 2000))
@settings(deadline=None, max_examples=50)
def test_a_repeated_request_is_the_request(profile: Profile, minor: int, hours: int) -> None:
    asked = undo(Kind.REFUND, minor=minor, original=approved(amount=record(minor=minor).amount))
    tried = msgspec.structs.replace(
        delivery(50), sent_at=AT + timedelta(hours=hours), attempts=1 + hours
    )
    since = msgspec.structs.replace(asked.record, cvm=CvmUsed.ONLINE_PIN, updated_at=LATER)
    again = OnlineRequest(
        since, SEALED, original=asked.original, purpose=Purpose.REPEAT, delivery=tried
    )
    codec = Codec(profile)
    raw = codec.encode(message_for(asked, profile, ZONE))
    assert codec.encode(message_for(again, profile, ZONE)) == raw
    assert codec.decode(raw) == message_for(asked, profile, ZONE)


@PROFILES
def test_script_results_that_were_told_change_no_repeat_of_a_reversal(profile: Profile) -> None:
    """They leave the record when the host has them; a host without a message for them gets them
    with the reversal."""
    owing, told = approved(scripts="1011223344"), approved()
    sent = [message_for(follow(Purpose.REVERSAL, of), profile, ZONE) for of in (owing, told)]
    assert sent[0] == sent[1]
    follows = msgspec.structs.replace(profile.follow, scripts=None)
    alone = msgspec.structs.replace(profile, follow=follows)
    assert (
        message_for(follow(Purpose.REVERSAL, owing), alone, ZONE).fields[55].endswith("1011223344")
    )


@PROFILES
@pytest.mark.parametrize("purpose", FOLLOWS)
def test_what_follows_never_has_track_data_or_a_pin(profile: Profile, purpose: Purpose) -> None:
    request = body(purpose)
    whole = OnlineRequest(
        request.record, sale().card, ICC, purpose=purpose, delivery=request.delivery
    )
    assert not {35, 52} & message_for(whole, profile, ZONE).fields.keys()


@PROFILES
def test_what_follows_needs_numbers_of_its_own(profile: Profile) -> None:
    with pytest.raises(MessageError, match="own trace number"):
        message_for(OnlineRequest(record(), SEALED, purpose=Purpose.REVERSAL), profile, ZONE)


def test_what_the_profile_does_not_have_is_not_sent() -> None:
    with pytest.raises(MessageError, match=r"no \[follow.query\]"):
        message_for(follow(Purpose.QUERY, record()), CHINA, ZONE)
    with pytest.raises(MessageError, match=r"no \[settlement.end\]"):
        totals_message(totals(end=True), DEFAULT, ZONE)
    sales = {Kind.SALE: DEFAULT.kinds[Kind.SALE]}
    with pytest.raises(MessageError, match="no kind void"):
        message_for(undo(Kind.VOID), msgspec.structs.replace(DEFAULT, kinds=sales), ZONE)


@pytest.mark.parametrize(
    ("reason", "verdict", "code"),
    [
        (None, None, "68"),
        (Reason.NO_ANSWER, None, "68"),
        (Reason.RESTARTED, None, "68"),
        (Reason.BAD_ANSWER, None, "A0"),
        (Reason.CARD_DECLINED, Verdict.APPROVED, "06"),
        (Reason.RESTARTED, Verdict.APPROVED, "06"),
        (Reason.PARTIAL_NOT_ASKED, Verdict.PARTIAL, "06"),
    ],
)
def test_a_reversal_says_why(reason: Reason | None, verdict: Verdict | None, code: str) -> None:
    of = msgspec.structs.replace(record(), reason=reason, verdict=verdict)
    assert message_for(follow(Purpose.REVERSAL, of), DEFAULT, ZONE).get(39) == code


def test_the_pin_of_a_request_is_told_of_in_what_follows() -> None:
    with_pin = approved(cvm=CvmUsed.ONLINE_PIN)
    assert message_for(follow(Purpose.REVERSAL, with_pin), CHINA, ZONE).get(22) == "051"
    assert message_for(follow(Purpose.REVERSAL, approved()), CHINA, ZONE).get(22) == "052"


def test_the_host_knows_an_offline_sale_by_its_advice() -> None:
    """Its request never left, though it has a trace number."""
    of = offline(state=State.ADVISED, owed=delivery(77))
    known = known_as(of, DEFAULT)
    assert known is not None
    assert (known.mti, known.stan) == ("0220", 77)
    assert message_for(undo(Kind.REFUND, original=of), DEFAULT, ZONE).fields[90].startswith(
        "0220" "000077" "0331201700"
    )  # fmt: skip
    assert message_for(undo(Kind.REFUND, original=of), CHINA, ZONE).get(61) == "0000030000770401"


def test_an_offline_sale_without_request_happened_when_it_was_begun() -> None:
    of = offline(requested_at=None, stan=None)
    message = message_for(follow(Purpose.ADVICE, of), DEFAULT, ZONE)
    assert (message.get(11), message.get(12), message.get(13)) == ("000043", "041530", "0401")


def test_a_reversed_void_names_the_void_and_not_the_sale() -> None:
    message = message_for(follow(Purpose.REVERSAL, undo(Kind.VOID).record, stan=51), DEFAULT, ZONE)
    assert message.get(3) == "020000"
    assert message.fields[90].startswith("0200" "000050" "0331204530")  # fmt: skip


# verdicts

CODES = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)


def _answer(purpose: Purpose, code: str, profile: Profile) -> Verdict:
    return read_answer(Message("0430", {11: "000043", 39: code}), profile, purpose).verdict


@PROFILES
@given(code=CODES)
@settings(deadline=None, max_examples=200)
def test_a_reversal_is_done_by_a_listed_code_alone(profile: Profile, code: str) -> None:
    done = code in profile.codes.reversal_done
    verdict = _answer(Purpose.REVERSAL, code, profile)
    assert verdict is (Verdict.APPROVED if done else Verdict.AGAIN)


@PROFILES
@pytest.mark.parametrize("purpose", [Purpose.ADVICE, Purpose.SCRIPTS, Purpose.UPLOAD])
@given(code=CODES | st.sampled_from(["00", "91", "96", "30", "A0"]))
@settings(deadline=None, max_examples=100)
def test_what_is_told_is_taken_refused_or_told_again(
    profile: Profile, purpose: Purpose, code: str
) -> None:
    expected = Verdict.DECLINED
    if code in ("30", "91", "96", "A0", *profile.codes.again):
        expected = Verdict.AGAIN
    elif code in profile.codes.approved:
        expected = Verdict.APPROVED
    assert _answer(purpose, code, profile) is expected


@pytest.mark.parametrize(
    ("purpose", "code", "verdict"),
    [
        (Purpose.REQUEST, "91", Verdict.DECLINED),
        (Purpose.REPEAT, "91", Verdict.AGAIN),
        (Purpose.REPEAT, "00", Verdict.APPROVED),
        (Purpose.REPEAT, "51", Verdict.DECLINED),
        (Purpose.REPEAT, "10", Verdict.PARTIAL),
        (Purpose.QUERY, "00", Verdict.APPROVED),
        (Purpose.QUERY, "25", Verdict.DECLINED),
        (Purpose.QUERY, "10", Verdict.DECLINED),
        (Purpose.QUERY, "91", Verdict.DECLINED),
        (Purpose.REVERSAL, "25", Verdict.APPROVED),
        (Purpose.REVERSAL, "12", Verdict.AGAIN),
    ],
)
def test_a_code_means_what_was_asked(purpose: Purpose, code: str, verdict: Verdict) -> None:
    assert _answer(purpose, code, DEFAULT) is verdict


def test_unionpay_takes_an_unknown_original_as_undone() -> None:
    assert _answer(Purpose.REVERSAL, "12", CHINA) is Verdict.APPROVED


@pytest.mark.parametrize(
    ("profile", "fields", "verdict", "agreed"),
    [
        (DEFAULT, {39: "00", 66: "1"}, Verdict.APPROVED, True),
        (DEFAULT, {39: "00", 66: "2"}, Verdict.APPROVED, False),
        (DEFAULT, {39: "00"}, Verdict.APPROVED, False),
        (DEFAULT, {39: "95", 66: "1"}, Verdict.DECLINED, False),
        (DEFAULT, {39: "96", 66: "1"}, Verdict.AGAIN, False),
        (CHINA, {39: "00", 48: "0" * 30 + "1" + "0" * 31}, Verdict.APPROVED, True),
        (CHINA, {39: "00", 48: "0" * 30 + "2" + "0" * 31}, Verdict.APPROVED, False),
        (CHINA, {39: "00", 48: "1"}, Verdict.APPROVED, False),
    ],
)
def test_totals_agree_where_code_and_field_say_so(
    profile: Profile, fields: dict[int, str], verdict: Verdict, agreed: bool
) -> None:
    read = read_totals(Message("0510", fields), profile)
    assert (read.verdict, read.agreed) == (verdict, agreed)


def test_what_flows_know_of_a_profile() -> None:
    default, china = traits(DEFAULT), traits(CHINA)
    assert set(default.recourse.values()) == {Recourse.REVERSE}
    assert china.recourse[Kind.REFUND] is Recourse.REPEAT
    assert china.recourse[Kind.VOID] is Recourse.REVERSE
    assert (default.settles, default.upload_end, default.reversal_keeps_stan) == (
        True,
        False,
        False,
    )
    assert (china.settles, china.upload_end, china.reversal_keeps_stan) == (True, True, True)
    assert not traits(msgspec.structs.replace(DEFAULT, settlement=None)).settles


# keys

DUKPT = msgspec.structs.replace(DEFAULT, keys=Keys(scheme=Scheme.DUKPT_AES))


def test_a_message_under_dukpt_names_its_key() -> None:
    assert DUKPT.problems() == []
    block = PinBlock(bytes(range(16)))
    message = message_for(sale(), DUKPT, ZONE, block, KSN.lower())
    assert message.get(62) == "KS020" + KSN + "PB032" + bytes(range(16)).hex().upper()
    assert message.get(52) is None
    short = message_for(sale(), DUKPT, ZONE, PinBlock(bytes(8)), KSN)
    assert (short.get(52), short.get(62)) == ("00" * 8, "KS020" + KSN)
    again = message_for(follow(Purpose.REVERSAL, record(), ksn=KSN), DUKPT, ZONE)
    assert again.get(62) == "KS020" + KSN
    assert totals_message(totals(), DUKPT, ZONE, KSN).get(62) == "KS020" + KSN


def test_a_key_that_has_no_field_is_not_left_out_silently() -> None:
    with pytest.raises(MessageError, match="no field 62"):
        message_for(sale(), CHINA, ZONE, PinBlock(bytes(8)), KSN)
    with pytest.raises(MessageError, match="no field 52"):
        message_for(undo(Kind.REFUND), CHINA, ZONE, PinBlock(bytes(8)))


@PROFILES
@pytest.mark.parametrize("purpose", FOLLOWS)
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_no_changed_byte_of_a_sealed_message_passes(
    profile: Profile, purpose: Purpose, data: st.DataObject
) -> None:
    keys = WorkingKeys(profile.keys.scheme, request=Key(bytes(range(16))))
    codec = Codec(profile)
    raw = codec.encode(message_for(body(purpose), profile, ZONE), keys.mac)
    assert codec.decode(raw, keys.mac).mti == message_for(body(purpose), profile, ZONE).mti
    at = data.draw(st.integers(0, len(raw) - 1))
    changed = bytearray(raw)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    if bytes(changed).upper() == raw.upper() and profile is DEFAULT:
        return  # the case of a hex digit carries nothing
    with pytest.raises(MessageError):
        codec.decode(bytes(changed), keys.mac)


@PROFILES
@given(raw=st.binary(max_size=300), purpose=st.sampled_from(Purpose))
@settings(deadline=None, max_examples=300)
def test_only_message_error_escapes_from_any_answer(
    profile: Profile, raw: bytes, purpose: Purpose
) -> None:
    codec = Codec(profile)
    head = b"0430" if profile is DEFAULT else b"\x04\x10"
    for candidate in (raw, head + raw):
        with contextlib.suppress(MessageError, BadMacError):
            answer = codec.decode(candidate)
            if answer.get(39) is not None:
                read_answer(answer, profile, purpose)
                read_totals(answer, profile)


def test_each_answer_s_type_is_its_request_s_next() -> None:
    assert [answer_of(m) for m in ("0200", "0221", "0321", "0421", "0500", "0620", "0820")] == [
        "0210", "0230", "0330", "0430", "0510", "0630", "0830",
    ]  # fmt: skip
