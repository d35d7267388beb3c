"""CVM selection of Kernel 2: CVM Results, TVR and method, read off GENERATE AC."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cardamom.engines.emv.contactless.outcome import Cvm, Message, Status
from cardamom.engines.emv.requests import Decision
from cardamom.values.events import CvmUsed
from support.conformance import case, rows
from support.contactless import APPROVED_ONLINE, SIGN_ONLINE, M, combination, only, ui
from support.contactless_mchip import APPROVED_OFFLINE, HIGH, LOW, NO_ODA, Mchip
from support.emv import ORDER

LIMIT: dict[str, Any] = {"cvm_limit": 1000}
CV = "1080"
"""Cardholder verification is supported."""
XY = "00000000" * 2


def made(aip: str, cvm_list: str | None, *, above: bool, **more: str) -> Mchip:
    changed: dict[int, str | None] = {0x9F0F: NO_ODA, 0x8E: cvm_list}
    changed |= {int(name[1:], 16): value for name, value in more.items()}
    amount = 1234 if above else 1000
    return Mchip(
        aip=aip, tap=only(M, **LIMIT), changed=changed, order=replace(ORDER, amount_minor=amount)
    )


@rows(
    "C-2, CVM",
    "aip, cvm_list, above, tvr, results, used",
    (
        "on-device CVM, above the limit",
        "CVM Results 010002, done by the device",
        "0280",
        None,
        True,
        NO_ODA,
        "010002",
        CvmUsed.DEVICE,
    ),
    (
        "on-device CVM, not above the limit",
        "CVM Results 3F0002, no CVM",
        "0280",
        None,
        False,
        NO_ODA,
        "3F0002",
        CvmUsed.NONE,
    ),
    (
        "on-device CVM and a CVM list",
        "the list is not looked at",
        "1280",
        XY + "0200",
        True,
        NO_ODA,
        "010002",
        CvmUsed.DEVICE,
    ),
    (
        "no cardholder verification in the AIP",
        "CVM Results 3F0000",
        "0080",
        XY + "0200",
        True,
        NO_ODA,
        "3F0000",
        CvmUsed.NONE,
    ),
    (
        "no CVM list",
        "CVM Results 3F0000, TVR 1.6",
        CV,
        None,
        True,
        "A000000000",
        "3F0000",
        CvmUsed.NONE,
    ),
    (
        "a CVM list without rules",
        "CVM Results 3F0000, TVR 1.6",
        CV,
        XY,
        True,
        "A000000000",
        "3F0000",
        CvmUsed.NONE,
    ),
    (
        "online PIN, above the limit",
        "CVM Results 020000, TVR 3.3",
        CV,
        XY + "0200",
        True,
        "8000040000",
        "020000",
        CvmUsed.ONLINE_PIN,
    ),
    (
        "signature, above the limit",
        "CVM Results 1E0000",
        CV,
        XY + "1E00",
        True,
        NO_ODA,
        "1E0000",
        CvmUsed.SIGNATURE,
    ),
    (
        "no CVM, not above the limit",
        "CVM Results 1F0002",
        CV,
        XY + "1F00",
        False,
        NO_ODA,
        "1F0002",
        CvmUsed.NONE,
    ),
    (
        "online PIN, then no CVM, not above the limit",
        "the second: CVM Results 1F0002",
        CV,
        XY + "42001F00",
        False,
        NO_ODA,
        "1F0002",
        CvmUsed.NONE,
    ),
    (
        "online PIN alone, not above the limit",
        "not supported: TVR 3.8, 3F0001",
        CV,
        XY + "0200",
        False,
        "8000800000",
        "3F0001",
        CvmUsed.NONE,
    ),
    (
        "plaintext offline PIN alone",
        "not supported over the air: TVR 3.8",
        CV,
        XY + "0100",
        True,
        "8000800000",
        "3F0001",
        CvmUsed.NONE,
    ),
    (
        "offline PIN, else signature",
        "CVM Results 1E0000",
        CV,
        XY + "41001E00",
        True,
        NO_ODA,
        "1E0000",
        CvmUsed.SIGNATURE,
    ),
    (
        "an unknown method, no other",
        "TVR 3.8 and 3.7",
        CV,
        XY + "2F00",
        True,
        "8000C00000",
        "3F0001",
        CvmUsed.NONE,
    ),
    (
        "an unknown method, else online PIN",
        "TVR 3.7, CVM Results 020000",
        CV,
        XY + "6F000200",
        True,
        "8000440000",
        "020000",
        CvmUsed.ONLINE_PIN,
    ),
    (
        "fail CVM",
        "CVM Results 000001, TVR 3.8",
        CV,
        XY + "0000",
        True,
        "8000800000",
        "000001",
        CvmUsed.NONE,
    ),
    (
        "a condition that is not met, no other rule",
        "CVM Results 3F0001, TVR 3.8",
        CV,
        XY + "0201",
        True,
        "8000800000",
        "3F0001",
        CvmUsed.NONE,
    ),
    (
        "if supported: online PIN, not above the limit; no CVM",
        "CVM Results 1F0302",
        CV,
        XY + "42031F03",
        False,
        NO_ODA,
        "1F0302",
        CvmUsed.NONE,
    ),
    (
        "an unknown condition, else signature",
        "CVM Results 1E0000",
        CV,
        XY + "42FF1E00",
        True,
        NO_ODA,
        "1E0000",
        CvmUsed.SIGNATURE,
    ),
)
def test_choice(
    aip: str, cvm_list: str | None, above: bool, tvr: str, results: str, used: CvmUsed
) -> None:
    card = made(aip, cvm_list, above=above)
    tape = card.generate(card.known(), 0x80, tvr, results, HIGH if above else LOW)
    result = card.online(
        tape,
        pin=used is CvmUsed.ONLINE_PIN,
        ends=SIGN_ONLINE if used is CvmUsed.SIGNATURE else APPROVED_ONLINE,
    )
    assert (result.outcome.decision, result.outcome.cvm) == (Decision.APPROVED, used)


@rows(
    "C-2, CVM",
    "amount_x, condition, results",
    (
        "under X in the card's currency, amount below X",
        "CVM Results 1E0600",
        "00000500",
        "06",
        "1E0600",
    ),
    (
        "over X in the card's currency, amount above X",
        "CVM Results 1E0700",
        "00000010",
        "07",
        "1E0700",
    ),
)
def test_amount_conditions(amount_x: str, condition: str, results: str) -> None:
    card = made(CV, amount_x + "00000000" + "1E" + condition, above=True, x9F42="0156")
    tape = card.generate(card.known(), 0x80, NO_ODA, results, HIGH)
    assert card.online(tape, ends=SIGN_ONLINE).outcome.cvm is CvmUsed.SIGNATURE


@case("C-2, CVM", "under X in another currency", "not met: CVM Results 3F0001, TVR 3.8")
def test_other_currency() -> None:
    card = made(CV, "00000500" + "00000000" + "1E06", above=True, x9F42="0840")
    tape = card.generate(card.known(), 0x80, "8000800000", "3F0001", HIGH)
    assert card.online(tape).outcome.cvm is CvmUsed.NONE


@case("C-2, CVM", "on-device CVM in the AIP, not in the kernel's configuration", "the list counts")
def test_on_device_switched_off() -> None:
    tap = only(M, cvm_limit=1000, mchip=replace(combination(M).mchip, on_device_cvm=False))
    card = Mchip(aip="1280", tap=tap, changed={0x8E: XY + "1E00", 0x9F0F: NO_ODA})
    tape = card.generate(card.known(), 0x80, NO_ODA, "1E0000", HIGH)
    assert card.online(tape, ends=SIGN_ONLINE).outcome.cvm is CvmUsed.SIGNATURE


@case("C-2, CVM", "a CVM list cut short", "end application")
def test_list_cut_short() -> None:
    from support.contactless_mchip import END, errors

    card = made(CV, "0000000000000000" + "02", above=True)
    assert errors(card.known().show(END).result()) == "00040000001C"


@case("C-2, S910", "signature and a TC", "approved, message 1A, receipt")
def test_signature_offline() -> None:
    card = Mchip(aip=CV, tap=only(M, cvm_limit=1), changed={0x8E: XY + "1E00"})
    tape = card.generate(card.known(), 0x40, NO_ODA, "1E0000", HIGH)
    shown = replace(APPROVED_OFFLINE, message=Message.APPROVED_SIGN)
    result = card.alone(tape, shown)
    assert (result.parameters.cvm, result.parameters.receipt) == (Cvm.SIGNATURE, True)
    assert shown == ui(Message.APPROVED_SIGN, Status.NOT_READY, 1300)
