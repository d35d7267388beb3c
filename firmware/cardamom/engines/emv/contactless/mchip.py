"""Kernel 2: M/Chip in EMV mode (EMV Contactless Book C-2). Magnetic stripe mode and data storage
are not offered.

The states are those of C-2 one behind the other, their steps named as there (S3.9, SR1.18, S456.30,
S910.74), as public implementations quote them. No data are exchanged with the terminal
meanwhile: all it could ask for or give is there from the start.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cardamom.engines.emv.actions import may_approve_alone
from cardamom.engines.emv.authentication import icc_key
from cardamom.engines.emv.bits import Aip, Capability, Tvr
from cardamom.engines.emv.certificates import CertificateError
from cardamom.engines.emv.contactless import mchip_cvm, mchip_relay
from cardamom.engines.emv.contactless.mchip_cryptogram import has_capability, obtain, prove
from cardamom.engines.emv.contactless.mchip_errors import L1, L2, Broken, indication
from cardamom.engines.emv.contactless.mchip_outcome import BALANCE_AFTER, BALANCE_BEFORE, conclude
from cardamom.engines.emv.contactless.outcome import (
    Cvm,
    Message,
    Parameters,
    Status,
    end_application,
    insert_card,
    select_next,
    try_again,
)
from cardamom.engines.emv.contactless.qualifiers import Aip2, Relay
from cardamom.engines.emv.contactless.requests import TapSteps
from cardamom.engines.emv.contactless.tap import (
    KernelObjects,
    Tap,
    initiate,
    know_card,
    over_floor_in_all,
    read_records,
    recall,
    show,
    take_options,
)
from cardamom.engines.emv.restrictions import check_restrictions
from cardamom.engines.emv.session import CARD_DATA_ERRORS, Cryptogram, Ended, Steps, get_data
from cardamom.faults import CardFault

OBJECTS: Final = KernelObjects(
    terminal=frozenset({0x9F53, 0x9F5C, 0x9F6D, 0x9F7A, 0x9F7C, 0x9F7E, *mchip_relay.TAGS}),
    lengths={
        0x9F26: (8, 8),
        0x9F50: (6, 6),
        0x9F51: (0, 250),
        0x9F5D: (3, 3),
        0x9F6E: (5, 32),
        0xDF4B: (3, 3),
    },
)
"""C-2, A.1."""

MANDATORY: Final = (0x5A, 0x5F24, 0x8C)
FOR_CDA: Final = (0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47, 0x9F4A)
NO_ACTION_CODE: Final = bytes.fromhex("FFFFFFFFFC")
"""What an absent Issuer Action Code - Online or - Default counts as."""


def mchip(tap: Tap) -> TapSteps[Parameters]:
    """From initiation to the outcome."""
    try:
        return (yield from _transaction(tap))
    except Broken as broken:
        return end_application(status=Status.NOT_READY, discretionary=broken.indication)
    except (*CARD_DATA_ERRORS, Ended):
        malformed = Broken(L2.PARSING_ERROR)
        return end_application(status=Status.NOT_READY, discretionary=malformed.indication)
    except CardFault:
        # S3.5, SR1.5, S4.5, S9.14: TRY AGAIN from start B
        return try_again(indication(l1=L1.TIMEOUT, message=Message.PRESENT_AGAIN))


def _transaction(tap: Tap) -> TapSteps[Parameters]:
    _prepare(tap)
    refused = yield from _begin(tap)
    if refused is not None:
        return refused
    yield from _resist_relay(tap)
    # C-2, S4
    yield from read_records(tap)
    if any(not tap.store.card.get(tag) for tag in MANDATORY):
        raise Broken(L2.CARD_DATA_MISSING)
    # S456.14
    if _above_transaction_limit(tap):
        return select_next(indication(l2=L2.MAX_LIMIT_EXCEEDED))
    know_card(tap)
    yield from recall(tap)
    _take_key(tap)
    yield from _read_balance(tap, BALANCE_BEFORE)
    check_restrictions(tap)
    _set_capabilities(tap)
    cvm = mchip_cvm.select(tap)
    _manage_risk(tap)
    given = yield from obtain(tap, analyse_actions(tap))
    yield from _read_balance(tap, BALANCE_AFTER)
    # S9.27: the card may leave; its signature is checked without it
    yield from show(tap, Message.CLEAR_DISPLAY, Status.CARD_READ_OK)
    kind = prove(tap, given)
    _mark_track2(tap)
    return (yield from conclude(tap, kind, _chosen(tap, cvm)))


# C-2, S1
def _prepare(tap: Tap) -> None:
    rules, terminal = tap.prepared.combination.mchip, tap.store.terminal
    terminal[0x9F1D] = rules.risk_data
    terminal[0x9F53] = rules.category
    _set_capabilities(tap)


# S456.30 to S456.33
def _set_capabilities(tap: Tap) -> None:
    rules = tap.prepared.combination.mchip
    cvm = rules.cvm_required if mchip_cvm.above_limit(tap) else rules.no_cvm_required
    coded = bytes((rules.input, cvm, rules.security))
    tap.store.terminal[0x9F33] = coded
    tap.rules = replace(tap.rules, capabilities=coded)


# C-2, S3
def _begin(tap: Tap) -> TapSteps[Parameters | None]:
    """None where the application goes on."""
    data, sw = yield from initiate(tap)
    if sw != 0x9000:
        return select_next(indication(l2=L2.STATUS_BYTES, sw=sw))
    take_options(tap, data)
    if not tap.store.card.get(0x82) or not tap.store.card.get(0x94):
        raise Broken(L2.CARD_DATA_MISSING)
    if Aip2.EMV_MODE not in Aip2(int(tap.aip)):
        # deviation from S3.18: what the stripe's mode could do the contacts can
        return insert_card()
    return None


# C-2, SR1
def _resist_relay(tap: Tap) -> Steps[None]:
    rules = tap.prepared.combination.mchip.relay
    if rules is None:
        return
    if Aip2.RELAY_RESISTANCE in Aip2(int(tap.aip)):
        yield from mchip_relay.exchange(tap, rules)
    else:
        # S3.65
        tap.set_tvr(Tvr(int(Relay.NOT_PERFORMED)))


def _above_transaction_limit(tap: Tap) -> bool:
    combination = tap.prepared.combination
    own = combination.mchip.on_device_limit
    limit = own if mchip_cvm.on_device(tap) else combination.transaction_limit
    return limit is not None and tap.order.amount_minor > limit


# S3R1.17 to S3R1.20, S456.24 to S456.28
def _take_key(tap: Tap) -> None:
    """The card's key for CDA. A tag list that names another object ends the application."""
    card = tap.store.card
    if not (Aip.CDA in tap.aip and tap.can(Capability.CDA)):
        tap.set_tvr(Tvr.ODA_NOT_PERFORMED)
        return
    if any(not card.get(tag) for tag in FOR_CDA):
        tap.set_tvr(Tvr.ICC_DATA_MISSING | Tvr.CDA_FAILED)
        return
    if card[0x9F4A] != b"\x82":
        raise Broken(L2.CARD_DATA_ERROR)
    try:
        tap.cda_key = icc_key(tap)
    except CertificateError:
        tap.set_tvr(Tvr.CDA_FAILED)


