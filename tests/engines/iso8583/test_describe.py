"""A message for people gives no card away."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.iso8583.codec import Codec, Message
from cardamom.engines.iso8583.describe import ALWAYS_MASKED, Shown, describe, meaning, shown
from cardamom.engines.iso8583.mapping import message_for, totals_message
from cardamom.engines.iso8583.profile import FieldRule, Profile
from cardamom.settings.profile import load_message_profile
from cardamom.values.online import Purpose
from cardamom.values.secret import PinBlock
from support.follow_ups import SCRIPTS, UNIONPAY, approved, follow, totals
from support.messages import PAN, ZONE, record, sale

PROFILE = load_message_profile()
CHINA = load_message_profile(UNIONPAY)


def fields(message: Message, profile: Profile = PROFILE) -> dict[str, Shown]:
    return {f.label: f for f in shown(message, profile)}


def test_a_sale_for_people() -> None:
    block = PinBlock(bytes.fromhex("1B9C1845EB993A7A"))
    text = "\n".join(describe(message_for(sale(), PROFILE, ZONE, block), PROFILE))
    assert re.search(r"^  2  primary account number +622202\*{6}0128$", text, re.MULTILINE)
    assert re.search(r"^  4  amount, transaction +000000001234$", text, re.MULTILINE)
    assert re.search(r"^     9F26  Application Cryptogram +0011223344556677$", text, re.MULTILINE)
    assert re.search(r"^     - batch +000003$", text, re.MULTILINE)
    for secret in (PAN, PAN[6:12], "4912", "D4912", "1B9C", "1b9c"):
        assert secret not in text


@pytest.mark.parametrize("profile", [PROFILE, CHINA], ids=["default", "unionpay"])
@pytest.mark.parametrize("purpose", [Purpose.REVERSAL, Purpose.ADVICE, Purpose.UPLOAD])
def test_nothing_that_follows_gives_a_card_away(profile: Profile, purpose: Purpose) -> None:
    codec = Codec(profile)
    raw = codec.encode(
        message_for(follow(purpose, approved()), profile, ZONE), lambda _: b"SEALSEAL"
    )
    text = "\n".join(describe(codec.decode(raw), profile))
    for secret in (PAN, PAN[4:14], "4912", "SEALSEAL", b"SEALSEAL".hex()):
        assert secret.lower() not in text.lower()


def test_field_90_in_its_parts() -> None:
    message = message_for(follow(Purpose.REVERSAL, record()), PROFILE, ZONE)
    parts = {p.name: p.value for p in fields(message)["90"].parts}
    assert parts == {
        "message type": "0200",
        "trace number": "000042",
        "sent": "0331201530",
        "acquirer": "0" * 11,
        "forwarder": "0" * 11,
    }


def test_fields_60_and_61_of_unionpay_in_their_parts() -> None:
    told = fields(message_for(follow(Purpose.REVERSAL, record(), stan=42), CHINA, ZONE), CHINA)
    assert [p.value for p in told["60"].parts] == ["22", "000003", "000", "5", "0"]
    assert [p.value for p in told["61"].parts] == ["000003", "000042", "0401"]


def test_what_stands_behind_the_known_parts_is_hidden() -> None:
    told = fields(Message("0200", {60: "0000030200000042" + PAN}))["60"]
    assert told.value == "0000030200000042" + "*" * 16
    assert sum(len(p.value) for p in told.parts) == 16


def test_field_48_is_read_in_totals_alone() -> None:
    """In an upload it may list card numbers."""
    listed = "0100000042" + PAN.zfill(20) + "000000001234"
    assert PAN not in "".join(describe(Message("0320", {48: listed}), CHINA))
    assert (
        fields(totals_message(totals(), CHINA, ZONE), CHINA)["48"].parts[0].value == "000000001234"
    )


def test_script_results_under_the_profile_s_tag() -> None:
    message = message_for(follow(Purpose.SCRIPTS, approved(scripts=SCRIPTS)), CHINA, ZONE)
    tags = {p.label: p for p in fields(message, CHINA)["55"].parts}
    assert (tags["DF31"].name, tags["DF31"].value) == ("Issuer Script Results", SCRIPTS)
    elsewhere = fields(Message("0620", {55: message.fields[55]}), PROFILE)["55"]
    assert {p.label: p.value for p in elsewhere.parts}["DF31"] == "*" * len(SCRIPTS)


@pytest.mark.parametrize(
    ("mti", "words"),
    [
        ("0200", "financial request"),
        ("0221", "financial advice (repeat)"),
        ("0430", "reversal answer to advice"),
        ("0510", "reconciliation answer"),
        ("0820", "network management advice"),
        ("0999", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_message_type_in_words(mti: str, words: str) -> None:
    assert meaning(mti) == words


def test_what_the_profile_does_not_show_is_masked() -> None:
    profile = msgspec.structs.replace(
        PROFILE, fields={**PROFILE.fields, "48": FieldRule(name="private", type="ans", max=20)}
    )
    assert fields(Message("0200", {48: "secret"}), profile)["48"] == Shown(
        "48", "private", "******"
    )
    long = fields(Message("0200", {48: "secret" * 20}), profile)["48"]
    assert long.value == "**************** (120 characters)"


@pytest.mark.parametrize("number", sorted(ALWAYS_MASKED - {2, 55}))
def test_no_profile_can_show_card_data(number: int) -> None:
    rule = FieldRule(name="card data", type="ans", max=40, show=True)
    profile = msgspec.structs.replace(PROFILE, fields={**PROFILE.fields, str(number): rule})
    assert fields(Message("0200", {number: "1234567"}), profile)[str(number)].value == "*******"


def test_unknown_fields_and_tags_are_masked() -> None:
    lines = list(
        describe(Message("0200", {99: "777", 55: "5A086222020000040128DF0101AB"}), PROFILE)
    )
    text = "\n".join(lines[1:])
    assert "777" not in text
    assert "62220200" not in text
    assert "AB" not in text


@given(st.dictionaries(st.integers(2, 128), st.text(max_size=30), max_size=8))
@settings(deadline=None, max_examples=150)
def test_it_describes_anything(fields: dict[int, str]) -> None:
    lines = list(describe(Message("0200", fields), PROFILE))
    assert lines[0] == "MTI  0200  financial request"
