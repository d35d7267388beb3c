"""The self-test's findings in English. `{why}` is what the driver says."""

from __future__ import annotations

from typing import Final

from cardamom.values.selftest import Finding

FINDINGS: Final[dict[Finding, str]] = {
    Finding.JOURNAL_OK: "a probe was committed in {ms} ms, {free} MB free, the last {tail} events "
    "hold",
    Finding.JOURNAL_LOW_SPACE: "it writes, but only {free} MB are free: free space on the SD card",
    Finding.JOURNAL_FAULT: "{why}",
    Finding.CLOCK_OK: "{now} UTC, synchronised",
    Finding.CLOCK_UNTOLD: "{now} UTC is plausible; no time service here says whether it is right",
    Finding.CLOCK_UNSYNCED: "{now} UTC is plausible but not synchronised: check the network and "
    "NTP (UDP port 123)",
    Finding.CLOCK_WRONG: "{why}; a Pi without a battery needs the network or an RTC to know the "
    "time",
    Finding.LINK_OK: "{host} answers an echo in {ms} ms over {tls}, certificates hold until "
    "{until}",
    Finding.LINK_NO_ECHO: "{host} is connected over {tls}, certificates hold until {until}; the "
    "profile has no echo",
    Finding.LINK_HOST_EXPIRES: "the host's certificate ends on {until}: ask the acquirer for its "
    "new one",
    Finding.LINK_OURS_EXPIRES: "this terminal's certificate ends on {until}: ask for a new one "
    "and set acquirer.cert_file",
    Finding.LINK_OURS_EXPIRED: "this terminal's certificate ended on {until}: the host refuses it "
    "until acquirer.cert_file has a new one",
    Finding.LINK_FAULT: "{why}; at {host}",
    Finding.KEYS_OK: "all keys open on this board: {checks}",
    Finding.KEYS_NONE: "there are no keys: use `cardamom keys import` or set "
    "acquirer.master_key_file",
    Finding.KEYS_FEW: "{left} DUKPT keys are left: have a new initial key injected",
    Finding.KEYS_CLOSED: "{slots} does not open on this board under this journal key: inject it "
    "again",
    Finding.KEYS_FAULT: "{why}",
    Finding.READER_CARD: "{name} powers the card that is in it: ATR {atr}",
    Finding.READER_EMPTY: "{name} answers; no card is in it to be tried",
    Finding.READER_MUTE: "{name} answers, the card in it does not: chip up and to the front, or "
    "try another card",
    Finding.READER_FAULT: "{why}; its cable: {where}",
    Finding.CONTACTLESS_CHIP: "{chip} answers and switches its field",
    Finding.CONTACTLESS_OK: "{name} answers; it keeps its field to itself",
    Finding.CONTACTLESS_FAULT: "{why}; look at {where}",
    Finding.BOARD_OK: "{model}: {celsius} °C, voltage well, not throttled",
    Finding.BOARD_WARM: "{celsius} °C is warm: give it air, a heat sink or a fan",
    Finding.BOARD_HOT: "{celsius} °C is too hot, it slows down: give it air, a heat sink or a fan",
    Finding.BOARD_LOW_VOLTAGE: "the supply is below 4.63 V now: use a stronger one with a short "
    "thick cable; the printer on a supply of its own",
    Finding.BOARD_HAD_LOW_VOLTAGE: "the supply was below 4.63 V since the start: use a stronger "
    "one with a short thick cable; the printer on a supply of its own",
    Finding.BOARD_THROTTLED: "the board is slowed down, or was since the start: see to its supply "
    "and air",
    Finding.BOARD_OTHER: "no Raspberry Pi: neither its voltage nor throttling can be told",
    Finding.BOARD_MUTE: "{model} tells neither voltage nor throttling: its kernel lacks the driver",
    Finding.DISK_OK: "{name} has used up to {used} % of its writing life",
    Finding.DISK_WORN: "{name} has used up to {used} % of its writing life: replace it soon",
    Finding.DISK_SPENT: "{name} has used up its writing life: replace it now",
    Finding.DISK_UNTOLD: "this disk tells nothing of its wear, as SD cards do",
    Finding.DISPLAY_RIGHT: "a person saw the test picture and found it right",
    Finding.DISPLAY_WRONG: "a person found the test picture wrong: check {where}; stripes or "
    "wrong colours: lower display.spi_hz, check display.driver",
    Finding.DISPLAY_UNSEEN: "the test picture was sent and nobody said whether it is right: a "
    "panel cannot be read back (use --attended)",
    Finding.DISPLAY_FAULT: "{why}; look at {where}",
    Finding.LIGHTS_RIGHT: "a person saw each light and heard the tone",
    Finding.LIGHTS_WRONG: "a person missed a light or the tone: check {where}",
    Finding.LIGHTS_UNSEEN: "the pins were switched and nobody said what was seen and heard (use "
    "--attended)",
    Finding.LIGHTS_FAULT: "{why}; look at {where}",
    Finding.KEYPAD_OK: "each of the 16 keys came once",
    Finding.KEYPAD_LINE: "no key of one line came ({keys}): its wire, {where}",
    Finding.KEYPAD_KEYS: "these keys did not come: {keys}; where its neighbours do, the pad is "
    "worn; lines: {where}",
    Finding.KEYPAD_SILENT: "no key came: was somebody there? Else its ribbon: {where}",
    Finding.KEYPAD_UNTRIED: "it takes a person to press its keys (use --attended)",
    Finding.KEYPAD_FAULT: "{why}; look at {where}",
    Finding.PRINTER_PRINTED: "a slip was printed and cut",
    Finding.PRINTER_ANSWERS: "it answers and has paper; no slip was printed (use --print)",
    Finding.PRINTER_LOW: "little paper is left: have a new roll ready",
    Finding.PRINTER_OUT: "out of paper: put a new roll in and close the cover",
    Finding.PRINTER_FAULT: "{why}; at {where}",
    Finding.PRINTER_NONE: "no printer is configured (printer.driver)",
    Finding.BROKEN: "the trial itself failed ({why}): tell support",
}
