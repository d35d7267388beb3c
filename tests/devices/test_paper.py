"""The printer adapter over the real library, against a printer on TCP and on a PTY."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.devices.paper import EscposPaper, NoPaper, network_paper, serial_paper, usb_paper
from cardamom.devices.paper_status import ASK_STATUS, health_of, printed, status_bytes
from cardamom.faults import DeviceFault
from cardamom.receipts.escpos import encode_slip
from cardamom.receipts.samples import sample
from cardamom.simulator.printer.server import PrinterServer
from cardamom.values.health import Condition
from cardamom.values.merchant import Language

SLIP = encode_slip(sample("sale-merchant", Language.EN))
Scene = Callable[[PrinterServer, EscposPaper], Coroutine[Any, Any, None]]


@contextlib.asynccontextmanager
async def bench(wire: str, slips: Path) -> AsyncIterator[tuple[PrinterServer, EscposPaper]]:
    server = PrinterServer(slips)
    if wire == "tcp":
        paper = network_paper("127.0.0.1", await server.listen())
    else:
        paper = serial_paper(server.open_pty(), 115200)
    try:
        yield server, paper
    finally:
        await paper.close()
        await server.close()


@pytest.fixture(params=["tcp", "pty"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Scene], None]:
    """Runs a scene between printer and adapter, on each kind of wire."""

    def run(scene: Scene) -> None:
        async def whole() -> None:
            async with bench(request.param, tmp_path) as (server, paper):
                await scene(server, paper)

        asyncio.run(whole())

    return run


def test_a_slip_goes_through(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(server: PrinterServer, paper: EscposPaper) -> None:
        assert paper.state().condition is Condition.CONNECTING
        assert (await paper.check()).condition is Condition.OK
        await paper.write(SLIP)
        # GS r was answered, so the slip is on paper by now
        assert server.printer.slips == 1
        assert not server.printer.unknown
        assert paper.state().usable

    play(scene)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["slip-0001.png", "slip-0001.txt"]


@pytest.mark.parametrize(
    ("hand", "condition"),
    [
        ("paper low", Condition.PAPER_LOW),
        ("paper out", Condition.PAPER_OUT),
        ("cover open", Condition.FAULT),
        ("mute on", Condition.ABSENT),
    ],
)
def test_what_a_hand_does_is_seen(
    play: Callable[[Scene], None], hand: str, condition: Condition
) -> None:
    async def scene(server: PrinterServer, paper: EscposPaper) -> None:
        await server.command(hand)
        health = await paper.check()
        assert health.condition is condition
        assert health.detail
        assert paper.state() == health
        for undo in ("paper ok", "cover closed", "mute off"):
            await server.command(undo)
        assert (await paper.check()).condition is Condition.OK

    play(scene)


def test_off_and_on_is_opened_anew(play: Callable[[Scene], None]) -> None:
    async def scene(server: PrinterServer, paper: EscposPaper) -> None:
        await paper.check()
        await server.command("power off")
        assert (await paper.check()).condition is Condition.ABSENT
        with contextlib.suppress(DeviceFault):  # a dead serial line takes bytes, silently
            await paper.write(SLIP)
        assert server.printer.slips == 0
        await server.command("power on")
        assert (await paper.check()).condition is Condition.OK
        await paper.write(SLIP)
        assert server.printer.slips == 1

    play(scene)


def test_paper_that_ends_in_the_slip_is_a_fault(play: Callable[[Scene], None]) -> None:
    async def scene(server: PrinterServer, paper: EscposPaper) -> None:
        await paper.check()
        await server.command("paper left 300")
        with pytest.raises(DeviceFault, match="out of paper"):
            await paper.write(SLIP)
        assert paper.state().condition is Condition.PAPER_OUT
        assert server.printer.slips == 0

    play(scene)


def test_a_printer_lost_in_the_slip_is_a_fault(tmp_path: Path) -> None:
    async def scene() -> None:
        async with bench("tcp", tmp_path) as (server, paper):
            await paper.check()
            await server.command("power off")
            with pytest.raises(DeviceFault, match="check power and cable"):
                await paper.write(SLIP)
            assert not paper.state().usable

    asyncio.run(scene())


def test_nobody_there() -> None:
    async def scene(paper: EscposPaper) -> None:
        health = await paper.check()
        assert health.condition is Condition.ABSENT
        assert "check power and cable" in health.detail
        await paper.close()

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        asyncio.run(scene(network_paper("127.0.0.1", port)))
    asyncio.run(scene(serial_paper("/dev/no-such-printer", 9600)))
    asyncio.run(scene(usb_paper("dead:beef")))


def test_none_is_a_driver_too() -> None:
    async def scene() -> None:
        paper = NoPaper()
        assert (await paper.check()).condition is Condition.ABSENT
        with pytest.raises(DeviceFault):
            await paper.write(b"x")

    asyncio.run(scene())


def test_a_call_that_hangs_is_abandoned_and_a_fresh_thread_tries_again() -> None:
    released = threading.Event()

    def opener() -> None:
        released.wait()
        raise OSError

    async def scene() -> None:
        paper = EscposPaper("stuck", opener, check_s=0.05)
        assert (await paper.check()).condition is Condition.FAULT
        assert "hangs" in paper.state().detail
        released.set()
        assert (await paper.check()).condition is Condition.ABSENT
        await paper.close()

    asyncio.run(scene())


def test_a_look_while_it_prints_does_not_take_it_for_stuck() -> None:
    printing, go_on = threading.Event(), threading.Event()

    class Slow:
        """A printer of the library's kind that takes its time over a slip."""

        device = None

        def __init__(self) -> None:
            self._answers = b""

        def _raw(self, data: bytes) -> None:
            if data == b"slip":
                printing.set()
                go_on.wait()
            elif data == ASK_STATUS:
                self._answers += b"\x16\x12\x12"
            else:
                self._answers += b"\x00"

        def _read(self) -> bytes:
            answers, self._answers = self._answers, b""
            return answers

        def close(self) -> None:
            return

    async def scene() -> None:
        paper = EscposPaper("slow", Slow, check_s=0.5)
        assert (await paper.check()).condition is Condition.OK
        writing = asyncio.create_task(paper.write(b"slip"))
        await asyncio.to_thread(printing.wait)
        assert (await paper.check()).condition is Condition.OK
        go_on.set()
        await writing
        assert (await paper.check()).condition is Condition.OK
        await paper.close()

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("status", "condition"),
    [
        ("161212", Condition.OK),
        ("16121E", Condition.PAPER_LOW),
        ("1E3272", Condition.PAPER_OUT),
        ("1E1612", Condition.FAULT),
        ("1E5212", Condition.FAULT),
        ("1E1212", Condition.FAULT),
        ("1612", Condition.ABSENT),
        ("", Condition.ABSENT),
    ],
)
def test_status_bytes_as_measured(status: str, condition: Condition) -> None:
    assert health_of(bytes.fromhex(status), "x").condition is condition


def test_a_silent_serial_printer_is_never_taken_for_well() -> None:
    """python-escpos' paper_status() says 2, adequate, of no answer at all."""
    assert not health_of(b"", "x").usable


@given(st.binary(max_size=40))
def test_whatever_comes_back_is_some_state(heard: bytes) -> None:
    assert health_of(status_bytes(heard), "x").condition in Condition
    assert printed(heard) in (True, False)


def test_answers_in_turn_and_at_once_are_told_apart() -> None:
    assert status_bytes(b"\x16\x00\x12\x03\x12\x11\x13") == b"\x16\x12\x12"
    assert printed(b"\x16\x12\x12\x00")
    assert not printed(b"\x16\x12\x72\x1e\x11\x13")
