"""The link against the simulated acquirer, over real TLS: every way that a request can end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.acquirer.link import Link
from cardamom.engines.iso8583.codec import Codec, Message
from cardamom.engines.iso8583.framing import Frames
from cardamom.engines.iso8583.profile import Framing, Switches
from cardamom.simulator.acquirer.faults import Fault, Trouble
from cardamom.simulator.acquirer.ledger import read_ledger, read_messages
from cardamom.simulator.acquirer.server import server_context
from cardamom.values.events import Verdict
from cardamom.values.health import Condition
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer, OnlineResult
from cardamom.values.secret import Key, Pin, PinBlock
from support.acquirer import PIN, PROFILE, TLS, acquirer, link_to, linked, payment, running, until
from support.messages import AT

SHORT_S = 0.4
PLAIN = msgspec.structs.replace(
    PROFILE, switches=Switches(sign_on=False, mac=False, pin_key=False, echo=False)
)
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[Link]:
    """A link to a host of the test's own, without keys."""
    tls = server_context(TLS / "server.pem", TLS / "server.key", TLS / "ca.pem")
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    async with server, running(link_to(port, profile=PLAIN)) as link:
        await until(lambda: link.state().usable)
        yield link


def ask(folder: Path, *faults: Fault, deadline_s: float = 5.0, **changes: object) -> OnlineResult:
    """One payment to an acquirer with these faults."""

    async def go() -> OnlineResult:
        async with acquirer(folder, *faults) as host, linked(host, deadline_s=deadline_s) as link:
            return await link.request(payment(**changes))  # type: ignore[arg-type]

    return asyncio.run(go())


def test_an_approved_sale(tmp_path: Path) -> None:
    result = ask(tmp_path)
    assert isinstance(result, OnlineAnswer)
    assert (result.verdict, result.code, result.arc) == (Verdict.APPROVED, "00", b"00")
    assert len(result.issuer_auth) == 10
    assert result.host_time == "0401041530"
    (row,) = read_ledger(tmp_path / "ledger.db")
    assert (row["state"], row["amount_minor"], row["currency"]) == ("approved", 1234, "CNY")
    assert (row["pan"], row["stan"], row["terminal"]) == ("622202******0128", "000042", "10000001")
    assert (row["auth_code"], row["rrn"]) == (result.auth_code, result.rrn)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("51", Verdict.DECLINED),
        ("01", Verdict.REFERRAL),
        ("10", Verdict.PARTIAL),
        ("ZZ", Verdict.DECLINED),
    ],
)
def test_other_codes(tmp_path: Path, code: str, verdict: Verdict) -> None:
    result = ask(tmp_path, Fault(Trouble.CODE, code=code))
    assert isinstance(result, OnlineAnswer)
    assert (result.verdict, result.code, result.arc) == (verdict, code, code.encode())


@pytest.mark.parametrize(
    ("trouble", "garbled", "booked"),
    [
        (Trouble.SILENT_BEFORE, False, False),
        (Trouble.SILENT_AFTER, False, True),
        (Trouble.CLOSE_BEFORE, False, False),
        (Trouble.CLOSE_AFTER, False, True),
        (Trouble.CUT, False, True),
        (Trouble.WRONG_STAN, False, True),
        (Trouble.GARBAGE, True, True),
        (Trouble.WRONG_AMOUNT, True, True),
        (Trouble.WRONG_MAC, True, True),
    ],
)
def test_no_answer_that_can_be_believed(
    tmp_path: Path, trouble: Trouble, garbled: bool, booked: bool
) -> None:
    result = ask(tmp_path, Fault(trouble), deadline_s=SHORT_S)
    assert isinstance(result, NoAnswer), result
    assert result.garbled is garbled
    assert bool(read_ledger(tmp_path / "ledger.db")) is booked


TAKES_TIME = frozenset({Trouble.SLOW, Trouble.DELAY, Trouble.DELAY_BEFORE})
"""What comes next waits behind these: on a busy machine it may stay unanswered, too."""


