"""Combined DDA/Application Cryptogram Generation (EMV 4.4 Book 2, 6.6): a signed cryptogram.

It is asked for with every TC and ARQC, at the first and the second GENERATE AC (mode 1 of EMVCo's
type approval).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.emv.bits import Tsi, Tvr
from cardamom.engines.emv.certificates import CertificateError, combined_data
from cardamom.engines.emv.notes import Unproven
from cardamom.engines.emv.session import Cryptogram, Session

REQUESTED: Final = 0x10
"""Bit 5 of GENERATE AC's P1 (Book 3, Table 12)."""


# Book 2, 6.6; Book 4, 6.3.2.1
def is_asked_for(session: Session, asked: Cryptogram) -> bool:
    """Not with an AAC, and no more once it has failed."""
    chosen = session.cda_key is not None and Tvr.CDA_FAILED not in session.tvr
    return chosen and asked is not Cryptogram.AAC


# Book 2, 6.6.2
def check_signature(session: Session, answer: bytes, objects: dict[int, bytes]) -> None:
    """Adds cryptogram and dynamic number to `objects`; what does not hold is marked in the TVR."""
    session.set_tsi(Tsi.ODA_PERFORMED)
    try:
        objects |= _proven(session, answer, objects)
    except (CertificateError, tlv.TlvError) as e:
        session.watch(Unproven(str(e)))
        session.unproven = True
        session.set_tvr(Tvr.CDA_FAILED)


def _proven(session: Session, answer: bytes, objects: dict[int, bytes]) -> dict[int, bytes]:
    # step 5 on: the signature, what it says of the cryptogram, what was said before
    key, signature = session.cda_key, objects.get(0x9F4B)
    if key is None or signature is None:
        raise CertificateError("signed dynamic data: none")
    said = combined_data(key, signature, session.store.get(0x9F37) or b"")
    if said.cid != objects[0x9F27]:
        raise CertificateError("signed dynamic data: another cryptogram type")
    if not hmac.compare_digest(said.transaction_hash, _hash(session.sent, answer)):
        raise CertificateError("signed dynamic data: the transaction differs")
    return {0x9F26: said.cryptogram, 0x9F4C: said.number}


# steps 10 and 11
def _hash(sent: bytes, answer: bytes) -> bytes:
    """Over what was sent and what came back but the signature, each object as it came."""
    _, body = tlv.only(answer, 0x77)
    back = b"".join(raw for tag, _, raw in tlv.pieces(body) if tag != 0x9F4B)
    return hashlib.sha1(sent + back, usedforsecurity=False).digest()
