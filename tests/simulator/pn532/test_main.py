"""`cardamom simulate pn532`: a chip of its own, a card tapped on it, commands by hand."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from cardamom.cli.simulate import main
from cardamom.devices.pn532 import Pn532Reader
from cardamom.faults import CardFault
from cardamom.flows.ndef import ndef_of
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.simulator.card.vpcd import insert
from support.pn532 import BAUD, tapped

MEMBER = (bytes.fromhex("D40C06") + b"lab.test:memMEMBER").hex()
PSE = bytes.fromhex("00A404000E315041592E5359532E444446303100")


def test_a_chip_of_its_own(tmp_path: Path) -> None:
    link = tmp_path / "pn532"
    command = [sys.executable, "-m", "cardamom.simulator.pn532", "--link", str(link)]
    with (
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as chip,
        ExitStack() as ending,
    ):
        ending.callback(chip.kill)
        assert chip.stdin is not None
        assert chip.stdout is not None
        words = dict(w.split("=") for w in chip.stdout.readline().split() if "=" in w)
        assert str(link.resolve()) == words["device"]

        def say(line: str) -> str:
            assert chip.stdin is not None
            assert chip.stdout is not None
            chip.stdin.write(line + "\n")
            return chip.stdout.readline().strip()

        async def work() -> None:
            reader = Pn532Reader(str(link), baud=BAUD)
            inside = asyncio.create_task(
                insert(Card(load_profile("debit")), port=int(words["port"]))
            )
            tap = await tapped(reader)
            assert (await tap.transmit(PSE)).sw == 0x9000
            assert say("tear 3") == "ok"
            with pytest.raises(CardFault):
                await tap.transmit(PSE)
            inside.cancel()
            assert say("hang") == "ok"
            assert not (await reader.check()).usable
            assert say("reset") == "ok"
            assert (await reader.check()).usable
            assert say(f"tag4 04A1B2C3D4E5F6 {MEMBER}") == "ok"
            assert (await ndef_of(await tapped(reader)))[0].payload == b"MEMBER"
            assert say("take") == "ok"
            await reader.empty()
            await reader.close()

        asyncio.run(work())
        times = say("times")
        assert "line=" in times
        assert "card=0us" not in times
        assert say("noise much") == "expected a number, or hex"
        assert say("sing").startswith("commands: ")
        chip.stdin.write("quit\n")
        assert chip.wait(20) == 0
    assert not link.is_symlink()


def test_it_is_a_part_of_simulate(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main("simulate", ["pn532", "--help"])
    assert left.value.code == 0
    assert "contactless.device" in capsys.readouterr().out
