"""What the acquirer notices: certificates, MACs, key serial numbers, and bytes of any kind."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.cli.main import main
from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.mapping import message_for
from cardamom.engines.iso8583.profile import Keys, Profile
from cardamom.engines.keys.dukpt import advance, initial_key, load
from cardamom.engines.keys.working import Scheme, WorkingKeys
from cardamom.settings.profile import load_message_profile
from cardamom.simulator.acquirer.certificates import authority, client, server
from cardamom.simulator.acquirer.ledger import read_flags, read_ledger, read_messages
from cardamom.simulator.acquirer.run import base_keys
from cardamom.simulator.acquirer.server import server_context
from cardamom.values.online import OnlineAnswer
from cardamom.values.secret import Key, Pin
from support.acquirer import PIN, PROFILE, acquirer, linked, payment
from support.follow_ups import UNIONPAY
from support.messages import ZONE
from support.wire import Wire, beside

T = TypeVar("T")
DUKPT = [scheme for scheme in Scheme if scheme.dukpt]
SERIALS = {Scheme.DUKPT_TDES: "FFFF9876543210E00000"}


def against(
    folder: Path,
    work: Callable[[int], T],
    profile: Profile = PROFILE,
    context: ssl.SSLContext | None = None,
) -> T:
    async def go() -> T:
        async with acquirer(folder, profile=profile, context=context) as host:
            return await beside(lambda: work(host.port))

    return asyncio.run(go())


def flags(folder: Path) -> list[tuple[str, str]]:
    return [(f["flag"], f["stan"]) for f in read_flags(folder / "ledger.db")]


def sold(wire: Wire, stan: int = 42) -> str:
    wire.pay(payment(None, stan=stan))
    return wire.hear().fields[39]


def test_one_terminal_with_two_certificates_is_flagged(tmp_path: Path) -> None:
    ca = authority()
    (tmp_path / "ca.pem").write_bytes(ca.certificate_pem)
    for name, held in (("server", server(ca)), ("client", client(ca)), ("clone", client(ca))):
        (tmp_path / f"{name}.pem").write_bytes(held.certificate_pem)
        (tmp_path / f"{name}.key").write_bytes(held.key_pem)
        (tmp_path / f"{name}.key").chmod(0o600)
    context = server_context(tmp_path / "server.pem", tmp_path / "server.key", tmp_path / "ca.pem")

    def work(port: int) -> None:
        for name in ("client", "client", "clone", "client", "clone"):
            with Wire(port, tls=tmp_path, client=name) as wire:
                wire.sign_on()

    against(tmp_path, work, context=context)
    assert flags(tmp_path) == [("two-certificates", "")]
    (flag,) = read_flags(tmp_path / "ledger.db")
    assert flag["terminal"] == "10000001"


@pytest.mark.parametrize("mac", [lambda _data: bytes(8), lambda _data: b"\x01" * 8])
def test_a_wrong_mac_books_nothing_and_is_told_so(
    tmp_path: Path, mac: Callable[[bytes], bytes]
) -> None:
    def work(port: int) -> tuple[str, str]:
        with Wire(port) as wire:
            wire.sign_on()
            wire.say(message_for(payment(None), PROFILE, ZONE), mac)
            return wire.hear().fields[39], sold(wire)

    assert against(tmp_path, work) == ("A0", "00")
    assert flags(tmp_path) == [("wrong-mac", "000042")]
    assert len(read_ledger(tmp_path / "ledger.db")) == 1


@pytest.mark.parametrize("mti", ["0420", "0220", "0500", "0320", "0620", "0600"])
def test_nothing_about_money_passes_without_a_mac(tmp_path: Path, mti: str) -> None:
    """A terminal that the host has no keys for cannot reverse either."""
    rule = PROFILE.messages[mti]
    fields = dict.fromkeys((*rule.required, 11, 12, 13, 41, 42), "0" * 12)
    fields |= {
        2: "6222020000040128", 3: "920000" if mti == "0500" else "000000", 4: "0" * 12,
        7: "0401041530", 11: "000042", 12: "041530", 13: "0401", 14: "4912", 22: "051",
        24: "001", 25: "00", 39: "68", 41: "10000001", 42: "104110058120001", 49: "156",
        50: "156", 55: "9F26080011223344556677", 60: "000003" + ("0200000042" * (mti == "0320")),
        90: "0200000042" + "0" * 32, 97: "C" + "0" * 16,
        **dict.fromkeys((74, 75, 76, 77), "0" * 10), **dict.fromkeys((86, 87, 88, 89), "0" * 16),
    }  # fmt: skip
    message = Message(mti, {n: fields[n] for n in rule.required})

    def work(port: int) -> str:
        with Wire(port) as wire:
            wire.say(message)
            return wire.hear().fields[39]

    assert against(tmp_path, work) == "A0"
    assert read_ledger(tmp_path / "ledger.db") == []


def test_keys_serve_the_terminal_s_next_connection(tmp_path: Path) -> None:
    def work(port: int) -> tuple[str, str]:
        with Wire(port) as first:
            first.sign_on()
            keys = first.keys
        with Wire(port) as second:
            second.keys = keys
            before = sold(second, 41)
            second.sign_on()
            fresh, second.keys = second.keys, keys
            assert sold(second, 42) == "A0", "an old key"
            second.keys = fresh
            return before, sold(second, 42)

    assert against(tmp_path, work) == ("00", "00")


class Injected:
    """A terminal's DUKPT keys; `take` gives one again where it is asked for again."""

    def __init__(self, scheme: Scheme) -> None:
        serial = bytes.fromhex(SERIALS.get(scheme, "123456789012345600000000"))
        base = base_keys().tdes if scheme is Scheme.DUKPT_TDES else base_keys().aes
        self._state = load(scheme, initial_key(scheme, base, serial), serial)
        self._keys: dict[str, WorkingKeys] = {}

    def next(self) -> str:
        self._state, serial, keys = advance(self._state)
        name = serial.hex().upper()
        self._keys[name] = keys
        return name

    def take(self, ksn: str) -> WorkingKeys | None:
        return self._keys.get(ksn)


