"""Words of the screens about the merchant's own cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.values.merchant import Language


@dataclass(frozen=True, slots=True)
class MemberWords:
    hold: str
    hold_to_write: str
    keep_still: str
    member: str
    written: str
    no_name: str
    by_uid: str


WORDS: Final = {
    Language.ZH: MemberWords(
        hold="请出示会员卡",
        hold_to_write="请放上新卡",
        keep_still="写完前请勿移开",
        member="会员",
        written="卡已写好",
        no_name="未登记姓名",
        by_uid="仅凭卡号,不能证明身份",
    ),
    Language.EN: MemberWords(
        hold="Hold member card",
        hold_to_write="Hold the new card",
        keep_still="Do not move it yet",
        member="Member",
        written="Card written",
        no_name="No name on file",
        by_uid="By UID alone: no proof of who",
    ),
}
