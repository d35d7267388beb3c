"""Cards and phones to tap, command by command."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.apdu import command
from cardamom.engines.emv.dol import entries
from cardamom.engines.tlv import find
from cardamom.faults import SettingsError
from cardamom.simulator.acquirer.scripts import CardSession, templates
from cardamom.simulator.card.contactless import TappedCard
from cardamom.simulator.card.contactless_profile import contactless_names, load_contactless
from cardamom.simulator.card.crypto import arpc, card_key, cryptogram_key
from cardamom.simulator.testdata import issuer_keys
from support.cards import send
from support.tapped import AIDS, tapped

PPSE = command(0x00, 0xA4, 0x04, 0x00, b"2PAY.SYS.DDF01", 0)
TERMINAL = bytes.fromhex("000000001234 000000000000 0156 0000000000 0156 251125 00 A1B2C3D4")


def powered(name: str, **changed: object) -> TappedCard:
    card = tapped(name, **changed)
    card.power_on()
    return card


def select(card: TappedCard, kernel: int) -> bytes:
    reply = send(card, command(0x00, 0xA4, 0x04, 0x00, bytes.fromhex(AIDS[kernel]), 0))
    assert reply.ok
    return reply.data


def options(card: TappedCard, ttq: str) -> tuple[bytes, int]:
    data = bytes.fromhex(ttq) + TERMINAL
    body = b"\x83" + bytes((len(data),)) + data
    reply = send(card, command(0x80, 0xA8, 0, 0, body, 0))
    return reply.data, reply.sw


@pytest.mark.parametrize("name", contactless_names())
def test_each_profile_loads_and_names_its_kernels(name: str) -> None:
    card = powered(name)
    directory = send(card, PPSE)
    assert directory.ok
    entries = find(directory.data, 0xBF0C) or b""
    for application in card.profile.applications:
        assert bytes.fromhex(application.aid) in entries
        assert bytes((0x9F, 0x2A, 1, application.kernel)) in entries
        assert "4111" not in repr(card.profile)
        assert application.pan not in repr(card.profile)


def test_a_card_that_is_not_known() -> None:
    with pytest.raises(SettingsError, match="no such contactless card; expected one of mchip"):
        load_contactless("gold")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('about = "x"\n', "application"),
        ('about = "x"\napplication = []\n', "expected \\[\\[application\\]\\] tables"),
        ('about = "x"\n[[application]]\nkernel = 4\n', "application\\[0\\]"),
        (('about = "x"\n[[application]]\nkernel = 3\naid = "F000000123C301"\nlabel = "A"\n'
         'pan = "6222020000041101"\n'), "check digit"),
        ('about = "x"\nbroken = 1\n', "broken: unknown key"),
    ],
)  # fmt: skip
def test_profiles_that_are_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "card.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=told):
        load_contactless(file)


def test_a_card_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'about = "mine"\n[[application]]\nkernel = 2\naid = "F000000123C201"\nlabel = "MINE"\n'
        'pan = "6222020000041118"\n',
        "utf-8",
    )
    (application,) = load_contactless(file).applications
    assert (application.authentication, application.pdol) == ("cda", "9F1A029F3501")


def test_no_directory() -> None:
    from msgspec import structs

    card = TappedCard(structs.replace(load_contactless("visa"), ppse=False))
    card.power_on()
    assert send(card, PPSE).sw == 0x6A82


@pytest.mark.parametrize(
    ("ttq", "offline", "cid"),
    [("36004000", True, 0x40), ("36804000", True, 0x80), ("36004000", False, 0x80),
     ("3E004000", False, 0x00)],
)  # fmt: skip
def test_what_a_qvsdc_card_decides(ttq: str, offline: bool, cid: int) -> None:
    card = powered("visa", offline=offline)
    select(card, 3)
    data, sw = options(card, ttq)
    assert sw == 0x9000
    assert find(data, 0x9F27) == bytes((cid,))
    issuer_data = find(data, 0x9F10)
    assert issuer_data is not None
    assert (issuer_data[4] & 0x30) << 2 == cid


def test_a_signature_is_asked_for_only_where_a_method_is_required() -> None:
    for ttq, ctq in (("36004000", "0000"), ("36404000", "4000")):
        card = powered("visa")
        select(card, 3)
        assert (find(options(card, ttq)[0], 0x9F6C) or b"").hex() == ctq


def test_a_phone_is_unlocked_between_two_presentations() -> None:
    card = powered("visa-phone")
    select(card, 3)
    assert options(card, "36404000")[1] == 0x6986
    card.power_off()
    card.power_on()
    select(card, 3)
    data, sw = options(card, "36404000")
    assert (sw, find(data, 0x9F6C)) == (0x9000, b"\x00\x80")
    card.power_off()
    card.power_on()
    select(card, 3)
    assert options(card, "36404000")[1] == 0x6986


def test_commands_out_of_order() -> None:
    card = powered("mchip")
    assert send(card, "80A8000002830000").sw == 0x6985
    select(card, 2)
    assert send(card, "80AE400000").sw == 0x6985
    assert send(card, "80EA00000401020304").sw == 0x6985
    assert send(card, "80D000000401020304").sw == 0x6985
    assert send(powered("visa"), "80AE400000").sw == 0x6985


def test_only_the_transaction_that_was_torn_is_recovered() -> None:
    """One whose GENERATE AC never came has another unpredictable number: the answer of the one
    before would be another transaction's."""
    card = powered("mchip")
    size = sum(n for _, n in entries(bytes.fromhex(card.profile.applications[0].pdol)))
    begun = command(0x80, 0xA8, 0, 0, bytes((0x83, size)) + bytes(size), 0)

    def again() -> None:
        card.power_off()
        card.power_on()
        select(card, 2)
        assert send(card, begun).ok

    again()
    cdol = TERMINAL.hex()
    made = send(card, f"80AE8000{len(TERMINAL):02X}{cdol}00")
    assert made.ok
    again()
    assert send(card, "80D0000004DEADBEEF00").sw == 0x6985
    recovered = send(card, "80D0000004A1B2C3D400")
    assert (recovered.sw, recovered.data) == (0x9000, made.data)


