"""An enciphered PIN typed at the keypad, and issuer scripts, in whole sales."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cardamom.engines.tlv import encode
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.screens import EnterPin
from cardamom.values.states import State
from support.clerk import AMOUNT, concluded, play, sell, with_pin
from support.shop import APPROVAL, Shop

COMMANDS = 14
"""Directory (SELECT, two records), SELECT, GPO, seven records, DDA, the first GENERATE AC."""
WRONG_MAC = bytes.fromhex("841E000008") + bytes(8)


def script(template: int, identifier: int) -> bytes:
    inside = encode(0x9F18, identifier.to_bytes(4)) + encode(0x86, WRONG_MAC)
    return encode(template, inside)


def test_an_enciphered_pin(tmp_path: Path) -> None:
    async def story(shop: Shop) -> None:
        card = await sell(shop, "enciphered-pin")
        await with_pin(shop, "9999")
        await shop.shows(EnterPin(AMOUNT, 0, 60, wrong=True))
        await with_pin(shop, "1234")
        record = await concluded(shop, 1)
        assert (record.state, record.cvm) == (State.APPROVED, CvmUsed.OFFLINE_PIN)
        verifies = [command for command in card.sent if command[:2] == b"\x00\x20"]
        assert len(verifies) == 2
        assert verifies[0] != verifies[1]
        assert not any(bytes.fromhex("241234") in command for command in card.sent)
        card.out.set()

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("scripts", "results"),
    [
        (script(0x71, 1), "1100000001"),
        (script(0x72, 2), "1100000002"),
        (script(0x72, 2) + script(0x71, 1), "1100000001" + "1100000002"),
        (script(0x71, 1) * 6, "1100000001" * 5 + "0000000001"),
    ],
    ids=["before", "after", "both", "over 128 bytes"],
)
def test_script_results_are_owed_with_the_outcome(
    tmp_path: Path, scripts: bytes, results: str
) -> None:
    async def story(shop: Shop) -> None:
        shop.host.answer = replace(APPROVAL, scripts=scripts)
        card = await sell(shop, "no-cvm")
        record = await concluded(shop, 1)
        assert record.state is State.APPROVED
        assert record.scripts == results
        card.out.set()

    play(tmp_path, story)


def test_a_card_pulled_in_a_script_owes_results_and_a_reversal(tmp_path: Path) -> None:
    async def story(shop: Shop) -> None:
        shop.host.answer = replace(APPROVAL, scripts=script(0x71, 1) + script(0x72, 2))
        plain = await sell(shop, "no-cvm", pull_at=COMMANDS)
        record = await concluded(shop, 1)
        assert (record.state, record.reason) == (State.REVERSING, Reason.CARD_PULLED)
        assert record.scripts == "1100000001" + "0000000002"
        assert plain.out.is_set()

    play(tmp_path, story)
