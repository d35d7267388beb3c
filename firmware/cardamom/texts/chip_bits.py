"""Names of the bits of chip data, by object: byte, bit (8 is the highest), in English and Chinese.

EMV 4.4 Book 3, Annex C and Book 4, Annex A; the contactless ones as Books C-2 and C-3 have them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Row = tuple[int, int, str, str]


@dataclass(frozen=True, slots=True)
class Coded:
    """An object whose bits have names. `size` in bytes; `source` is where the names stand."""

    size: int
    source: str
    rows: tuple[Row, ...]


TVR: Final = Coded(
    5,
    "Book 3, C5",
    (
        (1, 8, "offline data authentication was not performed", "未进行脱机数据认证"),
        (1, 7, "SDA failed", "静态数据认证失败"),
        (1, 6, "ICC data missing", "芯片数据缺失"),
        (1, 5, "card is on the exception list", "卡片在异常名单中"),
        (1, 4, "DDA failed", "动态数据认证失败"),
        (1, 3, "CDA failed", "复合动态数据认证失败"),
        (1, 2, "SDA selected", "选择了静态数据认证"),
        (1, 1, "XDA selected", "选择了扩展数据认证"),
        (2, 8, "card and terminal have different application versions", "卡片与终端应用版本不一致"),
        (2, 7, "expired application", "应用已过期"),
        (2, 6, "application not yet effective", "应用尚未生效"),
        (2, 5, "requested service not allowed for the card", "卡片不允许所请求的服务"),
        (2, 4, "new card", "新卡"),
        (2, 2, "biometric performed and successful", "生物识别成功"),
        (2, 1, "biometric template format not supported", "不支持的生物识别模板"),
        (3, 8, "cardholder verification was not successful", "持卡人验证未成功"),
        (3, 7, "unrecognised CVM", "无法识别的持卡人验证方法"),
        (3, 6, "PIN try limit exceeded", "密码输入次数超限"),
        (3, 5, "PIN wanted, no working PIN pad", "需要密码但密码键盘不存在或故障"),
        (3, 4, "PIN wanted, PIN pad present, PIN not entered", "需要密码但未输入密码"),
        (3, 3, "online CVM captured", "已输入联机密码"),
        (3, 2, "biometric wanted, no working capture device", "生物识别设备故障"),
        (3, 1, "biometric wanted, bypassed", "跳过生物识别"),
        (4, 8, "transaction exceeds the floor limit", "交易超过最低限额"),
        (4, 7, "lower consecutive offline limit exceeded", "超过连续脱机交易下限"),
        (4, 6, "upper consecutive offline limit exceeded", "超过连续脱机交易上限"),
        (4, 5, "selected at random for online processing", "被随机选择联机处理"),
        (4, 4, "merchant forced the transaction online", "商户强制联机"),
        (4, 3, "biometric try limit exceeded", "生物识别次数超限"),
        (4, 2, "a selected biometric type is not supported", "不支持所选的生物识别类型"),
        (4, 1, "XDA signature verification failed", "扩展数据认证签名验证失败"),
        (5, 8, "default TDOL used", "使用了默认 TDOL"),
        (5, 7, "issuer authentication failed", "发卡行认证失败"),
        (
            5,
            6,
            "script failed before the final GENERATE AC",
            "最后一次 GENERATE AC 之前脚本处理失败",
        ),
        (
            5,
            5,
            "script failed after the final GENERATE AC",
            "最后一次 GENERATE AC 之后脚本处理失败",
        ),
        (5, 4, "relay resistance threshold exceeded", "超过中继攻击防护阈值"),
        # by tap Kernel 2 has other meanings for these (C-2, A.1)
        (
            5,
            3,
            "CA ECC key missing; by tap: relay resistance time limits exceeded",
            "缺少 ECC 认证中心公钥；挥卡：超过中继攻击防护时限",
        ),
        (
            5,
            2,
            "ECC key recovery failed; by tap: relay resistance performed",
            "ECC 公钥恢复失败；挥卡：已执行中继攻击防护",
        ),
        (5, 1, "by tap: relay resistance not performed", "挥卡：未执行中继攻击防护"),
    ),
)

TSI: Final = Coded(
    2,
    "Book 3, C6",
    (
        (1, 8, "offline data authentication was performed", "已进行脱机数据认证"),
        (1, 7, "cardholder verification was performed", "已进行持卡人验证"),
        (1, 6, "card risk management was performed", "已进行卡片风险管理"),
        (1, 5, "issuer authentication was performed", "已进行发卡行认证"),
        (1, 4, "terminal risk management was performed", "已进行终端风险管理"),
        (1, 3, "script processing was performed", "已进行脚本处理"),
    ),
)

AIP: Final = Coded(
    2,
    "Book 3, C1",
    (
        (1, 8, "XDA supported", "支持扩展数据认证"),
        (1, 7, "SDA supported", "支持静态数据认证"),
        (1, 6, "DDA supported", "支持动态数据认证"),
        (1, 5, "cardholder verification supported", "支持持卡人验证"),
        (1, 4, "terminal risk management is to be performed", "要求终端风险管理"),
        (1, 3, "issuer authentication by EXTERNAL AUTHENTICATE", "支持发卡行认证"),
        (1, 2, "on-device cardholder verification supported", "支持设备端持卡人验证"),
        (1, 1, "CDA supported", "支持复合动态数据认证"),
        (2, 8, "contactless EMV mode supported", "支持非接 EMV 模式"),
        (2, 7, "mobile phone", "手机"),
        (2, 6, "contactless transaction", "非接交易"),
        (2, 1, "relay resistance protocol supported", "支持中继攻击防护"),
    ),
)

AUC: Final = Coded(
    2,
    "Book 3, C2",
    (
        (1, 8, "valid for domestic cash", "国内取现有效"),
        (1, 7, "valid for international cash", "国际取现有效"),
        (1, 6, "valid for domestic goods", "国内商品有效"),
        (1, 5, "valid for international goods", "国际商品有效"),
        (1, 4, "valid for domestic services", "国内服务有效"),
        (1, 3, "valid for international services", "国际服务有效"),
        (1, 2, "valid at ATMs", "自动柜员机有效"),
        (1, 1, "valid at terminals other than ATMs", "柜员机以外的终端有效"),
        (2, 8, "domestic cashback allowed", "允许国内返现"),
        (2, 7, "international cashback allowed", "允许国际返现"),
    ),
)

CAPABILITIES: Final = Coded(
    3,
    "Book 4, A2",
    (
        (1, 8, "manual key entry", "手工输入"),
        (1, 7, "magnetic stripe", "磁条"),
        (1, 6, "chip with contacts", "接触式芯片"),
        (2, 8, "plaintext offline PIN", "明文脱机密码"),
        (2, 7, "enciphered online PIN", "联机加密密码"),
        (2, 6, "signature", "签名"),
        (2, 5, "enciphered offline PIN", "加密脱机密码"),
        (2, 4, "no CVM", "无需验证"),
        (3, 8, "SDA", "静态数据认证"),
        (3, 7, "DDA", "动态数据认证"),
        (3, 6, "card capture", "吞卡"),
        (3, 4, "CDA", "复合动态数据认证"),
        (3, 3, "XDA", "扩展数据认证"),
    ),
)

ADDITIONAL: Final = Coded(
    5,
    "Book 4, A3",
    (
        (1, 8, "cash", "取现"),
        (1, 7, "goods", "商品"),
        (1, 6, "services", "服务"),
        (1, 5, "cashback", "返现"),
        (1, 4, "inquiry", "查询"),
        (1, 3, "transfer", "转账"),
        (1, 2, "payment", "付款"),
        (1, 1, "administrative", "管理"),
        (2, 8, "cash deposit", "存款"),
        (3, 8, "numeric keys", "数字键"),
        (3, 7, "alphabetic and special keys", "字母和特殊键"),
        (3, 6, "command keys", "命令键"),
        (3, 5, "function keys", "功能键"),
        (4, 8, "print for the attendant", "为操作员打印"),
        (4, 7, "print for the cardholder", "为持卡人打印"),
        (4, 6, "display for the attendant", "为操作员显示"),
        (4, 5, "display for the cardholder", "为持卡人显示"),
        (4, 2, "code table 10", "代码表 10"),
        (4, 1, "code table 9", "代码表 9"),
        (5, 8, "code table 8", "代码表 8"),
        (5, 7, "code table 7", "代码表 7"),
        (5, 6, "code table 6", "代码表 6"),
        (5, 5, "code table 5", "代码表 5"),
        (5, 4, "code table 4", "代码表 4"),
        (5, 3, "code table 3", "代码表 3"),
        (5, 2, "code table 2", "代码表 2"),
        (5, 1, "code table 1", "代码表 1"),
    ),
)

TTQ: Final = Coded(
    4,
    "Book C-3, A.2",
    (
        (1, 8, "magnetic-stripe mode supported", "支持磁条模式"),
        (1, 6, "EMV mode supported", "支持 EMV 模式"),
        (1, 5, "EMV contact chip supported", "支持接触式芯片"),
        (1, 4, "offline-only reader", "仅脱机终端"),
        (1, 3, "online PIN supported", "支持联机密码"),
        (1, 2, "signature supported", "支持签名"),
        (1, 1, "offline data authentication for online transactions", "联机交易支持脱机数据认证"),
        (2, 8, "online cryptogram required", "要求联机密文"),
        (2, 7, "CVM required", "要求持卡人验证"),
        (2, 6, "offline PIN on the contact chip supported", "接触式芯片支持脱机密码"),
        (3, 8, "issuer update processing supported", "支持发卡行更新处理"),
        (3, 7, "consumer device CVM supported", "支持消费者设备验证"),
    ),
)

CTQ: Final = Coded(
    2,
    "Book C-3, A.2",
    (
        (1, 8, "online PIN required", "要求联机密码"),
        (1, 7, "signature required", "要求签名"),
        (1, 6, "go online if offline data authentication fails", "脱机数据认证失败则联机"),
        (1, 5, "switch interface if offline data authentication fails", "脱机数据认证失败则换界面"),
        (1, 4, "go online if the application expired", "应用过期则联机"),
        (1, 3, "switch interface for cash", "取现换界面"),
        (1, 2, "switch interface for cashback", "返现换界面"),
        (2, 8, "consumer device CVM performed", "已进行消费者设备验证"),
        (2, 7, "issuer update processing at the POS supported", "支持终端发卡行更新处理"),
    ),
)

BITS: Final[dict[int, Coded]] = {
    0x82: AIP,
    0x95: TVR,
    0x9B: TSI,
    0x9F07: AUC,
    0x9F0D: TVR,
    0x9F0E: TVR,
    0x9F0F: TVR,
    0x9F33: CAPABILITIES,
    0x9F40: ADDITIONAL,
    0x9F66: TTQ,
    0x9F6C: CTQ,
}
"""By tag. Issuer action codes have the TVR's bits."""
