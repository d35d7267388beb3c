"""Why offline data authentication failed, in Chinese; the kernel's own words are English."""

from __future__ import annotations

from typing import Final

from cardamom.values.merchant import Language

SUBJECTS: Final[dict[str, str]] = {
    "issuer certificate": "发卡行证书",
    "ICC certificate": "卡片证书",
    "PIN key certificate": "密码加密公钥证书",
    "signed static data": "静态签名数据",
    "signed dynamic data": "动态签名数据",
    "signed records": "参与签名的记录",
    "SDA tag list": "静态数据认证标签列表",
    "PIN encipherment": "密码加密",
    "DDOL": "DDOL",
}
REASONS: Final[dict[str, str]] = {
    "a remainder of another length": "余数长度不符",
    "another algorithm than SHA-1 with RSA": "算法不是 SHA-1 和 RSA",
    "another hash than SHA-1": "哈希算法不是 SHA-1",
    "another cryptogram type": "密文类型不符",
    "expired": "已过期",
    "lengths that do not fit": "长度不符",
    "longer than its signature": "比签名长",
    "made for another card": "属于另一张卡",
    "made for another issuer": "属于另一家发卡行",
    "malformed": "格式错误",
    "names another object than the AIP": "列出了 AIP 以外的对象",
    "no cryptogram": "没有密文",
    "no dynamic number": "没有动态数",
    "no template 70": "不是模板 70",
    "none": "缺失",
    "not signed with this key": "不是用此密钥签名",
    "revoked": "已被吊销",
    "the expiry date is no date": "失效日期不是日期",
    "the hash differs": "哈希不符",
    "the key has an unsuitable length": "密钥长度不合适",
    "the key has another exponent than 3 and 65537": "密钥指数不是 3 或 65537",
    "the length differs from the key's": "长度与密钥不同",
    "the rest of the key is missing": "缺少密钥余数",
    "the transaction differs": "交易数据不符",
    "an unsuitable key": "密钥不合适",
    "the card has no key": "卡片没有密钥",
    "without the unpredictable number": "不含不可预知数",
}
NO_CA_KEY: Final = "no CA key for this card"


def proof_words(why: str, language: Language) -> str:
    """The kernel's sentence in this language; in English where it has no words."""
    if language is Language.EN:
        return why
    if why == NO_CA_KEY:
        return "没有此卡的认证中心公钥"
    subject, _, reason = why.partition(": ")
    if subject not in SUBJECTS or reason not in REASONS:
        return why
    return f"{SUBJECTS[subject]}：{REASONS[reason]}"
