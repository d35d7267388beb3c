"""A message for people gives no card away."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.describe import ALWAYS_MASKED, describe
from cardamom.engines.iso8583.mapping import message_for
from cardamom.engines.iso8583.profile import FieldRule
from cardamom.settings.profile import load_message_profile
from cardamom.values.secret import PinBlock
from support.messages import PAN, ZONE, sale

PROFILE = load_message_profile()


def test_a_sale_for_people() -> None:
    block = PinBlock(bytes.fromhex("1B9C1845EB993A7A"))
    text = "\n".join(describe(message_for(sale(), PROFILE, ZONE, block), PROFILE))
    assert "  2  622202******0128  primary account number" in text
    assert "  4  000000001234  amount, transaction" in text
    assert "     9F26 0011223344556677" in text
    for secret in (PAN, PAN[6:12], "4912", "D4912", "1B9C", "1b9c"):
        assert secret not in text


def test_what_the_profile_does_not_show_is_masked() -> None:
    profile = msgspec.structs.replace(
        PROFILE, fields={**PROFILE.fields, "48": FieldRule(name="private", type="ans", max=20)}
    )
    (line,) = list(describe(Message("0200", {48: "secret"}), profile))[1:]
    assert line == " 48  ******  private"


@pytest.mark.parametrize("number", sorted(ALWAYS_MASKED - {2, 55}))
def test_no_profile_can_show_card_data(number: int) -> None:
    rule = FieldRule(name="card data", type="ans", max=40, show=True)
    profile = msgspec.structs.replace(PROFILE, fields={**PROFILE.fields, str(number): rule})
    (line,) = list(describe(Message("0200", {number: "1234567"}), profile))[1:]
    assert "*******" in line
    assert "1234" not in line


def test_unknown_fields_and_tags_are_masked() -> None:
    lines = list(
        describe(Message("0200", {99: "777", 55: "5A086222020000040128DF0101AB"}), PROFILE)
    )
    text = "\n".join(lines)
    assert "777" not in text
    assert "62220200" not in text
    assert "AB" not in text


@given(st.dictionaries(st.integers(2, 128), st.text(max_size=30), max_size=8))
@settings(deadline=None, max_examples=150)
def test_it_describes_anything(fields: dict[int, str]) -> None:
    lines = list(describe(Message("0200", fields), PROFILE))
    assert lines[0] == "MTI  0200"
