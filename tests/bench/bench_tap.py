"""A tap from the card in the field to CARD READ OK, for each kernel: where the time goes.

The serial line runs at its real speed, the radio at 106 kbit/s. Assumed: 0.5 ms of the chip's own a
command, and what a card takes (CARD_MS). `unseen`: until the reader's next look; `ours`: the rest.
Each figure is the median of some taps. `least`: radio and card alone.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from cardamom.daemon.tap import FASTEST_BAUD, SAFE_BAUD
from cardamom.devices.pn532 import Pn532Reader, TapCard
from cardamom.engines.apdu import parse_reply
from cardamom.engines.emv.contactless.entry import entry_point
from cardamom.engines.emv.contactless.outcome import Status, Ui
from cardamom.engines.emv.contactless.requests import Activate, Presented, Show
from cardamom.engines.emv.contactless.rules import Combination, MchipRules, TapRules
from cardamom.engines.emv.requests import CardHistory, GoOnline, Random, Recall, Transmit
from cardamom.engines.emv.rules import AidRule
from cardamom.simulator.card.contactless import TappedCard
from cardamom.simulator.card.contactless_profile import load_contactless
from cardamom.simulator.pn532.picc import ATS_FAST, Manner, Picc
from cardamom.simulator.pn532.simulated import Conditions, SimulatedPn532
from cardamom.simulator.pn532.times import Pace, Share, Slow
from cardamom.values.contactless import Tech
from support.emv_issuer import TODAY
from support.emv_rules import test_rules as parameters

TAPS: Final = 15
STEP_S: Final = 0.0023
"""From tap to tap the card comes so much later, so that it meets the looks at any of their moments.
"""
BAUD: Final = FASTEST_BAUD
"""What the settings give with the reset line wired."""
CARD_MS: Final = {0xA4: 10, 0xB2: 5, 0xAE: 100, 0xEA: 5, 0xCA: 5}
"""By instruction: SELECT, READ RECORD, GENERATE AC, EXCHANGE RELAY RESISTANCE DATA, GET DATA."""
OPTIONS_MS: Final = {2: 15, 3: 90, 7: 90}
"""GET PROCESSING OPTIONS by kernel: with Kernels 3 and 7 it makes cryptogram and signature."""
PROFILES: Final = {"visa": 3, "mchip": 2, "mchip-heavy": 2, "unionpay": 7}
"""With their kernels."""
SWITCH_S: Final = 0.0002
"""As the terminal has it."""
TTQ: Final = bytes.fromhex("36004000")


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds of one tap. `commands`: APDUs; `chip_commands`: of the PN532."""

    whole: float
    unseen: float
    processor: float
    """Ours, of the two threads at work, whatever else the machine does."""
    shares: dict[str, float]
    commands: int
    chip_commands: int

    @property
    def ours(self) -> float:
        return self.whole - self.unseen - sum(self.shares.values())


@dataclass(slots=True)
class Watched(Picc):
    """A card that notes when it was first called, and works as slowly as real ones."""

    first: Callable[[], None] = lambda: None

    def request(self, *, wake: bool) -> bytes | None:
        self.first()
        return Picc.request(self, wake=wake)


def slowly(card: TappedCard, kernel: int, pace: Pace) -> Callable[[bytes], bytes]:
    def process(command: bytes) -> bytes:
        began = time.perf_counter()
        said = card.process(command)
        took_us = (time.perf_counter() - began) * 1e6
        wanted_us = CARD_MS.get(command[1], OPTIONS_MS[kernel]) * 1000
        pace.spend(Share.CARD, max(0.0, wanted_us - took_us))
        return said

    return process


def rules(aid: str, kernel: int) -> TapRules:
    quiet = AidRule(bytes.fromhex(aid), tac_denial=bytes(5), tac_online=bytes(5),
                    tac_default=bytes(5))  # fmt: skip
    mchip = MchipRules(relay=None, torn_records=0)
    ttq = b"" if kernel == 2 else TTQ
    return TapRules(parameters(), (Combination(quiet, kernel, ttq=ttq, mchip=mchip),))


