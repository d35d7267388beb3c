"""The log: systemd's native protocol over a real socket, nothing secret in it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from cardamom.daemon.journald import JournalSocket, leads_to_journal
from cardamom.daemon.log import JournalHandler, LineFormatter
from cardamom.faults import HostFault
from cardamom.story import about, guarded, tell
from cardamom.values.secret import Key, Pan, Pin

PAN: Final = "4761739001010119"


class Journal:
    """The other end of the socket, reading as the protocol's description says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(5)

    def raw(self) -> bytes:
        """One entry, wherever its sender put it."""
        said, fds, *_ = socket.recv_fds(self._socket, 1 << 20, 1)
        if not fds:
            return said
        with os.fdopen(fds[0], "rb") as file:
            file.seek(0)
            return file.read()

    def read(self) -> dict[str, str]:
        return read(self.raw())

    def drain(self) -> int:
        """How many were waiting."""
        count = 0
        self._socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(1):
                count += 1
        self._socket.settimeout(5)
        return count

    def close(self) -> None:
        self._socket.close()


def read(said: bytes) -> dict[str, str]:
    fields = {}
    while said:
        line, _, said = said.partition(b"\n")
        name, is_text, value = line.partition(b"=")
        if not is_text:
            size = int.from_bytes(said[:8], "little")
            value, said = said[8 : 8 + size], said[9 + size :]
        fields[name.decode()] = value.decode()
    return fields


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Everything that is told goes there."""
    opened = Journal(tmp_path / "socket")
    handler = JournalHandler(JournalSocket(opened.path))
    log = logging.getLogger("cardamom")
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    yield opened
    log.removeHandler(handler)
    log.setLevel(before)
    handler.close()
    opened.close()


def test_an_event_has_its_fields_in_the_journal(journal: Journal) -> None:
    tell("host_answer", txn=17, stan=42, code="00", verdict="approved", rrn="700000000042")
    assert journal.read() == {
        "MESSAGE": "host_answer txn=17 stan=000042 code=00 verdict=approved rrn=700000000042",
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "cardamom",
        "EVENT": "host_answer",
        "STEP": "host",
        "DEVICE": "host",
        "TXN": "17",
        "STAN": "000042",
        "CARDAMOM_CODE": "00",
        "CARDAMOM_VERDICT": "approved",
        "CARDAMOM_RRN": "700000000042",
    }


def test_a_part_is_the_device_that_it_is_about(journal: Journal) -> None:
    tell("part_lost", part="printer", condition="paper_out", why="put paper in")
    told = journal.read()
    assert (told["DEVICE"], told["PRIORITY"]) == ("printer", "4")


def test_a_line_break_stays_in_its_field(journal: Journal) -> None:
    tell("link_lost", why="first\nTXN=99")
    told = journal.read()
    assert told["CARDAMOM_WHY"] == "first\nTXN=99"
    assert "TXN" not in told


def test_what_no_datagram_holds_goes_as_a_file(journal: Journal) -> None:
    tell("link_lost", why="x" * 2_000_000)
    assert journal.read()["CARDAMOM_WHY"] == "x" * 2_000_000


def test_a_journal_that_does_not_read_is_not_waited_for(journal: Journal) -> None:
    """Its queue fills, the rest is dropped and counted, and told of once it reads again."""
    for _ in range(2000):
        tell("card_removed")
    kept = journal.drain()
    tell("link_up", host="h")
    assert journal.read()["EVENT"] == "link_up"
    told = journal.read()
    assert (told["EVENT"], told["CARDAMOM_LINES"]) == ("log_dropped", str(2000 - kept))
    assert kept < 2000


def test_the_transaction_is_told_in_what_is_begun_inside(journal: Journal) -> None:
    async def line() -> None:
        tell("answer_dropped", mti="0210")

    async def run() -> None:
        with about(17, 42):
            await asyncio.create_task(line())
        tell("answer_dropped", mti="0210")

    asyncio.run(run())
    assert journal.read()["TXN"] == "17"
    assert "TXN" not in journal.read()


def test_of_an_error_type_and_place_are_told_never_its_text(journal: Journal) -> None:
    try:
        int(PAN + "x")
    except ValueError as e:
        tell("kernel_broke", error=e)
    raw = journal.raw()
    assert PAN.encode() not in raw
    told = read(raw)
    assert told["CARDAMOM_EXCEPTION"] == "ValueError"
    assert told["CARDAMOM_AT"].startswith("test_of_an_error")


@pytest.mark.parametrize("secret", [Pan(PAN), Pin(b"1234"), Key(b"\x11" * 16), PAN.encode()])
def test_a_type_that_the_log_does_not_take_is_hidden_whole(
    journal: Journal, secret: object
) -> None:
    tell("link_lost", why=secret)  # type: ignore[arg-type]
    told = journal.read()["CARDAMOM_WHY"]
    assert told == f"<{type(secret).__name__} hidden>"


def test_a_number_that_could_be_a_cards_is_hidden_in_any_sentence(journal: Journal) -> None:
    tell("link_lost", why=HostFault(f"said {PAN} and 4761 7390 0101 0119"))
    assert journal.read()["CARDAMOM_WHY"] == f"said {'*' * 16} and {'*' * 19}"
    assert guarded("rrn 700000000042, at 2026-11-26 13:00:00") == (
        "rrn 700000000042, at 2026-11-26 13:00:00"
    )


def test_of_a_librarys_warning_the_first_line_alone_is_told(journal: Journal) -> None:
    record = logging.LogRecord(
        "asyncio", logging.ERROR, __file__, 1, "never retrieved\nfuture: %s", (PAN,), None
    )
    text = LineFormatter().format(record)
    assert text.endswith('error library library=asyncio text="never retrieved"')
    handler = JournalHandler(JournalSocket(journal.path))
    handler.emit(record)
    handler.close()
    assert journal.read()["EVENT"] == "library"


def test_only_what_systemd_connected_counts_as_its_journal(tmp_path: Path) -> None:
    """A child of a service has JOURNAL_STREAM and may write elsewhere."""
    with (tmp_path / "file").open("w") as file:
        found = os.fstat(file.fileno())
        assert leads_to_journal(f"{found.st_dev}:{found.st_ino}", file.fileno())
        assert not leads_to_journal(f"{found.st_dev}:{found.st_ino + 1}", file.fileno())
        assert not leads_to_journal("nonsense", file.fileno())
