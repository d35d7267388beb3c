"""A whole terminal on a desk: acquirer, printer, card and terminal, each a process or a thread.

`Rig` starts them in one folder and is the hand that types, inserts and looks. The demo, the bench
and the tests of the whole use it alike.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from cardamom.control.client import NotReachedError, call
from cardamom.faults import DeviceFault
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.contactless import TappedCard
from cardamom.simulator.card.vpcd import PORT
from cardamom.simulator.hand import CardHand, chip_card, tap_card
from cardamom.simulator.pcscd import Pcscd
from cardamom.simulator.testdata import data
from cardamom.store.alone import alone

READY_S: Final = 30.0
STOP_S: Final = 10.0
READER_NAME: Final = "Virtual PCD 00 00"


@dataclass(frozen=True, slots=True)
class RigConfig:
    """`reader`: pcsc or inprocess. `width`: paper in mm."""

    folder: Path
    reader: str = "pcsc"
    language: str = "zh"
    width: int = 58
    deadline_s: float = 60.0
    screens: bool = True
    profile: str = ""
    """Message profile of terminal and acquirer: a file or its name; empty: the default."""
    contactless: bool = False
    """With a simulated contactless reader, and a hand that taps."""
    bring_keys: Callable[[Path], None] = lambda _settings: None
    """Does with the settings' file what a technician does before the terminal's first start."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Of the terminal's process, beside our own."""


