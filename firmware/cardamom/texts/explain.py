"""The story of a chip transaction in words: steps, rules behind each bit, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.engines.emv.notes import Codes, CvmTry
from cardamom.texts.chip_codes import Words, w
from cardamom.values.events import Reason, Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a bit is set, and the rule in one sentence."""

    clause: str
    words: Words


def r(clause: str, en: str, zh: str) -> Rule:
    """A rule of Book 3."""
    return Rule(f"Book 3, {clause}", w(en, zh))


STEPS: Final[dict[str, Words]] = {
    "Book 1, 12.3": w("Building the candidate list", "建立候选应用列表"),
    "Book 1, 12.4": w("Final selection", "最终应用选择"),
    "Book B, 3.2": w("Presented again", "再次出示"),
    "Book 3, 10.1": w("Initiate application processing", "应用初始化"),
    "Book 3, 10.2": w("Read application data", "读应用数据"),
    "Book 3, 10.3": w("Offline data authentication", "脱机数据认证"),
    "Book 3, 10.4": w("Processing restrictions", "处理限制"),
    "Book 3, 10.5": w("Cardholder verification", "持卡人验证"),
    "Book 3, 10.6": w("Terminal risk management", "终端风险管理"),
    "Book 3, 10.7": w("Terminal action analysis", "终端行为分析"),
    "Book 3, 10.8": w(
        "Card action analysis: first GENERATE AC", "卡片行为分析：第一次 GENERATE AC"
    ),
    "Book 3, 10.9": w("Online processing", "联机处理"),
    "Book 3, 10.10": w("Issuer scripts", "发卡行脚本"),
    "Book 3, 10.11": w("Completion: second GENERATE AC", "交易结束：第二次 GENERATE AC"),
}

TVR_RULES: Final[dict[tuple[int, int], Rule]] = {
    (1, 8): r("10.3", "terminal and card have no method in common", "终端与卡片没有共同的认证方法"),
    (1, 7): r("10.3", "the signed static data do not prove", "静态签名数据验证不通过"),
    (1, 6): r("7.5", "an object that this step needs is missing", "缺少此步骤所需的数据对象"),
    (1, 5): r("10.6", "the exception list holds this card", "异常名单中有此卡"),
    (1, 4): r("10.3", "certificate or dynamic signature do not prove", "证书或动态签名验证不通过"),
    (1, 3): r("10.3", "certificate or signed cryptogram do not prove", "证书或签名密文验证不通过"),
    (1, 2): r("10.3", "SDA is the strongest method of both", "双方最强的共同方法是静态数据认证"),
    (2, 8): r("10.4", "9F08 is not the terminal's 9F09", "9F08 与终端的 9F09 不同"),
    (2, 7): r("10.4", "the date is past 5F24", "日期已过 5F24"),
    (2, 6): r("10.4", "the date is before 5F25", "日期早于 5F25"),
    (2, 5): r("10.4", "9F07 does not allow this service here", "9F07 不允许此处的此项服务"),
    (2, 4): r("10.6", "9F13 is zero: never online", "9F13 为零：从未联机"),
    (3, 8): r("10.5", "no rule of the list succeeded", "列表中没有规则成功"),
    (3, 7): r("10.5", "a rule names a method that no book has", "规则使用了未定义的方法"),
    (3, 6): r("10.5", "the card has no PIN try left", "卡片已无密码重试次数"),
    (3, 5): r("10.5", "a PIN is wanted, the terminal cannot take it", "需要密码而终端无法输入"),
    (3, 4): r("10.5", "a PIN is wanted, the customer gave none", "需要密码而持卡人未输入"),
    (3, 3): r("10.5", "an online PIN was entered", "已输入联机密码"),
    (4, 8): r(
        "10.6",
        "amount, with split sales, reaches the floor limit",
        "金额（含拆分交易）达到最低限额",
    ),
    (4, 7): r("10.6", "9F36 - 9F13 is over 9F14", "9F36 减 9F13 大于 9F14"),
    (4, 6): r("10.6", "9F36 - 9F13 is over 9F23", "9F36 减 9F13 大于 9F23"),
    (4, 5): r("10.6", "the lot fell on it", "抽样选中"),
    (4, 4): r("10.6", "the merchant wants the issuer asked", "商户要求联机"),
    (4, 2): r("10.5", "a rule names a biometric method", "规则使用生物识别方法"),
    (5, 8): r("9.2", "the card has no TDOL", "卡片没有 TDOL"),
    (5, 7): r("10.9", "the card refused the issuer's data", "卡片拒绝发卡行认证数据"),
    (5, 6): r("10.10", "a command of template 71 failed", "模板 71 的命令失败"),
    (5, 5): r("10.10", "a command of template 72 failed", "模板 72 的命令失败"),
}
"""By byte and bit."""

