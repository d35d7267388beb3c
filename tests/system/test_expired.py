"""The whole terminal with a certificate that has ended: it says so, and sells what it may alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cardamom.simulator.rig import Rig, RigConfig
from cardamom.simulator.testdata import data
from support.certificates import certificate, curve_key, root
from support.till import sell

OFFLINE = '\n[offline]\nenabled = true\n[emv]\nfile = "emv.toml"\n'
PAST = datetime(2024, 6, 1, 12, 30, tzinfo=UTC)


class ExpiredRig(Rig):
    """Its terminal's certificate ended long ago; the card may approve alone."""

    def _write_settings(self) -> None:
        super()._write_settings()
        path = self.folder / "terminal.toml"
        text = path.read_text("utf-8")
        assert '"client.pem"' in text
        assert '"client.key"' in text
        text = text.replace('"client.pem"', '"expired.pem"').replace(
            '"client.key"', '"expired.key"'
        )
        path.write_text(text + OFFLINE, "utf-8")
        certificate("terminal", root(), curve_key(), until=PAST).write(self.folder, "expired")
        emv = data("emv", "test.toml").read_text("utf-8")
        (self.folder / "emv.toml").write_text(
            emv.replace("floor_limit = 0 ", "floor_limit = 5000 "), "utf-8"
        )
        card = data("cards", "no-cvm.toml").read_text("utf-8")
        (self.folder / "card.toml").write_text(card + "offline = true\n", "utf-8")


def test_it_starts_tells_and_sells_offline(tmp_path: Path) -> None:
    with ExpiredRig(RigConfig(tmp_path, "inprocess", "en", deadline_s=2)) as rig:

        def told() -> list[str]:
            return [alarm["cause"] for alarm in rig.ask(op="status")["status"]["alarms"]]

        rig.until(lambda: told() == ["certificate_ended"], "the end is not told")
        (alarm,) = rig.ask(op="status")["status"]["alarms"]
        assert not alarm["blocks"]
        assert "2024-06-01 12:30 UTC" in alarm["detail"]
        assert "`cardamom certificate renew`" in alarm["detail"]
        sold = sell(rig, "12.00", str(rig.folder / "card.toml"))
        assert (sold["outcome"], sold["state"]) == ("approved", "offline_approved")
