"""Words of a key's components, typed at the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.values.commissioning import KeyField, KeyRefusal
from cardamom.values.merchant import Language


@dataclass(frozen=True, slots=True)
class KeyWords:
    """One language. `{part}`, `{of}`: which component."""

    title: str
    hints: dict[KeyField, str]
    refusals: dict[KeyRefusal, str]
    alone: str
    check: str
    held: str
    next_person: str
    last_person: str
    compare: str
    compare_below: str
    taken: str
    taken_below: str
    yes: str
    no: str


ZH: Final = KeyWords(
    title="密钥分量 {part}/{of}",
    hints={
        KeyField.PERSON: "输入人的工号或姓名",
        KeyField.COMPONENT: "分量，十六进制",
        KeyField.CHECK: "分量校验值，至少 6 位",
    },
    refusals={
        KeyRefusal.NOBODY: "请先填写",
        KeyRefusal.SAME_PERSON: "每人只输入一个分量",
        KeyRefusal.LENGTH: "位数不对，请核对",
        KeyRefusal.CHECK_LENGTH: "校验值至少 6 位",
        KeyRefusal.CHECK: "校验值不符，请重新输入分量",
    },
    alone="请确认旁边无人观看",
    check="校验值",
    held="分量 {part}/{of} 已输入",
    next_person="请换下一位输入人",
    last_person="下一步核对整个密钥",
    compare="请核对密钥校验值",
    compare_below="与各人密钥单上的一致吗？",
    taken="密钥已保存",
    taken_below="现在可导入密钥块",
    yes="一致",
    no="不一致",
)
EN: Final = KeyWords(
    title="Component {part}/{of}",
    hints={
        KeyField.PERSON: "Your staff number or name",
        KeyField.COMPONENT: "Your component, hex",
        KeyField.CHECK: "Its check value, 6 or more",
    },
    refusals={
        KeyRefusal.NOBODY: "Type something first",
        KeyRefusal.SAME_PERSON: "Each person types one alone",
        KeyRefusal.LENGTH: "Wrong number of digits",
        KeyRefusal.CHECK_LENGTH: "6 digits or more",
        KeyRefusal.CHECK: "Does not hold: type it anew",
    },
    alone="Nobody else may look",
    check="Check value",
    held="Component {part}/{of} is in",
    next_person="Next person, please",
    last_person="Now check the whole key",
    compare="Is this the key?",
    compare_below="As on your sheets?",
    taken="The key is kept",
    taken_below="Key blocks come next",
    yes="Yes",
    no="No",
)
KEY_WORDS: Final = {Language.ZH: ZH, Language.EN: EN}
