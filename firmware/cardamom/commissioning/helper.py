"""What is done as root, asked for over a socket: five requests and no other.

A JSON line in, a JSON line out. systemd accepts the connection from the daemon's user alone
(cardamom-setup.socket) and starts `cardamom commission --helper` with it as standard input.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cardamom.commissioning import act
from cardamom.faults import Fault
from cardamom.settings.load import load, resolve
from cardamom.settings.model import Settings
from cardamom.values.commissioning import Stage

LONGEST: Final = 131_072
PATIENCE_S: Final = 180.0


class HelperFault(Fault):
    """It could not be asked, or refused; the sentence says which."""


def ask(settings: Settings, file: Path, do: str, **what: Any) -> None:
    """Has it done, here or by the helper. Raises a Fault with a sentence."""
    request = {"do": do, **what}
    if not settings.commissioning.helper:
        serve(request, file)
        return
    path = resolve(file, settings.commissioning.helper)
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE_S)
            line.connect(str(path))
            line.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(_line(line))
    except (OSError, ValueError) as e:
        raise HelperFault(f"{path} does not answer ({type(e).__name__})") from None
    if not answer.get("ok"):
        raise HelperFault(str(answer.get("error", "refused")))


def _line(line: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n") and len(data) < LONGEST and (more := line.recv(4096)):
        data += more
    return data


def serve(request: Mapping[str, Any], file: Path) -> None:
    """One request. Raises a Fault: AnswerRefused for one that is not on the list."""
    settings = load(file)
    stage = settings.commissioning.stage
    match request.get("do"):
        case "network" if stage is not Stage.DONE:
            act.connect(settings, file, _answers(request))
        case "finish" if stage is not Stage.DONE:
            act.finish(file, _answers(request))
        case "ca" if stage is not Stage.DONE and isinstance(request.get("pem"), str):
            act.put_ca(file, request["pem"])
        case "leave" if stage is Stage.AGAIN:
            act.set_stage(file, Stage.DONE)
        case "again" if stage is Stage.DONE:
            act.set_stage(file, Stage.AGAIN)
        case _:
            raise act.AnswerRefused("the helper does no such thing now")


def _answers(request: Mapping[str, Any]) -> dict[str, str]:
    answers = request.get("answers")
    if not isinstance(answers, dict):
        raise act.AnswerRefused("answers: expected a table")
    return answers


def main(file: Path) -> int:
    """Serves standard input's request; 0 when it was done."""
    answer: dict[str, Any] = {"ok": True}
    try:
        request = json.loads(sys.stdin.buffer.readline(LONGEST))
        if not isinstance(request, dict):
            raise act.AnswerRefused("expected a table")
        serve(request, file)
    except Fault as e:
        answer = {"ok": False, "error": str(e)}
    except ValueError:
        answer = {"ok": False, "error": "not JSON"}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    return 0 if answer["ok"] else 30