TSI_RULES: Final[dict[tuple[int, int], str]] = {
    (1, 8): "Book 3, 10.3",
    (1, 7): "Book 3, 10.5",
    (1, 6): "Book 3, 10.8",
    (1, 5): "Book 3, 10.9",
    (1, 4): "Book 3, 10.6",
    (1, 3): "Book 3, 10.10",
}

CVM_TRIES: Final[dict[CvmTry, Words]] = {
    CvmTry.NOT_MET: w("condition not met, passed over", "条件不满足，跳过"),
    CvmTry.NOT_SUPPORTED: w("the terminal cannot do it", "终端不支持"),
    CvmTry.FAILED: w("tried: failed", "执行：失败"),
    CvmTry.SUCCESSFUL: w("tried: successful", "执行：成功"),
    CvmTry.UNKNOWN: w("for the issuer or the clerk to check", "由发卡行或收银员核对"),
}

CODE_NAMES: Final[dict[Codes, Words]] = {
    Codes.DENIAL: w("denial", "拒绝"),
    Codes.ONLINE: w("online", "联机"),
    Codes.DEFAULT: w("default", "默认"),
}

PIN_ANSWERS: Final[dict[str, Words]] = {
    "entered": w("PIN entered", "已输入密码"),
    "enciphered": w("PIN entered, enciphered", "已输入密码（加密）"),
    "pad_verified": w("PIN entered at the reader's keys", "在读卡器键盘输入密码"),
    "bypassed": w("the customer entered no PIN", "持卡人未输入密码"),
    "cancelled": w("PIN entry was cancelled", "取消输入密码"),
    "timeout": w("nobody entered a PIN in time", "输入密码超时"),
    "pad_fault": w("the PIN pad does not work", "密码键盘故障"),
}

SAY: Final[dict[str, Words]] = {
    "asked": w("asked for", "请求"),
    "given": w("given", "返回"),
    "with_cda": w("with CDA", "带复合认证"),
    "set": w("TVR", "TVR 置位"),
    "cleared": w("TVR no more", "TVR 清除"),
    "tsi": w("TSI", "TSI 置位"),
    "directory": w("the payment directory", "支付系统目录"),
    "record": w("record", "记录"),
    "tries": w("PIN tries left", "剩余密码次数"),
    "wrong_pin": w("wrong PIN", "密码错误"),
    "right_pin": w("right PIN", "密码正确"),
    "why": w("failed because", "失败原因"),
    "no_match": w("no bit matches", "无匹配位"),
    "matches": w("matches", "匹配"),
    "pulled": w("the card was pulled", "卡片被拔出"),
    "mute": w("the card or its reader broke off", "卡片或读卡器中断"),
    "again": w("the card is presented once more: all begins anew", "卡片再次出示：重新开始"),
    "update": w(
        "the card that paid is presented once more, to be given what its issuer sent",
        "付款的卡再次出示，以接收发卡行的数据",
    ),
    "not_again": w("the card that paid was not presented once more", "付款的卡未再次出示"),
    "forgotten": w("this application is put aside: all is zero again", "放弃此应用：全部清零"),
    "chosen": w("the customer chose", "持卡人选择"),
    "cancel": w("the customer cancelled", "持卡人取消"),
    "spent": w("spent before below the limit", "限额下已累计"),
    "listed": w("the exception list holds the card", "异常名单中有此卡"),
    "not_listed": w("not on the exception list", "不在异常名单"),
    "random": w("random", "随机数"),
    "host": w("the host answered", "主机应答"),
    "not_sent": w("nothing was sent", "未发送"),
    "no_answer": w("no answer came", "无应答"),
    "scripts": w("issuer scripts", "发卡行脚本"),
    "broken": w("the answer is malformed", "应答格式错误"),
    "command": w("command", "命令"),
    "do": w("What to do", "处理建议"),
    "result": w("Result", "结果"),
    "hidden": w("hidden", "已隐藏"),
    "replayed": w(
        "The kernel ran once more over the transcript and came to the same result, to the bit.",
        "内核已按此记录重新运行，结果逐位相同。",
    ),
    "differs": w(
        "The kernel ran once more over the transcript and noted other bits than were recorded.",
        "内核已按此记录重新运行，结果与记录不同。",
    ),
    "strays": w(
        "The kernel cannot follow this transcript with these rules",
        "内核无法按此规则重放此记录",
    ),
    "bare": w(
        "The transcript lacks order and rules: signatures and cryptograms are not checked again. "
        "What is told is what was noted at the time and what the transcript shows.",
        "此记录缺少订单和规则：不再验证签名和密文。以下内容来自当时的记录。",
    ),
    "masked": w(
        "The transcript is masked: signatures and cryptograms are not checked again. What is told "
        "is what the terminal noted at the time and what the transcript shows.",
        "此记录已掩码：不再验证签名和密文。以下内容来自终端当时的记录。",
    ),
}

