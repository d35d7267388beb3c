"""The simulated printer: what it draws, what it answers, what it does not know."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cardamom.receipts.escpos import encode_slip
from cardamom.receipts.samples import sample
from cardamom.simulator.printer.printer import Printer
from cardamom.simulator.printer.roll import Slip
from cardamom.simulator.printer.server import PrinterServer
from cardamom.values.merchant import Language

SLIP = encode_slip(sample("sale-customer", Language.ZH))
CUT = b"\x1dVB\x00"


def printer() -> tuple[Printer, list[Slip]]:
    slips: list[Slip] = []
    return Printer(384, slips.append), slips


def black(image: Image.Image) -> tuple[int, int, int, int] | None:
    return image.convert("L").point(lambda grey: 255 - grey).getbbox()


def test_status_as_a_real_one_answers() -> None:
    p, _ = printer()
    ask = b"\x10\x04\x01\x10\x04\x02\x10\x04\x04"
    assert p.receive(ask) == bytes.fromhex("161212")
    p.command("paper low")
    assert p.receive(ask) == bytes.fromhex("16121E")
    p.command("paper out")
    assert p.receive(ask) == bytes.fromhex("1E3272")
    p.command("paper ok")
    p.command("cover open")
    assert p.receive(ask) == bytes.fromhex("1E1612")


def test_any_split_of_the_bytes_prints_the_same() -> None:
    whole, slips = printer()
    whole.receive(SLIP)
    drip, dripped = printer()
    for byte in SLIP:
        drip.receive(bytes((byte,)))
    assert slips[0].text == dripped[0].text
    assert slips[0].image.tobytes() == dripped[0].image.tobytes()


def test_size_alignment_and_spacing() -> None:
    p, slips = printer()
    p.receive(b"\x1b@\x1b3\x28A\n\x1ba\x01B\n\x1ba\x02C\n\x1ba\x00\x1d!\x11D\n" + CUT)
    assert slips[0].text.split("\n") == ["A", " " * 15 + "B", " " * 31 + "C", "D", ""]
    assert slips[0].image.height == 40 * 3 + 48, "double height needs more than its spacing"


def test_a_raster_is_drawn_dot_for_dot() -> None:
    p, slips = printer()
    p.receive(b"\x1dv0\x00\x02\x00\x03\x00" + b"\x80\x01" * 3 + CUT)
    assert black(slips[0].image) == (0, 0, 16, 3)
    assert slips[0].image.getpixel((1, 0)) == 255


def test_inverse_is_black_round_the_letter() -> None:
    p, slips = printer()
    p.receive(b"\x1dB\x01 \n" + CUT)
    assert black(slips[0].image) == (0, 0, 12, 24)


def test_what_it_does_not_know_is_counted() -> None:
    p, _ = printer()
    p.receive(b"\x1bQ\x07\x1dk\x1dk\xff\xff" + CUT)
    assert dict(p.unknown) == {"1B 51": 1, "07": 1, "1D 6B": 2, "text FF FF": 1}
    assert "unknown 1D 6B: 2" in p.describe()


def test_a_line_too_wide_is_counted() -> None:
    p, slips = printer()
    p.receive(b"X" * 33 + b"\n" + CUT)
    assert p.unknown["line wider than the paper"] == 1
    assert slips[0].text == "X" * 32 + "\nX\n"


def test_without_paper_it_waits_and_then_goes_on() -> None:
    p, slips = printer()
    p.command("paper out")
    assert p.receive(SLIP + b"\x1dr\x01") == b""
    assert slips == []
    p.command("paper ok")
    assert len(slips) == 1


def test_ordered_status_comes_after_the_slip() -> None:
    p, slips = printer()
    assert p.receive(SLIP + b"\x1dr\x01") == b"\x00"
    assert len(slips) == 1


def test_switched_off_it_forgets_half_a_slip() -> None:
    p, slips = printer()
    p.receive(SLIP[:700])
    p.command("power off")
    assert p.receive(b"\x10\x04\x01") == b""
    p.command("power on")
    p.receive(SLIP)
    fresh, expected = printer()
    fresh.receive(SLIP)
    assert [s.text for s in slips] == [s.text for s in expected]


def test_a_hand_that_mumbles_is_told_what_there_is() -> None:
    p, _ = printer()
    assert "paper ok|low|out" in p.command("paper blue")


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_whatever_comes_it_goes_on(pieces: list[bytes]) -> None:
    p, slips = printer()
    for piece in pieces:
        p.receive(piece)
    p.command("power off")
    p.command("power on")
    before = len(slips)
    p.receive(SLIP)
    assert len(slips) == before + 1


def test_switched_off_its_network_is_gone(tmp_path: Path) -> None:
    async def scene() -> None:
        server = PrinterServer(tmp_path)
        port = await server.listen()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x10\x04\x01")
        assert await reader.readexactly(1) == b"\x16"
        await server.command("power off")
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        await server.command("power on")
        assert server.port == port
        _, again = await asyncio.open_connection("127.0.0.1", port)
        again.close()
        await server.close()

    asyncio.run(scene())


def test_as_a_program(tmp_path: Path) -> None:
    """Ready line, a hand on standard input, a hand on the socket, and its end."""
    program = subprocess.Popen(
        [sys.executable, "-m", "cardamom.simulator.printer", "--slips", tmp_path / "slips"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdin
        assert program.stdout
        ready = program.stdout.readline()
        assert ready.startswith("printer ready port=")

        async def send() -> bytes:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", int(ready.strip().partition("=")[2])
            )
            writer.write(SLIP + b"\x1dr\x01")
            answer = await reader.readexactly(1)
            writer.close()
            return answer

        assert asyncio.run(send()) == b"\x00"
        program.stdin.write("paper out\n")
        program.stdin.flush()
        assert program.stdout.readline() == "power on, paper out, cover closed, slips 1\n"
        program.stdin.write("quit\n")
        program.stdin.close()
        assert program.wait(20) == 0
    finally:
        program.kill()
        program.wait()
        program.__exit__(None, None, None)
    assert (tmp_path / "slips" / "slip-0001.png").exists()


def test_a_hand_on_the_socket(tmp_path: Path) -> None:
    async def scene() -> str:
        server = PrinterServer(tmp_path)
        await server.control(tmp_path / "hand")
        reader, writer = await asyncio.open_unix_connection(tmp_path / "hand")
        writer.write(b"cover open\n")
        answer = (await reader.readline()).decode()
        writer.close()
        await server.close()
        return answer

    assert asyncio.run(scene()) == "power on, paper ok, cover open, slips 0\n"
