"""What the control socket may ask about members."""

from __future__ import annotations

from typing import Any

from cardamom.control.messages import (
    MemberKeep,
    MemberList,
    MemberRemove,
    MemberShow,
    MemberTag,
    MemberWrite,
)
from cardamom.flows.closed_loop import Holder
from cardamom.flows.members import MemberDesk
from cardamom.values.events import Entry
from cardamom.values.member import Member

MemberRequest = MemberShow | MemberList | MemberKeep | MemberRemove | MemberTag | MemberWrite


async def answer(desk: MemberDesk, request: MemberRequest) -> dict[str, Any]:
    """Raises what the desk raises."""
    match request:
        case MemberShow(number=number):
            return {"member": _held(await desk.show(number))}
        case MemberList(passcode=passcode):
            return {"members": [_member(m) for m in await desk.all(passcode)]}
        case MemberKeep():
            named: dict[str, Any] = {
                name: value
                for name in ("name", "issue", "until", "blocked")
                if (value := getattr(request, name)) is not None
            }
            if request.uid is not None:
                named["uid"] = bytes.fromhex(request.uid)
            kept = await desk.keep(request.number, named, request.passcode)
            return {"member": _member(kept)}
        case MemberRemove(number=number, passcode=passcode):
            await desk.remove(number, passcode)
            return {}
        case MemberTag(passcode=passcode):
            return {"uid": (await desk.tag(passcode)).hex().upper()}
        case MemberWrite(uid=uid, message=message, passcode=passcode):
            written = await desk.write(bytes.fromhex(uid), bytes.fromhex(message), passcode)
            return {"member": _member(written)}


def _member(member: Member) -> dict[str, Any]:
    return {
        "number": member.number.masked,
        "name": member.name,
        "uid": member.uid.hex().upper() or None,
        "issue": member.issue,
        "until": member.until or None,
        "blocked": member.blocked,
    }


def _held(holder: Holder) -> dict[str, Any]:
    member = holder.member or Member(holder.number, issue=holder.issue or 0, until=holder.until)
    return {
        **_member(member),
        "proved": holder.entry is Entry.TAG,
        "known": holder.member is not None,
    }