@pytest.mark.parametrize("scheme", DUKPT)
def test_dukpt_with_its_pin_and_no_key_twice(tmp_path: Path, scheme: Scheme) -> None:
    profile = under(scheme)
    keys = Injected(scheme)

    async def go() -> list[str]:
        async with (
            acquirer(tmp_path, profile=profile) as host,
            linked(host, profile=profile, keys=keys) as link,
        ):
            codes = []
            first = keys.next()
            asked = [(first, 41, PIN), (keys.next(), 42, Pin(b"654321")), (first, 43, PIN)]
            for ksn, stan, pin in asked:
                request = payment(pin, stan=stan)
                record = msgspec.structs.replace(request.record, ksn=ksn)
                result = await link.request(replace(request, record=record))
                assert isinstance(result, OnlineAnswer), result
                codes.append(result.code)
            return codes

    assert asyncio.run(go()) == ["00", "55", "00"]
    assert flags(tmp_path) == [("ksn-twice", "000043")]


def test_a_dukpt_message_without_serial_or_under_another_key_is_refused(tmp_path: Path) -> None:
    profile = under(Scheme.DUKPT_TDES)
    keys = Injected(Scheme.DUKPT_TDES)

    def work(port: int) -> list[str]:
        codes = []
        with Wire(port, profile=profile) as wire:
            wire.sign_on()
            for ksn in ("", keys.next(), "FFFF9876543210E00000", "00"):
                wire.keys = WorkingKeys(Scheme.DUKPT_TDES, request=Key(bytes(range(16))))
                wire.pay(ksn=ksn)
                codes.append(wire.hear().fields[39])
        return codes

    assert against(tmp_path, work, profile) == ["A0"] * 4
    assert flags(tmp_path) == [("wrong-mac", "000042")]
    assert read_ledger(tmp_path / "ledger.db") == []


@pytest.mark.parametrize(
    ("scheme", "delivery"), [("unionpay", "unionpay"), ("unionpay", "tr31"), ("x9.19", "tr31")]
)
def test_pin_and_mac_keys_of_a_sign_on(tmp_path: Path, scheme: str, delivery: str) -> None:
    rule = msgspec.convert({"scheme": scheme, "delivery": delivery}, Keys)
    profile = msgspec.structs.replace(PROFILE, keys=rule)
    if delivery == "unionpay":
        profile = load_message_profile(UNIONPAY)

    async def go() -> list[str]:
        async with acquirer(tmp_path, profile=profile) as host, linked(host, profile=profile) as on:
            results = [await on.request(payment(p, stan=s)) for s, p in ((41, PIN), (42, BAD))]
            return [r.code for r in results if isinstance(r, OnlineAnswer)]

    assert asyncio.run(go()) == ["00", "55"]


