"""Names of the codes that chip data hold, in English and Chinese."""

from __future__ import annotations

from typing import Final

from cardamom.values.merchant import Language

ZH, EN = Language.ZH, Language.EN
Words = dict[Language, str]


def w(en: str, zh: str) -> Words:
    """One thing in both languages."""
    return {EN: en, ZH: zh}


CVM_METHODS: Final[dict[int, Words]] = {
    0x00: w("fail CVM processing", "验证失败"),
    0x01: w("plaintext PIN checked by the card", "卡片验证明文密码"),
    0x02: w("enciphered PIN checked online", "联机验证加密密码"),
    0x03: w("plaintext PIN checked by the card, and signature", "卡片验证明文密码并签名"),
    0x04: w("enciphered PIN checked by the card", "卡片验证加密密码"),
    0x05: w("enciphered PIN checked by the card, and signature", "卡片验证加密密码并签名"),
    0x06: w("face checked by the card", "卡片验证人脸"),
    0x07: w("face checked online", "联机验证人脸"),
    0x08: w("finger checked by the card", "卡片验证指纹"),
    0x09: w("finger checked online", "联机验证指纹"),
    0x0A: w("palm checked by the card", "卡片验证掌纹"),
    0x0B: w("palm checked online", "联机验证掌纹"),
    0x0C: w("iris checked by the card", "卡片验证虹膜"),
    0x0D: w("iris checked online", "联机验证虹膜"),
    0x0E: w("voice checked by the card", "卡片验证声音"),
    0x0F: w("voice checked online", "联机验证声音"),
    0x1E: w("signature", "签名"),
    0x1F: w("no CVM required", "无需验证"),
    0x3F: w("no CVM performed", "未进行验证"),
}
"""EMV 4.4 Book 3, Table 43; 3F in CVM Results, Book 4, A4."""

CVM_CONDITIONS: Final[dict[int, Words]] = {
    0x00: w("always", "总是"),
    0x01: w("if unattended cash", "若为无人值守取现"),
    0x02: w("if not cash and no cashback", "若非取现且无返现"),
    0x03: w("if the terminal supports it", "若终端支持"),
    0x04: w("if manual cash", "若为人工取现"),
    0x05: w("if purchase with cashback", "若为带返现消费"),
    0x06: w("if in the card's currency and under X", "若为卡片币种且低于 X"),
    0x07: w("if in the card's currency and over X", "若为卡片币种且高于 X"),
    0x08: w("if in the card's currency and under Y", "若为卡片币种且低于 Y"),
    0x09: w("if in the card's currency and over Y", "若为卡片币种且高于 Y"),
}
"""EMV 4.4 Book 3, Table 44."""

CVM_RESULTS: Final[dict[int, Words]] = {
    0: w("unknown", "未知"),
    1: w("failed", "失败"),
    2: w("successful", "成功"),
}
"""Book 4, A4."""

CRYPTOGRAMS: Final[dict[int, Words]] = {
    0x00: w("AAC (declined)", "AAC（拒绝）"),
    0x40: w("TC (approved)", "TC（批准）"),
    0x80: w("ARQC (go online)", "ARQC（请求联机）"),
}
"""Bits 8-7 of tag 9F27 (Book 3, 6.5.5)."""
ADVICE: Final = w("advice required", "要求通知")
AAC_REASONS: Final[dict[int, Words]] = {
    1: w("service not allowed", "服务不允许"),
    2: w("PIN try limit exceeded", "密码次数超限"),
    3: w("issuer authentication failed", "发卡行认证失败"),
}

TERMINAL_TYPES: Final[dict[int, Words]] = {
    1: w("attended, online only", "有人值守，仅联机"),
    2: w("attended, offline with online capability", "有人值守，可脱机可联机"),
    3: w("attended, offline only", "有人值守，仅脱机"),
    4: w("unattended, online only", "无人值守，仅联机"),
    5: w("unattended, offline with online capability", "无人值守，可脱机可联机"),
    6: w("unattended, offline only", "无人值守，仅脱机"),
}
OPERATORS: Final[dict[int, Words]] = {
    1: w("financial institution", "金融机构"),
    2: w("merchant", "商户"),
    3: w("cardholder", "持卡人"),
}
"""Book 4, A1."""

RESPONSE_CODES: Final[dict[str, Words]] = {
    "Y1": w("offline approved", "脱机批准"),
    "Z1": w("offline declined", "脱机拒绝"),
    "Y3": w("unable to go online, offline approved", "无法联机，脱机批准"),
    "Z3": w("unable to go online, offline declined", "无法联机，脱机拒绝"),
    "00": w("approved by the issuer", "发卡行批准"),
}
"""Book 4, A6."""

TRANSACTION_TYPES: Final[dict[int, Words]] = {
    0x00: w("purchase", "消费"),
    0x01: w("cash", "取现"),
    0x09: w("purchase with cashback", "带返现消费"),
    0x17: w("cash disbursement", "柜台取现"),
    0x20: w("refund", "退货"),
    0x30: w("inquiry", "查询"),
}
"""ISO 8583:1987, processing code."""

SCRIPT_RESULTS: Final[dict[int, Words]] = {
    0: w("script not performed", "脚本未执行"),
    1: w("script processing failed at command", "脚本失败于命令"),
    2: w("script processing successful", "脚本执行成功"),
}
"""Book 4, A5."""

STATUS_WORDS: Final[dict[int, Words]] = {
    0x9000: w("done", "完成"),
    0x6283: w("blocked: selected file is invalidated", "已锁定：所选文件已失效"),
    0x6300: w("authentication failed", "认证失败"),
    0x6700: w("wrong length", "长度错误"),
    0x6982: w("security status not satisfied", "安全状态不满足"),
    0x6983: w("authentication method blocked", "验证方法已锁定"),
    0x6984: w("data invalidated", "数据已失效"),
    0x6985: w("conditions of use not satisfied", "使用条件不满足"),
    0x6A80: w("wrong data", "数据错误"),
    0x6A81: w("function not supported: card blocked", "功能不支持：卡片已锁定"),
    0x6A82: w("not found", "未找到文件"),
    0x6A83: w("record not found", "未找到记录"),
    0x6A86: w("wrong P1 P2", "参数错误"),
    0x6A88: w("data not found", "未找到数据"),
    0x6D00: w("command not supported", "命令不支持"),
    0x6E00: w("class not supported", "类别不支持"),
    0x6F00: w("no diagnosis", "无诊断信息"),
}
"""ISO/IEC 7816-4, Table 6; as EMV 4.4 Book 3, 6.3.5 and Book 1, 12.3 read them."""
