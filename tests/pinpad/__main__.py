"""`python -m pinpad` (from tests/, as root): the kernel, a real pcscd, a reader driver with keys.

The driver is compiled here: vpcd's own, with VERIFY_PIN_DIRECT of PC/SC part 10 added in C
(`ifd.c`). It needs gcc, libpcsclite-dev, vsmartcard-vpcd, and that no other pcscd runs. Not part of
the test suite, whose sessions share one pcscd without keys.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from cardamom.devices.pcsc import PcscReader
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.requests import (
    CardHistory,
    Decision,
    EnterPin,
    GoOnline,
    Outcome,
    Random,
    Recall,
    Transmit,
)
from cardamom.ports import Card as CardPort
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.simulator.card.vpcd import insert
from cardamom.simulator.pcscd import SOCKET, SYSTEMD, listening, serving
from support.emv_issuer import TODAY, answer_of
from support.emv_rules import test_rules as parameters

DRIVERS = "/usr/lib/pcsc/drivers/serial"
HERE = Path(__file__).parent


@contextlib.contextmanager
def daemon(folder: Path, keys: list[str]) -> Iterator[int]:
    """pcscd with this reader alone; the port that a virtual card connects to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    library = folder / "libifdpinpad.so"
    # vpcd's library lies under another name than it says its own is
    (folder / "libifdvpcd.so.0").symlink_to(f"{DRIVERS}/libifdvpcd.so")
    include = ["-I/usr/include/PCSC", f"-L{DRIVERS}", f"-Wl,-rpath,{folder}"]
    command = ["gcc", "-Wall", "-Werror", "-shared", "-fPIC", *include, "-o", str(library)]
    subprocess.run([*command, str(HERE / "ifd.c"), "-l:libifdvpcd.so"], check=True)
    config = folder / "readers"
    config.mkdir()
    (config / "pinpad").write_text(
        f'FRIENDLYNAME "Pinpad"\nDEVICENAME /dev/null:0x{port:X}\nLIBPATH {library}\n'
        f"CHANNELID 0x{port:X}\n"
    )
    (folder / "keys").write_text("".join(f"{line}\n" for line in keys))
    process = subprocess.Popen(
        [*serving("/usr/sbin/pcscd", systemd=SYSTEMD.exists()), "--config", str(config)],
        env=os.environ | {"PINPAD_KEYS": str(folder / "keys")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (listening(port) and SOCKET.exists()):
            if process.poll() is not None:
                raise RuntimeError("pcscd did not come up: is vsmartcard-vpcd installed?")
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


async def pay(card: CardPort) -> tuple[Outcome, list[bytes], list[EnterPin]]:
    """The outcome, what was sent to the card, what was asked of the customer."""
    kernel, sent, asked = contact_kernel(TODAY, parameters()), [], []
    try:
        request = next(kernel)
        while True:
            match request:
                case Transmit(apdu):
                    sent.append(apdu)
                    answer: object = await card.transmit(apdu)
                case EnterPin():
                    asked.append(request)
                    assert card.pad is not None
                    answer = await card.pad.verify(seconds=20, language="zh")
                case Random(size):
                    answer = os.urandom(size)
                case Recall():
                    answer = CardHistory()
                case GoOnline():
                    answer = answer_of(request)
                case _:
                    raise AssertionError(request)
            request = kernel.send(answer)
    except StopIteration as end:
        return end.value, sent, asked


async def run(port: int) -> Outcome:
    reader = PcscReader("Pinpad", pinpad=True)
    card = asyncio.create_task(insert(Card(load_profile("offline-pin")), port=port))
    try:
        powered = await reader.inserted()
        outcome, sent, asked = await pay(powered)
        assert not any(apdu[:2] == b"\x00\x20" for apdu in sent), "a VERIFY of ours"
        assert [(q.tries, q.wrong) for q in asked] == [(3, False), (2, True)]
        await powered.close()
    finally:
        card.cancel()
        await asyncio.gather(card, return_exceptions=True)
        await reader.close()
    return outcome


def main() -> int:
    warnings.simplefilter("ignore")
    if SOCKET.exists() and subprocess.run(["pgrep", "-x", "pcscd"], check=False).returncode == 0:
        sys.stderr.write("another pcscd is running: end it first\n")
        return 1
    with tempfile.TemporaryDirectory() as name, daemon(Path(name), ["12", "4321", "1234"]) as port:
        outcome = asyncio.run(asyncio.wait_for(run(port), 60))
    results = outcome.tags[0x9F34].hex().upper()
    sys.stdout.write(f"{outcome.decision.value}, CVM {outcome.cvm.value}, results {results}\n")
    return 0 if outcome.decision is Decision.APPROVED and results == "010302" else 1


if __name__ == "__main__":
    sys.exit(main())
