"""Words of the self-test: parts, grades, a sentence for each finding: what, why, where to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.texts.selftest_en import FINDINGS as EN_FINDINGS
from cardamom.texts.selftest_zh import FINDINGS as ZH_FINDINGS
from cardamom.values.merchant import Language
from cardamom.values.selftest import Finding, Grade, Result, TestPart


@dataclass(frozen=True, slots=True)
class SelfTestWords:
    """One language. `{n}` and the like are filled by the screen."""

    title: str
    testing: str
    well: str
    not_well: str
    pattern_right: str
    pattern_hint: str
    yes: str
    no: str
    press_each: str
    keys_left: str
    lights_right: str
    lights_hint: str
    parts: dict[TestPart, str]
    grades: dict[Grade, str]
    findings: dict[Finding, str]


ZH: Final = SelfTestWords(
    title="自检",
    testing="正在检测",
    well="未发现故障",
    not_well="{n} 项需要处理",
    pattern_right="画面正确吗",
    pattern_hint="红绿蓝依次，四边有框",
    yes="正确",
    no="不对",
    press_each="请依次按每个键",
    keys_left="还有 {n} 个",
    lights_right="灯和声音正确吗",
    lights_hint="从左到右逐个亮，然后响一声",
    parts={
        TestPart.JOURNAL: "日志",
        TestPart.CLOCK: "时钟",
        TestPart.LINK: "主机连接",
        TestPart.KEYS: "密钥",
        TestPart.READER: "读卡器",
        TestPart.CONTACTLESS: "非接读卡器",
        TestPart.BOARD: "主板",
        TestPart.DISK: "存储卡",
        TestPart.DISPLAY: "显示屏",
        TestPart.LIGHTS: "灯和声音",
        TestPart.KEYPAD: "键盘",
        TestPart.PRINTER: "打印机",
    },
    grades={
        Grade.OK: "正常",
        Grade.WARNING: "注意",
        Grade.FAILED: "故障",
        Grade.NOT_TRIED: "未测",
    },
    findings=ZH_FINDINGS,
)

EN: Final = SelfTestWords(
    title="Self-test",
    testing="Testing",
    well="No fault found",
    not_well="{n} to see to",
    pattern_right="Is this right?",
    pattern_hint="Red, green, blue; framed",
    yes="Right",
    no="Wrong",
    press_each="Press each key once",
    keys_left="{n} left",
    lights_right="Lights and tone right?",
    lights_hint="One by one from the left, then a tone",
    parts={
        TestPart.JOURNAL: "Journal",
        TestPart.CLOCK: "Clock",
        TestPart.LINK: "Host link",
        TestPart.KEYS: "Keys",
        TestPart.READER: "Card reader",
        TestPart.CONTACTLESS: "Contactless",
        TestPart.BOARD: "Board",
        TestPart.DISK: "Disk wear",
        TestPart.DISPLAY: "Display",
        TestPart.LIGHTS: "Lights, tone",
        TestPart.KEYPAD: "Keypad",
        TestPart.PRINTER: "Printer",
    },
    grades={
        Grade.OK: "OK",
        Grade.WARNING: "Warning",
        Grade.FAILED: "Failed",
        Grade.NOT_TRIED: "Not tried",
    },
    findings=EN_FINDINGS,
)

WORDS: Final = {Language.ZH: ZH, Language.EN: EN}


def sentence(result: Result, language: Language) -> str:
    """What was found and what to look at."""
    return WORDS[language].findings[result.finding].format_map(result.fill)
