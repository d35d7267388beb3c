"""Why a payment was not taken, in words: by cause, and by the issuer's response code."""

from __future__ import annotations

from typing import Final

from cardamom.values.events import Reason
from cardamom.values.merchant import Language

ZH, EN = Language.ZH, Language.EN

_CALL: Final = {ZH: "请与发卡行联系", EN: "Call your bank"}

REASONS: Final[dict[Reason, dict[Language, str]]] = {
    Reason.CANCELLED: {ZH: "已取消", EN: "Cancelled"},
    Reason.TIMEOUT: {ZH: "等待超时", EN: "Timed out"},
    Reason.CARD_PULLED: {ZH: "卡片已拔出", EN: "Card was removed"},
    Reason.CARD_ERROR: {ZH: "卡错误", EN: "Card error"},
    Reason.CARD_BLOCKED: {ZH: "卡已锁定", EN: "Card blocked"},
    Reason.NO_APPLICATION: {ZH: "不接受此卡", EN: "Not accepted"},
    Reason.NOT_ACCEPTED: {ZH: "不接受此卡", EN: "Not accepted"},
    Reason.PIN_CANCELLED: {ZH: "已取消密码", EN: "PIN cancelled"},
    Reason.PIN_TIMEOUT: {ZH: "密码超时", EN: "PIN timed out"},
    Reason.CARD_DECLINED: {ZH: "卡片拒绝", EN: "Refused by card"},
    Reason.HOST_DECLINED: {ZH: "发卡行未批准", EN: "Refused by bank"},
    Reason.REFERRAL: _CALL,
    Reason.PARTIAL_NOT_ASKED: {ZH: "仅部分批准", EN: "Only part approved"},
    Reason.NO_HOST: {ZH: "网络不通", EN: "No connection"},
    Reason.NO_ANSWER: {ZH: "主机无应答", EN: "No answer"},
    Reason.BAD_ANSWER: {ZH: "应答有误", EN: "Unreadable answer"},
    Reason.RESTARTED: {ZH: "终端已重启", EN: "Terminal restarted"},
    Reason.FAULT: {ZH: "处理错误", EN: "Processing error"},
    Reason.ORIGINAL_NOT_FOUND: {ZH: "无此原交易", EN: "No such sale"},
    Reason.ORIGINAL_NOT_APPROVED: {ZH: "原交易未成功", EN: "Sale not approved"},
    Reason.ORIGINAL_PENDING: {ZH: "原交易处理中", EN: "Sale still open"},
    Reason.ORIGINAL_VOIDED: {ZH: "原交易已撤销", EN: "Already voided"},
    Reason.ORIGINAL_REFUNDED: {ZH: "原交易已退货", EN: "Already refunded"},
    Reason.ORIGINAL_SETTLED: {ZH: "已结算请退货", EN: "Settled: refund it"},
    Reason.OVER_ORIGINAL: {ZH: "超过可退金额", EN: "Over what is left"},
    Reason.OTHER_CARD: {ZH: "不是原卡", EN: "Not the same card"},
    Reason.OTHER_ORIGINAL: {ZH: "原交易不符", EN: "Not possible for it"},
    Reason.OFFLINE_LIMIT: {ZH: "超脱机限额", EN: "Over offline limit"},
    Reason.CLOCK: {ZH: "时钟不准", EN: "Clock is wrong"},
    Reason.OTHER_INTERFACE: {ZH: "请插芯片卡", EN: "Insert the card"},
    Reason.SEE_PHONE: {ZH: "请看手机", EN: "See phone"},
    Reason.PRESENT_AGAIN: {ZH: "请再次挥卡", EN: "Present again"},
    Reason.ONE_CARD: {ZH: "请只用一张卡", EN: "One card only"},
    Reason.CARD_EXPIRED: {ZH: "卡已过期", EN: "Card expired"},
    Reason.NOT_SIGNED: {ZH: "非本店卡", EN: "Not our card"},
    Reason.CARD_COPIED: {ZH: "复制的卡", EN: "Copied card"},
    Reason.UID_LIMIT: {ZH: "超无签限额", EN: "Over UID limit"},
    Reason.SAME_AGAIN: {ZH: "需主管确认", EN: "Ask the supervisor"},
}

CODES: Final[dict[str, dict[Language, str]]] = {
    # ISO 8583:1987 field 39. Lost, stolen and suspect cards (04 07 34 41 43 59) say no more than
    # that the bank is to be asked: the screen faces the person who holds the card.
    "01": _CALL,
    "02": _CALL,
    "03": {ZH: "商户未登记", EN: "Unknown merchant"},
    "04": _CALL,
    "05": {ZH: "不承兑", EN: "Not honoured"},
    "07": _CALL,
    "12": {ZH: "无效交易", EN: "Invalid transaction"},
    "13": {ZH: "无效金额", EN: "Invalid amount"},
    "14": {ZH: "无效卡号", EN: "Invalid card number"},
    "15": {ZH: "无此发卡行", EN: "Unknown issuer"},
    "30": {ZH: "报文格式错误", EN: "Format error"},
    "33": {ZH: "过期卡", EN: "Expired card"},
    "34": _CALL,
    "36": {ZH: "卡受限制", EN: "Restricted card"},
    "38": {ZH: "密码错误超限", EN: "Too many PIN tries"},
    "41": _CALL,
    "43": _CALL,
    "51": {ZH: "余额不足", EN: "Insufficient funds"},
    "54": {ZH: "过期卡", EN: "Expired card"},
    "55": {ZH: "密码错误", EN: "Incorrect PIN"},
    "57": {ZH: "此卡不许此交易", EN: "Not permitted on card"},
    "58": {ZH: "终端不许此交易", EN: "Not permitted here"},
    "59": _CALL,
    "61": {ZH: "超出金额限制", EN: "Over the card's limit"},
    "62": {ZH: "卡受限制", EN: "Restricted card"},
    "65": {ZH: "超出次数限制", EN: "Used too often"},
    "75": {ZH: "密码错误超限", EN: "Too many PIN tries"},
    "91": {ZH: "发卡行不可用", EN: "Issuer unavailable"},
    "92": {ZH: "发卡行不可用", EN: "Issuer unavailable"},
    "96": {ZH: "主机系统故障", EN: "Host system error"},
}


def reason_words(reason: Reason, code: str | None, language: Language) -> str:
    """The line that says why. The issuer's code speaks where the issuer declined."""
    if reason is Reason.HOST_DECLINED and code in CODES:
        return CODES[code][language]
    return REASONS[reason][language]