VERDICTS: Final[dict[Verdict, Words]] = {
    Verdict.APPROVED: w("approved", "批准"),
    Verdict.PARTIAL: w("a part approved", "部分批准"),
    Verdict.REFERRAL: w("call the issuer", "联系发卡行"),
    Verdict.DECLINED: w("declined", "拒绝"),
    Verdict.AGAIN: w("not now", "稍后重试"),
}

HEAD: Final[dict[str, Words]] = {
    "id": w("transaction", "交易"),
    "kind": w("kind", "类型"),
    "amount": w("amount", "金额"),
    "currency": w("currency", "币种"),
    "started_at": w("began", "开始时间"),
    "card": w("card", "卡号"),
    "aid": w("AID", "AID"),
    "label": w("application", "应用"),
    "state": w("state", "状态"),
    "cvm": w("verified by", "验证方式"),
}
"""By the record's keys."""

OUTCOMES: Final[dict[str, Words]] = {
    "approved": w("Approved", "已批准"),
    "declined": w("Declined", "未批准"),
    "ended": w("Ended before the card decided", "卡片决定之前结束"),
    "unknown": w("Unknown whether money moved", "不确定是否扣款"),
    "not_completed": w("Not completed: no money moved", "未完成：未扣款"),
}

_AGAIN: Final = w(
    "Nothing was taken. The customer may try again or pay in another way.",
    "未扣款。可重试或用其他方式付款。",
)
_OTHER_CARD: Final = w(
    "Nothing was taken. Take another card; this one's holder asks the issuer.",
    "未扣款。请换卡；持卡人应联系发卡行。",
)

