"""Specimens of the screens that set a terminal up."""

from __future__ import annotations

from typing import Final

from cardamom.ui.specimen import OFFLINE, Specimen
from cardamom.values.commissioning import (
    Doing,
    KeyField,
    KeyRefusal,
    Letters,
    Refusal,
    Step,
    Trouble,
)
from cardamom.values.setup_screens import (
    SetupChoice,
    SetupDone,
    SetupKeyPart,
    SetupKeyText,
    SetupKeyWhole,
    SetupSummary,
    SetupText,
    SetupTrouble,
    SetupWorking,
)

REFUSED: Final = "/boot/firmware/cardamom.toml: network: expected one of ethernet, wifi, keep"
SUMMARY: Final = (
    (Step.LANGUAGE, "en"),
    (Step.TIMEZONE, "America/Argentina/ComodRivadavia"),
    (Step.NETWORK, "wifi"),
    (Step.WIFI_PASSWORD, "********"),
    (Step.HOST, "acquirer.example"),
)

SETUP: Final[dict[str, Specimen]] = {
    "42-setup-choice": Specimen(
        SetupChoice(Step.NETWORK, 3, 14, ("ethernet", "wifi", "keep"), 1), OFFLINE
    ),
    "42-setup-profiles": Specimen(
        SetupChoice(Step.PROFILE, 9, 14, ("iso8583-1987", "dukpt-aes", "dukpt-tdes", "unionpay")),
        OFFLINE,
    ),
    "43-setup-text": Specimen(
        SetupText(Step.HOST, 10, 14, "acquirer.exa", Letters.LOWER, waiting=True), OFFLINE
    ),
    "43-setup-long": Specimen(
        SetupText(Step.HOST, 10, 14, "authorisation.payments.acquirer.example", Letters.LOWER),
        OFFLINE,
    ),
    "43-setup-address": Specimen(
        SetupText(Step.ADDRESS, 6, 17, "192.0.2.", Letters.DIGITS, waiting=True), OFFLINE
    ),
    "43-setup-refused": Specimen(
        SetupText(Step.GATEWAY, 7, 17, "198.51.100.1", Letters.DIGITS, refused=Refusal.GATEWAY),
        OFFLINE,
    ),
    "43-setup-password": Specimen(
        SetupText(Step.WIFI_PASSWORD, 6, 17, "******g", Letters.UPPER, waiting=True), OFFLINE
    ),
    "43-setup-passcode": Specimen(
        SetupText(Step.PASSCODE, 14, 16, "******", Letters.DIGITS, again=True), OFFLINE
    ),
    "44-setup-working": Specimen(SetupWorking(Doing.NETWORK), OFFLINE),
    "45-setup-network": Specimen(
        SetupTrouble(
            Trouble.NO_NETWORK,
            "Error: Connection activation failed: Secrets were required, but not provided.",
            back=True,
            skip=True,
        ),
        OFFLINE,
    ),
    "45-setup-boot-file": Specimen(SetupTrouble(Trouble.BOOT_FILE, REFUSED), OFFLINE),
    "45-setup-clock": Specimen(SetupTrouble(Trouble.CLOCK, "1970-01-01"), OFFLINE),
    "46-setup-summary": Specimen(SetupSummary(SUMMARY), OFFLINE),
    "47-setup-done": Specimen(SetupDone("10203040")),
    "48-key-person": Specimen(
        SetupKeyText(KeyField.PERSON, 1, 2, "4711", 4, Letters.DIGITS), OFFLINE
    ),
    "48-key-component": Specimen(
        SetupKeyText(KeyField.COMPONENT, 1, 2, "*" * 20 + "A", 21, Letters.HEX, waiting=True),
        OFFLINE,
    ),
    "48-key-length": Specimen(
        SetupKeyText(
            KeyField.COMPONENT, 2, 2, "*" * 31, 31, Letters.HEX, refused=KeyRefusal.LENGTH
        ),
        OFFLINE,
    ),
    "48-key-wrong": Specimen(
        SetupKeyText(KeyField.COMPONENT, 2, 3, "", 0, Letters.HEX, refused=KeyRefusal.CHECK),
        OFFLINE,
    ),
    "48-key-check": Specimen(SetupKeyText(KeyField.CHECK, 1, 2, "08D7B4", 6, Letters.HEX), OFFLINE),
    "49-key-part": Specimen(SetupKeyPart(1, 2, "08D7B4"), OFFLINE),
    "49-key-whole": Specimen(SetupKeyWhole("2C1A9F0B33", "AES"), OFFLINE),
    "49-key-taken": Specimen(SetupKeyWhole("2C1A9F0B33", "AES", taken=True), OFFLINE),
}
"""By name, as desk_specimens.py."""
