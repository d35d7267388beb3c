"""Offline Data Authentication (EMV 4.4 Book 3, 10.3; Book 2, 5 and 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.emv import certificates, dol
from cardamom.engines.emv.bits import Aip, Capability, Tsi, Tvr
from cardamom.engines.emv.certificates import CertificateError, PublicKey, RemainderMissing
from cardamom.engines.emv.notes import Unproven
from cardamom.engines.emv.session import Ended, Session, Steps, ask_card
from cardamom.values.events import Reason

Method = Callable[[Session], Steps[None]]

_FOR_ISSUER_KEY: Final = (0x8F, 0x90, 0x9F32)
_FOR_SDA: Final = (*_FOR_ISSUER_KEY, 0x93)
_FOR_ICC_KEY: Final = (*_FOR_ISSUER_KEY, 0x9F46, 0x9F47)


# Book 3, 10.3
def authenticate_offline(session: Session) -> Steps[None]:
    """The strongest method that both sides have; none is marked in the TVR."""
    for capability, profile, method in METHODS:
        if session.can(capability) and profile in session.aip:
            yield from method(session)
            return
    session.set_tvr(Tvr.ODA_NOT_PERFORMED)


# Book 2, 5
def _static(session: Session) -> Steps[None]:
    session.set_tsi(Tsi.ODA_PERFORMED)
    session.set_tvr(Tvr.SDA_SELECTED)
    if _missing(session, _FOR_SDA):
        session.set_tvr(Tvr.ICC_DATA_MISSING | Tvr.SDA_FAILED)
        return
    try:
        code = certificates.static_code(
            issuer_key(session), session.store.card[0x93], signed_static_data(session)
        )
    except CertificateError as e:
        session.watch(Unproven(str(e)))
        session.set_tvr(Tvr.SDA_FAILED | _missing_by(e))
        return
    session.store.card[0x9F45] = code
    yield from ()


# Book 2, 6.5
def _dynamic(session: Session) -> Steps[None]:
    session.set_tsi(Tsi.ODA_PERFORMED)
    if _missing(session, _FOR_ICC_KEY):
        session.set_tvr(Tvr.ICC_DATA_MISSING | Tvr.DDA_FAILED)
        return
    try:
        key = icc_key(session)
        asked = _ddol(session)
    except CertificateError as e:
        session.watch(Unproven(str(e)))
        session.set_tvr(Tvr.DDA_FAILED | _missing_by(e))
        return
    reply = yield from ask_card(0x00, 0x88, 0x00, 0x00, asked, le=0)
    # Book 3, 6.5.9: what is no signed data ends the transaction, what is wrongly signed does not
    if not reply.ok:
        raise Ended(Reason.CARD_ERROR)
    signature = _signed_dynamic_data(reply.data)
    try:
        number = certificates.dynamic_number(certificates.dynamic_data(key, signature, asked))
    except CertificateError as e:
        session.watch(Unproven(str(e)))
        session.set_tvr(Tvr.DDA_FAILED)
        return
    session.store.card[0x9F4B] = signature
    session.store.card[0x9F4C] = number


# Book 2, 6.6; Book 3, 10.3
def _combined(session: Session) -> Steps[None]:
    """The card's key is recovered here; what it signs comes with the cryptogram (combined.py), and
    until then nothing was performed."""
    yield from ()
    try:
        if not _missing(session, _FOR_ICC_KEY):
            session.cda_key = icc_key(session)
            return
        session.set_tvr(Tvr.ICC_DATA_MISSING)
    except CertificateError as e:
        session.watch(Unproven(str(e)))
        session.set_tvr(_missing_by(e))
    session.set_tsi(Tsi.ODA_PERFORMED)
    session.set_tvr(Tvr.CDA_FAILED)


METHODS: Final[tuple[tuple[Capability, Aip, Method], ...]] = (
    (Capability.CDA, Aip.CDA, _combined),
    (Capability.DDA, Aip.DDA, _dynamic),
    (Capability.SDA, Aip.SDA, _static),
)
"""Strongest first."""


def _missing(session: Session, tags: tuple[int, ...]) -> bool:
    """Whether a remainder may be absent too, only the certificate tells (_missing_by)."""
    return any(not session.store.card.get(tag) for tag in tags)


# Book 3, 7.5
def _missing_by(error: CertificateError) -> Tvr:
    return Tvr.ICC_DATA_MISSING if isinstance(error, RemainderMissing) else Tvr(0)


# Book 2, 5.2 and 11.2.2
def ca_key(session: Session) -> PublicKey:
    """The scheme's key by RID and index; a key past its date counts as none."""
    rid, index = _ca(session)
    today = session.order.date
    for key in session.rules.ca_keys:
        if (key.rid, key.index) != (rid, index):
            continue
        if key.expires and certificates.century(bytes.fromhex(key.expires)) < (
            certificates.century(today)
        ):
            break
        session.store.terminal[0x9F22] = bytes((index,))
        size = max(1, (key.exponent.bit_length() + 7) // 8)
        return PublicKey(key.modulus, key.exponent.to_bytes(size))
    raise CertificateError("no CA key for this card")


def issuer_key(session: Session) -> PublicKey:
    card = session.store.card
    return certificates.issuer_key(
        ca_key(session),
        card[0x90],
        card.get(0x92, b""),
        card[0x9F32],
        _pan(session),
        _today(session),
        {r.serial for r in session.rules.revoked if (r.rid, r.index) == _ca(session)},
    )


def _ca(session: Session) -> tuple[bytes, int]:
    return session.parameters.aid[:5], session.store.card[0x8F][0]


def icc_key(session: Session) -> PublicKey:
    card = session.store.card
    return certificates.icc_key(
        issuer_key(session),
        card[0x9F46],
        card.get(0x9F48, b""),
        card[0x9F47],
        signed_static_data(session),
        _pan(session),
        _today(session),
    )


# Book 3, 10.3
def signed_static_data(session: Session) -> bytes:
    """The signed records, and the AIP where the SDA tag list names it; it may name nothing else."""
    if not session.static_data_coded:
        raise CertificateError("signed records: no template 70")
    tag_list = session.store.card.get(0x9F4A)
    if tag_list is None:
        return session.static_data
    if tag_list != b"\x82":
        raise CertificateError("SDA tag list: names another object than the AIP")
    return session.static_data + session.store.card[0x82]


def _pan(session: Session) -> str:
    return session.store.card[0x5A].hex().rstrip("f")


def _today(session: Session) -> bytes:
    return session.order.date


# Book 2, 6.5.1
def _ddol(session: Session) -> bytes:
    """What the card wants signed: by its DDOL or the default one, which must have 9F37."""
    ddol = session.store.card.get(0x9F49) or session.parameters.ddol
    try:
        if 0x9F37 not in (tag for tag, _ in dol.entries(ddol)):
            raise CertificateError("DDOL: without the unpredictable number")
        return dol.build(ddol, session.store.get)
    except tlv.TlvError:
        raise CertificateError("DDOL: malformed") from None


# Book 3, 6.5.9.4
def _signed_dynamic_data(data: bytes) -> bytes:
    template, body = tlv.only(data, 0x77, 0x80)
    if template == 0x80:
        return body
    signature = tlv.distinct(body).get(0x9F4B)
    if signature is None:
        raise Ended(Reason.CARD_ERROR)
    return signature
