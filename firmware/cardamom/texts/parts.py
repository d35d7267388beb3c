"""Parts of the terminal, and what a hand can do where one is not well."""

from __future__ import annotations

from typing import Final

from cardamom.values.health import Condition, Part
from cardamom.values.merchant import Language

ZH, EN = Language.ZH, Language.EN

PARTS: Final[dict[Part, dict[Language, str]]] = {
    Part.READER: {ZH: "读卡器", EN: "Card reader"},
    Part.CONTACTLESS: {ZH: "感应读卡器", EN: "Tap reader"},
    Part.HOST: {ZH: "收单主机", EN: "Host"},
    Part.PRINTER: {ZH: "打印机", EN: "Printer"},
    Part.DISPLAY: {ZH: "显示屏", EN: "Display"},
    Part.KEYPAD: {ZH: "键盘", EN: "Keypad"},
    Part.JOURNAL: {ZH: "交易记录", EN: "Journal"},
    Part.TAMPER: {ZH: "机盖开关", EN: "Lid switch"},
}

CONDITIONS: Final[dict[Condition, dict[Language, str]]] = {
    Condition.OK: {ZH: "正常", EN: "OK"},
    Condition.CONNECTING: {ZH: "连接中", EN: "connecting"},
    Condition.PAPER_OUT: {ZH: "缺纸", EN: "load paper"},
    Condition.PAPER_LOW: {ZH: "纸将用尽", EN: "paper low"},
    Condition.ABSENT: {ZH: "查连接线", EN: "check cable"},
    Condition.OTHER: {ZH: "型号不符", EN: "other model"},
    Condition.FAULT: {ZH: "关机再开", EN: "power-cycle"},
}

REMEDIES: Final[dict[tuple[Part, Condition], dict[Language, str]]] = {
    (Part.READER, Condition.ABSENT): {ZH: "查 USB 线", EN: "check USB"},
    (Part.READER, Condition.FAULT): {ZH: "重插 USB 线", EN: "replug USB"},
    (Part.CONTACTLESS, Condition.ABSENT): {ZH: "查连接线", EN: "check wires"},
    (Part.HOST, Condition.ABSENT): {ZH: "查网线", EN: "check network"},
    (Part.HOST, Condition.FAULT): {ZH: "查网络", EN: "check network"},
    (Part.PRINTER, Condition.FAULT): {ZH: "查上盖和纸", EN: "check cover"},
    (Part.DISPLAY, Condition.ABSENT): {ZH: "查排线", EN: "check ribbon"},
    (Part.KEYPAD, Condition.ABSENT): {ZH: "查排线", EN: "check ribbon"},
    (Part.JOURNAL, Condition.ABSENT): {ZH: "查存储卡", EN: "check SD card"},
    (Part.TAMPER, Condition.ABSENT): {ZH: "查连接线", EN: "check wires"},
    (Part.JOURNAL, Condition.FAULT): {ZH: "查存储卡", EN: "check SD card"},
}


def part_words(part: Part, language: Language) -> str:
    """The part's name."""
    return PARTS[part][language]


def remedy_words(part: Part, condition: Condition, language: Language) -> str:
    """How the part is, or the hand movement that may mend it."""
    return REMEDIES.get((part, condition), CONDITIONS[condition])[language]
