"""Issuer application data (tag 9F10) of the test cards, 7 bytes:

`06` length, `01` derivation key index, `12` cryptogram version (18), `03` length of the card
verification results, then these:

| byte | bits | meaning |
| --- | --- | --- |
| 1 | 8-7 | second GENERATE AC: 00 AAC, 01 TC, 10 not asked for |
| | 6-5 | first GENERATE AC: 00 AAC, 01 TC, 10 ARQC |
| | 4 | issuer authentication done and failed |
| | 3, 2 | offline PIN tried, and failed |
| | 1 | unable to go online |
| 2 | 7 | PIN try limit exceeded |
| | 3 | no issuer authentication after an online answer |
| 3 | 8-5 | issuer script commands done |
| | 4 | a script command failed |
| | 2 | DDA done |
| | 1 | CDA done |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HEAD: Final = bytes.fromhex("06011203")
NOT_ASKED: Final = 0x80


@dataclass(slots=True)
class Cvr:
    """Card verification results as they grow. `first` and `second` hold cryptogram types."""

    first: int = NOT_ASKED
    second: int = NOT_ASKED
    issuer_authentication_failed: bool = False
    pin_performed: bool = False
    pin_failed: bool = False
    unable_online: bool = False
    tries_exceeded: bool = False
    no_issuer_authentication: bool = False
    scripts: int = 0
    script_failed: bool = False
    dda_performed: bool = False
    cda_performed: bool = False

    def issuer_application_data(self) -> bytes:
        return HEAD + bytes(
            (
                self.second
                | self.first >> 2
                | self.issuer_authentication_failed << 3
                | self.pin_performed << 2
                | self.pin_failed << 1
                | self.unable_online,
                self.tries_exceeded << 6 | self.no_issuer_authentication << 2,
                min(self.scripts, 15) << 4
                | self.script_failed << 3
                | self.dda_performed << 1
                | self.cda_performed,
            )
        )
