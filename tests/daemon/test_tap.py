"""The contactless reader that the settings choose, built and used."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cardamom.daemon.tap import tap_reader, taps_for
from cardamom.devices.pcsc_tap import PcscTapReader
from cardamom.devices.pn532 import Pn532Reader, TapCard
from cardamom.settings.load import load
from cardamom.settings.model import Settings
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.simulator.card.vpcd import insert
from cardamom.values.health import Condition
from support.emv_rules import test_rules as parameters
from support.settings import TERMINAL

PSE = bytes.fromhex("00A404000E315041592E5359532E444446303100")


def settings(folder: Path, text: str) -> Settings:
    file = folder / "terminal.toml"
    file.write_text(f"{TERMINAL}\n[contactless]\n{text}\n", encoding="utf-8")
    return load(file)


def test_none(tmp_path: Path) -> None:
    begin: list[Callable[[], Awaitable[Any]]] = []
    close: list[Callable[[], Any]] = []
    assert tap_reader(settings(tmp_path, ""), begin, close) is None
    assert not begin + close


@pytest.mark.parametrize(("driver", "kind"), [("pn532", Pn532Reader), ("pcsc", PcscTapReader)])
def test_a_real_one_is_not_opened_yet(tmp_path: Path, driver: str, kind: type) -> None:
    close: list[Callable[[], Any]] = []
    text = f"driver = '{driver}'\ndevice = '/dev/nothing'\nreset_pin = 22"
    reader = tap_reader(settings(tmp_path, text), [], close)
    assert reader is not None
    assert isinstance(reader, kind)
    assert reader.state().condition is Condition.ABSENT
    assert len(close) == 1


def test_the_simulated_one_takes_a_virtual_card_over_tcp(tmp_path: Path) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]

    async def work() -> None:
        begin: list[Callable[[], Awaitable[Any]]] = []
        close: list[Callable[[], Any]] = []
        chosen = settings(tmp_path, f"driver = 'simulated'\nport = {port}")
        reader = tap_reader(chosen, begin, close)
        assert reader is not None
        for step in begin:
            await step()
        assert (await reader.check()).usable
        removal = asyncio.Event()
        card = Card(load_profile("debit"))
        inside = asyncio.create_task(insert(card, port=port, removal=removal))
        tap = await reader.presented()
        assert isinstance(tap, TapCard)
        reply = await tap.transmit(PSE)
        assert reply.sw == 0x9000
        assert reply.data[:1] == b"\x6f"
        removal.set()
        await inside
        await tap.removed()
        for end in reversed(close):
            if asyncio.iscoroutine(result := end()):
                await result

    asyncio.run(work())


def test_how_long_a_card_is_asked_for_once_more(tmp_path: Path) -> None:
    chosen = settings(tmp_path, "driver = 'pn532'\ndevice = '/dev/nothing'\nupdate_s = 9")
    reader = tap_reader(chosen, [], [])
    taps = taps_for(chosen, tmp_path / "terminal.toml", parameters(), reader, [], [])
    assert taps is not None
    assert taps.update_s == 9


@pytest.mark.parametrize(
    ("text", "baud"),
    [("", 921_600), ("reset_pin = 22", 1_288_000), ("reset_pin = 22\nbaud = 460800", 460_800)],
)
def test_the_line_is_as_fast_as_its_wiring_allows(tmp_path: Path, text: str, baud: int) -> None:
    reader = tap_reader(settings(tmp_path, f"driver = 'pn532'\n{text}"), [], [])
    assert isinstance(reader, Pn532Reader)
    assert reader.baud == baud
