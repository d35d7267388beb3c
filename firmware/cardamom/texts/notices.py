"""Words of the screens that stand where the terminal cannot begin: what is wrong, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.values.merchant import Language

ZH, EN = Language.ZH, Language.EN


@dataclass(frozen=True, slots=True)
class RefusedWords:
    """Of settings that the terminal does not start with."""

    what: str
    do: str


@dataclass(frozen=True, slots=True)
class OtherReaderWords:
    what: str
    wanted: str
    found: str
    do: tuple[str, str]


REFUSED: Final = {
    ZH: RefusedWords("设置有误，未启动", "请技术员改正，改正后自动启动。"),
    EN: RefusedWords("Settings are wrong", "A technician must correct them."),
}

OTHER_READER: Final = {
    ZH: OtherReaderWords(
        "读卡器型号不符", "应为", "现为", ("请换回原读卡器，", "或请技术员修改设置 reader.name。")
    ),
    EN: OtherReaderWords(
        "Another card reader",
        "Expected",
        "Found",
        ("Plug the right one in, or have a", "technician set reader.name."),
    ),
}
