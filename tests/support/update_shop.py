"""A shop that offers issuer updates over a second tap, and an issuer that has one."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

from cardamom.simulator.acquirer.scripts import CardSession, templates
from cardamom.simulator.card.crypto import arpc, card_key, cryptogram_key
from cardamom.simulator.testdata import issuer_keys
from cardamom.values.online import OnlineRequest, OnlineResult, Purpose
from cardamom.values.screens import PresentAgain
from support.hand_taps import TapShop
from support.shop import APPROVAL

WORDS = ("72 put-data 9F58 05",)
UNTRIED, GIVEN, TORN = "0000000001", "2000000001", "1100000001"
"""What the issuer may hear of its script (EMV 4.4 Book 4, A5)."""


def issuer(request: OnlineRequest) -> OnlineResult:
    """An approval with ARPC and a script, for the card that asks; whatever follows is taken."""
    if request.purpose is not Purpose.REQUEST:
        return APPROVAL
    assert request.tags is not None
    pan, psn = request.card.pan.reveal(), request.card.psn or 0
    arqc, atc = request.tags[0x9F26], request.tags[0x9F36]
    session = cryptogram_key(card_key(issuer_keys().ac, pan, psn), int.from_bytes(atc))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyemv's short TDES keys
        scripts = templates(WORDS, CardSession(issuer_keys().smi, pan, psn, atc, arqc))
    return replace(APPROVAL, issuer_auth=arpc(session, arqc, b"00") + b"00", scripts=scripts)


class UpdateShop(TapShop):
    """Issuer updates are offered for Kernel 3."""

    limits = {"issuer_update": True}  # noqa: RUF012

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.host.answer = issuer

    @property
    def asking(self) -> bool:
        """The card that paid is asked for once more."""
        return isinstance(self.screen, PresentAgain)
