"""Words of the X and Z reports, on paper and on the screen, Chinese and English."""

from __future__ import annotations

from typing import Final

import msgspec

from cardamom.values.merchant import Language
from cardamom.values.report import ReportKind
from cardamom.values.states import State


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Each phrase that a report may carry, in one language."""

    title: dict[ReportKind, str]
    below: dict[ReportKind, str]
    batch: str
    since: str
    time: str
    type: str
    count: str
    amount: str
    total: str
    nothing: str
    host: str
    agree: str
    differ: str
    uploaded: str
    upload_refused: str
    without_host: str
    host_code: str
    closed_by: str
    reversals: str
    unknown: str
    advices: str
    waiting: str
    items: dict[State, str]
    trace: str
    host_reference: str
    taken: str
    not_taken: str
    opened: str
    still_open: str


_ZH: Final = Words(
    title={ReportKind.X: "X 报表", ReportKind.Z: "结算单"},
    below={ReportKind.X: "中期报表，不结算", ReportKind.Z: "Z 报表"},
    batch="批次",
    since="开始",
    time="时间",
    type="类型",
    count="笔数",
    amount="金额",
    total="合计",
    nothing="本批次没有交易",
    host="主机总账",
    agree="一致",
    differ="不一致 ({code})",
    uploaded="批上送",
    upload_refused="上送被拒",
    without_host="未经主机确认，主管关闭批次",
    host_code="主机应答码",
    closed_by="关闭人",
    reversals="未决冲正",
    unknown="结果未知",
    advices="脱机待上送",
    waiting="待主管处理",
    items={
        State.PARKED: "主机拒绝，待主管处理",
        State.ADVICE_REFUSED: "脱机交易被拒，待主管处理",
        State.OFFLINE_APPROVED: "脱机批准，待上送",
        State.CLOSED: "主管已处理",
        State.REVERSING: "正在冲正",
    },
    trace="凭证号",
    host_reference="主机参考号",
    taken="主机已入账",
    not_taken="主机未入账",
    opened="批次 {batch:06} 已打开",
    still_open="批次 {batch:06} 未结算",
)

_EN: Final = Words(
    title={ReportKind.X: "X REPORT", ReportKind.Z: "SETTLEMENT"},
    below={ReportKind.X: "The batch is not settled", ReportKind.Z: "Z REPORT"},
    batch="Batch",
    since="From",
    time="Time",
    type="Type",
    count="Count",
    amount="Amount",
    total="Total",
    nothing="No transactions in this batch",
    host="Host totals",
    agree="agree",
    differ="differ ({code})",
    uploaded="Uploaded",
    upload_refused="Upload refused",
    without_host="Closed without the host's agreement",
    host_code="Host code",
    closed_by="Closed by",
    reversals="Open reversals",
    unknown="Outcome unknown",
    advices="Offline, to send",
    waiting="For the supervisor",
    items={
        State.PARKED: "Refused by host: supervisor",
        State.ADVICE_REFUSED: "Offline sale refused: supervisor",
        State.OFFLINE_APPROVED: "Approved offline, to send",
        State.CLOSED: "Closed by a supervisor",
        State.REVERSING: "Being reversed",
    },
    trace="Trace",
    host_reference="Host reference",
    taken="host holds it as taken",
    not_taken="host holds nothing",
    opened="Batch {batch:06} is open",
    still_open="Batch {batch:06} stays open",
)

WORDS: Final[dict[Language, Words]] = {Language.ZH: _ZH, Language.EN: _EN}


def item_words(state: State, language: Language) -> str:
    """What an item of a report is; what is under way in whatever way is an unknown outcome."""
    words = WORDS[language]
    return words.items.get(state, words.unknown)
