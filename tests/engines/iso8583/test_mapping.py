"""Records to requests, answers to results."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines import tlv
from cardamom.engines.iso8583.codec import Message, MessageError
from cardamom.engines.iso8583.mapping import (
    is_answer,
    message_for,
    mismatch,
    network_request,
    read_answer,
)
from cardamom.settings.profile import load_message_profile
from cardamom.values.events import Entry, Verdict
from cardamom.values.online import CardData, OnlineRequest
from cardamom.values.secret import Pan
from support.messages import AT, ICC, ZONE, record, sale

PROFILE = load_message_profile()
REQUEST = message_for(sale(), PROFILE, ZONE, None)


def answer(**changes: str | None) -> Message:
    """The host's approval; `f39="51"` changes a field, `f38=None` takes it away."""
    echoed = {n: REQUEST.fields[n] for n in PROFILE.match.echoed if n in REQUEST.fields}
    fields = {**echoed, 37: "260331000042", 38: "A1B2C3", 39: "00"}
    for name, value in changes.items():
        number = int(name[1:])
        if value is None:
            fields.pop(number, None)
        else:
            fields[number] = value
    return Message("0210", fields)


def test_times_are_the_intent_s_in_utc_and_on_the_merchant_s_clock() -> None:
    assert (REQUEST.get(7), REQUEST.get(13), REQUEST.get(12)) == ("0331201530", "0401", "041530")


@pytest.mark.parametrize(
    ("entry", "field"),
    [(Entry.CHIP, "051"), (Entry.CONTACTLESS, "071"), (Entry.ORIGINAL, "011"), (None, "051")],
)
def test_field_22_says_how_the_card_was_read(entry: Entry | None, field: str) -> None:
    asked = sale()
    read = msgspec.structs.replace(asked.record, entry=entry)
    assert message_for(replace(asked, record=read), PROFILE, ZONE, None).get(22) == field


def test_a_repeat_is_the_same_message() -> None:
    later = record()
    later = msgspec.structs.replace(later, updated_at=AT + timedelta(hours=3))
    again = message_for(OnlineRequest(later, sale().card, ICC), PROFILE, ZONE, None)
    assert again == REQUEST


def test_field_55_holds_the_profile_s_tags_alone() -> None:
    tags = dict(tlv.items(bytes.fromhex(REQUEST.fields[55])))
    assert 0x9F26 in tags
    assert 0x5A not in tags


def test_what_the_card_does_not_have_is_left_out() -> None:
    plain = CardData(pan=Pan("6222020000040128"), expiry="4912")
    message = message_for(OnlineRequest(record(), plain), PROFILE, ZONE, None)
    assert not {23, 35, 52, 55} & message.fields.keys()


def test_a_record_without_intent_has_no_request() -> None:
    with pytest.raises(MessageError, match="no intent"):
        message_for(OnlineRequest(record(stan=None), sale().card), PROFILE, ZONE, None)


def test_a_sign_on() -> None:
    message = network_request("001", 5, "10000001", "104110058120001", PROFILE, AT, ZONE, batch=1)
    assert message.mti == "0800"
    assert (message.get(70), message.get(11), message.get(7)) == ("001", "000005", "0331201530")


@pytest.mark.parametrize(
    ("message", "mine"),
    [
        (answer(), True),
        (answer(f4="000000009999"), True),
        (answer(f41=None), True),
        (answer(f11="000041"), False),
        (answer(f41="10000002"), False),
        (Message("0410", answer().fields), False),
    ],
)
def test_an_answer_is_known_by_type_trace_number_and_terminal(message: Message, mine: bool) -> None:
    assert is_answer(REQUEST, message) is mine


@pytest.mark.parametrize("number", [3, 4, 12, 13, 41, 42, 49])
def test_each_echoed_field_must_be_the_request_s(number: int) -> None:
    wrong = "9" * len(REQUEST.fields[number])
    assert mismatch(REQUEST, answer(**{f"f{number}": wrong}), PROFILE) == number
    assert mismatch(REQUEST, answer(**{f"f{number}": None}), PROFILE) == number


def test_an_optional_echo_may_be_left_out_but_not_be_wrong() -> None:
    assert mismatch(REQUEST, answer(f7=None), PROFILE) is None
    assert mismatch(REQUEST, answer(f7="0331201531"), PROFILE) == 7


def test_an_answer_without_code_says_nothing() -> None:
    assert mismatch(REQUEST, answer(f39=None), PROFILE) == 39


def test_another_amount_is_believed_of_a_partial_approval_alone() -> None:
    less = "000000000500"
    assert mismatch(REQUEST, answer(f4=less, f39="00"), PROFILE) == 4
    partial = answer(f4=less, f39="10")
    assert mismatch(REQUEST, partial, PROFILE) is None
    assert read_answer(partial, PROFILE).verdict is Verdict.PARTIAL


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("00", Verdict.APPROVED),
        ("10", Verdict.PARTIAL),
        ("01", Verdict.REFERRAL),
        ("51", Verdict.DECLINED),
        ("08", Verdict.DECLINED),
        ("ZZ", Verdict.DECLINED),
    ],
)
def test_what_is_in_no_list_declines(code: str, verdict: Verdict) -> None:
    assert read_answer(answer(f39=code), PROFILE).verdict is verdict


def test_issuer_data_comes_out_of_field_55() -> None:
    scripts = tlv.encode(0x72, bytes.fromhex("9F180400000001")) + tlv.encode(0x71, b"\x86\x00")
    icc = (
        tlv.encode(0x91, bytes.fromhex("00112233445566773030")) + tlv.encode(0x8A, b"Z3") + scripts
    )
    read = read_answer(answer(f55=icc.hex()), PROFILE)
    assert read.issuer_auth.hex() == "00112233445566773030"
    assert read.arc == b"Z3"
    assert read.scripts == scripts
    assert (read.auth_code, read.rrn, read.host_time) == ("A1B2C3", "260331000042", "0401041530")


def test_the_code_stands_in_for_a_missing_8a() -> None:
    assert read_answer(answer(f39="51"), PROFILE).arc == b"51"


@pytest.mark.parametrize("icc", ["91", "9105", "8A0130", "9104AABBCCDD", "8A03303030"])
def test_issuer_data_that_emv_does_not_know_is_garbage(icc: str) -> None:
    with pytest.raises(MessageError, match="55"):
        read_answer(answer(f55=icc), PROFILE)


@given(icc=st.binary(max_size=120))
@settings(deadline=None, max_examples=300)
def test_only_message_error_escapes_from_field_55(icc: bytes) -> None:
    with contextlib.suppress(MessageError):
        read_answer(answer(f55=icc.hex()), PROFILE)
