"""Issuer-to-Card Script Processing (EMV 4.4 Book 3, 10.10; results: Book 4, 6.3.9 and A5)."""

from __future__ import annotations

from typing import Final

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply
from cardamom.engines.emv.bits import Tsi, Tvr
from cardamom.engines.emv.requests import Transmit
from cardamom.engines.emv.session import Session, Steps

BEFORE: Final = 0x71
AFTER: Final = 0x72
_FAILED_BIT: Final = {BEFORE: Tvr.SCRIPT_FAILED_BEFORE, AFTER: Tvr.SCRIPT_FAILED_AFTER}
_NOT_PERFORMED, _FAILED, _SUCCESSFUL = 0x00, 0x10, 0x20


# Book 3, 10.10
def run_scripts(session: Session, scripts: bytes, template: int) -> Steps[None]:
    """Sends each command of each script in this template; the results are kept in 9F5B, 5 bytes a
    script: result and failing command, script identifier."""
    for body in _templates(session, scripts, template):
        session.set_tsi(Tsi.SCRIPTS_PROCESSED)
        identifier, commands = _parse(body)
        result = _NOT_PERFORMED
        try:
            for number, command in enumerate(commands, start=1):
                result = _FAILED | min(number, 0x0F)
                reply: Reply = yield Transmit(command)
                # only SW1 counts: normal processing and warnings go on
                if reply.sw >> 8 not in (0x90, 0x61, 0x62, 0x63):
                    break
            else:
                result = _SUCCESSFUL if commands else _NOT_PERFORMED
        finally:
            _report(session, template, result, identifier)


def _report(session: Session, template: int, result: int, identifier: bytes) -> None:
    if result != _SUCCESSFUL:
        session.set_tvr(_FAILED_BIT[template])
    results = session.store.terminal.get(0x9F5B, b"")
    session.store.terminal[0x9F5B] = results + bytes((result,)) + identifier


def _templates(session: Session, scripts: bytes, template: int) -> list[bytes]:
    """The scripts of this kind; garbage after or among them counts as a failed script."""
    found: list[bytes] = []
    try:
        found.extend(value for tag, value in tlv.items(scripts) if tag == template)
    except tlv.TlvError:
        session.set_tvr(_FAILED_BIT[template])
    return found


def _parse(body: bytes) -> tuple[bytes, list[bytes]]:
    """Identifier, zeros where there is none, and commands; none where they cannot be told apart."""
    identifier = bytes(4)
    commands: list[bytes] = []
    try:
        for tag, value in tlv.items(body):
            if tag == 0x9F18 and len(value) == 4:
                identifier = value
            elif tag == 0x86:
                commands.append(value)
    except tlv.TlvError:
        return identifier, []
    if any(len(command) < 4 for command in commands):
        return identifier, []
    return identifier, commands