async def tap(
    simulated: SimulatedPn532, reader: Pn532Reader, card: TappedCard, tap_rules: TapRules,
    manner: Manner, tech: Tech, wait_s: float,
) -> Spent:  # fmt: skip
    """One tap up to CARD READ OK, or to the host where a kernel says it with that. The card comes
    after `wait_s` of looks at nothing."""
    pace = simulated.pace
    seen: list[tuple[float, int, Counter[Share]]] = []

    def first() -> None:
        pace.start_anew()
        seen.append((time.perf_counter(), simulated.chip.commands - 1, pace.spent.copy()))

    (combination,) = tap_rules.combinations
    work = slowly(card, combination.kernel, pace)
    held = Watched(tech, b"\x08\1\2\3", work, replace(manner), card.power_off, first=first)
    kernel = entry_point(TODAY, tap_rules)
    commands = 0
    began = worked = 0.0
    given: Any = None
    presented: TapCard | None = None
    while True:
        request = kernel.send(given)
        given = None
        match request:
            case Activate():
                waiting = asyncio.create_task(reader.presented())
                await asyncio.sleep(wait_s)
                card.power_on()
                began, worked = time.perf_counter(), -processor()
                simulated.radio.put(held)
                found = await waiting
                if not isinstance(found, TapCard):
                    raise TypeError("the bench's card is no card")
                presented, given = found, Presented.CARD
            case Transmit(apdu, then) if presented is not None:
                commands += 1
                if then:
                    presented.announce(then)
                given = await presented.transmit(apdu)
            case Random(size):
                given = bytes(range(size))
            case Recall():
                given = CardHistory()
            case Show(Ui(status=Status.CARD_READ_OK)) | GoOnline():
                whole = time.perf_counter() - began
                worked += processor()
                noticed, chip, before = seen[0]
                spent = pace.spent - before
                kernel.close()
                break
            case Show():
                pass
            case _:
                raise RuntimeError(f"the bench's card was not read: {request}")
    shares = {share.value: spent[share] / 1000 for share in Share}
    chip_commands = simulated.chip.commands - chip
    if presented is not None:
        await presented.close()
    simulated.radio.take(held)
    unseen = (noticed - began) * 1000
    return Spent(whole * 1000, unseen, worked * 1000, shares, commands, chip_commands)


def processor() -> float:
    """Seconds of this thread and the reader's."""
    (chip,) = (each for each in threading.enumerate() if each.name == "pn532" and each.ident)
    clock = time.pthread_getcpuclockid(chip.ident or 0)
    return time.thread_time() + time.clock_gettime(clock)


async def taps(
    profile: str,
    *,
    baud: int = BAUD,
    rate: int = 106,
    tech: Tech = Tech.A,
    count: int = TAPS,
) -> list[Spent]:
    made = load_contactless(profile)
    tap_rules = rules(made.applications[0].aid, PROFILES[profile])
    card = TappedCard(made)
    manner = Manner(ats=ATS_FAST) if rate > 106 else Manner()
    with SimulatedPn532(Conditions(slow=Slow(line=True, radio=True))) as simulated:
        reader = Pn532Reader(simulated.device, baud=baud, rate=rate)
        try:
            await reader.check()
            return [
                await tap(simulated, reader, card, tap_rules, manner, tech, 0.1 + n * STEP_S)
                for n in range(count + 1)
            ][1:]
        finally:
            await reader.close()


