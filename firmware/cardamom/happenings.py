"""Everything that the log tells of: each event once, with its level, place and fields. A leaf.

The words are in texts/happenings_en.py and _zh.py; docs/events.md is made from both.
"""

from __future__ import annotations

from dataclasses import dataclass
from logging import CRITICAL, DEBUG, ERROR, INFO, WARNING
from typing import Final


@dataclass(frozen=True, slots=True)
class Happening:
    """`step`: where in the terminal's work, the field STEP. `device`: the part that it is about,
    the field DEVICE; empty where it is about none, or where the call names it. `fields`: what the
    call may say beside."""

    level: int
    step: str
    device: str
    fields: tuple[str, ...]


def _of(level: int, place: str, fields: str = "") -> Happening:
    """`place`: STEP, or STEP/DEVICE."""
    step, _, device = place.partition("/")
    return Happening(level, step, device, tuple(fields.split()))


NAMED: Final = ("txn", "stan", "device", "step")
"""Fields that any event may have, under their own names."""

HAPPENINGS: Final[dict[str, Happening]] = {
    # the daemon
    "ready": _of(INFO, "start", "ms"),
    "keys_unopened": _of(ERROR, "start"),
    "recovered": _of(WARNING, "start", "txn stan was now"),
    "task_ended": _of(CRITICAL, "stop", "task error"),
    "close_failed": _of(WARNING, "stop", "error"),
    "stopped": _of(INFO, "stop"),
    "library": _of(WARNING, "health", "library text error"),
    "log_dropped": _of(WARNING, "health", "lines"),
    "metrics_failed": _of(WARNING, "health", "why"),
    # the setting up
    "setup_begun": _of(INFO, "setup", "stage"),
    "setup_failed": _of(WARNING, "setup", "what why"),
    "setup_elsewhere": _of(INFO, "setup"),
    "setup_ended": _of(INFO, "setup", "stage"),
    "setup_boot_file": _of(INFO, "setup"),
    "setup_boot_refused": _of(WARNING, "setup", "why"),
    "setup_slip": _of(INFO, "setup/printer"),
    # the journal
    "journal_created": _of(INFO, "start/journal", "path schema"),
    "journal_migrated": _of(INFO, "start/journal", "schema was copy"),
    "journal_fault": _of(ERROR, "sale/journal", "why asked"),
    "transcript_lost": _of(ERROR, "card/journal", "error"),
    # the card
    "card_inserted": _of(INFO, "card/reader", "atr"),
    "card_removed": _of(INFO, "card/reader"),
    "card_unusable": _of(WARNING, "card/reader", "why"),
    "card_fault": _of(WARNING, "card/reader", "why gone"),
    "reader_fault": _of(ERROR, "card/reader", "why"),
    "card_tapped": _of(INFO, "card/contactless", "tech atr"),
    "tag_flawed": _of(WARNING, "card/contactless", "why"),
    "tag_refused": _of(INFO, "card/contactless", "why"),
    "tag_seen": _of(INFO, "card/contactless", "tech"),
    "tap_unusable": _of(WARNING, "card/contactless", "why"),
    "tap_unread": _of(WARNING, "card/contactless", "reason"),
    "update_asked": _of(INFO, "card/contactless", "txn stan"),
    "update_other_card": _of(INFO, "card/contactless", "txn stan"),
    "update_done": _of(INFO, "card/contactless", "txn stan results"),
    "update_missing": _of(WARNING, "card/contactless", "txn stan reason results"),
    "tap_reader_fault": _of(ERROR, "card/contactless", "why"),
    "kernel_broke": _of(ERROR, "card", "error"),
    "same_again": _of(WARNING, "card", "of"),
    # the host, asked for a transaction
    "intent": _of(INFO, "host", "txn stan"),
    "host_answer": _of(INFO, "host/host", "txn stan code verdict rrn"),
    "not_sent": _of(WARNING, "host/host", "txn stan why"),
    "no_answer": _of(WARNING, "host/host", "txn stan why"),
    "host_broke": _of(ERROR, "host/host", "error"),
    "sale_done": _of(
        INFO, "outcome", "txn stan state commands total_ms card_ms host_ms person_ms own_ms"
    ),
    "undone": _of(INFO, "outcome", "txn of state"),
    # what is owed
    "owed_sent": _of(INFO, "delivery/host", "txn what attempt host"),
    "owed_answered": _of(INFO, "delivery/host", "txn what reached why"),
    "owed_state": _of(INFO, "delivery", "txn stan state"),
    "owed_waits": _of(ERROR, "delivery/journal", "txn what why"),
    "delivery_waits": _of(WARNING, "delivery/journal", "why"),
    "answer_late": _of(WARNING, "delivery/host", "mti stan code"),
    "closed": _of(WARNING, "delivery", "txn stan taken"),
    # the link
    "link_up": _of(INFO, "link/host", "host"),
    "signed_on": _of(INFO, "link/host", "host"),
    "certificate_taken": _of(INFO, "link/host", "host"),
    "certificate_not_taken": _of(WARNING, "link/host", "why"),
    "certificate_before_used": _of(WARNING, "link/host", "host why"),
    "link_down": _of(WARNING, "link/host", "host why"),
    "link_lost": _of(WARNING, "link/host", "why"),
    "echo_refused": _of(WARNING, "link/host", "code"),
    "mac_refused": _of(ERROR, "link/host", "host"),
    "answer_mac_wrong": _of(ERROR, "link/host", "mine"),
    "answer_unreadable": _of(ERROR, "link/host", "why"),
    "answer_dropped": _of(WARNING, "link/host", "mti stan"),
    # the batch
    "batch_closing": _of(INFO, "settlement", "batch records parked"),
    "totals_answered": _of(INFO, "settlement/host", "code agreed end"),
    "record_uploaded": _of(INFO, "settlement/host", "txn code"),
    "settlement_waits": _of(WARNING, "settlement/host", "batch code"),
    "batch_closed": _of(INFO, "settlement", "batch opened uploaded"),
    "batch_closed_without_host": _of(WARNING, "settlement", "batch opened code"),
    # the desk
    "reference_repeated": _of(INFO, "desk", "txn"),
    "passcode_wrong": _of(WARNING, "desk", "tries"),
    "reprint": _of(INFO, "desk", "txn copies"),
    # paper
    "receipt_printed": _of(INFO, "slip/printer", "txn copy"),
    "report_printed": _of(INFO, "slip/printer", "report batch reprint"),
    "receipts_wait": _of(WARNING, "slip/printer", "why slips"),
    "receipt_broken": _of(ERROR, "slip/printer", "txn why"),
    "report_broken": _of(ERROR, "slip/printer", "batch why"),
    # parts and alarms
    "part": _of(INFO, "health", "part condition why"),
    "part_lost": _of(WARNING, "health", "part condition why"),
    "panel_lost": _of(WARNING, "health/display", "why"),
    "display_fault": _of(ERROR, "health/display", "why error"),
    "keypad_lost": _of(WARNING, "health/keypad", "why"),
    "pn532_lost": _of(WARNING, "health/contactless", "why"),
    "pn532_line_slower": _of(WARNING, "health/contactless", "baud"),
    "signals_failed": _of(WARNING, "health/lights", "error"),
    "alarm": _of(WARNING, "health", "cause count why"),
    "alarm_blocks": _of(ERROR, "health", "cause count why"),
    "alarm_over": _of(INFO, "health", "cause"),
    "tampered": _of(CRITICAL, "health/tamper", "why"),
    "tamper_erase_failed": _of(CRITICAL, "health/tamper", "why"),
    "keys_erased": _of(CRITICAL, "health/tamper", "slots"),
    "tamper_request_failed": _of(CRITICAL, "health/tamper", "error"),
    "tamper_switch_lost": _of(WARNING, "health/tamper", "why"),
    "torn_not_kept": _of(WARNING, "card/journal", "error"),
    "selftest": _of(INFO, "selftest", "part grade finding"),
    "selftest_broken": _of(ERROR, "selftest", "part why"),
    # support over SSH
    "support_here": _of(WARNING, "support", "key origin"),
    "support_asked": _of(INFO, "support", "key what"),
    "support_left": _of(INFO, "support", "key by"),
    # the simulated acquirer
    "acquirer_answers": _of(INFO, "simulator", "mti stan code fault"),
    "acquirer_failed": _of(ERROR, "simulator", "error"),
    "acquirer_flags": _of(INFO, "simulator", "flag terminal stan"),
    "acquirer_refuses": _of(WARNING, "simulator", "why"),
    "fault_unreadable": _of(WARNING, "simulator", "line why"),
}

LEVELS: Final = {
    DEBUG: "debug",
    INFO: "info",
    WARNING: "warning",
    ERROR: "error",
    CRITICAL: "critical",
}
