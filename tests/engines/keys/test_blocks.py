"""Key blocks: what others wrapped, what is written, and what is refused."""

from __future__ import annotations

import contextlib
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.keys import blocks, dukpt_aes, dukpt_tdes
from cardamom.engines.keys.blocks import (
    CMAC_KEY,
    INITIAL_KEY,
    MAC_KEY,
    PIN_KEY,
    PROTECTION_KEY,
    KeyBlockError,
    initial_key,
    read,
    unwrap,
    wrap,
)
from cardamom.engines.keys.cipher import Cipher
from cardamom.values.secret import Key

TDES, AES = Cipher.TDES, Cipher.AES

MAC_X9_24 = Key(bytes.fromhex("042666B4918430A368DE9628D03984C9"))
MASTER = Key(bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6"))
MASTER_AES = Key(bytes.fromhex("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6"))
"""Key block protection keys of TR-31:2018, A.7.2 and A.7.4."""

# protector, block, usage, cipher, mode, exportability, key, key serial number: published blocks, as
# github.com/openemv/tr31 (test/tr31_decrypt_test.c) gives them
PAYSHIELD = "EFE0853B256B583D868F251CE99EA1D9"
PUBLISHED = {
    "TR-31:2018, A.7.2.2": (
        "DD7515F2BFC17F85CE48F3CA25CB21F6",
        "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E",
        ("P0", TDES, "E", "E", "3F419E1CB7079442AA37474C2EFBF8B8", None),
    ),
    "TR-31:2018, A.7.3.1": (
        "B8ED59E0A279A295E9F5ED7944FD06B9",
        (
            "C0096B0TX12S0100KS1800604B120F9292800000"
            "BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C"
        ),
        ("B0", TDES, "X", "S", "EDB380DD340BC2620247D445F5B8D678", "00604B120F9292800000"),
    ),
    "TR-31:2018, A.7.3.2": (
        "1D22BF32387C600AD97F9B97A51311AC",
        (
            "B0104B0TX12S0100KS1800604B120F9292800000"
            "BB68BE8680A400D9191AD4ECE45B6E6C0D21C4738A52190E248719E24B433627"
        ),
        ("B0", TDES, "X", "S", "E8BC63E5479455E26577F715D587FE68", "00604B120F9292800000"),
    ),
    "X9.143:2021, 8.4.1": (
        "B8ED59E0A279A295E9F5ED7944FD06B9",
        (
            "C0112B0TX12S0100KS1800604B120F9292800000"
            "42B758A2400AB598AE37782823DAF0BA4BDB0DAFF34915345CA169AE1F976A429EB139E5"
        ),
        ("B0", TDES, "X", "S", "EDB380DD340BC2620247D445F5B8D678", "00604B120F9292800000"),
    ),
    "X9.143:2021, 8.4.2": (
        "1D22BF32387C600AD97F9B97A51311AC",
        (
            "B0120B0TX12S0100KS1800604B120F9292800000"
            "15CEB14B76D551F21EC43A75390FA118A98C6CB049E3B9E864A5F4A8B9A5108A6DB5635C95B042D7"
        ),
        ("B0", TDES, "X", "S", "E8BC63E5479455E26577F715D587FE68", "00604B120F9292800000"),
    ),
    "TR-31:2018, A.7.4": (
        "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6",
        (
            "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A2"
            "7E8E31DA05F7425509593D03A457DC34"
        ),
        ("P0", AES, "E", "E", "3F419E1CB7079442AA37474C2EFBF8B8", None),
    ),
    "X9.143:2021, 8.1": (
        "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6",
        (
            "D0144P0AE00E00002C77FA3F4A553BED6E88AE5C172A4166E3D4ACA8E2AC71C158A476FAC12C13C3"
            "829DE55D3AB54C48F4C4FEF7AC75E90FC47F1B77E7B19A73ED46E64410082557"
        ),
        ("P0", AES, "E", "E", "3F419E1CB7079442AA37474C2EFBF8B8", None),
    ),
    "payShield 10k, version B": (
        PAYSHIELD,
        "B0080K0TN00N00001C414014375212C24995E405B5EE052CB92B67F455EA2680F6751088F9F1C228",
        ("K0", TDES, "N", "N", "5DB50B454F8389ADCE573BE50861F2BF", None),
    ),
    "payShield 10k, version C": (
        PAYSHIELD,
        "C0072K0TN00N0000C9B875FF7A5316BF221C09ED52080DE0B45632A4EA9CE87699CB565E",
        ("K0", TDES, "N", "N", "5DB50B454F8389ADCE573BE50861F2BF", None),
    ),
    "payShield 10k, version D with a TDES key": (
        "41" * 32,
        (
            "D0112B0TN00N000037DB9B046B7B0048785690759580ABC3B9842AB4BB7717B49E92528E575785D8"
            "123559376A2553B27BE94F054F4E971C"
        ),
        ("B0", TDES, "N", "N", "1FA1F7CEC798D91545DA8AE0C7796BD9", None),
    ),
}

KINDS = [
    (usage, cipher, size)
    for usage, use in blocks.USES.items()
    for cipher in use.ciphers
    for size in cipher.sizes
    if not (usage in ("B0", "B1") and cipher is TDES and size == 24)
]


@pytest.mark.parametrize("source", PUBLISHED)
def test_published_blocks_are_read(source: str) -> None:
    protector, block, expected = PUBLISHED[source]
    usage, cipher, mode, exportability, key, serial = expected
    found = read(Key(bytes.fromhex(protector)), block)
    assert found.version == block[0]
    assert (found.usage, found.cipher, found.mode, found.exportability) == (
        usage,
        cipher,
        mode,
        exportability,
    )
    assert found.key.reveal().hex().upper() == key
    assert found.serial == (bytes.fromhex(serial) if serial else None)
    assert unwrap(Key(bytes.fromhex(protector)), block, usage, cipher) == found.key


@pytest.mark.parametrize("source", PUBLISHED)
def test_a_changed_block_is_refused(source: str) -> None:
    protector, block, _ = PUBLISHED[source]
    key = Key(bytes.fromhex(protector))
    last = "0" if block[-1] != "0" else "1"
    exchanged = block[:5] + ("M3" if block[5:7] != "M3" else "P0") + block[7:]
    for wrong in (block[:-1] + last, exchanged, block[:40], block + "00", "", block[0] * 80):
        with pytest.raises(KeyBlockError) as refused:
            read(key, wrong)
        assert key.reveal().hex()[:8] not in str(refused.value).lower()
    with pytest.raises(KeyBlockError, match="another key"):
        read(Key(key.reveal()[::-1][:-1] + b"\x99"), block)


def test_version_a_is_refused() -> None:
    block = "A0072K0TN00N0000F40D5672C6D0EC86F860BA88D44D00F0CA9A8CE8CD2F640287A9A9EB"
    with pytest.raises(KeyBlockError, match="expected B, C or D"):
        read(Key(bytes.fromhex(PAYSHIELD)), block)
    for version in ("A", "C"):
        with pytest.raises(KeyBlockError, match="not written"):
            wrap(MASTER, MAC_X9_24, MAC_KEY, version=version)


@pytest.mark.parametrize(("usage", "cipher", "size"), KINDS)
def test_every_kind_of_key_comes_back_and_serves_its_use_alone(
    usage: str, cipher: Cipher, size: int
) -> None:
    key = Key(bytes(range(7, 7 + size)))
    block = wrap(MASTER_AES, key, usage, cipher)
    assert block.startswith("D")
    found = read(MASTER_AES, block)
    assert (found.key, found.usage, found.cipher) == (key, usage, cipher)
    assert found.exportability == "N"
    for other in blocks.USES:
        if other != usage:
            with pytest.raises(KeyBlockError, match=f"is for {usage}, expected {other}"):
                unwrap(MASTER_AES, block, other)
    assert unwrap(MASTER_AES, block, (usage, "P0"), cipher) == key
    wrong = TDES if cipher is AES else AES
    with pytest.raises(KeyBlockError, match=f"expected {wrong.words}"):
        unwrap(MASTER_AES, block, usage, wrong)


@pytest.mark.parametrize("size", [16, 24, 32])
def test_aes_keys_travel_under_aes_keys_of_their_length(size: int) -> None:
    protector, key = Key(bytes(range(size))), Key(bytes(range(1, size + 1)))
    block = wrap(protector, key, CMAC_KEY, AES, version="D")
    assert unwrap(protector, block, CMAC_KEY, AES) == key


def raw_block(header: str, key: bytes, protector: Key = MASTER) -> str:
    """Whatever a host may send, sound or not."""
    from psec import tr31

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        block: str = tr31.wrap(protector.reveal(), header, key)
    return block


DOUBLE = MAC_X9_24.reveal()
REFUSED = {
    "B0000V0TE00N0000": (DOUBLE, "is for V0: a terminal uses P0, M1, M3"),
    "B0000M3TG00N0000": (DOUBLE, "has mode G, expected C or N"),
    "B0000M3TV00N0000": (DOUBLE, "has mode V, expected C or N"),
    "B0000P0TD00N0000": (DOUBLE, "has mode D, expected E or B or N"),
    "B0000K1TE00N0000": (DOUBLE, "has mode E, expected D or B or N"),
    "B0000B1TE00N0000": (DOUBLE, "has mode E, expected X or N"),
    "B0000P0DE00N0000": (DOUBLE, "algorithm D: expected T or A"),
    "B0000P0TE00X0000": (DOUBLE, "unknown exportability X"),
    "B0000P0TEc1N0000": (DOUBLE, "component"),
    "B0000P0TE00N0001": (DOUBLE[:8], "has 64 bits, expected 128 or 192"),
    "B0000B1TX00N0000": (DOUBLE + DOUBLE[::-1][:8], "has 192 bits, expected 128"),
    "B0000P0AE00N0000": (DOUBLE, "cannot travel under a TDES key"),
    "B0000P0TB00N0000": (DOUBLE[::-1] + DOUBLE[:8], "longer than the one it travels under"),
    "B0000P0TN00N0000": (DOUBLE[:8] * 2, "alike"),
    "B0000P0TE00N0100KC0C00000000": (DOUBLE, "check value in the key block"),
    "B0000P0TE00N0100KC0C07000000": (DOUBLE, "check value in the key block"),
    "B0000B1TX00N0100KS14FFFF987654321000": (DOUBLE, "KS of the key block is not 20 hex digits"),
}


@pytest.mark.parametrize("header", REFUSED)
def test_what_a_terminal_cannot_use_is_refused_with_a_sentence(header: str) -> None:
    key, why = REFUSED[header]
    with pytest.raises(KeyBlockError, match=why) as refused:
        read(MASTER, raw_block(header, key))
    assert DOUBLE[:4].hex() not in str(refused.value).lower()


def test_keys_of_other_algorithms_are_not_written_either() -> None:
    for usage in ("M1", MAC_KEY):
        with pytest.raises(KeyBlockError, match="cannot be for AES"):
            wrap(MASTER_AES, Key(bytes(16)), usage, AES)
        with pytest.raises(KeyBlockError, match="cannot be for AES"):
            read(MASTER_AES, raw_block(f"D0000{usage}AC00N0000", bytes(16), MASTER_AES))
    with pytest.raises(KeyBlockError, match="a terminal uses"):
        wrap(MASTER, MAC_X9_24, "D0")
    with pytest.raises(KeyBlockError, match="another length"):
        wrap(Key(bytes(8)), MAC_X9_24, MAC_KEY)
    with pytest.raises(KeyBlockError, match="longer than"):
        wrap(Key(bytes(16)), Key(bytes(range(24))), CMAC_KEY, AES, version="D")


def test_a_check_value_in_the_block_is_held_to_the_key() -> None:
    """X9.143, optional block KC: 00 and zeros enciphered, 01 and CMAC."""
    digits = "57C409"
    key = bytes.fromhex("3F419E1CB7079442AA37474C2EFBF8B8")
    block = raw_block(f"B0000P0TE00N0100KC0C00{digits}", key)
    assert read(MASTER, block).key == Key(key)
    block = raw_block("D0000P0AE00N0100KC100108793E25AB", key, MASTER_AES)
    assert read(MASTER_AES, block).key == Key(key)


def test_a_tdes_initial_key_comes_with_its_serial_number() -> None:
    bdk = Key(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    serial = bytes.fromhex("FFFF9876543210E00000")
    key = dukpt_tdes.initial_key(bdk, serial)
    block = wrap(MASTER, key, INITIAL_KEY, serial=serial)
    assert block[16:40] == "KS18FFFF9876543210E00000"
    found = initial_key(MASTER, block)
    assert found.serial is not None
    _, ksn, keys = dukpt_tdes.advance(dukpt_tdes.load(found.key, found.serial))
    assert keys == dukpt_tdes.derive(bdk, ksn)


def test_an_aes_initial_key_comes_with_its_identifier() -> None:
    bdk = Key(bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1"))
    serial = bytes.fromhex("1234567890123456") + bytes(4)
    key = dukpt_aes.initial_key(bdk, serial)
    block = wrap(MASTER_AES, key, INITIAL_KEY, AES, serial=serial)
    assert block[5:48] == "B1AX00N0200IK141234567890123456PB0C00000000"
    found = initial_key(MASTER_AES, block)
    assert found.serial == serial
    _, ksn, keys = dukpt_aes.advance(dukpt_aes.load(found.key, found.serial))
    assert keys == dukpt_aes.derive(bdk, ksn)


def test_an_initial_key_without_its_serial_number_is_refused() -> None:
    for cipher, name in ((TDES, "KS"), (AES, "IK")):
        block = wrap(MASTER_AES, MAC_X9_24, INITIAL_KEY, cipher)
        with pytest.raises(KeyBlockError, match=f"optional block {name}"):
            initial_key(MASTER_AES, block)
    with pytest.raises(KeyBlockError, match="is for K1, expected B1"):
        initial_key(MASTER, wrap(MASTER, MAC_X9_24, PROTECTION_KEY))


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_only_its_own_error_leaves_a_block(data: st.DataObject) -> None:
    block = data.draw(st.sampled_from([block for _, block, _ in PUBLISHED.values()]))
    at, to = sorted((data.draw(st.integers(0, len(block))), data.draw(st.integers(0, len(block)))))
    text = block[:at] + data.draw(st.text(max_size=12)) + block[to:]
    for protector in (MASTER, MASTER_AES):
        with contextlib.suppress(KeyBlockError):
            read(protector, text)


def test_a_key_block_does_not_print_its_key() -> None:
    found = read(MASTER, wrap(MASTER, MAC_X9_24, MAC_KEY))
    assert "hidden" in repr(found)
    assert "0426" not in repr(found)
    assert wrap(MASTER, MAC_X9_24, PIN_KEY) != wrap(MASTER, MAC_X9_24, PIN_KEY)