def chips_own_layer(profile: str) -> tuple[float, float]:
    """Milliseconds, whole and on the radio, of the same commands through the chip's own ISO-DEP: it
    activates the card and takes frames of 64 bytes."""
    from nfc.clf import pn532, transport

    made = load_contactless(profile)
    kernel = PROFILES[profile]
    card = TappedCard(made)
    commands = recorded(card, rules(made.applications[0].aid, kernel))
    taken: list[tuple[float, float]] = []
    with SimulatedPn532(Conditions(slow=Slow(line=True, radio=True))) as simulated:
        chipset = pn532.init(transport.TTY(simulated.device)).chipset
        chipset.set_serial_baudrate(BAUD)
        chipset.transport.baudrate = BAUD
        chipset.set_parameters(0x10)
        for _ in range(TAPS + 1):
            card.power_on()
            held = Picc(
                Tech.A, b"\x08\1\2\3", slowly(card, kernel, simulated.pace), reset=card.power_off
            )
            simulated.radio.put(held)
            began, before = time.perf_counter(), simulated.pace.spent.copy()
            chipset.command(0x4A, bytearray((1, 3, 0)), 1.0)
            chipset.command(0x4A, bytearray((2, 0)), 1.0)
            for command in commands:
                chipset.in_data_exchange(bytearray(command), 1.0)
            whole = (time.perf_counter() - began) * 1000
            taken.append((whole, (simulated.pace.spent - before)[Share.RADIO] / 1000))
            simulated.radio.take(held)
        chipset.close()
    return statistics.median(w for w, _ in taken[1:]), statistics.median(r for _, r in taken[1:])


def recorded(card: TappedCard, tap_rules: TapRules) -> list[bytes]:
    """The commands of one tap."""
    kernel = entry_point(TODAY, tap_rules)
    sent: list[bytes] = []
    given: Any = None
    card.power_on()
    while True:
        request = kernel.send(given)
        given = None
        match request:
            case Activate():
                given = Presented.CARD
            case Transmit(apdu):
                sent.append(apdu)
                given = parse_reply(card.process(apdu))
            case Random(size):
                given = bytes(range(size))
            case Recall():
                given = CardHistory()
            case Show(Ui(status=Status.CARD_READ_OK)) | GoOnline():
                kernel.close()
                return sent


def lines(name: str, spent: list[Spent]) -> list[str]:
    def median(values: list[float]) -> str:
        return f"{statistics.median(values):.1f} ms"

    made = [f"tap {name} whole: {median([s.whole for s in spent])}"]
    made.append(f"tap {name} unseen: {median([s.unseen for s in spent])}")
    made += [f"tap {name} {share}: {median([s.shares[share] for s in spent])}" for share in Share]
    made.append(f"tap {name} ours: {median([s.ours for s in spent])}")
    made.append(f"tap {name} ours on the processor: {median([s.processor for s in spent])}")
    least = [s.shares[Share.RADIO] + s.shares[Share.CARD] for s in spent]
    made.append(f"tap {name} least: {median(least)}")
    made.append(f"tap {name} commands to the card: {spent[0].commands} APDUs")
    made.append(f"tap {name} commands to the chip: {spent[0].chip_commands} commands")
    return made


def main() -> None:
    sys.setswitchinterval(SWITCH_S)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for profile in PROFILES:
            print("\n".join(lines(profile, asyncio.run(taps(profile)))))
        print("\n".join(lines("visa type B", asyncio.run(taps("visa", tech=Tech.B)))))
        for baud in (115200, 230400, 460800, SAFE_BAUD):
            at_speed("visa", baud)
        at_speed("mchip", SAFE_BAUD)
        for profile in ("visa", "mchip"):
            fast = statistics.median(s.whole for s in asyncio.run(taps(profile, rate=424)))
            print(f"tap {profile} whole at 424 kbit/s: {fast:.1f} ms")
            whole, radio = chips_own_layer(profile)
            print(f"tap {profile} whole by the chip's own ISO-DEP: {whole:.1f} ms")
            print(f"tap {profile} radio by the chip's own ISO-DEP: {radio:.1f} ms")


def at_speed(profile: str, baud: int) -> None:
    spent = asyncio.run(taps(profile, baud=baud))
    whole = statistics.median(s.whole for s in spent)
    line = statistics.median(s.shares[Share.LINE] for s in spent)
    print(f"tap {profile} whole at {baud} baud: {whole:.1f} ms")
    print(f"tap {profile} line at {baud} baud: {line:.1f} ms")


if __name__ == "__main__":
    main()
