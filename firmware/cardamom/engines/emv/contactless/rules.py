"""What the terminal is set to for contactless: combinations of application and kernel, with limits
(Book A, 5.2 and 5.8; Book B, 3.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from cardamom.engines.emv.rules import AidRule, Rules


@dataclass(frozen=True, slots=True)
class RelayRules:
    """The relay resistance protocol's figures, in units of 100 microseconds; `mismatch_percent` of
    the smaller to the greater transmission time (C-2, A.1: DF8132 to DF8137)."""

    min_grace: int = 20
    max_grace: int = 50
    command_time: int = 18
    answer_time: int = 24
    accuracy: int = 300
    mismatch_percent: int = 50


@dataclass(frozen=True, slots=True)
class MchipRules:
    """What only Kernel 2 has (C-2, A.1)."""

    on_device_limit: int | None = None
    """Reader Contactless Transaction Limit where the customer's device verifies its owner."""
    security: int = 0x08
    """Security Capability, DF811F: CDA."""
    input: int = 0x20
    """Card Data Input Capability, DF8117: a chip with contacts can be read."""
    cvm_required: int = 0x60
    """DF8118: online PIN and signature above the CVM limit."""
    no_cvm_required: int = 0x08
    """DF8119: no CVM below it."""
    on_device_cvm: bool = True
    relay: RelayRules | None = field(default_factory=RelayRules)
    """None: the protocol is not supported."""
    risk_data: bytes = bytes.fromhex("2C00000000000000")
    """Terminal Risk Management Data, 9F1D."""
    category: bytes = b"R"
    """Transaction Category Code, 9F53."""
    torn_records: int = 1
    torn_seconds: int = 300
    balance_before: bool = False
    balance_after: bool = False
    hold_ms: int = 1300
    """Message Hold Time, DF812D."""


@dataclass(frozen=True, slots=True)
class Combination:
    """One application with the kernel for it. Limits are minor units; None: no such limit.

    `ttq`: tag 9F66 as it stands before pre-processing; empty where the kernel knows none.
    """

    rule: AidRule
    kernel: int
    ttq: bytes = b""
    transaction_limit: int | None = None
    """From this amount on the application is not allowed."""
    floor_limit: int | None = None
    """Above it the issuer is asked."""
    cvm_limit: int | None = None
    """From this amount on the cardholder is verified (Kernel 2: above it)."""
    status_check: bool = False
    zero_amount: bool = True
    """Whether an amount of zero is allowed."""
    extended_selection: bool = False
    issuer_update: bool = False
    """Kernel 3: a card that can take it is asked for once more after an approval that brings
    something for it."""
    free_limit: int = 0
    """Kernel 7: up to this amount neither PIN nor signature, whatever the card asks for, where it
    is below the CVM limit (小额免密免签: a rule of the acquirer, not of C-7)."""
    mchip: MchipRules = MchipRules()


@dataclass(frozen=True, slots=True)
class TapRules:
    """The terminal's parameters with its combinations, in order of preference."""

    rules: Rules
    combinations: tuple[Combination, ...]
