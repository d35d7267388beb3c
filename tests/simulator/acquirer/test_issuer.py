"""The issuer behind the simulated acquirer, against simulated cards and published vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pyemv
import pytest

from cardamom.engines.emv.requests import Decision as Outcome
from cardamom.engines.emv.requests import EnterPin, GoOnline
from cardamom.engines.tlv import encode_all
from cardamom.faults import SettingsError
from cardamom.simulator.acquirer.accounts import load_accounts
from cardamom.simulator.acquirer.issuer import Decision, Issuer, Query
from cardamom.simulator.acquirer.ledger import Entry, Ledger
from cardamom.simulator.card.card import Card
from cardamom.simulator.testdata import issuer_keys
from cardamom.values.events import Verdict
from cardamom.values.online import OnlineAnswer
from cardamom.values.secret import Pan, Pin
from support.cards import ARQC, CDOL_DATA, TC, generate_ac, initiate, objects, powered
from support.emv_issuer import Counter, card_of
from support.emv_rules import test_rules as parameters

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES:Warning")

TODAY = date(2025, 11, 25)
CDOL_TAGS = ((0x9F02, 6), (0x9F03, 6), (0x9F1A, 2), (0x95, 5), (0x5F2A, 2), (0x9A, 3), (0x9C, 1))
PIN = Pin(b"123456")


@dataclass
class Bank:
    """An issuer with books of its own; `pay` books what it decides, as the acquirer does."""

    ledger: Ledger
    path: Path | None = None
    stan: int = field(default=0)

    def __post_init__(self) -> None:
        self.issuer = Issuer(load_accounts(self.path), issuer_keys(), self.ledger)

    def pay(self, query: Query) -> Decision:
        decision = self.issuer.authorise(query)
        self.stan += 1
        entry = Entry(
            terminal="10203040",
            merchant="898310058120001",
            stan=f"{self.stan:06d}",
            local_date="1125",
            local_time="120000",
            mti="0200",
            processing="000000",
            amount_minor=query.amount_minor,
            currency="CNY",
            pan=query.pan.masked,
            account=self.issuer.account_name(query.pan),
        )
        self.ledger.record(entry, decision.code, decision.auth_code)
        return decision


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    ledger = Ledger(tmp_path / "ledger.db")
    yield Bank(ledger)
    ledger.close()


@pytest.fixture
def bank_with(tmp_path: Path) -> Iterator[Bank]:
    """Accounts of a file: 20.00 behind debit, at most 15.00 at once, signature's card stolen."""
    file = tmp_path / "issuer.toml"
    file.write_text(
        '[[account]]\ncard = "debit"\nbalance = "20.00"\nlimit = "15.00"\n'
        '[[account]]\ncard = "signature"\nstatus = "stolen"\n'
        '[[account]]\ncard = "no-cvm"\nstatus = "lost"\n'
        '[[account]]\ncard = "sda"\nstatus = "referral"\n'
        '[[account]]\ncard = "offline-pin"\nstatus = "restricted"\n',
        "utf-8",
    )
    ledger = Ledger(tmp_path / "ledger.db")
    yield Bank(ledger, file)
    ledger.close()


def presented(card: Card, minor: int = 1234) -> dict[int, bytes]:
    """Field 55 of one online request, as a terminal by hand puts it together."""
    initiate(card)
    data = bytes.fromhex(f"{minor:012d}") + CDOL_DATA[6:]
    answer = objects(generate_ac(card, ARQC, data))
    tags = {tag: answer[tag] for tag in (0x9F26, 0x9F27, 0x9F36, 0x9F10)}
    at = 0
    for tag, size in (*CDOL_TAGS, (0x9F37, 4)):
        tags[tag] = data[at : at + size]
        at += size
    return tags | {0x82: bytes.fromhex("3800")}


def query(tags: dict[int, bytes], name: str = "debit", **changes: object) -> Query:
    """12.34 CNY with the right PIN, of the card of a profile."""
    a = card_of(name).profile.applications[0]
    asked = Query(
        pan=a.card_number,
        expiry=a.expiry,
        psn=a.psn,
        amount_minor=1234,
        currency="156",
        clear_pin=PIN if a.pin else None,
        pin_present=bool(a.pin),
        icc=encode_all(tags.items()),
        today=TODAY,
    )
    return replace(asked, **changes)  # type: ignore[arg-type]


