"""Why a payment was not taken, in words: by the host's code (field 39), else by our own reason.

Codes as ISO 8583:1987 lists them. Where the code says nothing a cardholder may be told, the words
are those for any decline.
"""

from __future__ import annotations

from typing import Final

from cardamom.values.events import Reason
from cardamom.values.merchant import Language

_CODES: Final[dict[str, tuple[str, str]]] = {
    "01": ("请与发卡行联系", "Call your bank"),
    "02": ("请与发卡行联系", "Call your bank"),
    "03": ("无效商户", "Invalid merchant"),
    "04": ("不接受此卡", "Not accepted"),
    "05": ("发卡行不承兑", "Not honoured by bank"),
    "12": ("无效交易", "Invalid transaction"),
    "13": ("无效金额", "Invalid amount"),
    "14": ("无效卡号", "Invalid card number"),
    "15": ("无此发卡行", "No such issuer"),
    "30": ("报文格式错误", "Format error"),
    "33": ("过期卡", "Expired card"),
    "36": ("受限制的卡", "Restricted card"),
    "38": ("密码超次", "PIN tries exceeded"),
    "41": ("不接受此卡", "Not accepted"),
    "43": ("不接受此卡", "Not accepted"),
    "51": ("余额不足", "Insufficient funds"),
    "54": ("过期卡", "Expired card"),
    "55": ("密码错误", "Incorrect PIN"),
    "57": ("此卡不允许", "Not allowed for this card"),
    "58": ("终端不允许", "Not allowed here"),
    "61": ("超出金额限制", "Amount over limit"),
    "62": ("受限制的卡", "Restricted card"),
    "65": ("超出次数限制", "Too many payments"),
    "75": ("密码超次", "PIN tries exceeded"),
    "91": ("发卡行无应答", "Issuer not available"),
    "96": ("系统故障", "System error"),
}

_REASONS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.CANCELLED: ("已取消", "Cancelled"),
    Reason.TIMEOUT: ("超时", "Timed out"),
    Reason.CARD_PULLED: ("卡已拔出", "Card removed"),
    Reason.CARD_ERROR: ("卡错误", "Card error"),
    Reason.CARD_BLOCKED: ("卡已锁定", "Card blocked"),
    Reason.NO_APPLICATION: ("不接受此卡", "Not accepted"),
    Reason.NOT_ACCEPTED: ("不接受此卡", "Not accepted"),
    Reason.PIN_CANCELLED: ("已取消", "Cancelled"),
    Reason.PIN_TIMEOUT: ("输密超时", "PIN timed out"),
    Reason.CARD_DECLINED: ("卡片拒绝", "Declined by card"),
    Reason.HOST_DECLINED: ("请与发卡行联系", "Call your bank"),
    Reason.REFERRAL: ("请与发卡行联系", "Call your bank"),
    Reason.PARTIAL_NOT_ASKED: ("余额不足", "Insufficient funds"),
    Reason.NO_HOST: ("无法联系主机", "Host not reached"),
    Reason.NO_ANSWER: ("主机无应答", "No answer"),
    Reason.BAD_ANSWER: ("处理错误", "Processing error"),
    Reason.RESTARTED: ("交易中断", "Interrupted"),
    Reason.FAULT: ("处理错误", "Processing error"),
}


def decline_words(reason: Reason | None, code: str | None, language: Language) -> str:
    """The reason in at most 25 columns, without the code."""
    found = _CODES.get(code or "") or _REASONS[reason or Reason.HOST_DECLINED]
    return found[0 if language is Language.ZH else 1]
