"""Who calls at the control socket: the account support may look, within a visit, and no more."""

from __future__ import annotations

import asyncio
import contextlib
import pwd
import socket
import struct
from typing import Any, Final

from cardamom.acquirer.trace import LinkTrace
from cardamom.control.messages import (
    AnyRequest,
    ControlError,
    Explain,
    Metrics,
    Owed,
    SelfTest,
    Show,
    Status,
    SupportAct,
    SupportBegin,
    Traced,
    Transactions,
)
from cardamom.duties.support import SupportVisits, Visit
from cardamom.faults import JournalFault

LOOKS: Final = (Status, Metrics, Owed, Transactions, Show, Explain, Traced)
"""What support may ask for in a visit, beside a self-test that needs nobody and prints nothing."""
_CREDENTIALS: Final = struct.Struct("3i")
"""struct ucred: pid, uid, gid (unix(7), SO_PEERCRED)."""


class SupportDoor:
    """Tells callers apart by the user that the kernel says they are. `uid`: the account support's;
    None: there is none."""

    def __init__(self, visits: SupportVisits, trace: LinkTrace, uid: int | None) -> None:
        self.visits = visits
        self.trace = trace
        self._uid = uid

    @property
    def present(self) -> int:
        return self.visits.present

    @property
    def trace_s(self) -> int:
        return self.trace.left_s

    def caller(self, writer: asyncio.StreamWriter) -> Caller:
        """Whoever has connected."""
        sock = writer.get_extra_info("socket")
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _, uid, _ = _CREDENTIALS.unpack(raw)
        return Caller(self, writer, support=uid == self._uid)


class Caller:
    """One connection."""

    def __init__(self, door: SupportDoor, writer: asyncio.StreamWriter, *, support: bool) -> None:
        self._door = door
        self._writer = writer
        self._support = support
        self._visit: Visit | None = None

    def admit(self, request: AnyRequest) -> None:
        """Raises ControlError for what this caller may not ask."""
        visiting = isinstance(request, SupportBegin | SupportAct)
        if not self._support:
            if visiting:
                raise ControlError("only the account support begins a visit of support")
            return
        if visiting:
            return
        unattended = isinstance(request, SelfTest) and not (request.attended or request.print)
        if not (unattended or isinstance(request, LOOKS)):
            raise ControlError("support looks and changes nothing: this is not for it to ask")
        if not self._door.present:
            raise ControlError("support asks within a visit: log in as support")

    async def answer(self, request: Traced | SupportBegin | SupportAct) -> dict[str, Any]:
        """Raises SupportRefused, ControlError, JournalFault."""
        match request:
            case Traced(minutes=minutes, after=after):
                if minutes is not None:
                    self._door.trace.switch(minutes)
                return {"trace": self._trace(after), "left_s": self._door.trace.left_s}
            case SupportBegin(key=key, origin=origin):
                if self._visit is not None:
                    raise ControlError("the visit has begun already")
                self._visit = await self._door.visits.begin(key, origin, self._hang_up)
                return {"visit": True}
            case SupportAct(what=what):
                if self._visit is None:
                    raise ControlError("there is no visit yet")
                await self._door.visits.act(self._visit, what)
                return {"noted": True}

    async def gone(self) -> None:
        """The connection has ended."""
        if self._visit is not None:
            with contextlib.suppress(JournalFault):  # the health watch says what is wrong with it
                await self._door.visits.leave(self._visit)

    def _hang_up(self) -> None:
        self._writer.write(b'{"ended": "merchant"}\n')
        self._writer.close()

    def _trace(self, after: int) -> list[dict[str, Any]]:
        return [
            {
                "number": traced.number,
                "at": traced.at.isoformat(timespec="milliseconds"),
                "sent": traced.sent,
                "host": traced.host,
                "lines": list(traced.lines),
            }
            for traced in self._door.trace.after(after)
        ]


def uid_of(name: str) -> int | None:
    """The user's number; None where there is no such user."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None