def test_arqc_and_arpc_of_published_vectors() -> None:
    """jPOS, JCESecurityModuleTest, through the calls that the issuer makes: option A, common
    session key, padding method 2, ARPC method 1."""
    card_key = pyemv.kd.derive_icc_mk_a(bytes.fromhex("12345678" * 4), "1234567890123456", "00")
    session = pyemv.kd.derive_common_sk(card_key, bytes.fromhex("3456") + bytes(6))
    data = bytes.fromhex(
        "000000010000 000000001000 0840 0000001080 0840 980704 00 11111111 5800 3456 A08003242000"
    )
    arqc = pyemv.ac.generate_ac(session, data, pyemv.ac.PaddingType.EMV)
    assert arqc.hex().upper() == "55BE45DD2C9E0CBF"
    arpc = pyemv.ac.generate_arpc_1(session, arqc, bytes.fromhex("0012"))
    assert arpc.hex().upper() == "01BAE8DE6A0DE9E0"


def test_the_card_accepts_the_issuers_answer(bank: Bank) -> None:
    card = powered()
    decision = bank.pay(query(presented(card)))
    assert decision.code == "00"
    assert len(decision.auth_code) == 6
    assert decision.issuer_auth[8:] == b"00"
    completed = objects(generate_ac(card, TC, decision.issuer_auth + b"00" + CDOL_DATA))
    assert completed[0x9F27] == b"\x40"
    assert completed[0x9F10].hex().upper() == "06011203600000", "issuer authentication not failed"


def test_a_decline_carries_a_cryptogram_over_its_own_code(bank: Bank) -> None:
    card = powered()
    decision = bank.pay(query(presented(card), clear_pin=Pin(b"9999")))
    assert (decision.code, decision.auth_code) == ("55", "")
    completed = objects(generate_ac(card, 0x00, decision.issuer_auth + b"55" + CDOL_DATA))
    assert completed[0x9F10].hex().upper() == "06011203200000"


def test_the_card_refuses_an_answer_altered_on_its_way(bank: Bank) -> None:
    card = powered()
    decision = bank.pay(query(presented(card), clear_pin=Pin(b"9999")))
    forged = decision.issuer_auth[:8] + b"00"
    completed = objects(generate_ac(card, TC, forged + b"00" + CDOL_DATA))
    assert completed[0x9F27] == b"\x00"
    assert completed[0x9F10].hex().upper() == "06011203280000", "issuer authentication failed"


@pytest.mark.parametrize("tag", [0x9F02, 0x9F37, 0x95, 0x9A, 0x82, 0x9F36, 0x9F10, 0x9F26])
def test_an_altered_object_fails_the_cryptogram(bank: Bank, tag: int) -> None:
    tags = presented(powered())
    altered = tags | {tag: bytes((tags[tag][0] ^ 1,)) + tags[tag][1:]}
    assert bank.pay(query(altered)) == Decision("05")
    assert bank.pay(query(tags)).code == "00", "and the true one is still good"


@pytest.mark.parametrize("tag", [0x9F02, 0x9F26, 0x9F10, 0x5F2A])
def test_a_missing_or_short_object_fails_the_cryptogram(bank: Bank, tag: int) -> None:
    tags = presented(powered())
    assert bank.pay(query({t: v for t, v in tags.items() if t != tag})).code == "05"
    assert bank.pay(query(tags | {tag: tags[tag][:-1]})).code == "05"


def test_a_cryptogram_counts_once(bank: Bank) -> None:
    card = powered()
    tags = presented(card)
    assert bank.pay(query(tags)).code == "00"
    assert bank.pay(query(tags)) == Decision("05")
    assert bank.pay(query(presented(card))).code == "00"


def test_a_cryptogram_is_for_its_amount_and_currency(bank: Bank) -> None:
    tags = presented(powered())
    assert bank.pay(query(tags, amount_minor=1235)).code == "05"
    assert bank.pay(query(tags, currency="344")).code == "05"
    assert bank.pay(query(tags)).code == "00"


def test_a_cryptogram_is_of_its_card(bank: Bank) -> None:
    assert bank.pay(query(presented(powered()), "no-cvm")).code == "05"


@pytest.mark.parametrize("icc", [b"\xff", b"\x9f", b"\x9f\x26\x08\x00", b"\x5f\x2a\x82"])
def test_bytes_that_are_no_objects_fail_the_cryptogram(bank: Bank, icc: bytes) -> None:
    assert bank.issuer.authorise(query({}, icc=icc)).code == "05"


def test_an_unknown_card(bank: Bank) -> None:
    assert bank.pay(query({}, pan=Pan("6222020000049996"))) == Decision("14")


def test_an_expired_card_and_an_expiry_that_is_not_the_cards(bank: Bank) -> None:
    card = powered("expired")
    decision = bank.pay(query(presented(card), "expired"))
    assert decision.code == "54"
    assert bank.pay(query(presented(card), "expired", today=date(2020, 6, 30))).code == "00"
    assert bank.pay(query(presented(card), "expired", today=date(2020, 7, 1))).code == "54"
    assert bank.pay(query(presented(powered()), expiry="4911")).code == "54"


