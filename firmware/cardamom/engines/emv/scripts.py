"""Issuer-to-Card Script Processing (EMV 4.4 Book 3, 10.10; results: Book 4, 6.3.9 and A5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply
from cardamom.engines.emv.bits import Tsi, Tvr
from cardamom.engines.emv.requests import Transmit
from cardamom.engines.emv.session import Script, Session, Steps

BEFORE: Final = 0x71
AFTER: Final = 0x72
MAX_BYTES: Final = 128
"""All scripts of one answer together, tags and lengths included (10.10)."""
MAX_REPORTED: Final = 19
"""What the results' object holds; more scripts than can do anything in 128 bytes."""
_FAILED_BIT: Final = {BEFORE: Tvr.SCRIPT_FAILED_BEFORE, AFTER: Tvr.SCRIPT_FAILED_AFTER}
_FAILED, _SUCCESSFUL = 0x10, 0x20


def receive_scripts(session: Session, scripts: bytes) -> None:
    """Takes up the host's scripts. Until one has run it counts as not performed, so that one that
    is never reached is reported too."""
    session.scripts, session.scripts_garbled = _received(scripts)
    _report(session)


def not_performed(scripts: bytes) -> bytes:
    """What is reported of the host's scripts where none of them was run; empty for none."""
    return _results(_received(scripts)[0])


def _received(scripts: bytes) -> tuple[list[Script], bool]:
    """In the order they are to run; and whether garbage stood behind or among them."""
    found: list[Script] = []
    size, garbled = 0, False
    try:
        for tag, value, raw in tlv.pieces(scripts):
            if tag not in _FAILED_BIT:
                continue
            size += len(raw)
            identifier, commands = _parse(value)
            if size > MAX_BYTES:
                commands = []
            if len(found) < MAX_REPORTED:
                found.append(Script(tag, identifier, commands))
    except tlv.TlvError:
        garbled = True
    return sorted(found, key=lambda script: script.template), garbled


# Book 3, 10.10
def run_scripts(session: Session, template: int) -> Steps[None]:
    """Sends each command of each script in this template; the results are kept in 9F5B, 5 bytes a
    script: result and failing command, script identifier. Garbage among them is a failed script."""
    if session.scripts_garbled:
        session.set_tvr(_FAILED_BIT[template])
    for script in session.scripts:
        if script.template != template:
            continue
        try:
            yield from _run(session, script)
        finally:
            if script.result != _SUCCESSFUL:
                session.set_tvr(_FAILED_BIT[template])
            _report(session)


def _run(session: Session, script: Script) -> Steps[None]:
    for number, command in enumerate(script.commands, start=1):
        session.set_tsi(Tsi.SCRIPTS_PROCESSED)
        script.result = _FAILED | min(number, 0x0F)
        reply: Reply = yield Transmit(command)
        # only SW1 counts: normal processing and warnings go on
        if reply.sw >> 8 not in (0x90, 0x61, 0x62, 0x63):
            return
    if script.commands:
        script.result = _SUCCESSFUL


def _report(session: Session) -> None:
    if session.scripts:
        session.store.terminal[0x9F5B] = _results(session.scripts)


def _results(scripts: Iterable[Script]) -> bytes:
    return b"".join(bytes((script.result,)) + script.identifier for script in scripts)


def _parse(body: bytes) -> tuple[bytes, list[bytes]]:
    """Identifier, zeros where there is none, and commands; none where they cannot be told apart or
    one of them is no command."""
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
    if not all(len(command) in _lengths(command) for command in commands):
        return identifier, []
    return identifier, commands


# ISO/IEC 7816-3, 12.1.3: the four cases of a short command
def _lengths(command: bytes) -> Iterator[int]:
    yield from (4, 5)
    if len(command) > 5 and command[4]:
        yield from (5 + command[4], 6 + command[4])
