"""What people may ask of the terminal: each operation once, its arguments, and whose right it is.

Keypad menu, control socket and till read this; flows/desk.py holds them to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cardamom.values.kinds import Kind


class Role(StrEnum):
    """Who may do it."""

    CLERK = "clerk"
    """Whoever stands at the counter: nothing is proved."""
    SUPERVISOR = "supervisor"
    """Proves it with a passcode, each time."""
    TECHNICIAN = "technician"
    """Whoever may log in to the board."""


class Operation(StrEnum):
    """What can be asked for."""

    SALE = "sale"
    SALE_AGAIN = "sale_again"
    """A sale by the card and of the amount of one whose outcome is unknown."""
    VOID = "void"
    REFUND = "refund"
    SETTLE = "settle"
    SETTLE_PARKED = "settle_parked"
    """A settlement over items that a supervisor has not closed: they go on its Z report."""
    X_REPORT = "x_report"
    Z_REPORT = "z_report"
    """The last settlement's report once more."""
    REPRINT = "reprint"
    """The last slips once more."""
    OWED = "owed"
    """What is owed to the host, and what waits for a supervisor."""
    CLOSE = "close"
    CLOSE_BATCH = "close_batch"
    """Of a settlement that the host goes on refusing: the batch without its agreement."""
    PASSCODE = "passcode"
    SELF_TEST = "self_test"
    """At the keypad a supervisor's; over the socket that of whoever may log in to the board."""
    SET_UP = "set_up"
    """The questions of a new terminal once more; nothing is sold meanwhile."""
    END_SUPPORT = "end_support"
    """Send support, who is logged in, away. In the menu while somebody is."""

    MEMBER_SHOW = "member_show"
    """Whose card it is, by number or by holding it to the reader."""
    MEMBERS = "members"
    MEMBER_KEEP = "member_keep"
    MEMBER_REMOVE = "member_remove"
    MEMBER_TAG = "member_tag"
    """The UID of a tag that is to become a card."""
    MEMBER_WRITE = "member_write"


@dataclass(frozen=True, slots=True)
class OperationRule:
    """What an operation is to the desk. `arguments` as the control socket names them."""

    role: Role
    arguments: tuple[str, ...] = ()
    kind: Kind | None = None
    """The kind of transaction that it makes: it moves money, and takes a caller's reference."""


OPERATIONS: Final[dict[Operation, OperationRule]] = {
    Operation.SALE: OperationRule(
        Role.CLERK, ("amount", "currency", "reference", "online"), kind=Kind.SALE
    ),
    Operation.SALE_AGAIN: OperationRule(
        Role.SUPERVISOR,
        ("amount", "currency", "reference", "passcode", "online"),
        kind=Kind.SALE,
    ),
    Operation.VOID: OperationRule(
        Role.SUPERVISOR, ("id", "trace", "reference", "passcode"), kind=Kind.VOID
    ),
    Operation.REFUND: OperationRule(
        Role.SUPERVISOR,
        ("id", "trace", "amount", "currency", "reference", "passcode"),
        kind=Kind.REFUND,
    ),
    Operation.SETTLE: OperationRule(Role.CLERK, ("passcode",)),
    Operation.SETTLE_PARKED: OperationRule(Role.SUPERVISOR, ("passcode",)),
    Operation.X_REPORT: OperationRule(Role.CLERK, ("print",)),
    Operation.Z_REPORT: OperationRule(Role.CLERK, ("print",)),
    Operation.REPRINT: OperationRule(Role.CLERK, ("id",)),
    Operation.OWED: OperationRule(Role.CLERK),
    Operation.CLOSE: OperationRule(Role.SUPERVISOR, ("id", "host_reference", "taken", "passcode")),
    Operation.CLOSE_BATCH: OperationRule(Role.SUPERVISOR, ("host_reference", "passcode")),
    Operation.PASSCODE: OperationRule(Role.TECHNICIAN),
    Operation.MEMBER_SHOW: OperationRule(Role.CLERK, ("number",)),
    Operation.MEMBERS: OperationRule(Role.SUPERVISOR, ("passcode",)),
    Operation.MEMBER_KEEP: OperationRule(
        Role.SUPERVISOR, ("number", "name", "uid", "issue", "until", "blocked", "passcode")
    ),
    Operation.MEMBER_REMOVE: OperationRule(Role.SUPERVISOR, ("number", "passcode")),
    Operation.MEMBER_TAG: OperationRule(Role.SUPERVISOR, ("passcode",)),
    Operation.MEMBER_WRITE: OperationRule(Role.SUPERVISOR, ("uid", "message", "passcode")),
    Operation.SELF_TEST: OperationRule(Role.TECHNICIAN, ("only", "print", "attended")),
    Operation.SET_UP: OperationRule(Role.SUPERVISOR),
    Operation.END_SUPPORT: OperationRule(Role.CLERK),
}

MENU: Final = (
    Operation.VOID,
    Operation.REFUND,
    Operation.SETTLE,
    Operation.OWED,
    Operation.X_REPORT,
    Operation.Z_REPORT,
    Operation.REPRINT,
    Operation.SELF_TEST,
)
"""What the keypad's menu offers, in order."""