BAD = Pin(b"654321")


def under(scheme: Scheme) -> Profile:
    return msgspec.structs.replace(
        PROFILE, keys=msgspec.convert({"scheme": scheme.value, "delivery": "tr31"}, Keys)
    )


@given(pieces=st.lists(st.binary(max_size=200), max_size=3), framed=st.booleans())
@settings(deadline=None, max_examples=40)
def test_no_bytes_end_the_server(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], framed: bool
) -> None:
    def work(port: int) -> str:
        with Wire(port) as wire, suppress(OSError):
            for piece in pieces:
                wire.socket.sendall(len(piece).to_bytes(2) + piece if framed else piece)
        with Wire(port) as wire:
            wire.sign_on()
            return sold(wire)

    assert against(tmp_path_factory.mktemp("fuzz"), work) == "00"


NUMBERS = [n for n in range(2, 129) if str(n) in PROFILE.fields]


@given(
    mti=st.sampled_from(sorted(m for m in PROFILE.messages if m[2] in "02")),
    changed=st.dictionaries(
        st.sampled_from(NUMBERS), st.text("0123456789ABCD %", max_size=40), max_size=4
    ),
)
@settings(deadline=None, max_examples=60)
def test_no_readable_message_ends_the_server(
    tmp_path_factory: pytest.TempPathFactory, mti: str, changed: dict[int, str]
) -> None:
    """Sealed and framed as it should be, with fields of any content."""
    folder = tmp_path_factory.mktemp("fuzz")
    rule = PROFILE.messages[mti]
    base = message_for(payment(None), PROFILE, ZONE).fields
    fields = {n: base.get(n) or "0" * PROFILE.fields[str(n)].max for n in rule.required}
    fields |= {n: v for n, v in changed.items() if n in rule.fields}

    def work(port: int) -> str:
        with Wire(port) as wire:
            wire.sign_on()
            with suppress(ValueError, OSError, EOFError):
                wire.say(Message(mti, fields))
                wire.hear()
        with Wire(port) as wire:
            wire.sign_on()
            return sold(wire, 77)

    assert against(folder, work) in ("00", "51", "61")
    outcomes = [m["outcome"] for m in read_messages(folder / "ledger.db")]
    assert outcomes[-1].startswith("booked")


def test_flags_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def work(port: int) -> None:
        with Wire(port) as wire:
            wire.sign_on()
            wire.say(message_for(payment(None), PROFILE, ZONE), lambda _data: bytes(8))
            wire.hear()

    against(tmp_path, work)
    assert main(["simulate", "ledger", "--run", str(tmp_path), "--flags"]) == 0
    shown = capsys.readouterr().out
    assert "10000001  000042  wrong-mac  the MAC of 0200 is wrong or missing" in shown
    assert main(["simulate", "ledger", "--run", str(tmp_path), "--flags", "--json"]) == 0
    (row,) = msgspec.json.decode(capsys.readouterr().out)
    assert list(row) == ["at", "terminal", "stan", "flag", "detail"]


def test_a_host_that_has_lost_its_keys_asks_for_a_sign_on(tmp_path: Path) -> None:
    """Short connections keep their keys; the host was started again in between."""
    profile = load_message_profile(UNIONPAY)

    async def go() -> list[str]:
        codes = []
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(acquirer(tmp_path, profile=profile))
            link = await stack.enter_async_context(linked(first, profile=profile))
            for stan in (41, 42):
                result = await link.request(payment(stan=stan))
                assert isinstance(result, OnlineAnswer), result
                codes.append(result.code)
                if stan == 41:
                    await first.server.close()
                    again = acquirer(tmp_path, profile=profile, port=first.port)
                    await stack.enter_async_context(again)
        return codes

    assert asyncio.run(go()) == ["00", "00"]
    outcomes = [m["outcome"] for m in read_messages(tmp_path / "ledger.db")]
    assert outcomes[-3:] == ["refused: the MAC cannot be verified", "network 001", "booked 00"]
    assert flags(tmp_path) == []
