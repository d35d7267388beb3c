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
class UnopenedWords:
    """Of a sealed key that does not open: `why` in up to five lines."""

    what: str
    why: tuple[str, ...]
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

UNOPENED: Final = {
    ZH: UnopenedWords(
        "密钥无法解封，未启动",
        (
            "/etc/credstore.encrypted 中的密钥",
            "在本机主板上打不开：换过卡或主板，",
            "或 credential.secret 已丢失。",
            "请用 systemd-creds 重新封装，",
            "或移走该文件，再重新注入密钥。",
        ),
        "请联系技术支持，改正后自动启动。",
    ),
    EN: UnopenedWords(
        "Keys cannot be opened",
        (
            "A key in /etc/credstore.encrypted",
            "does not open here: card or board",
            "changed, or its secret was lost.",
            "Seal it anew with systemd-creds,",
            "or move it away, inject keys again.",
        ),
        "Call support. It then starts by itself.",
    ),
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
