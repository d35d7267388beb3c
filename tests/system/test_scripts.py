"""Issuer scripts through the whole terminal: from the issuer to the card, their results back."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.simulator.acquirer.faults import Fault, Trouble, write_fault
from cardamom.simulator.acquirer.ledger import read_ledger
from cardamom.simulator.rig import Rig, RigConfig
from support.till import sell


@pytest.mark.parametrize("profile", ["iso8583-1987", "unionpay"])
def test_results_reach_the_issuer(tmp_path: Path, profile: str) -> None:
    """EMV 4.4 Book 4, A5: performed; failed at its first command, for the card has no PIN."""
    words = ("71 put-data 9F58 05", "72 pin-unblock")
    with Rig(RigConfig(tmp_path, "inprocess", "en", deadline_s=2, profile=profile)) as rig:
        write_fault(rig.folder / "faults.jsonl", Fault(Trouble.SCRIPTS, scripts=words))
        sold = sell(rig, "12.34")
        assert (sold["outcome"], sold["state"]) == ("approved", "approved")
        assert int(sold["tsi"], 16) & 0x0400, "script processing was performed"
        assert int(sold["tvr"], 16) & 0xFF == 0x10, "script processing failed after the TC"

        def told() -> bool:
            return [row["scripts"] for row in read_ledger(rig.folder / "ledger.db")] == [
                "2000000001" + "1100000002"
            ]

        rig.until(told, "the issuer is not told")
        assert sell(rig, "5.00")["state"] == "approved"
