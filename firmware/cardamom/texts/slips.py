"""Words of the receipts, Chinese and English. No layout here: what a line says, not where it is."""

from __future__ import annotations

from typing import Final

import msgspec

from cardamom.values.events import CvmUsed, Entry, Reason
from cardamom.values.kinds import Kind
from cardamom.values.merchant import Language


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Each phrase that a slip may carry, in one language."""

    demo_head: str
    demo_foot: str
    training_head: str
    training_foot: str
    copies: dict[str, str]
    reprint: str
    merchant_no: str
    terminal_no: str
    operator: str
    kinds: dict[Kind, str]
    kinds_plain: dict[Kind, str]
    kinds_not_taken: dict[Kind, str]
    approved: str
    declined: str
    unknown: str
    amount: str
    card: str
    entry: str
    entries: dict[Entry, str]
    issuer: str
    acquirer: str
    auth_code: str
    batch_trace: str
    batch: str
    rrn: str
    balance: str
    date_time: str
    application: str
    cvm: str
    cvms: dict[CvmUsed, str]
    online: str
    offline: str
    not_taken: dict[Kind, str]
    do_not_charge: dict[Kind, str]
    press_check: str
    state: str
    states: dict[Reason, str]
    state_other: str
    no_proof: str
    parked: str
    repeat_parked: str
    ask_acquirer: str
    host: str
    host_answer: str
    tries: str
    times: str
    reversed: str
    undone: str
    sign: str
    verified_by_pin: str
    no_signature: str
    declaration: str
    effect: dict[Kind, str]
    """What a void or a refund does, in the place of the cardholder's declaration."""
    approved_offline: str
    original_trace: str
    original_time: str
    serial: str
    scan: str
    keep: str


_ZH: Final = Words(
    demo_head="测试 DEMO 非真实交易",
    demo_foot="测试 DEMO",
    training_head="培训 TRAINING 非真实交易",
    training_foot="培训 TRAINING",
    copies={
        "merchant": "商户存根 MERCHANT COPY",
        "customer": "持卡人存根 CARDHOLDER COPY",
    },
    reprint="重印 REPRINT",
    merchant_no="商户号",
    terminal_no="终端号",
    operator="操作员",
    kinds={Kind.SALE: "消费", Kind.VOID: "消费撤销", Kind.REFUND: "退货"},
    kinds_plain={Kind.SALE: "消费", Kind.VOID: "消费撤销", Kind.REFUND: "退货"},
    kinds_not_taken={
        Kind.SALE: "消费 (未收款)",
        Kind.VOID: "消费撤销 (未撤销)",
        Kind.REFUND: "退货 (未退款)",
    },
    approved="交易成功",
    declined="×交易拒绝",
    unknown="？结果未知",
    amount="金额",
    card="卡号",
    entry="读卡方式",
    entries={
        Entry.CHIP: "插卡 CHIP",
        Entry.CONTACTLESS: "挥卡 TAP",
        Entry.ORIGINAL: "原交易 ORIGINAL",
        Entry.TAG: "会员卡 TAG",
        Entry.UID: "卡号 UID",
    },
    issuer="发卡行",
    acquirer="收单行",
    auth_code="授权码",
    batch_trace="批次 / 凭证号",
    batch="批次",
    rrn="参考号",
    balance="账户余额",
    date_time="日期时间",
    application="应用",
    cvm="持卡人验证",
    cvms={
        CvmUsed.NONE: "无",
        CvmUsed.SIGNATURE: "签名",
        CvmUsed.OFFLINE_PIN: "脱机密码",
        CvmUsed.ONLINE_PIN: "联机密码",
        CvmUsed.DEVICE: "设备验证",
        CvmUsed.FAILED: "未通过",
    },
    online="联机批准",
    offline="脱机批准",
    not_taken={
        Kind.SALE: "没有扣款",
        Kind.VOID: "没有撤销，原交易仍有效",
        Kind.REFUND: "没有退款",
    },
    do_not_charge={
        Kind.SALE: "不要再次收款",
        Kind.VOID: "不要再次撤销",
        Kind.REFUND: "不要再次退货",
    },
    press_check="按终端查询键，查到结果再决定。",
    state="状态",
    states={
        Reason.NO_ANSWER: "已发送，无应答",
        Reason.BAD_ANSWER: "已发送，应答无效",
        Reason.PARTIAL_NOT_ASKED: "主机只批准部分金额",
        Reason.CARD_PULLED: "主机已批准，卡已拔出",
        Reason.CARD_DECLINED: "主机已批准，卡拒绝",
        Reason.CARD_ERROR: "主机已批准，卡错误",
        Reason.RESTARTED: "交易中终端重启",
    },
    state_other="交易未完成",
    no_proof="此单不是付款凭证。",
    parked="？冲正被拒",
    repeat_parked="？重发被拒",
    ask_acquirer="请主管向收单行核实，然后在终端登记结果。",
    host="主机",
    host_answer="主机应答",
    tries="已试",
    times="{n} 次",
    reversed="交易未完成",
    undone="已冲正，款项没有变动。",
    sign="持卡人签名",
    verified_by_pin="密码已验证，无需签名。",
    no_signature="无需密码和签名。",
    declaration="确认以上交易，同意记入本卡账户",
    effect={
        Kind.VOID: "原交易全额撤销，退回原卡。",
        Kind.REFUND: "以上金额退回原卡。",
    },
    approved_offline="脱机批准，稍后上送收单行。",
    original_trace="原批次 / 凭证号",
    original_time="原日期时间",
    serial="终端序号",
    scan="扫码查看电子小票",
    keep="请妥善保管小票",
)

