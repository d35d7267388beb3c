"""Text as the printer sets it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cardamom.receipts.letters import columns, encode, printable, wrap


def test_signs_that_printers_lack_become_the_wide_ones_they_have() -> None:
    assert printable("¥12") == "￥12"
    assert encode("￥") == bytes.fromhex("A3A4")


def test_a_label_cannot_steer_the_printer() -> None:
    assert printable("VISA\x1b@\x1dV\x00\x10\x04\x01") == "VISA@V"


def test_what_no_font_has_is_replaced() -> None:
    assert printable("Ñandú ☕ 𝄞") == "Nandú ？ ？"


def test_white_space_is_one_blank() -> None:
    assert printable("a\u3000b\tc\u00a0d") == "a b c d"


def test_chinese_breaks_between_characters_and_keeps_its_stop() -> None:
    assert wrap("此单不是付款凭证。", 10) == ["此单不是付", "款凭证。"]
    assert wrap("此单不是。", 8) == ["此单不", "是。"]


def test_latin_breaks_at_blanks_and_cuts_only_what_cannot_fit() -> None:
    assert wrap("This slip is not proof", 9) == ["This slip", "is not", "proof"]
    assert wrap("AAAAAAAAAAAA", 5) == ["AAAAA", "AAAAA", "AA"]
    assert wrap("", 5) == [""]


@given(st.text())
def test_printable_text_holds_no_command_and_fits_its_bytes(text: str) -> None:
    shown = printable(text)
    sent = encode(shown)
    assert printable(shown) == shown
    assert columns(shown) == len(sent)
    assert all(byte >= 0x20 for byte in sent)
    assert sent.decode("gb18030") == shown


@given(st.text(), st.integers(2, 48))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    shown = printable(text)
    lines = wrap(shown, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == shown.replace(" ", "")
