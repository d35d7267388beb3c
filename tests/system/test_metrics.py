"""The running terminal's metrics, by command and in the node exporter's file."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from cardamom.simulator.rig import Rig, RigConfig
from cardamom.values.alarms import Cause

FILE: Final = '\n[metrics]\nfile = "metrics/cardamom.prom"\nevery_s = 15\n'


def write_it(settings: Path) -> None:
    (settings.parent / "metrics").mkdir()
    settings.write_text(settings.read_text("utf-8") + FILE, "utf-8")


def read(text: str) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def values(family: Metric) -> dict[tuple[str, ...], float]:
    return {tuple(s.labels.values()): s.value for s in family.samples}


def test_metrics_by_command_and_in_the_file(tmp_path: Path) -> None:
    with Rig(RigConfig(tmp_path, "inprocess", "en", bring_keys=write_it)) as rig:
        file = rig.folder / "metrics" / "cardamom.prom"
        rig.until(file.exists, "the file is not written")
        first = file.read_text("utf-8")
        selling = subprocess.Popen(
            [sys.executable, "-m", "cardamom.cli.main", "sale", "12.34"],
            env=os.environ | {"CARDAMOM_RUN": str(rig.folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        rig.sees("PresentCard")
        rig.hand.insert("no-cvm")
        assert selling.wait(60) == 0
        rig.hand.remove()
        rig.until(lambda: not rig.ask(op="status")["status"]["busy"], "the sale does not end")
        told = rig.ask(op="metrics")["metrics"]
    last = file.read_text("utf-8")

    foreign = [x for x in told.splitlines() if not x.startswith(("# ", "cardamom_"))]
    assert foreign == []
    found = read(told)
    assert set(found) == set(read(first)), "what is there once, is there always"
    assert values(found["cardamom_up"]) == {(): 1}
    assert values(found["cardamom_ready"]) == {(): 1}
    assert values(found["cardamom_transactions"])[("approved",)] == 1
    assert values(found["cardamom_owed_messages"]) == dict.fromkeys(
        [("query",), ("repeat",), ("reversal",), ("advice",)], 0
    )
    assert values(found["cardamom_part_usable"])[("host",)] == 1
    assert set(values(found["cardamom_alarm"])) == {(cause.value,) for cause in Cause}
    host = {s.name: s.value for s in found["cardamom_host_response_seconds"].samples}
    assert host["cardamom_host_response_seconds_count"] == 1
    ends = values(found["cardamom_certificate_expiry_timestamp_seconds"])
    assert min(ends.values()) > time.time()
    assert found["cardamom_disk_free_bytes"].samples[0].value > 0
    assert "cardamom_dukpt_keys_left" not in found, "it has none, which is no zero"
    assert values(read(last)["cardamom_up"]) == {(): 0}, "a stopped terminal says so"
    assert [f.name for f in file.parent.iterdir()] == ["cardamom.prom"]
    assert file.stat().st_mode & 0o444 == 0o444
