"""Names of the bits of card verification results within issuer application data, tag 9F10.

Common Core Definitions: EMV 4.4 Book 3, C9. Visa and Mastercard as openemv/emv-utils names them
from VCPS Supplemental Requirements 2.2, Appendix M and M/Chip Requirements 2022, Appendix B;
UnionPay's as Visa's, JR/T 0025.5.
"""

from __future__ import annotations

from typing import Final

from cardamom.texts.chip_bits import Coded

CCD: Final = Coded(
    5,
    "Book 3, C9.3",
    (
        (1, 4, "CDA performed", "已进行复合动态数据认证"),
        (1, 3, "offline DDA performed", "已进行动态数据认证"),
        (1, 2, "issuer authentication not performed", "未进行发卡行认证"),
        (1, 1, "issuer authentication failed", "发卡行认证失败"),
        (2, 4, "offline PIN verification performed", "已进行脱机密码验证"),
        (2, 3, "offline PIN verification failed", "脱机密码验证失败"),
        (2, 2, "PIN try limit exceeded", "密码次数超限"),
        (2, 1, "last online transaction not completed", "上次联机交易未完成"),
        (3, 8, "lower offline transaction count limit exceeded", "超过脱机次数下限"),
        (3, 7, "upper offline transaction count limit exceeded", "超过脱机次数上限"),
        (3, 6, "lower cumulative offline amount limit exceeded", "超过脱机累计金额下限"),
        (3, 5, "upper cumulative offline amount limit exceeded", "超过脱机累计金额上限"),
        (3, 4, "issuer discretionary bit 1", "发卡行自定义位 1"),
        (3, 3, "issuer discretionary bit 2", "发卡行自定义位 2"),
        (3, 2, "issuer discretionary bit 3", "发卡行自定义位 3"),
        (3, 1, "issuer discretionary bit 4", "发卡行自定义位 4"),
        (4, 4, "issuer script processing failed", "发卡行脚本处理失败"),
        (
            4,
            3,
            "offline data authentication failed on the previous transaction",
            "上次交易脱机数据认证失败",
        ),
        (4, 2, "go online on the next transaction was set", "要求下次交易联机"),
        (4, 1, "unable to go online", "无法联机"),
    ),
)

VISA: Final = Coded(
    3,
    "VIS, IAD format 0/1/3",
    (
        (1, 4, "issuer authentication performed and failed", "发卡行认证失败"),
        (1, 3, "offline PIN verification performed", "已进行脱机密码验证"),
        (1, 2, "offline PIN verification failed", "脱机密码验证失败"),
        (1, 1, "unable to go online", "无法联机"),
        (2, 8, "last online transaction not completed", "上次联机交易未完成"),
        (2, 7, "PIN try limit exceeded", "密码次数超限"),
        (2, 6, "velocity checking counters exceeded", "超过频度检查计数"),
        (2, 5, "new card", "新卡"),
        (
            2,
            4,
            "issuer authentication failed on the last online transaction",
            "上次联机交易发卡行认证失败",
        ),
        (
            2,
            3,
            "issuer authentication not performed after online authorisation",
            "联机授权后未进行发卡行认证",
        ),
        (2, 2, "application blocked as the PIN try limit is exceeded", "因密码次数超限锁定应用"),
        (
            2,
            1,
            "SDA failed on the last transaction, declined offline",
            "上次交易静态数据认证失败并脱机拒绝",
        ),
        (3, 4, "issuer script processing failed", "发卡行脚本处理失败"),
        (
            3,
            3,
            "DDA failed on the last transaction, declined offline",
            "上次交易动态数据认证失败并脱机拒绝",
        ),
        (3, 2, "offline DDA performed", "已进行动态数据认证"),
        (
            3,
            1,
            "PIN verification command not received for a PIN-expecting card",
            "未收到密码验证命令",
        ),
    ),
)

MASTERCARD: Final = Coded(
    6,
    "M/Chip, 9F10",
    (
        (1, 4, "date check failed", "日期检查失败"),
        (1, 3, "offline PIN verification performed", "已进行脱机密码验证"),
        (1, 2, "offline enciphered PIN verification performed", "已进行加密脱机密码验证"),
        (1, 1, "offline PIN verification successful", "脱机密码验证成功"),
        (2, 8, "DDA returned", "已返回动态数据认证"),
        (2, 7, "CDA returned in the first GENERATE AC", "第一次 GENERATE AC 已返回复合认证"),
        (2, 6, "CDA returned in the second GENERATE AC", "第二次 GENERATE AC 已返回复合认证"),
        (2, 5, "issuer authentication performed", "已进行发卡行认证"),
        (2, 4, "CIAC-default skipped on CAT3", "CAT3 跳过默认行为代码"),
        (2, 3, "offline change of PIN successful", "脱机改密成功"),
        (4, 8, "last online transaction not completed", "上次联机交易未完成"),
        (4, 7, "unable to go online", "无法联机"),
        (4, 6, "offline PIN verification not performed", "未进行脱机密码验证"),
        (4, 5, "offline PIN verification failed", "脱机密码验证失败"),
        (4, 4, "PIN try limit exceeded", "密码次数超限"),
        (4, 3, "international transaction", "国际交易"),
        (4, 2, "domestic transaction", "国内交易"),
        (4, 1, "terminal erroneously considers offline PIN OK", "终端误认为脱机密码正确"),
        (5, 8, "lower consecutive offline limit exceeded", "超过连续脱机下限"),
        (5, 7, "upper consecutive offline limit exceeded", "超过连续脱机上限"),
        (5, 6, "lower cumulative offline limit exceeded", "超过累计脱机下限"),
        (5, 5, "upper cumulative offline limit exceeded", "超过累计脱机上限"),
        (5, 4, "go online on the next transaction was set", "要求下次交易联机"),
        (5, 3, "issuer authentication failed", "发卡行认证失败"),
        (5, 2, "script received", "收到脚本"),
        (5, 1, "script failed", "脚本失败"),
        (6, 8, "lower consecutive counter 2 limit exceeded", "超过连续计数 2 下限"),
        (6, 7, "upper consecutive counter 2 limit exceeded", "超过连续计数 2 上限"),
        (6, 6, "lower cumulative accumulator 2 limit exceeded", "超过累计器 2 下限"),
        (6, 5, "upper cumulative accumulator 2 limit exceeded", "超过累计器 2 上限"),
        (6, 4, "maximum transaction amount exceeded", "超过单笔金额上限"),
        (6, 3, "number of days offline exceeded", "超过脱机天数"),
        (6, 2, "match in the additional check table", "附加检查表匹配"),
        (6, 1, "no match in the additional check table", "附加检查表不匹配"),
    ),
)
