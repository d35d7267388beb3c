"""Offline PIN: plaintext (EMV 4.4 Book 3, 10.5.1 and 6.5.12), enciphered (Book 2, 7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from cardamom.engines.emv import certificates
from cardamom.engines.emv.authentication import icc_key, issuer_key
from cardamom.engines.emv.bits import Tvr
from cardamom.engines.emv.certificates import CertificateError, PublicKey
from cardamom.engines.emv.requests import EnterPin, PadVerified, PinRefusal, PinUse, Random
from cardamom.engines.emv.session import Ended, Session, Steps, ask_card, get_data
from cardamom.values.events import Reason
from cardamom.values.secret import Pin, PinBlock

_ISSUER_KEY: Final = (0x8F, 0x90, 0x9F32)
_OWN_KEY: Final = (*_ISSUER_KEY, 0x9F2D, 0x9F2E)
_ICC_KEY: Final = (*_ISSUER_KEY, 0x9F46, 0x9F47)
_PLAINTEXT: Final = 0x80
_ENCIPHERED: Final = 0x88
"""VERIFY's P2 (Book 3, Table 24)."""
_HEADER: Final = 0x7F
_OVERHEAD: Final = 17
"""Header, PIN block and the card's random number (Book 2, Table 25)."""


# Book 3, 10.5.1
def verify_offline(session: Session, use: PinUse) -> Steps[bool]:
    """Asks until the card accepts the PIN, refuses further tries, or the customer gives up; once
    the card has refused, nobody is asked again."""
    if Tvr.PIN_TRY_LIMIT_EXCEEDED in session.tvr:
        return False
    counter = yield from get_data(0x9F17, 1)
    if counter is not None:
        session.store.replace(0x9F17, counter)
    tries = None if counter is None else counter[0]
    if tries == 0:
        session.set_tvr(Tvr.PIN_TRY_LIMIT_EXCEEDED)
        return False
    key: PublicKey | None = None
    if use is PinUse.OFFLINE_ENCIPHERED:
        try:
            key = encipherment_key(session)
        except CertificateError:
            return False
    return (yield from _ask(session, use, key, tries))


def _ask(session: Session, use: PinUse, key: PublicKey | None, tries: int | None) -> Steps[bool]:
    wrong = False
    while tries != 0:
        entered = yield from enter(session, EnterPin(use, tries=tries, wrong=wrong))
        if entered is None:
            return False
        status = yield from _verify(entered, key)
        if status is None:
            return False
        if status == 0x9000:
            return True
        if status in (0x6983, 0x6984):
            break
        if status & 0xFFF0 != 0x63C0:
            raise Ended(Reason.CARD_ERROR)
        # a card whose counter goes up instead of down would be asked for ever
        left = status & 0x0F
        tries = left if tries is None else min(left, tries - 1)
        wrong = True
    session.set_tvr(Tvr.PIN_TRY_LIMIT_EXCEEDED)
    return False


def enter(session: Session, question: EnterPin) -> Steps[Pin | PinBlock | PadVerified | None]:
    """What was entered, or None with the reason in the TVR; cancelling ends the transaction.

    A bypass holds for every further PIN method (Book 4, 6.3.4.3), and so does a broken PIN pad.
    """
    if session.pin_withheld:
        return None
    answer: Any = yield replace(question, language=session.language)
    match answer:
        case PinRefusal.BYPASSED if session.rules.pin_bypass:
            session.pin_withheld = True
            session.set_tvr(Tvr.PIN_NOT_ENTERED)
            return None
        case PinRefusal.PAD_FAULT:
            session.pin_withheld = True
            session.set_tvr(Tvr.PIN_PAD_NOT_WORKING)
            return None
        case PinRefusal.TIMEOUT:
            raise Ended(Reason.PIN_TIMEOUT)
        case PinRefusal():
            raise Ended(Reason.PIN_CANCELLED)
        case Pin() | PinBlock() | PadVerified():
            return answer
    raise TypeError("EnterPin is answered with Pin, PinBlock, PadVerified or PinRefusal")


# Book 3, 6.5.12; Book 2, 7.2
def _verify(entered: Pin | PinBlock | PadVerified, key: PublicKey | None) -> Steps[int | None]:
    """The card's status word; a pinpad reader that sent VERIFY itself has it already. None where
    the card gives no random number to encipher the PIN with."""
    if isinstance(entered, PadVerified):
        return entered.sw
    if not isinstance(entered, Pin):
        raise TypeError("an offline PIN is a Pin or PadVerified")
    if key is None:
        reply = yield from ask_card(0x00, 0x20, 0x00, _PLAINTEXT, plaintext_block(entered))
        return reply.sw
    challenge = yield from ask_card(0x00, 0x84, 0x00, 0x00, le=0)
    if not challenge.ok or len(challenge.data) != 8:
        return None
    padding: bytes = yield Random(key.size - _OVERHEAD)
    data = encipher(key, plaintext_block(entered) + challenge.data + padding)
    reply = yield from ask_card(0x00, 0x20, 0x00, _ENCIPHERED, data)
    return reply.sw


# Book 3, Table 25
def plaintext_block(pin: Pin) -> bytes:
    """Control nibble 2, length, digits, filled with F to 8 bytes."""
    digits = pin.reveal().decode("ascii")
    return bytes.fromhex(f"2{len(digits):x}{digits}".ljust(16, "f"))


# Book 2, 7.1
def encipherment_key(session: Session) -> PublicKey:
    """The card's own PIN encipherment key where it has one, else its key for dynamic
    authentication. Raises CertificateError. No static data is certified with the former."""
    card = session.store.card
    if all(card.get(tag) for tag in _OWN_KEY):
        key = certificates.icc_key(
            issuer_key(session),
            card[0x9F2D],
            card.get(0x9F2F, b""),
            card[0x9F2E],
            b"",
            card[0x5A].hex().rstrip("f"),
            session.order.date,
        )
    elif all(card.get(tag) for tag in _ICC_KEY):
        key = icc_key(session)
    else:
        raise CertificateError("PIN encipherment: the card has no key")
    # the header 7F keeps the block below any modulus whose first bit is set
    if key.modulus[0] <= _HEADER or key.exponent not in certificates.EXPONENTS:
        raise CertificateError("PIN encipherment: an unsuitable key")
    return key


# Book 2, 7.2
def encipher(key: PublicKey, block: bytes) -> bytes:
    """`block`: PIN block, the card's random number, padding: one byte less than the key."""
    number = int.from_bytes(bytes((_HEADER,)) + block)
    sealed = pow(number, int.from_bytes(key.exponent), int.from_bytes(key.modulus))
    return sealed.to_bytes(key.size)