# C-2, S16 and S17: Pre- and Post-Gen AC Balance Reading
def _read_balance(tap: Tap, into: int) -> Steps[None]:
    """GET DATA of the offline accumulator's balance, where card and terminal read it. A card that
    does not tell, or left with its cryptogram given, is none the worse."""
    rules = tap.prepared.combination.mchip
    wanted = rules.balance_before if into == BALANCE_BEFORE else rules.balance_after
    if not wanted or not has_capability(tap, 2):
        return
    try:
        balance = yield from get_data(0x9F50, 6)
    except CardFault:
        if not tap.cryptogram_given:
            raise
        return
    if balance is not None:
        tap.store.terminal[into] = balance


# S456.37 and S456.38
def _manage_risk(tap: Tap) -> None:
    """Beyond C-2: the exception list, what the card spent before, and the merchant's wish."""
    limit = tap.prepared.combination.floor_limit
    above = limit is not None and tap.order.amount_minor > limit
    if above or over_floor_in_all(tap):
        tap.set_tvr(Tvr.FLOOR_LIMIT_EXCEEDED)
    if tap.history.on_exception_list:
        tap.set_tvr(Tvr.ON_EXCEPTION_FILE)
    if tap.order.force_online:
        tap.set_tvr(Tvr.MERCHANT_FORCED_ONLINE)


# C-2, TAA
def analyse_actions(tap: Tap) -> Cryptogram:
    """What to ask for. A card on the exception list is declined whatever the codes say; one that
    could go online does where a TC may not stand."""
    rule, card = tap.parameters, tap.store.card
    tvr = int(tap.tvr)

    def matches(terminal: bytes, tag: int, absent: bytes) -> bool:
        return bool(tvr & (int.from_bytes(terminal) | int.from_bytes(card.get(tag, absent))))

    if Tvr.ON_EXCEPTION_FILE in tap.tvr or matches(rule.tac_denial, 0x9F0E, bytes(5)):
        return Cryptogram.AAC
    if tap.offline_only:
        refused = matches(rule.tac_default, 0x9F0D, NO_ACTION_CODE) or not may_approve_alone(tap)
        return Cryptogram.AAC if refused else Cryptogram.TC
    online = tap.online_only or tap.order.force_online or not may_approve_alone(tap)
    if online or over_floor_in_all(tap) or matches(rule.tac_online, 0x9F0F, NO_ACTION_CODE):
        return Cryptogram.ARQC
    return Cryptogram.TC


def _mark_track2(tap: Tap) -> None:
    """For the issuer, where the protocol was done."""
    if not int(tap.tvr) & Relay.PERFORMED:
        return
    marked = mchip_relay.marked_track2(tap)
    if marked is not None:
        tap.store.card[0x57] = marked
        know_card(tap)


def _chosen(tap: Tap, cvm: Cvm) -> Cvm:
    """The method by the CVM Results: those of a torn transaction may differ from today's."""
    code = tap.store.terminal[0x9F34][0] & 0x3F
    by_code = {0x02: Cvm.ONLINE_PIN, 0x1E: Cvm.SIGNATURE, 0x1F: Cvm.NO_CVM, 0x3F: Cvm.NO_CVM}
    by_code[0x01] = Cvm.CONFIRMATION_CODE
    return by_code.get(code, cvm)