def answered(card: TappedCard, data: bytes) -> tuple[bytes, bytes]:
    """Tag 91 for the options' cryptogram, and a script that sets 9F58 to 5."""
    profile, issuer = card.profile.applications[0], issuer_keys()
    arqc, atc = find(data, 0x9F26) or b"", find(data, 0x9F36) or b""
    session = CardSession(issuer.smi, profile.pan, profile.psn, atc, arqc)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyemv's short TDES keys
        script = find(templates(("72 put-data 9F58 05",), session), 0x86)
    key = cryptogram_key(card_key(issuer.ac, profile.pan, profile.psn), int.from_bytes(atc))
    assert script is not None
    return arpc(key, arqc, b"00") + b"00", script


def again(card: TappedCard) -> None:
    card.power_off()
    card.power_on()
    select(card, 3)


def test_a_card_is_updated_in_a_second_presentment() -> None:
    card = powered("visa-update")
    select(card, 3)
    data, sw = options(card, "3600C000")
    assert (sw, find(data, 0x9F6C)) == (0x9000, b"\x00\x40")
    auth, script = answered(card, data)
    again(card)
    wrong = bytes((auth[0] ^ 1,)) + auth[1:]
    assert send(card, command(0x00, 0x82, 0, 0, auth)).sw == 0x9000
    assert send(card, command(0x00, 0x82, 0, 0, auth)).sw == 0x6985, "once a presentment"
    assert send(card, script[:-1] + bytes((script[-1] ^ 1,))).sw == 0x6988
    assert send(card, script).sw == 0x9000
    assert card.applications[0].memory.lower == 5
    again(card)
    assert send(card, command(0x00, 0x82, 0, 0, wrong)).sw == 0x6300
    again(card)
    assert send(card, command(0x00, 0x82, 0, 0, auth)).sw == 0x6985, "nothing is asked any more"
    assert send(card, script).sw == 0x6985


@pytest.mark.parametrize(
    ("name", "changed"), [("visa", {}), ("visa-update", {"first": "decline"}), ("unionpay", {})]
)
def test_what_is_not_updated(name: str, changed: dict[str, object]) -> None:
    """No qualifier for it, or no cryptogram that an issuer could answer."""
    card = powered(name, **changed)
    kernel = card.profile.applications[0].kernel
    select(card, kernel)
    data, _ = options(card, "3600C000")
    auth, script = answered(card, data)
    card.power_off()
    card.power_on()
    select(card, kernel)
    assert send(card, command(0x00, 0x82, 0, 0, auth)).sw == 0x6985
    assert send(card, script).sw == 0x6985


def test_a_card_that_a_script_blocks_is_selected_no_more() -> None:
    card = powered("visa-update")
    select(card, 3)
    data, _ = options(card, "3600C000")
    profile, issuer = card.profile.applications[0], issuer_keys()
    arqc, atc = find(data, 0x9F26) or b"", find(data, 0x9F36) or b""
    session = CardSession(issuer.smi, profile.pan, profile.psn, atc, arqc)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        block = find(templates(("72 card-block",), session), 0x86)
    assert block is not None
    again(card)
    assert send(card, block).ok
    assert send(card, PPSE).sw == 0x6A81


def test_commands_of_another_kernel() -> None:
    card = powered("visa")
    select(card, 3)
    assert send(card, "80AE400000").sw == 0x6D00
    assert send(card, "00840000 00".replace(" ", "")).sw == 0x6D00


@given(
    commands=st.lists(st.binary(max_size=40), max_size=6),
    name=st.sampled_from(["visa", "mchip", "three"]),
)
@settings(max_examples=200, deadline=None)
def test_whatever_comes_a_status_word_goes(commands: list[bytes], name: str) -> None:
    card = powered(name)
    send(card, PPSE)
    select(card, {"visa": 3, "mchip": 2, "three": 7}[name])
    for each in commands:
        assert len(card.process(each)) >= 2
        assert len(card.process(b"\x80\xa8\0\0" + each)) >= 2
        assert len(card.process(b"\x80\xae\x40\0" + each)) >= 2


@given(fields=st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_whatever_the_pdol_brings(fields: bytes) -> None:
    card = powered("visa")
    select(card, 3)
    body = b"\x83" + bytes((len(fields),)) + fields
    assert len(card.process(command(0x80, 0xA8, 0, 0, body, 0))) >= 2
