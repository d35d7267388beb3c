"""The parts of a bundle, each as text; what cannot be had says why in its place."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from cardamom import __version__
from cardamom.cli.main import VERBS
from cardamom.control.client import call
from cardamom.faults import Fault

LOG_SINCE: Final = "7d"
LOG_LINES: Final = "20000"
HIDDEN: Final = re.compile(r"pass|psk|secret|token|hash$|name_(zh|en)$|ssid")
"""Settings that are nobody's business: names of people's shops, and secrets should there be any."""
BOARD: Final = {
    "model": "/proc/device-tree/model",
    "os": "/etc/os-release",
    "uptime": "/proc/uptime",
    "memory": "/proc/meminfo",
    "load": "/proc/loadavg",
    "mounts": "/proc/self/mounts",
    "throttled": "/sys/devices/platform/soc/soc:firmware/get_throttled",
    "temperature": "/sys/class/thermal/thermal_zone0/temp",
}


class Gatherer:
    """Asks the terminal at `socket`; where it does not run, reads the journal that the settings
    name, as far as the caller may."""

    def __init__(self, socket: Path, settings: Path, last: int, *, self_test: bool) -> None:
        self._socket = socket
        self._file = settings
        self._last = last
        self._self_test = self_test
        self._runs = True
        self.known: set[str] = set()
        """Numbers of the merchant's own, which are no card's."""

    def parts(self) -> Iterator[tuple[str, str]]:
        """Name and text of each."""
        yield "about.json", self._said(self._about)
        yield "settings.json", self._said(self._settings)
        yield "status.json", self._said(lambda: self._asked("status"))
        yield "owed.json", self._said(lambda: self._asked("owed"))
        if self._self_test:
            yield "selftest.json", self._said(lambda: self._asked("self_test"))
        yield "metrics.prom", self._said(lambda: self._verb("metrics"))
        yield "board.json", self._said(self._board)
        log = ["--since", LOG_SINCE, "--lines", LOG_LINES, "--json"]
        yield "log.jsonl", self._said(lambda: self._verb("logs", *log))
        yield "kernel.txt", self._said(self._kernel)
        records = self._records()
        yield "transactions.json", _json(records)
        for record in records:
            txn = record["id"]
            yield f"stories/{txn}.txt", self._said(partial(self._story, txn))

    def _said(self, part: Callable[[], str]) -> str:
        try:
            return part()
        except (Fault, OSError, msgspec.MsgspecError) as e:
            return f"not to be had: {e}\n"

    def _about(self) -> str:
        return _json(
            {
                "cardamom": __version__,
                "python": sys.version,
                "kernel": platform.release(),
                "machine": platform.machine(),
                "release": Path(sys.prefix).resolve().name,
            }
        )

    def _settings(self) -> str:
        from cardamom.settings.load import load

        told = _without(msgspec.to_builtins(load(self._file)))
        self.known |= {told["merchant"]["id"], told["terminal"]["id"]}
        return _json(told)

    def _asked(self, operation: str) -> str:
        """Raises Fault."""
        answer = call(self._socket, {"op": operation}, timeout_s=180)
        if not answer["ok"]:
            raise Fault(answer["error"])
        return _json({k: v for k, v in answer.items() if k != "ok"})

    def _verb(self, verb: str, *arguments: str) -> str:
        """What a command of ours prints."""
        out = io.StringIO()
        if verb not in VERBS:
            raise Fault(f"this firmware has no {verb}")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            try:
                importlib.import_module(VERBS[verb][0]).main(verb, list(arguments))
            except SystemExit:
                raise Fault(f"{verb} broke off") from None
        return out.getvalue()

    def _board(self) -> str:
        told = {}
        for name, path in BOARD.items():
            with contextlib.suppress(OSError):
                told[name] = Path(path).read_text("utf-8", "replace").strip("\0\n").splitlines()
        free = shutil.disk_usage(Path("/var/lib") if Path("/var/lib").is_dir() else Path("/"))
        return _json({**told, "disk": free._asdict()})

    def _kernel(self) -> str:
        words = ("-k", "-p", "warning", "-n", "500", "--no-pager", "-o", "short-iso")
        done = subprocess.run(  # noqa: S603 fixed words
            ["/usr/bin/journalctl", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout or done.stderr

    def _records(self) -> list[dict[str, Any]]:
        if not self._last:
            return []
        request = {"op": "transactions", "limit": self._last}
        try:
            found: list[dict[str, Any]] = call(self._socket, request, timeout_s=30)["transactions"]
        except (Fault, KeyError):
            self._runs = False
            with contextlib.suppress(Fault, OSError):
                return self._from_file()
            return []
        return found

    def _from_file(self) -> list[dict[str, Any]]:
        from cardamom.control.views import record_view
        from cardamom.store.database import open_for_reading
        from cardamom.store.reads import Reads

        with open_for_reading(self._journal) as db:
            return [record_view(r) for r in Reads(db, Path()).recent(self._last)]

    @property
    def _journal(self) -> Path:
        from cardamom.settings.load import load, resolve

        return resolve(self._file, load(self._file).journal.path)

    def _story(self, txn: int) -> str:
        source = [] if self._runs else ["--file", str(self._journal)]
        return self._verb("explain", str(txn), "--socket", str(self._socket), *source)


def _without(told: Any) -> Any:
    """Settings without what is hidden."""
    if isinstance(told, dict):
        return {k: "hidden" if HIDDEN.search(k) else _without(v) for k, v in told.items()}
    return [_without(one) for one in told] if isinstance(told, list) else told


def _json(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n"
