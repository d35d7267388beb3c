"""Reading who a card is, and no more: for a refund that finds its sale's card again.

Selection, initiation and reading as in a purchase; no cryptogram is asked for, so the card's
counters and risk data stay as they are.
"""

from __future__ import annotations

from typing import Final

from cardamom.engines.emv.records import read_application_data
from cardamom.engines.emv.requests import Decision, EmvOrder, Kernel, TransactionType
from cardamom.engines.emv.rules import Rules
from cardamom.engines.emv.selection import select_application
from cardamom.engines.emv.session import CARD_DATA_ERRORS, Ended, Session
from cardamom.faults import CardFault
from cardamom.values.events import Reason

REFUND: Final = TransactionType.REFUND
"""Tag 9C, the first two digits of ISO 8583:1987's processing code: what a PDOL may ask for."""


# EMV 4.4 Book 1, 12; Book 3, 10.1 and 10.2
def identify_kernel(order: EmvOrder, rules: Rules) -> Kernel:
    """Ends without a decision (Decision.ENDED): with `card` and no reason where it was read, else
    with the reason why not."""
    session = Session(order, rules)
    reason: Reason | None = None
    try:
        yield from select_application(session)
        yield from read_application_data(session)
    except CardFault as fault:
        reason = Reason.CARD_PULLED if fault.gone else Reason.CARD_ERROR
    except Ended as end:
        reason = end.reason
    except CARD_DATA_ERRORS:
        reason = Reason.CARD_ERROR
    return session.outcome(Decision.ENDED, reason)
