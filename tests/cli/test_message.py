"""`message describe`: in whatever form a message is copied, it is read, and no card shows."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.cli.main import FAULT, main
from cardamom.cli.message import read
from cardamom.engines.iso8583.codec import Codec, Message, MessageError
from cardamom.engines.iso8583.envelope import Envelope
from cardamom.engines.iso8583.framing import Frames
from cardamom.engines.iso8583.mapping import message_for
from cardamom.settings.profile import DEFAULT, find_message_profile
from cardamom.values.online import Purpose
from cardamom.values.secret import PinBlock
from support.follow_ups import approved, follow
from support.messages import PAN, ZONE, sale

DEFAULTS = find_message_profile(DEFAULT)
CHINA = find_message_profile("unionpay")
RAW = Codec(DEFAULTS).encode(
    message_for(sale(), DEFAULTS, ZONE, PinBlock(bytes.fromhex("1B9C1845EB993A7A"))),
    lambda _covered: bytes.fromhex("5EA15EA15EA15EA1"),
)
PACKED = Codec(CHINA).encode(message_for(follow(Purpose.REVERSAL, approved()), CHINA, ZONE))
FRAMED = Frames(CHINA.framing).wrap(PACKED)


def told(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(["message", "describe", *argv]) == 0
    return capsys.readouterr().out


def test_hex_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, RAW.hex())
    assert text.startswith("MTI  0200  financial request\n")
    for secret in (PAN, PAN[6:12], "4912", "1B9C", "5EA1"):
        assert secret not in text


def test_the_bytes_themselves_and_spaced_hex(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "raw").write_bytes(RAW)
    (tmp_path / "hex").write_text("\n".join(f"0x{b:02x}" for b in RAW) + "\n", "ascii")
    expected = told(capsys, RAW.hex())
    assert told(capsys, str(tmp_path / "raw")) == expected
    assert told(capsys, str(tmp_path / "hex")) == expected
    assert told(capsys, RAW.hex(" ")) == expected


def test_an_ascii_message_of_digits_alone_is_no_hex(capsys: pytest.CaptureFixture[str]) -> None:
    fields = {7: "0331201530", 11: "000001", 12: "041530", 13: "0401", 24: "001", 41: "10000001",
              42: "104110058120001", 70: "301"}  # fmt: skip
    raw = Codec(DEFAULTS).encode(Message("0800", fields))
    assert set(raw) <= set(b"0123456789ABCDEF")
    assert told(capsys, raw.decode()) == told(capsys, raw.hex())
    assert main(["message", "describe", raw.decode()[:-1]]) == FAULT
    assert "at field 70, byte" in capsys.readouterr().err


def test_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(RAW)))
    assert told(capsys, "-").startswith("MTI  0200")


@pytest.mark.parametrize(
    ("raw", "envelope"),
    [
        (FRAMED, Envelope(len(PACKED) + 11, "6000030000", "603100310000")),
        (FRAMED[2:], Envelope(None, "6000030000", "603100310000")),
        (len(PACKED).to_bytes(2) + PACKED, Envelope(len(PACKED))),
        (PACKED, Envelope()),
    ],
    ids=["whole", "without-length", "length-alone", "bare"],
)
def test_the_framing_is_recognised(raw: bytes, envelope: Envelope) -> None:
    found, message = read(raw.hex().encode(), Codec(CHINA))
    assert found == envelope
    assert message == Codec(CHINA).decode(PACKED)


def test_json_has_stable_keys(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, "--profile", "unionpay", "--json", FRAMED.hex()))
    assert {k: v for k, v in found.items() if k != "fields"} == {
        "profile": "unionpay",
        "length": len(PACKED) + 11,
        "tpdu": "6000030000",
        "header": "603100310000",
        "type": "0400",
        "meaning": "reversal request",
    }
    fields = {f["field"]: f for f in found["fields"]}
    assert fields[2]["value"] == "622202******0128"
    assert fields[61]["parts"][1] == {"name": "trace number", "value": "000042"}
    assert fields[55]["tags"][0] == {
        "tag": "95", "name": "Terminal Verification Results", "value": "0080008000",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ((RAW[:60].hex(),), "cannot be read at field 7, byte 56"),
        (("--profile", "unionpay", FRAMED[:-4].hex()),
         f"its length says {len(FRAMED) - 2} bytes, and {len(FRAMED) - 6} are there"),
        (("--profile", "unionpay", "0007" + "6000030000"), "cannot be read"),
        (("",), "cannot be read at the message type, byte 0"),
        (("zz",), "cannot be read at the message type"),
        (("--profile", "no-such-host", "00"), "or one of dukpt-aes, dukpt-tdes, iso8583-1987"),
        (("/",), "cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(
    argv: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["message", "describe", *argv]) == FAULT
    assert says in capsys.readouterr().err


def test_an_error_counts_from_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    broken = bytearray(FRAMED)
    broken[13 + 2 + 8] = 0x99  # the length of field 2
    assert main(["message", "describe", "--profile", "unionpay", broken.hex()]) == FAULT
    said = capsys.readouterr().err
    assert "at field 2, byte 10 (counted behind 13 bytes of framing)" in said
    assert PAN not in said


@given(given_=st.binary(max_size=120) | st.text("0123456789abcdef \n", max_size=200))
@settings(deadline=None, max_examples=300)
def test_only_message_error_escapes(given_: bytes | str) -> None:
    raw = given_ if isinstance(given_, bytes) else given_.encode()
    for codec in (Codec(DEFAULTS), Codec(CHINA)):
        with contextlib.suppress(MessageError):
            read(raw, codec)