@pytest.mark.parametrize(
    "trouble", [t for t in Trouble if t not in (Trouble.CODE, Trouble.HALF_OPEN)]
)
def test_after_any_trouble_the_next_sale_goes_through(tmp_path: Path, trouble: Trouble) -> None:
    async def go() -> OnlineResult:
        fault = Fault(trouble, seconds=1.5 * SHORT_S)
        async with acquirer(tmp_path, fault) as host, linked(host, deadline_s=SHORT_S) as link:
            await link.request(payment())
            async with asyncio.timeout(20):
                for stan in count(43):
                    result = await link.request(payment(stan=stan))
                    if isinstance(result, NotSent):
                        await until(lambda: link.state().usable)
                    elif trouble not in TAKES_TIME or isinstance(result, OnlineAnswer):
                        break
            return result

    result = asyncio.run(go())
    assert isinstance(result, OnlineAnswer)
    assert result.code == "00"


def test_a_late_answer_is_not_the_next_request_s(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An approval of an earlier request, and one of another terminal's, come before the decline."""
    caplog.set_level("INFO", "cardamom")
    codec = Codec(PLAIN)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames(PLAIN.framing)
        (raw,) = frames.feed(await reader.read(65536))
        question = codec.decode(raw)
        echoed = {n: question.fields[n] for n in PLAIN.match.echoed if n in question.fields}
        for change in ({11: "000041", 39: "00"}, {41: "20000002", 39: "00"}, {39: "51"}):
            writer.write(frames.wrap(codec.encode(Message("0210", {**echoed, **change}))))
        await reader.read()
        writer.close()

    async def go() -> OnlineResult:
        async with serving(answer) as link:
            return await link.request(payment(None))

    result = asyncio.run(go())
    assert isinstance(result, OnlineAnswer)
    assert result.code == "51"
    assert [r.message for r in caplog.records].count("answer_dropped") == 2


def test_a_slow_answer_is_waited_for(tmp_path: Path) -> None:
    assert isinstance(ask(tmp_path, Fault(Trouble.DELAY, seconds=0.3)), OnlineAnswer)


def test_nothing_is_sent_where_nobody_is(tmp_path: Path) -> None:
    async def go() -> OnlineResult:
        async with acquirer(tmp_path) as host:
            pass
        async with running(link_to(host.port)) as link:
            await until(lambda: link.state().condition is Condition.FAULT)
            assert "refuses the connection" in link.state().detail
            return await link.request(payment())

    result = asyncio.run(go())
    assert isinstance(result, NotSent)
    assert "refuses the connection" in result.why


def test_nothing_is_sent_before_the_link_runs(tmp_path: Path) -> None:
    async def go() -> OnlineResult:
        async with acquirer(tmp_path) as host:
            return await link_to(host.port).request(payment())

    assert isinstance(asyncio.run(go()), NotSent)
    assert read_messages(tmp_path / "ledger.db") == []


def test_the_host_comes_back_and_so_does_the_link(tmp_path: Path) -> None:
    async def go() -> OnlineResult:
        async with acquirer(tmp_path) as host:
            link = link_to(host.port)
            async with running(link):
                await until(lambda: link.state().usable)
                await host.server.close()
                await until(lambda: not link.state().usable)
                (tmp_path / "again").mkdir()
                async with acquirer(tmp_path / "again", port=host.port):
                    await until(lambda: link.state().usable)
                    return await link.request(payment())

    assert isinstance(asyncio.run(go()), OnlineAnswer)


def test_what_cannot_be_written_is_not_sent(tmp_path: Path) -> None:
    assert isinstance(ask(tmp_path, pan="62220200", pin=Pin(b"1234")), NotSent)
    assert isinstance(ask(tmp_path, stan=1_000_000), NotSent)


def test_a_pin_block_made_elsewhere_goes_as_it_is(tmp_path: Path) -> None:
    result = ask(tmp_path, pin=PinBlock(bytes(8)))
    assert isinstance(result, OnlineAnswer)
    assert result.code == "55"


@pytest.mark.parametrize(
    ("master", "says"),
    [
        (Key(bytes(range(16))), "session keys are refused"),
        (None, "there is no terminal master key"),
    ],
)
def test_keys_under_another_master_are_refused(
    tmp_path: Path, master: Key | None, says: str
) -> None:
    async def go() -> str:
        async with (
            acquirer(tmp_path) as host,
            running(link_to(host.port, master_key=master)) as link,
        ):
            await until(lambda: link.state().condition is Condition.FAULT)
            return link.state().detail

    assert says in asyncio.run(go())


def test_a_profile_without_keys_or_sign_on(tmp_path: Path) -> None:
    async def go() -> tuple[OnlineResult, OnlineResult]:
        async with (
            acquirer(tmp_path, profile=PLAIN) as host,
            linked(host, profile=PLAIN, master_key=None) as link,
        ):
            return await link.request(payment(None)), await link.request(payment(stan=43))

    without, with_pin = asyncio.run(go())
    assert isinstance(without, OnlineAnswer)
    assert without.code == "00"
    assert isinstance(with_pin, NotSent), "a PIN never leaves without a key"


@pytest.mark.parametrize(
    "framing",
    [Framing(length="ascii4"), Framing(tpdu="6000010000", header="603100000000")],
    ids=["ascii4", "tpdu-header"],
)
def test_other_framings(tmp_path: Path, framing: Framing) -> None:
    profile = msgspec.structs.replace(PROFILE, framing=framing)

    async def go() -> OnlineResult:
        async with (
            acquirer(tmp_path, profile=profile) as host,
            linked(host, profile=profile) as link,
        ):
            return await link.request(payment())

    assert isinstance(asyncio.run(go()), OnlineAnswer)


def test_an_idle_line_is_echoed(tmp_path: Path) -> None:
    async def go() -> None:
        async with acquirer(tmp_path) as host, linked(host, echo_after_s=0.05):
            await until(
                lambda: [m["outcome"] for m in read_messages(host.path)].count("network 301") > 1
            )

    asyncio.run(go())


def test_many_requests_at_once_go_one_after_another(tmp_path: Path) -> None:
    async def go() -> list[OnlineResult]:
        async with acquirer(tmp_path) as host, linked(host) as link:
            return await asyncio.gather(*(link.request(payment(stan=n)) for n in range(1, 21)))

    results = asyncio.run(go())
    assert all(isinstance(r, OnlineAnswer) and r.code == "00" for r in results)
    assert len(read_ledger(tmp_path / "ledger.db")) == 20


def test_a_cancelled_wait_leaves_the_link_well(tmp_path: Path) -> None:
    async def go() -> OnlineResult:
        async with (
            acquirer(tmp_path, Fault(Trouble.DELAY, seconds=0.2)) as host,
            linked(host) as link,
        ):
            waiting = asyncio.create_task(link.request(payment(stan=41)))
            await until(lambda: bool(read_ledger(host.path)))
            waiting.cancel()
            return await link.request(payment(stan=42))

    result = asyncio.run(go())
    assert isinstance(result, OnlineAnswer)


def test_the_clock_of_sign_on_is_the_terminal_s(tmp_path: Path) -> None:
    async def go() -> None:
        async with (
            acquirer(tmp_path) as host,
            linked(host, now=lambda: AT + timedelta(hours=1)) as link,
        ):
            assert link.name == f"localhost:{host.port}"
            assert await link.check() == link.state()

    asyncio.run(go())


def test_nothing_secret_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for trouble in (Trouble.GARBAGE, Trouble.WRONG_MAC, Trouble.CODE):
        result = ask(tmp_path, Fault(trouble))
        assert "6222020000040128" not in repr(result)
    told = caplog.text + "".join(str(vars(r)) for r in caplog.records)
    assert "6222020000040128" not in told
    assert PIN.reveal().decode() not in told


@given(replies=st.lists(st.binary(max_size=60), max_size=3), framed=st.booleans())
@settings(deadline=None, max_examples=40)
def test_whatever_a_host_says_is_an_answer_or_none(replies: list[bytes], framed: bool) -> None:
    """Never an exception, never an approval, whatever the bytes."""

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        for reply in replies:
            writer.write(len(reply).to_bytes(2) + reply if framed else reply)
        writer.close()

    async def go() -> OnlineResult:
        async with serving(babble) as link:
            return await link.request(payment(None))

    assert isinstance(asyncio.run(go()), NoAnswer)


def test_reconnecting_leaves_no_file_open(tmp_path: Path) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    async def go() -> tuple[int, int]:
        async with acquirer(tmp_path) as host, linked(host):
            before = open_files()
            for _ in range(10):
                async with linked(host):
                    pass
            await asyncio.sleep(0.1)
            return before, open_files()

    before, after = asyncio.run(go())
    assert after <= before
