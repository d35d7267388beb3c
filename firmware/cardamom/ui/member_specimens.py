"""One of each screen about the merchant's own cards."""

from __future__ import annotations

from typing import Final

from cardamom.ui.specimen import AMOUNT, Specimen
from cardamom.values.events import Reason
from cardamom.values.member_screens import HoldMemberCard, MemberShown
from cardamom.values.money import Money
from cardamom.values.screens import Approved, PresentCard

NUMBER: Final = "999001******0010"
WAYS: Final = ("tap", "insert")

MEMBERS: Final[dict[str, Specimen]] = {
    "03-present-blocked": Specimen(PresentCard(AMOUNT, WAYS, Reason.CARD_BLOCKED)),
    "03-present-card-expired": Specimen(PresentCard(AMOUNT, WAYS, Reason.CARD_EXPIRED)),
    "03-present-not-signed": Specimen(PresentCard(AMOUNT, WAYS, Reason.NOT_SIGNED)),
    "03-present-copied": Specimen(PresentCard(AMOUNT, WAYS, Reason.CARD_COPIED)),
    "03-present-unknown-tag": Specimen(PresentCard(AMOUNT, WAYS, Reason.NOT_ACCEPTED)),
    "03-present-uid-limit": Specimen(PresentCard(AMOUNT, WAYS, Reason.UID_LIMIT)),
    "09-approved-balance": Specimen(Approved(AMOUNT, "A1B2C3", balance=Money(7166, "CNY"))),
    "50-member-hold": Specimen(HoldMemberCard()),
    "50-member-write": Specimen(HoldMemberCard(writing=True)),
    "50-member-shown": Specimen(
        MemberShown(NUMBER, "Lin Xiaoyu"), chinese=MemberShown(NUMBER, "林晓雨")
    ),
    "50-member-by-uid": Specimen(MemberShown(NUMBER, "", proved=False)),
    "50-member-copied": Specimen(MemberShown(refused=Reason.CARD_COPIED)),
    "50-member-written": Specimen(MemberShown(NUMBER, "Lin", written=True)),
}
