"""Which host, and when: without sockets."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.acquirer.config import LinkConfig
from cardamom.acquirer.hosts import Address, Backoff, Hosts
from cardamom.acquirer.line import Status
from cardamom.faults import HostFault
from cardamom.values.health import Health
from support.messages import ZONE

PRIMARY = Address("a.test", 1)
BACKUP = Address("b.test", 2, "name.test")


def test_names() -> None:
    assert (PRIMARY.name, PRIMARY.certified) == ("a.test:1", "a.test")
    assert (BACKUP.name, BACKUP.certified) == ("b.test:2", "name.test")


def test_waits_double_to_the_longest_and_begin_anew() -> None:
    backoff = Backoff(lambda: 0.5, first_s=1, longest_s=5)
    assert [backoff.next() for _ in range(5)] == [1, 2, 4, 5, 5]
    backoff.reset()
    assert backoff.next() == 1


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_each_wait_is_spread_around_its_length(chances: list[float]) -> None:
    source = iter(chances)
    backoff = Backoff(lambda: next(source), first_s=1, longest_s=30)
    plain = 1.0
    for _ in chances:
        assert 0.7 * plain <= backoff.next() <= 1.3 * plain + 1e-9
        plain = min(2 * plain, 30)


def test_two_terminals_do_not_wait_alike() -> None:
    one, other = Backoff(lambda: 0.0), Backoff(lambda: 1.0)
    waits = [(one.next(), other.next()) for _ in range(10)]
    assert all(b / a == pytest.approx(1.3 / 0.7) for a, b in waits)
    assert all(earlier[0] <= later[0] for earlier, later in pairwise(waits))


def test_without_a_backup_the_primary_is_tried_for_ever() -> None:
    hosts = Hosts(PRIMARY)
    for second in range(100):
        hosts.failed(second)
    assert hosts.current is PRIMARY
    assert hosts.back_in(100) is None


def test_the_backup_comes_after_some_failures_in_a_row() -> None:
    hosts = Hosts(PRIMARY, BACKUP, tries=3)
    for outcome in (hosts.failed, hosts.failed):
        outcome(0)
    hosts.connected()
    hosts.failed(0)
    hosts.failed(0)
    assert hosts.current is PRIMARY
    hosts.failed(0)
    assert hosts.current is BACKUP
    for _ in range(3):
        hosts.failed(0)
    assert hosts.current is PRIMARY, "the two take turns while both fail"


def test_the_primary_is_looked_for_after_a_while() -> None:
    hosts = Hosts(PRIMARY, BACKUP, tries=1, back_after_s=300)
    hosts.failed(1000)
    assert hosts.on_backup
    assert hosts.back_in(1000) == 300
    assert hosts.back_in(1299) == 1
    assert hosts.back_in(1400) == 0
    hosts.stay(1400)
    assert hosts.back_in(1400) == 300
    hosts.go_back()
    assert hosts.current is PRIMARY
    assert hosts.back_in(5000) is None


def test_hosts_are_known_by_name() -> None:
    hosts = Hosts(PRIMARY, BACKUP)
    assert hosts.named("a.test:1") is PRIMARY
    assert hosts.named("b.test:2") is BACKUP
    assert hosts.named("c.test:3") is None
    assert Hosts(PRIMARY).named("b.test:2") is None


def test_a_failure_is_told_of_the_host_that_it_was() -> None:
    config = LinkConfig(
        "a.test", 1, "10000001", "104110058120001", 5.0, ZONE, backup=BACKUP, tries=1
    )

    async def go() -> tuple[Health, str]:
        status = Status(config, Backoff(lambda: 0.5))
        status.down(config.primary, HostFault("the host refuses the connection"))
        return status.health, status.hosts.current.name

    health, current = asyncio.run(go())
    assert (health.name, health.detail) == (config.primary.name, "the host refuses the connection")
    assert current == BACKUP.name
