"""What holds for any FCI, and for many applications."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines import tlv
from cardamom.engines.emv.fci import display_name, parse_fci, preferred_language
from cardamom.engines.emv.requests import Application, Choose
from cardamom.engines.emv.rules import AidRule, Rules
from cardamom.values.events import Reason
from support.conformance import case
from support.emv import AID, RULE, RULES, Tape, adf_fci, entry, pse_fci, t
from support.emv_selection import PSE, finish, rest


@case(
    "Book 1, 12.3.2",
    "a directory of 40 supported applications",
    "the first 32 by priority are offered",
)
def test_more_applications_than_anybody_could_choose_among() -> None:
    rules = Rules(aids=(AidRule(AID[:5]),), ca_keys=())
    names = [AID[:5] + bytes((n,)) for n in range(40)]
    tape = Tape().select(PSE, pse_fci())
    for number in range(1, 9):
        entries = (entry(name, b"A", None) for name in names[5 * number - 5 : 5 * number])
        tape.apdu(bytes((0x00, 0xB2, number, 0x0C, 0x00)), t(0x70, b"".join(entries)))
    tape.apdu("00B2090C00", sw=0x6A83)
    among = tuple(Application(name, "A") for name in names[:32])
    assert tape.add(Choose(among), None).run(rules).reason is Reason.CANCELLED


@case(
    "Book 1, 12.3.1",
    "two AIDs of the terminal fit an application",
    "the longer one's parameters are taken",
)
@pytest.mark.parametrize("directory", [True, False])
def test_the_longest_aid_wins(directory: bool) -> None:
    short, longer = AidRule(AID[:5], version=b"\0\1"), replace(RULE, version=b"\0\x96")
    rules = replace(RULES, aids=(short, longer))
    if directory:
        tape = Tape().directory()
    else:
        tape = Tape().select(PSE, sw=0x6A82).select(AID[:5], adf_fci())
        tape.select(AID[:5], sw=0x6A82, p2=2).select(AID, adf_fci())
    outcome = finish(rest(tape), rules)
    assert outcome.tags[0x9F09] == b"\0\x96"


@given(st.binary(max_size=80))
def test_any_fci_is_one_or_an_error(data: bytes) -> None:
    try:
        objects = parse_fci(t(0x6F, t(0x84, AID) + t(0xA5, data)))
    except tlv.TlvError:
        return
    assert objects[0x84] == AID
    assert all(not tlv.is_constructed(tag) for tag in objects)


@given(st.binary(max_size=20), st.binary(max_size=3), st.binary(min_size=5, max_size=5))
def test_any_name_can_be_shown(name: bytes, table: bytes, capabilities: bytes) -> None:
    shown = display_name(AID, {0x9F12: name, 0x50: name}, table, capabilities)
    assert shown
    assert shown.isprintable()


@given(st.binary(max_size=9))
def test_any_language_preference_is_one_the_terminal_speaks(preference: bytes) -> None:
    assert preferred_language(preference, ("zh", "en")) in ("", "zh", "en")
