"""What one contact sale costs the terminal itself, its start and its idle memory."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cardamom.simulator.rig import Rig, RigConfig

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.till import costs, load_of, sell

SALES = 20
WARM = 5
TRACED = 5


def main() -> None:
    """Prints `name: value unit` lines."""
    _imports()
    for reader in ("inprocess", "pcsc"):
        with tempfile.TemporaryDirectory() as folder:
            _sales(Path(folder), reader)


def _imports() -> None:
    for name in ("cardamom.cli.main", "cardamom.daemon.run"):
        code = (
            "import time, resource; a = time.perf_counter();"
            f"import {name}; print(time.perf_counter() - a);"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        runs = [
            subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
            for _ in range(5)
        ]
        times, sizes = zip(*(map(float, r.stdout.split()) for r in runs), strict=True)
        print(f"import {name}: {min(times) * 1000:.0f} ms")
        print(f"memory after import {name}: {min(sizes) / 1024:.1f} MB")


def _sales(folder: Path, reader: str) -> None:
    with Rig(RigConfig(folder, reader, "zh", screens=False)) as rig:
        load = load_of(rig)
        print(f"{reader} idle: {load.rss_kb / 1024:.1f} MB, {load.files} files")
        rig.stop_terminal()
        began = time.perf_counter()
        rig.start_terminal()
        print(f"{reader} process start to ready for payments: {time.perf_counter() - began:.2f} s")
        for _ in range(WARM):
            rig.printed(sell(rig, "1.00")["id"])
        for _ in range(SALES):
            rig.printed(sell(rig, "1.00")["id"])
        seen = list(costs(rig))[-SALES:]
        for name in ("total", "card", "host", "own"):
            values = [getattr(cost, name) for cost in seen]
            print(f"{reader} sale {name}, median: {statistics.median(values):.2f} ms")
            print(f"{reader} sale {name}, worst of {SALES}: {max(values):.2f} ms")
        print(f"{reader} sale APDUs: {seen[-1].commands}")
        tracer = _trace(rig)
        for _ in range(TRACED):
            rig.printed(sell(rig, "1.00")["id"])
        _syncs(tracer, reader)
        load = load_of(rig)
        done = WARM + SALES + TRACED
        print(f"{reader} after {done} sales: {load.rss_kb / 1024:.1f} MB, {load.files} files")


def _trace(rig: Rig) -> subprocess.Popen[str] | None:
    strace = shutil.which("strace")
    if strace is None or rig.terminal is None:
        return None
    tracer = subprocess.Popen(
        [strace, "-f", "-q", "-e", "trace=fsync,fdatasync", "-p", str(rig.terminal.pid)],
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1)
    return tracer


def _syncs(tracer: subprocess.Popen[str] | None, reader: str) -> None:
    if tracer is None:
        print(f"{reader} fsyncs a sale: not counted (strace is not installed)")
        return
    tracer.terminate()
    _, text = tracer.communicate()
    calls = len(re.findall(r"(?:fsync|fdatasync)\(", text)) / TRACED
    print(f"{reader} fsyncs a sale: {calls:.2f}")


if __name__ == "__main__":
    main()
