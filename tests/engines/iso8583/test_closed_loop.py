"""What a closed-loop payment looks like on the wire, by the profile."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from cardamom.engines.iso8583.answers import read_answer
from cardamom.engines.iso8583.codec import Message, MessageError
from cardamom.engines.iso8583.describe import describe
from cardamom.engines.iso8583.mapping import message_for
from cardamom.engines.iso8583.profile import ClosedLoop, FieldRule, Profile
from cardamom.settings.profile import find_message_profile, load_message_profile
from cardamom.values.events import Entry, Tender
from cardamom.values.money import Money
from cardamom.values.online import CardData, OnlineRequest
from cardamom.values.secret import Pan, mask_pan
from support.messages import ZONE, record

PROFILE = load_message_profile()
NUMBER = "9990010000000010"
CARD = CardData(Pan(NUMBER), "2912", 1)


def asked(entry: Entry = Entry.TAG) -> OnlineRequest:
    of = structs.replace(record(), tender=Tender.CLOSED_LOOP, entry=entry, chip=None)
    return OnlineRequest(of, CARD)


def in_field_48() -> Profile:
    """A host that takes the account in field 48 and has no other use for a card's number."""
    messages = {
        mti: structs.replace(rule, optional=[*rule.optional, 48])
        for mti, rule in PROFILE.messages.items()
    }
    fields = PROFILE.fields | {"48": FieldRule(name="account", type="ans", max=28, length="LLL")}
    own = ClosedLoop(account=48, entry="92", without=[2, 14])
    return structs.replace(PROFILE, messages=messages, fields=fields, closed_loop=own)


def test_the_number_is_field_2_as_the_profile_comes() -> None:
    said = message_for(asked(), PROFILE, ZONE)
    assert (said.mti, said.get(2), said.get(14), said.get(23)) == ("0200", NUMBER, "2912", "001")
    assert (said.get(22), said.get(35), said.get(55)) == ("071", None, None)


def test_a_uid_alone_is_told_as_such() -> None:
    assert message_for(asked(Entry.UID), PROFILE, ZONE).get(22) == "011"


def test_another_field_where_the_profile_says_so() -> None:
    profile = in_field_48()
    assert profile.problems() == []
    said = message_for(asked(), profile, ZONE)
    assert (said.get(48), said.get(2), said.get(14), said.get(22)) == (NUMBER, None, None, "921")
    bank = OnlineRequest(structs.replace(record(), tender=Tender.BANK), CARD)
    assert message_for(bank, profile, ZONE).get(2) == NUMBER


def test_the_number_is_masked_in_whatever_field_it_goes() -> None:
    profile = in_field_48()
    fields = profile.fields | {"48": structs.replace(profile.fields["48"], show=True)}
    profile = structs.replace(profile, fields=fields)
    text = "\n".join(describe(message_for(asked(), profile, ZONE), profile))
    assert NUMBER not in text
    assert mask_pan(NUMBER) in text


def test_a_field_that_the_message_has_not_is_told() -> None:
    own = structs.replace(PROFILE, closed_loop=ClosedLoop(account=102))
    assert any(line.startswith("closed_loop.account") for line in own.problems())


def test_a_host_that_takes_none_is_never_asked() -> None:
    with pytest.raises(MessageError, match="closed_loop"):
        message_for(asked(), find_message_profile("unionpay"), ZONE)


@pytest.mark.parametrize(
    ("field", "left"),
    [
        ("0002156C000000008766", Money(8766, "CNY")),
        ("0001156C000000009999" + "0002156C000000008766", Money(8766, "CNY")),
        ("0002156D000000008766", None),
        ("0001156C000000008766", None),
        ("0002999C000000008766", None),
        ("0002156C00000000876", None),
        ("0002156C0000000087x6", None),
        ("", None),
    ],
)
def test_what_is_left_is_read_from_field_54(field: str, left: Money | None) -> None:
    fields: dict[int, Any] = {39: "00", 54: field}
    assert read_answer(Message("0210", fields), PROFILE).balance == left