class Rig:
    """`with Rig(config) as rig`: everything runs; at the end everything stops."""

    def __init__(self, config: RigConfig) -> None:
        self.config = config
        self.folder = config.folder.resolve()
        self.control = self.folder / "control.sock"
        self.slips = self.folder / "receipts"
        self.screens = self.folder / "screens"
        self.terminal: subprocess.Popen[str] | None = None
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._logs: list[IO[str]] = []
        self._pcscd = Pcscd()
        self._reader_port = PORT
        self._tap_port = 0
        self.hand: CardHand[Card]
        self.tapping: CardHand[TappedCard] | None = None
        self.acquirer_port = 0
        self.printer_port = 0

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """All of it, ready for payments. Raises DeviceFault when a part does not come up."""
        self.prepare()
        self.config.bring_keys(self.folder / "terminal.toml")
        self.start_terminal()

    def prepare(self) -> None:
        """All but the terminal itself. Raises DeviceFault when a part does not come up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.config.reader == "pcsc":
            self._pcscd.start()
        else:
            self._reader_port = _free_port()
        self.hand = CardHand(self._reader_port, chip_card)
        if self.config.contactless:
            self._tap_port = _free_port()
            self.tapping = CardHand(self._tap_port, tap_card)
        self.acquirer_port = self.start_acquirer()
        self.printer_port = self.start_printer()
        self._write_settings()

    def start_acquirer(self, port: int = 0) -> int:
        words = ["--run", str(self.folder), "--port", str(port), "--profile", self.config.profile]
        return self._port_of(self._launch("acquirer", "simulate", "acquirer", *words))

    def start_printer(self, port: int = 0) -> int:
        words = ["--slips", str(self.slips), "--width", str(self.config.width)]
        words += ["--control", str(self.folder / "printer.sock")]
        return self._port_of(
            self._launch("printer", "simulate", "printer", *words, "--port", str(port))
        )

    def start_terminal(self, limit_s: float = READY_S) -> None:
        """Start it and wait until it can take payments."""
        self.begin_terminal()
        self.until(self._ready, "the terminal does not become ready", limit_s)

    def begin_terminal(self) -> None:
        """Start it, whatever it does."""
        self.terminal = self._launch(
            "terminal", "run", "--settings", str(self.folder / "terminal.toml")
        )

    def shows(self, *names: str) -> bool:
        """Whether the panel shows one of these screens, any without names; not while a terminal
        that starts anew has no panel."""
        try:
            shown = self.screen()
            return shown in names if names else bool(shown)
        except (OSError, ValueError):
            return False

    def stop_terminal(self) -> None:
        """As systemd would."""
        self._stop("terminal")
        self.terminal = None

    def stop_acquirer(self) -> None:
        self._stop("acquirer")

    def stop_printer(self) -> None:
        self._stop("printer")

    def stop(self) -> None:
        """Everything, the terminal first."""
        self.stop_terminal()
        if hasattr(self, "hand"):
            self.hand.close()
        if self.tapping is not None:
            self.tapping.close()
        for name in reversed(list(self._processes)):
            self._stop(name)
        self._pcscd.stop()
        for log in self._logs:
            log.close()
        self._logs.clear()

    def ask(self, **request: Any) -> dict[str, Any]:
        """One request over the control socket; its answer. Raises DeviceFault where it refuses."""
        answer = call(self.control, request)
        if not answer["ok"]:
            raise DeviceFault(answer["error"])
        return answer

    def press(self, *keys: str) -> None:
        """Press keys of the simulated pad."""
        self._bench(op="press", keys=list(keys))

    def screen(self) -> str:
        """The name of the screen that the panel shows."""
        name: str = self._bench(op="screen")["screen"]
        return name

    def sees(self, *names: str) -> str:
        """Wait for one of these screens."""
        self.until(lambda: self.screen() in names, f"the screen is not {' or '.join(names)}")
        return self.screen()

    def ledger(self) -> list[dict[str, Any]]:
        """What the acquirer holds."""
        from cardamom.simulator.acquirer.ledger import read_ledger

        return read_ledger(self.folder / "ledger.db")

    def printed(self, transaction: int, limit_s: float = READY_S) -> dict[str, Any]:
        """Wait until the transaction's slips are out; its record."""
        record: dict[str, Any] = {}

        def done() -> bool:
            record.update(self.ask(op="show", id=transaction)["transaction"])
            return not record["receipts_owed"]

        self.until(done, "the slips are not printed", limit_s)
        return record

    def _ready(self) -> bool:
        if self.terminal is None or self.terminal.poll() is not None:
            raise DeviceFault(f"the terminal ended: see {self.folder / 'terminal.log'}")
        try:
            ready: bool = call(self.control, {"op": "status"}, timeout_s=5)["status"]["ready"]
        except NotReachedError:
            return False
        return ready

    def _bench(self, **request: Any) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.folder / "bench.sock"))
            sock.sendall(json.dumps(request).encode() + b"\n")
            with sock.makefile() as lines:
                answer: dict[str, Any] = json.loads(lines.readline())
        return answer

    def until(self, condition: Callable[[], bool], what: str, limit_s: float = READY_S) -> None:
        """Wait for it. Raises DeviceFault saying `what` when it does not come."""
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                raise DeviceFault(f"{what} (waited {limit_s:g} s)")
            time.sleep(0.02)

    def _launch(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        log = (self.folder / f"{name}.log").open("a", encoding="utf-8")
        self._logs.append(log)
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        if name == "terminal":
            environment |= self.config.environment
        process = subprocess.Popen(  # noqa: S603 this interpreter, our own module
            [sys.executable, "-m", "cardamom.cli.main", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if name != "terminal" else log,
            stderr=log,
            text=True,
            env=environment,
            start_new_session=True,  # Ctrl-C at the console is ours to pass on, in order
        )
        self._processes[name] = process
        return process

    def _stop(self, name: str) -> None:
        process = self._processes.pop(name, None)
        if process is not None:
            _end(process)

    def _port_of(self, process: subprocess.Popen[str]) -> int:
        """Of the line in which a part says that it is ready."""
        assert process.stdout is not None  # noqa: S101 asked for in _launch
        line = process.stdout.readline()
        if "ready port=" not in line:
            raise DeviceFault(f"a simulated part does not start: see the logs in {self.folder}")
        return int(line.rsplit("=", 1)[1])

    def _write_settings(self) -> None:
        for name in ("ca.pem", "client.pem", "client.key"):
            self._put(name, data("testkeys", "tls", name).read_bytes())
        self._put("terminal-master.key", data("testkeys", "terminal-master.key").read_bytes())
        if not (self.folder / "journal.key").exists():
            self._put("journal.key", secrets.token_hex(32).encode())
        template = data("demo", "terminal.toml").read_text("utf-8")
        text = template.format(
            language=self.config.language,
            reader=self.config.reader,
            reader_name=READER_NAME if self.config.reader == "pcsc" else "",
            reader_port=self._reader_port if self.config.reader == "inprocess" else 0,
            printer_port=self.printer_port,
            width=self.config.width,
            acquirer_port=self.acquirer_port,
            profile=self.config.profile,
            deadline=self.config.deadline_s,
            screens="screens" if self.config.screens else "",
        )
        if self.config.contactless:
            text += f'\n[contactless]\ndriver = "simulated"\nport = {self._tap_port}\n'
        self._put("terminal.toml", text.encode())

    def _put(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_bytes(content)


def clear_folder(folder: Path) -> None:
    """Forget an earlier run. Only a folder that such a run made is touched, and none in use."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "terminal.toml").exists():
        raise DeviceFault(f"{folder} is not empty and no demo made it: name another folder")
    with alone(folder / "journal.db"):
        shutil.rmtree(folder, ignore_errors=True)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _free_port() -> int:
    """A port that nothing listens on, below those that the kernel hands out unasked: one of these
    could be taken before the reader listens on it."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port
