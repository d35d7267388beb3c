"""`cardamom tlv`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from cardamom.cli.main import FAULT, main


def tlv(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(["tlv", *argv])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_objects_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = tlv(capsys, "9505 0000008000", "9F36 02 0001")
    assert code == 0
    assert out.splitlines() == [
        "95 Terminal Verification Results  0000008000",
        "  4.8 transaction exceeds the floor limit  (Book 3, C5)",
        "9F36 Application Transaction Counter  0001  1",
    ]


def test_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = tlv(capsys, "--as", "tvr", "--lang", "zh", "0000008000")
    assert "终端验证结果" in out
    assert "4.8 交易超过最低限额" in out


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("tsi", "E800", "1.8 offline data authentication was performed"),
        ("aip", "3C00", "1.6 DDA supported"),
        ("AUC", "FF80", "2.8 domestic cashback allowed"),
        ("cvm", "00000000000000001F00", "1F00 no CVM required, always; else fail"),
        ("dol", "9F3704", "9F37 Unpredictable Number  4 bytes"),
        ("tags", "82", "82 Application Interchange Profile"),
        ("9f35", "21", "attended, online only; merchant"),
        ("ttq", "26000000", "1.6 EMV mode supported"),
        ("ctq", "8000", "1.8 online PIN required"),
    ],
)
def test_bare_values(capsys: pytest.CaptureFixture[str], kind: str, value: str, said: str) -> None:
    code, out, _ = tlv(capsys, "--as", kind, value)
    assert code == 0
    assert said in out


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["9505"], "byte 2: tag 95 says 5 bytes, 0 are there"),
        (["95zz"], "byte 1: 'z' is no hex digit"),
        (["950"], "byte 1: the last byte has one digit"),
        (["--as", "tvr", "00800080"], "byte 4: Terminal Verification Results has 5 bytes, 4"),
        (["--as", "tsi", "000000"], "byte 2: Transaction Status Information has 2 bytes, 3"),
        (["--as", "dol", "9F02069F"], "byte 3: a tag is cut short"),
        (["--as", "dol", "9F020695"], "byte 4: the list's last entry has no length"),
    ],
)
def test_bad_input_says_at_which_byte(
    capsys: pytest.CaptureFixture[str], argv: list[str], why: str
) -> None:
    code, out, err = tlv(capsys, *argv)
    assert (code, out) == (FAULT, "")
    assert why in err


def test_a_kind_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["tlv", "--as", "nothing", "00"])
    assert ended.value.code == FAULT
    assert "there is no kind 'nothing'" in capsys.readouterr().err


def test_a_file_of_hex_a_file_of_bytes_and_standard_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = bytes.fromhex("9F360200A1")
    (tmp_path / "hex").write_text(raw.hex(" ") + "\n")
    (tmp_path / "bin").write_bytes(raw)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw.hex().encode())))
    told = {tlv(capsys, str(tmp_path / name))[1] for name in ("hex", "bin")}
    told.add(tlv(capsys, "-")[1])
    assert told == {"9F36 Application Transaction Counter  00A1  161\n"}


def test_json_has_stable_keys_and_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = tlv(capsys, "--json", "700A5A084761739001010119")
    (record,) = json.loads(out)
    assert record.keys() == {"tag", "name", "value", "says", "source", "inside"}
    assert record["inside"][0]["value"] == "476173******0119"
    assert "4761739001010119" not in out
