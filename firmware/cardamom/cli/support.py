"""What the account support gets in place of a shell: a few commands, each journalled first.

systemd/cardamom-support starts it; sshd has told in SSH_ORIGINAL_COMMAND what was asked for, and in
the file that SSH_USER_AUTH names which key it took.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import os
import re
import select
import signal
import sys
import syslog
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO, cast

from cardamom.cli.main import FAULT, VERBS
from cardamom.cli.places import INSTALLED_SOCKET
from cardamom.cli.support_visit import Visit
from cardamom.cli.support_words import WordError, parse, usage
from cardamom.control.client import NotReachedError
from cardamom.faults import Fault

IDLE_S: Final = 900
PROMPT: Final = "support> "
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class _Clean:
    """Writes no control character but the end of a line: what a log quotes steers no screen."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return self._out.write(_CONTROL.sub("?", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)


def login() -> NoReturn:
    """As the user's shell; ends the process."""
    sys.exit(run(Path(INSTALLED_SOCKET)))


def run(socket: Path) -> int:
    """The visit; its exit code."""
    for number in (signal.SIGTSTP, signal.SIGQUIT, signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(number, signal.SIG_IGN)
    for name in [n for n in os.environ if n not in _KEPT]:
        del os.environ[name]
    os.environ.update(PATH="/usr/bin:/bin", NO_COLOR="1", CARDAMOM_SOCKET=str(socket))
    sys.stdout = cast("TextIO", _Clean(sys.stdout))
    sys.stderr = cast("TextIO", _Clean(sys.stderr))
    asked = os.environ.get("SSH_ORIGINAL_COMMAND")
    shell = _Shell(socket)
    try:
        shell.begin()
        return shell.once(asked) if asked is not None else shell.prompt()
    except Fault as e:
        _say(str(e))
        return FAULT
    except KeyboardInterrupt:
        return 130


_KEPT: Final = ("SSH_ORIGINAL_COMMAND", "SSH_USER_AUTH", "SSH_CONNECTION", "TERM")


class _Shell:
    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._key = key_of(os.environ.get("SSH_USER_AUTH", ""))
        self._origin = (os.environ.get("SSH_CONNECTION", "").split() or ["this machine"])[0][:100]
        self._visit: Visit | None = None

    def begin(self) -> None:
        """Raises Fault where the terminal lets nobody in. One that does not run has no screen and
        no journal to tell: the system's log is told."""
        try:
            self._visit = Visit(self._socket, self._key, self._origin)
        except NotReachedError:
            self._visit = None
            self._to_syslog("connected")

    def once(self, line: str) -> int:
        """One command, as `ssh support@HOST status`."""
        try:
            return self._do(parse(line))
        except WordError as e:
            self._note("refused words")
            _say(str(e))
            return FAULT

    def prompt(self) -> int:
        """Until exit, the end of what is typed, or a quarter of an hour without a word."""
        _say("Cardamom support. The merchant sees that you are here; help lists the commands.")
        while True:
            try:
                line = self._line()
                if line is None:
                    break
                words = parse(line)
                if words == ["exit"]:
                    break
                self._do(words)
            except WordError as e:
                self._note("refused words")
                _say(str(e))
            except KeyboardInterrupt:
                _say("")
        return 0

    def _do(self, words: list[str]) -> int:
        if not words or words[0] in ("help", "exit"):
            if words != ["exit"]:
                _say(usage())
            return 0
        self._note(" ".join(words))
        try:
            module = importlib.import_module(VERBS[words[0]][0])
            code: int = module.main(words[0], words[1:])
        except SystemExit as e:
            code = e.code if isinstance(e.code, int) else FAULT
        except Fault as e:
            _say(str(e))
            code = FAULT
        return code

    def _note(self, what: str) -> None:
        """Raises Fault where it could not be journalled: then it is not done."""
        if self._visit is None or self._visit.lost:
            self.begin()  # it may run by now, or again
        if self._visit is not None:
            self._visit.act(what)
        else:
            self._to_syslog(what)

    def _to_syslog(self, what: str) -> None:
        syslog.openlog("cardamom-support", 0, syslog.LOG_AUTHPRIV)
        syslog.syslog(syslog.LOG_NOTICE, f"{self._key} from {self._origin}: {what}")

    def _line(self) -> str | None:
        """None at the end. Read from the descriptor: no line editor that could complete names of
        files."""
        if sys.stdin.isatty():
            sys.stdout.write(PROMPT)
            sys.stdout.flush()
        typed = bytearray()
        while True:
            ready, _, _ = select.select([0], [], [], IDLE_S)
            if not ready:
                _say("nothing was typed for a quarter of an hour")
                return None
            byte = os.read(0, 1)
            if not byte:
                return None
            if byte == b"\n":
                return typed.decode("utf-8", "replace").rstrip("\r")
            if len(typed) <= 4096:  # of a longer line the rest is passed over
                typed += byte


def key_of(auth_file: str) -> str:
    """The fingerprint of the key that sshd took, out of the file that ExposeAuthInfo makes:
    `publickey ssh-ed25519 AAAA...` a line."""
    try:
        lines = Path(auth_file).read_text("ascii").splitlines() if auth_file else []
    except (OSError, ValueError):
        lines = []
    for line in lines:
        method, _, key = line.partition(" ")
        if method != "publickey":
            continue
        try:
            digest = hashlib.sha256(base64.b64decode(key.split()[1], validate=True)).digest()
        except (IndexError, ValueError):
            continue
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    return "unknown key"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
