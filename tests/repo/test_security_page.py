"""The page on security names files, tests and options that are there."""

from __future__ import annotations

import re

from support.repo import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
TESTS = [text.split("::") for text in QUOTED if "::" in text and text != "file.py::test_name"]
FOLDERS = ("config/", "docs/", "firmware/", "systemd/", "tests/")


def test_every_file_is_there() -> None:
    named = {text.split("::")[0] for text in QUOTED if text.startswith(FOLDERS)}
    assert len(named) > 30
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_test_is_there() -> None:
    assert len(TESTS) > 30
    missing = [
        f"{file}::{name}"
        for file, name in TESTS
        if f"\ndef {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_option_of_the_unit_is_as_it_says() -> None:
    unit = (ROOT / "systemd" / "cardamom.service").read_text(encoding="utf-8").splitlines()
    options = [text for text in QUOTED if re.fullmatch(r"[A-Z]\w+=\w+", text)]
    assert {"DevicePolicy=closed", "LimitCORE=0", "MemorySwapMax=0"} <= set(options)
    assert [option for option in options if option not in unit] == []


def test_the_journals_key_is_sealed_as_it_says() -> None:
    text = (ROOT / "systemd" / "cardamom-journal-key.service").read_text(encoding="utf-8")
    assert "Environment=SEAL=host\n" in text
    assert "--with-key=$$SEAL" in text
    assert "`--with-key=host`" in PAGE