ADVICE: Final[dict[Reason, Words]] = {
    Reason.CANCELLED: _AGAIN,
    Reason.TIMEOUT: _AGAIN,
    Reason.PIN_CANCELLED: _AGAIN,
    Reason.PIN_TIMEOUT: _AGAIN,
    Reason.CARD_PULLED: w(
        "The card left too early. Insert it again and leave it until told.",
        "卡片过早拔出。请重新插入，提示后再取卡。",
    ),
    Reason.CARD_ERROR: w(
        "The card broke the rules or does not work. Clean its contacts, try once more, then take "
        "another card. With many cards the reader is at fault: call support.",
        "卡片出错。清洁触点后重试，仍不行请换卡。若多张卡都出错，请检查读卡器并联系支持。",
    ),
    Reason.CARD_BLOCKED: _OTHER_CARD,
    Reason.NO_APPLICATION: w(
        "This terminal takes none of the card's applications. Take another card. Support: compare "
        "the card's AIDs above with the EMV file.",
        "终端不支持此卡的应用。请换卡。技术支持：对照 EMV 文件检查上面的 AID。",
    ),
    Reason.NOT_ACCEPTED: _OTHER_CARD,
    Reason.CARD_DECLINED: w(
        "The card refused, not the issuer. Take another card. Support: see which bits made it so.",
        "由卡片拒绝，并非发卡行。请换卡。技术支持：查看相关置位。",
    ),
    Reason.HOST_DECLINED: w(
        "The issuer refused. Nothing was taken; the customer asks the issuer.",
        "发卡行拒绝。未扣款；持卡人应联系发卡行。",
    ),
    Reason.REFERRAL: w("Call the issuer, or take another card.", "请致电发卡行或换卡。"),
    Reason.PARTIAL_NOT_ASKED: w(
        "The issuer approved a part only, which is given back. Take another card.",
        "发卡行仅部分批准，将冲正。请换卡。",
    ),
    Reason.NO_HOST: w(
        "Nothing was sent and nothing taken. Look at the network; try again when it is back.",
        "未发送，未扣款。请检查网络，恢复后重试。",
    ),
    Reason.NO_ANSWER: w(
        "Don't take the money again: the terminal asks or reverses by itself. See `cardamom owed`.",
        "不要重复收款：终端会自动查询或冲正。见 `cardamom owed`。",
    ),
    Reason.BAD_ANSWER: w(
        "Don't take the money again: the terminal reverses. Support: the host's answer was not "
        "readable or its MAC wrong; see the log.",
        "不要重复收款：终端会冲正。技术支持：主机应答无法识别或 MAC 错误，请看日志。",
    ),
    Reason.RESTARTED: w(
        "The terminal lost power. Don't take the money again until the reversal is done.",
        "终端曾断电。冲正完成前不要重复收款。",
    ),
    Reason.FAULT: w(
        "The terminal's own fault. Keep this story and the log for support.",
        "终端自身故障。请保留此记录和日志，联系支持。",
    ),
    Reason.OFFLINE_LIMIT: w(
        "Too much was taken offline already. Restore the network first.",
        "脱机累计已超限。请先恢复网络。",
    ),
    Reason.ONE_CARD: w(
        "Several cards were in the field. Hold one alone.", "感应区有多张卡。请只放一张。"
    ),
    Reason.PRESENT_AGAIN: w("Hold the card or phone to the reader again.", "请再次挥卡或手机。"),
    Reason.SEE_PHONE: w(
        "The customer confirms on the phone, then taps again.", "请在手机上确认后再挥。"
    ),
    Reason.OTHER_INTERFACE: w("Insert the card, or take another.", "请插卡或换卡。"),
    Reason.CLOCK: w("Set the terminal's clock.", "请校正终端时钟。"),
    Reason.SAME_AGAIN: w(
        "The same card and amount is unknown from before. Close that one first, or a supervisor "
        "approves.",
        "同卡同金额的上一笔结果未知。请先处理，或由主管批准。",
    ),
}
"""By reason."""

DONE: Final = w("Nothing: the payment is good.", "无需处理：付款成功。")
UNKNOWN: Final = w(
    "Don't take the money again before it is known. See `cardamom owed`.",
    "结果明确之前不要重复收款。见 `cardamom owed`。",
)

FINDINGS: Final[dict[tuple[int, int], Words]] = {
    (1, 7): w(
        "Support: the card's data were changed or belong to another CA.",
        "支持：卡片数据被改动或 CA 不符。",
    ),
    (1, 4): w(
        "Support: DDA failed. If all cards of this scheme do so, the CA key is missing or old.",
        "支持：动态数据认证失败。若该卡组织的卡都如此，则 CA 公钥缺失或过期。",
    ),
    (1, 3): w(
        "Support: CDA failed. If all cards of this scheme do so, the CA key is missing or old.",
        "支持：复合认证失败。若该卡组织的卡都如此，则 CA 公钥缺失或过期。",
    ),
    (1, 5): w("Keep to your rules for listed cards.", "请按异常名单规定处理。"),
    (2, 7): w(
        "The card expired: take another. If it did not, the terminal's date is wrong.",
        "卡片已过期，请换卡。若未过期，请检查终端日期。",
    ),
    (2, 6): w(
        "The card is not valid yet. If it is, the terminal's date is wrong.",
        "卡片尚未生效。若已生效，请检查终端日期。",
    ),
    (2, 5): w("The card is not for this use; take another.", "此卡不可用于此用途，请换卡。"),
    (3, 6): w("The PIN is blocked: the issuer unblocks it.", "密码已锁定：由发卡行解锁。"),
    (3, 5): w("Support: the PIN pad does not work or is not set.", "支持：密码键盘故障或未配置。"),
    (5, 7): w(
        "Support: the issuer's ARPC was wrong; tell the acquirer.",
        "支持：发卡行 ARPC 错误，请告知收单方。",
    ),
    (5, 6): w(
        "Support: an issuer script failed; the issuer is told.",
        "支持：发卡行脚本失败，已告知发卡行。",
    ),
    (5, 5): w(
        "Support: an issuer script failed; the issuer is told.",
        "支持：发卡行脚本失败，已告知发卡行。",
    ),
}
"""What a bit of the TVR calls for, where the transaction was not approved."""
