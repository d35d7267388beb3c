"""Words of what clerk and supervisor ask for beside a sale: menu, void, refund, settlement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.values.merchant import Language
from cardamom.values.operations import Operation
from cardamom.values.screens import SettleRefusal, SettleStep
from cardamom.values.states import State


@dataclass(frozen=True, slots=True)
class DeskWords:
    """One language. `{n}`, `{amount}` and the like are filled by the screen."""

    menu: str
    operations: dict[Operation, str]
    waiting: str
    # void and refund
    enter_trace: str
    trace_hint: str
    trace: str
    card: str
    time: str
    refund_amount: str
    left: str
    over_left: str
    # passcode
    passcode: str
    passcode_hint: str
    passcode_wrong: str
    passcode_wait: str
    # settlement
    settlement: str
    steps: dict[SettleStep, str]
    doing: dict[SettleStep, str]
    keep_power: str
    no_answer: str
    refused: str
    settled: str
    batch: str
    count: str
    total: str
    empty: str
    agreed: str
    uploaded: str
    not_now: str
    why_not: dict[SettleRefusal, str]
    then: dict[SettleRefusal, str]
    # reports
    report: str
    z_report: str
    nothing_done: str
    # what is owed
    owed: str
    nothing_owed: str
    states: dict[State, str]
    unknown: str
    batch_full: str
    batch_limit: str
    no_reprint: str
    no_reprint_below: dict[Operation, str]


ZH: Final = DeskWords(
    menu="菜单",
    operations={
        Operation.SALE: "消费",
        Operation.SALE_AGAIN: "同卡同额再收",
        Operation.VOID: "消费撤销",
        Operation.REFUND: "退货",
        Operation.SETTLE: "结算",
        Operation.SETTLE_PARKED: "结算 (有待处理)",
        Operation.X_REPORT: "X 报表",
        Operation.Z_REPORT: "重印结算单",
        Operation.REPRINT: "重印小票",
        Operation.OWED: "冲正与告警",
        Operation.CLOSE: "登记处理结果",
        Operation.CLOSE_BATCH: "关闭批次",
        Operation.PASSCODE: "主管密码",
        Operation.SELF_TEST: "自检",
        Operation.MEMBER_SHOW: "查会员",
        Operation.MEMBERS: "会员名单",
        Operation.MEMBER_KEEP: "登记会员",
        Operation.MEMBER_REMOVE: "删除会员",
        Operation.MEMBER_TAG: "读新卡",
        Operation.MEMBER_WRITE: "写会员卡",
        Operation.SET_UP: "安装设置",
        Operation.END_SUPPORT: "断开远程支持",
    },
    waiting="{n} 笔",
    enter_trace="请输入凭证号",
    trace_hint="凭证号在小票上",
    trace="凭证号",
    card="卡号",
    time="时间",
    refund_amount="请输入退货金额",
    left="可退 {amount}",
    over_left="超过可退金额 {amount}",
    passcode="请主管输入密码",
    passcode_hint="请遮挡键盘",
    passcode_wrong="密码错误，请重试",
    passcode_wait="密码错误，请等待 {n} 秒",
    settlement="结算 · 批次 {batch:06}",
    steps={
        SettleStep.DELIVER: "送冲正",
        SettleStep.TOTALS: "对总账",
        SettleStep.UPLOAD: "批上送",
        SettleStep.PRINT: "打印",
    },
    doing={
        SettleStep.DELIVER: "正在上送",
        SettleStep.TOTALS: "正在对账",
        SettleStep.UPLOAD: "正在批上送",
        SettleStep.PRINT: "正在打印",
    },
    keep_power="请勿断电，断电后会续传",
    no_answer="主机无应答，自动重试",
    refused="主机拒绝 (代码 {code})，自动重试",
    settled="结算完成",
    batch="批次",
    count="{n} 笔",
    total="合计",
    empty="没有交易",
    agreed="主机总账一致",
    uploaded="总账不一致，已上送 {n} 笔",
    not_now="暂不能结算",
    why_not={
        SettleRefusal.OPEN: "{n} 笔结果未知",
        SettleRefusal.OWED: "{n} 笔脱机交易待上送",
        SettleRefusal.PARKED: "{n} 笔待主管处理",
        SettleRefusal.NO_HOST: "连不上收单主机",
    },
    then={
        SettleRefusal.OPEN: "自动处理，稍后再结算",
        SettleRefusal.OWED: "自动上送，稍后再结算",
        SettleRefusal.PARKED: "主管可以带着它们结算",
        SettleRefusal.NO_HOST: "查网络，稍后再结算",
    },
    report="X 报表 · 批次 {batch:06}",
    z_report="结算单 · 批次 {batch:06}",
    nothing_done="本批次没有交易",
    owed="冲正与告警",
    nothing_owed="没有待办",
    states={
        State.QUERYING: "查询中",
        State.REPEATING: "重发中",
        State.REVERSING: "冲正中",
        State.OFFLINE_APPROVED: "待上送",
        State.PARKED: "待主管",
        State.ADVICE_REFUSED: "待主管",
    },
    unknown="未知",
    batch_full="请先结算",
    batch_limit="本批次已满 {n} 笔",
    no_reprint="没有可重印的",
    no_reprint_below={
        Operation.REPRINT: "还没有打印过小票",
        Operation.Z_REPORT: "还没有结算过",
    },
)

EN: Final = DeskWords(
    menu="Menu",
    operations={
        Operation.SALE: "Sale",
        Operation.SALE_AGAIN: "Same card again",
        Operation.VOID: "Void",
        Operation.REFUND: "Refund",
        Operation.SETTLE: "Settlement",
        Operation.SETTLE_PARKED: "Settle with open items",
        Operation.X_REPORT: "X report",
        Operation.Z_REPORT: "Reprint Z report",
        Operation.REPRINT: "Reprint slip",
        Operation.OWED: "Reversals, alarms",
        Operation.CLOSE: "Close an item",
        Operation.CLOSE_BATCH: "Close the batch",
        Operation.PASSCODE: "Passcode",
        Operation.SELF_TEST: "Self-test",
        Operation.MEMBER_SHOW: "Show member",
        Operation.MEMBERS: "Members",
        Operation.MEMBER_KEEP: "Register member",
        Operation.MEMBER_REMOVE: "Remove member",
        Operation.MEMBER_TAG: "Read new card",
        Operation.MEMBER_WRITE: "Write card",
        Operation.SET_UP: "Set up again",
        Operation.END_SUPPORT: "End support's visit",
    },
    waiting="{n}",
    enter_trace="Enter trace number",
    trace_hint="It is on the slip",
    trace="Trace",
    card="Card",
    time="Time",
    refund_amount="Amount to refund",
    left="At most {amount}",
    over_left="Only {amount} is left",
    passcode="Supervisor passcode",
    passcode_hint="Cover the keypad",
    passcode_wrong="Wrong, try again",
    passcode_wait="Wrong. Wait {n} s",
    settlement="Settlement {batch:06}",
    steps={
        SettleStep.DELIVER: "Reversal",
        SettleStep.TOTALS: "Totals",
        SettleStep.UPLOAD: "Upload",
        SettleStep.PRINT: "Print",
    },
    doing={
        SettleStep.DELIVER: "Sending what is owed",
        SettleStep.TOTALS: "Comparing totals",
        SettleStep.UPLOAD: "Uploading",
        SettleStep.PRINT: "Printing",
    },
    keep_power="Keep power on. Resumes if cut.",
    no_answer="No answer. Retries by itself.",
    refused="Host refuses (code {code}). Retries.",
    settled="Settled",
    batch="Batch",
    count="{n} items",
    total="Total",
    empty="No transactions",
    agreed="Host totals agree",
    uploaded="Totals differed: {n} uploaded",
    not_now="Cannot settle yet",
    why_not={
        SettleRefusal.OPEN: "{n} with outcome unknown",
        SettleRefusal.OWED: "{n} offline sales to send",
        SettleRefusal.PARKED: "{n} for the supervisor",
        SettleRefusal.NO_HOST: "The host is not there",
    },
    then={
        SettleRefusal.OPEN: "They end by themselves",
        SettleRefusal.OWED: "They are sent by themselves",
        SettleRefusal.PARKED: "The supervisor may go on",
        SettleRefusal.NO_HOST: "Check the network",
    },
    report="X report {batch:06}",
    z_report="Z report {batch:06}",
    nothing_done="No transactions in this batch",
    owed="Reversals, alarms",
    nothing_owed="Nothing is owed",
    states={
        State.QUERYING: "asking",
        State.REPEATING: "repeating",
        State.REVERSING: "reversing",
        State.OFFLINE_APPROVED: "to send",
        State.PARKED: "supervisor",
        State.ADVICE_REFUSED: "supervisor",
    },
    unknown="unknown",
    batch_full="Settle first",
    batch_limit="The batch holds {n} items",
    no_reprint="Nothing to reprint",
    no_reprint_below={
        Operation.REPRINT: "No slip was printed yet",
        Operation.Z_REPORT: "No batch was settled yet",
    },
)

WORDS: Final = {Language.ZH: ZH, Language.EN: EN}
