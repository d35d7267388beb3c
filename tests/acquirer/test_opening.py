"""What a network message says of the terminal."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime

import pytest

from cardamom.acquirer.config import LinkConfig
from cardamom.acquirer.keys import HeldKeys
from cardamom.acquirer.opening import ECHO, SIGN_ON, Opener
from cardamom.acquirer.tls import BUILT
from cardamom.faults import JournalFault
from cardamom.settings.profile import find_message_profile
from support.messages import ZONE


def field_60(code: str, batch: int | None) -> str | None:
    """Of the UnionPay-style profile; no batch: the journal fails."""

    async def opened() -> int:
        if batch is None:
            raise JournalFault("the journal cannot be read")
        return batch

    opener = Opener(
        LinkConfig("a.test", 1, "10000001", "104110058120001", 5.0, ZONE),
        find_message_profile("unionpay"),
        lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        lambda: datetime(2026, 4, 1, tzinfo=UTC),
        lambda: BUILT,
        HeldKeys(),
        lambda _late: None,
        opened,
    )
    return asyncio.run(opener.network(code)).get(60)


@pytest.mark.parametrize(
    ("code", "batch", "expected"),
    [
        (SIGN_ON, 7, "00000007003"),
        (ECHO, 123456, "00123456301"),
        (SIGN_ON, None, "00000000003"),
    ],
)
def test_a_network_message_names_the_open_batch(
    code: str, batch: int | None, expected: str
) -> None:
    assert field_60(code, batch) == expected