_EN: Final = Words(
    demo_head="DEMO 测试 NOT A REAL SALE",
    demo_foot="DEMO 测试",
    training_head="TRAINING 培训 NOT A REAL SALE",
    training_foot="TRAINING 培训",
    copies={"merchant": "MERCHANT COPY", "customer": "CARDHOLDER COPY"},
    reprint="REPRINT 重印",
    merchant_no="Merchant no.",
    terminal_no="Terminal no.",
    operator="Operator",
    kinds={Kind.SALE: "SALE", Kind.VOID: "VOID", Kind.REFUND: "REFUND"},
    kinds_plain={Kind.SALE: "Sale", Kind.VOID: "Void", Kind.REFUND: "Refund"},
    kinds_not_taken={
        Kind.SALE: "Sale (not taken)",
        Kind.VOID: "Void (not done)",
        Kind.REFUND: "Refund (not paid)",
    },
    approved="APPROVED",
    declined="×DECLINED",
    unknown="？OUTCOME\nUNKNOWN",
    amount="Amount",
    card="Card",
    entry="Entry",
    entries={
        Entry.CHIP: "Chip",
        Entry.CONTACTLESS: "Tap",
        Entry.ORIGINAL: "As original",
        Entry.TAG: "Member card",
        Entry.UID: "UID only",
    },
    issuer="Issuer",
    acquirer="Acquirer",
    auth_code="Auth code",
    batch_trace="Batch / trace",
    batch="Batch",
    rrn="RRN",
    balance="Balance",
    date_time="Date, time",
    application="Application",
    cvm="CVM",
    cvms={
        CvmUsed.NONE: "None",
        CvmUsed.SIGNATURE: "Signature",
        CvmUsed.OFFLINE_PIN: "Offline PIN",
        CvmUsed.ONLINE_PIN: "Online PIN",
        CvmUsed.DEVICE: "On device",
        CvmUsed.FAILED: "Failed",
    },
    online="online",
    offline="offline",
    not_taken={
        Kind.SALE: "No money was taken",
        Kind.VOID: "Not voided. The sale stands.",
        Kind.REFUND: "No money was given back",
    },
    do_not_charge={
        Kind.SALE: "DO NOT CHARGE AGAIN",
        Kind.VOID: "DO NOT VOID AGAIN",
        Kind.REFUND: "DO NOT REFUND AGAIN",
    },
    press_check="Press Check. Decide when the result is known.",
    state="State",
    states={
        Reason.NO_ANSWER: "sent, no answer",
        Reason.BAD_ANSWER: "sent, answer not valid",
        Reason.PARTIAL_NOT_ASKED: "approved in part only",
        Reason.CARD_PULLED: "approved, card pulled",
        Reason.CARD_DECLINED: "approved, card refused",
        Reason.CARD_ERROR: "approved, card error",
        Reason.RESTARTED: "restarted in mid-sale",
    },
    state_other="not completed",
    no_proof="This slip is not proof of payment.",
    parked="？REVERSAL\nREFUSED",
    repeat_parked="？REPEAT\nREFUSED",
    ask_acquirer="The supervisor asks the acquirer, then enters at the terminal what it says.",
    host="Host",
    host_answer="Host answers",
    tries="Tries",
    times="{n}",
    reversed="NOT COMPLETED",
    undone="Reversed: no money has moved.",
    sign="Cardholder signature",
    verified_by_pin="Verified by PIN. No signature needed.",
    no_signature="No PIN or signature needed.",
    declaration="I agree to the above amount being charged to my card.",
    effect={
        Kind.VOID: "The sale is taken back in full, to the same card.",
        Kind.REFUND: "The above amount goes back to the card.",
    },
    approved_offline="Approved offline. The acquirer is told later.",
    original_trace="Sale batch/trace",
    original_time="Sale time",
    serial="Serial",
    scan="Scan for the e-receipt",
    keep="Please keep this receipt",
)

WORDS: Final[dict[Language, Words]] = {Language.ZH: _ZH, Language.EN: _EN}
