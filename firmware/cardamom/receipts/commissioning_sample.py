"""The commissioning slip of an invented shop."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cardamom.receipts.commissioning import Commissioned, lay_out_commissioning
from cardamom.receipts.lines import Layout, PaperWidth
from cardamom.values.commissioning import Step
from cardamom.values.merchant import Merchant
from cardamom.values.selftest import Finding, Grade, HeldKey, Result, SelfTestReport, TestPart

AT: Final = datetime(2025, 11, 22, 5, 37, 5, tzinfo=UTC)


def commissioning(shop: Merchant, width: PaperWidth) -> Layout:
    """As the terminal prints it after a test sale."""
    graded = {
        TestPart.JOURNAL: Grade.OK,
        TestPart.LINK: Grade.OK,
        TestPart.READER: Grade.OK,
        TestPart.BOARD: Grade.WARNING,
        TestPart.DISPLAY: Grade.NOT_TRIED,
        TestPart.PRINTER: Grade.OK,
    }
    results = tuple(
        Result(part=part, grade=grade, finding=Finding.BROKEN) for part, grade in graded.items()
    )
    done = Commissioned(
        at=AT,
        answers=(
            (Step.LANGUAGE, shop.language.value),
            (Step.TIMEZONE, "Asia/Shanghai"),
            (Step.NETWORK, "wifi"),
            (Step.WIFI_NAME, "shop 5G"),
            (Step.ADDRESSING, "static"),
            (Step.ADDRESS, "192.0.2.20/24"),
            (Step.GATEWAY, "192.0.2.1"),
            (Step.DNS, "192.0.2.1"),
            (Step.MODE, "demo"),
            (Step.PROFILE, "unionpay"),
            (Step.HOST, "authorisation.payments.acquirer.example"),
            (Step.PORT, "7443"),
            (Step.MERCHANT, "898310058120001"),
            (Step.TERMINAL, "10203040"),
        ),
        keys=(
            HeldKey(slot="protection", check_values=("08D7B4",)),
            HeldKey(slot="master", check_values=("1B1B41",)),
        ),
        subject="CN=10203040,OU=898310058120001,O=Cardamom Cafe",
        ends=datetime(2027, 11, 22, tzinfo=UTC),
        sale="0.01 000001",
        sale_approved=True,
        tests=SelfTestReport(at=AT, results=results),
    )
    return lay_out_commissioning(done, shop, zone=ZoneInfo("Asia/Shanghai"), width=width)