def test_pin_tries_run_out_and_a_right_pin_restores_them(bank: Bank) -> None:
    card = powered()

    def with_pin(pin: Pin | None) -> str:
        return bank.pay(query(presented(card), clear_pin=pin)).code

    wrong = Pin(b"123450")
    assert [with_pin(wrong), with_pin(wrong), with_pin(PIN)] == ["55", "55", "00"]
    # a block that could not be read counts as a wrong PIN
    assert [with_pin(wrong), with_pin(None), with_pin(wrong)] == ["55", "55", "55"]
    assert [with_pin(PIN), with_pin(wrong)] == ["75", "75"]
    assert bank.pay(query(presented(card), clear_pin=None, pin_present=False)).code == "00"


def test_balances_move_on_approval_only(bank_with: Bank) -> None:
    card = powered()

    def spend(minor: int, pin: Pin = PIN) -> str:
        asked = query(presented(card, minor), amount_minor=minor, clear_pin=pin)
        return bank_with.pay(asked).code

    assert spend(1501) == "61"
    assert spend(1500, Pin(b"9999")) == "55"
    assert spend(1200) == "00"
    assert spend(801) == "51"
    assert spend(800) == "00"
    assert spend(1) == "51"


@pytest.mark.parametrize(
    ("name", "code"),
    [("signature", "43"), ("no-cvm", "41"), ("sda", "01"), ("offline-pin", "62")],
)
def test_status_decides_before_all_else(bank_with: Bank, name: str, code: str) -> None:
    assert bank_with.pay(query({}, name)) == Decision(code)


def test_amounts_and_currencies_that_no_account_has(bank: Bank) -> None:
    assert bank.pay(query({}, amount_minor=0)).code == "13"
    assert bank.pay(query({}, currency="344")).code == "12"
    assert bank.pay(query({}, currency="xyz")).code == "12"


def test_every_card_of_the_package_has_an_account() -> None:
    from cardamom.simulator.card.contactless_profile import contactless_names, load_contactless
    from cardamom.simulator.card.profile import load_profile, names

    held = {account.pan for account in load_accounts() if not account.prepaid}
    made = [a.card_number for name in names() for a in load_profile(name).applications]
    tapped = [
        a.card_number for name in contactless_names() for a in load_contactless(name).applications
    ]
    assert held == {*made, *tapped}
    assert len(tapped) == len(set(tapped))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "account"),
        ('[[account]]\ncard = "gold"\n', "gold: no such card"),
        ('[[account]]\ncard = "debit"\nbalance = "1.234"\n', r"account\[0\].balance"),
        ('[[account]]\ncard = "debit"\nstatus = "dead"\n', r"account\[0\].status"),
        ('[[account]]\ncard = "debit"\napplication = 1\n', r"account\[0\].application"),
        ('[[account]]\ncard = "debit"\n' * 2, "the same card number"),
    ],
)
def test_a_wrong_file_of_accounts_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "issuer.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=words):
        load_accounts(file)


def test_nothing_secret_prints(bank: Bank) -> None:
    tags = presented(powered())
    asked = query(tags)
    shown = repr(asked) + repr(load_accounts()) + repr(bank.issuer.authorise(asked))
    assert asked.pan.reveal() not in shown
    assert "123456" not in shown
    assert repr(tags[0x9F26])[2:-1] not in shown


@pytest.mark.parametrize(
    ("name", "decided"),
    [
        ("debit", Outcome.APPROVED),
        ("no-cvm", Outcome.APPROVED),
        ("signature", Outcome.APPROVED),
        ("sda", Outcome.APPROVED),
        ("declines-second", Outcome.DECLINED),
    ],
)
def test_kernel_card_and_issuer(bank: Bank, name: str, decided: Outcome) -> None:
    """The kernel asks, the issuer answers, the card judges the answer."""
    codes = []

    def host(request: GoOnline) -> OnlineAnswer:
        pin = request.pin if isinstance(request.pin, Pin) else None
        asked = Query(
            pan=request.card.pan,
            expiry=request.card.expiry,
            psn=request.card.psn,
            amount_minor=int(request.tags[0x9F02].hex()),
            currency="156",
            clear_pin=pin,
            pin_present=pin is not None,
            icc=encode_all(request.tags.items()),
            today=TODAY,
        )
        decision = bank.pay(asked)
        codes.append(decision.code)
        verdict = Verdict.APPROVED if decision.code == "00" else Verdict.DECLINED
        return OnlineAnswer(
            verdict, decision.code, arc=decision.code.encode(), issuer_auth=decision.issuer_auth
        )

    counter = Counter(host=host, pins=[b"123456"])
    outcome = counter.sale(card_of(name), parameters())
    assert codes == ["00"]
    assert outcome.decision is decided
    assert all(isinstance(asked, EnterPin) for asked in counter.asked)
