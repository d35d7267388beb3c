"""AES DUKPT: the published vectors, and terminal against host."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.keys.dukpt_aes import (
    COUNTERS,
    Algorithm,
    State,
    advance,
    derive,
    initial_key,
    load,
)
from cardamom.engines.keys.pin_block import format_4
from cardamom.engines.keys.registers import DukptError, KeysExhaustedError
from cardamom.engines.keys.working import Scheme, WorkingKeys
from cardamom.values.secret import Key, Pan, Pin
from support.dukpt import aes_at

# ANSI X9.24-3:2017, Annex B and the supplement of test vectors at
# x9.org/standards/x9-24-part-3-test-vectors; each table names where it was taken from
HALF = bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1")
BDK, BDK_192, BDK_256 = Key(HALF), Key(HALF + HALF[:8]), Key(HALF + HALF)
SERIAL = bytes.fromhex("1234567890123456") + bytes(4)
INITIAL = Key(bytes.fromhex("1273671EA26AC29AFA4D1084127652A1"))
INITIAL_256 = Key(bytes.fromhex("CE9CE0C101D1138F97FB6CAD4DF045A7083D4EAE2D35A31789D01CCF0949550F"))
"""github.com/openemv/dukpt, test/dukpt_aes128_test.c and dukpt_aes256_test.c."""

# PIN, MAC generation and data encryption keys: github.com/5n00py/paysec,
# crates/paysec-dukpt/tests/test_working_key.rs; the last three counters: the X9 supplement
AES_128 = {
    0x1: (
        "AF8CB133A78F8DC2D1359F18527593FB",
        "A2DC23DE6FDE0824A2BC321E08E4B8B7",
        "A35C412EFD41FDB98B69797C02DCD08F",
    ),
    0x2: (
        "D30BDC73EC9714B000BEC66BDB7B6D09",
        "484C3B06E8562704528CD5B46FB12FB6",
        "D639514AA33AC43AD9229E433D6D4E5B",
    ),
    0x3: (
        "7D69F01F3B45449F62C7816ECE723268",
        "A5DF7D9D800CA769766F0C77CA4E6E6C",
        "EF17F6AB45B4820C93A3DCB21BC491AD",
    ),
    0x4: (
        "91A0588318EC2673214271F70137896E",
        "E6E4679647D8A9057C1FC15537CB4C4E",
        "B3BD44C08BB6BA27C3BB4711D7D70387",
    ),
    0x1FFFE: (
        "DDF7E08A84B5478C498D007C743BF762",
        "6D7623AD652734B8FAE1B6E093EACE3D",
        "8E4E5D5E0F01C54F01F4ACA1C8F8EDCE",
    ),
    0x20000: (
        "AB828BE7B58C7EC5D5ED0D5D320A0C9D",
        "0B59D3D7D93028D97135FB895CACE24E",
        "13361208975755318FE7AE28C9616014",
    ),
}
PINS_128 = {
    0x845FED: "D1DDA386AA4A556AF0119FDCB5D132C6",
    0xFFFE4000: "6239A27F572DEDB17BCA1AC413EF9FE9",
    0xFFFE8000: "F10C1404137A80718FCCE8BD90FF9F67",
    0xFFFF0000: "27EFAC1D158632588F4AC69E45C247C4",
}
PINS_256 = {
    0x1: "8C1AB7BEE973829E30242E0BBBDD4946D540C98FC1B5BDCF94790001A23FD502",
    0x2: "3583D6CD02FC38822CC71A8D7678E04F4A8556335E6CC66863D3DADC5AEE2C62",
    0x3: "96A1AB5D37CB7CF81DDE64F66C46E0389B833E7AD5F4E44C791F04FAFDA6DA0E",
    0xFFFE4000: "F388FF9FB1D66E8812BC67CA5B85CE5554063E09A2440EC1AF4EB433CCFBAF35",
    0xFFFE8000: "FAC4E05A67AB1522505CF0E94E5977B99D0E5B116D76ABB6B8A64F0D785FF6DF",
    0xFFFF0000: "88B82556AEF4A681E0687F443A4C4F305AF9203B114470DFC77C7F08BC43F9DA",
}
# working keys of every length for counter 1 (AES-192: made with the X9 reference code, paysec)
LENGTHS = [
    (BDK, Algorithm.TDES_2, "630C706D9546E47D4449313F61C4D4AB", "5D8FD787E8A796D07035FFCA9B5800BB"),
    (
        BDK,
        Algorithm.TDES_3,
        "EA8B3F37EB9B15831167EF2977FD8762D9B5913F35766F6A",
        "2A1061A6EAC2C14FAC3758EA07B3648A624B24E942785BF1",
    ),
    (
        BDK_192,
        Algorithm.AES_128,
        "3C318CDBF08322279557201E98DBB3F3",
        "3E7009C74E8166BC9059D3D92D36B487",
    ),
    (
        BDK_192,
        Algorithm.AES_192,
        "C5043EDC7F2C001097974D40FF82A050B64A1AB27879F3DB",
        "7FB32FB0F68F0E4A2594765F9EB1C472727EE305A5EE35E1",
    ),
    (
        BDK_256,
        Algorithm.AES_128,
        "09C9C432966811D6B2C3336BAC1B1202",
        "F04A1FABD4176E15490CEC82E217A96D",
    ),
    (
        BDK_256,
        Algorithm.AES_256,
        "8C1AB7BEE973829E30242E0BBBDD4946D540C98FC1B5BDCF94790001A23FD502",
        "61DABDF4B340CF461EE860B1D1AB55357142BD2D6977306859CF49AEFE8F1549",
    ),
]

# CMACs over the data of X9.24-3, as github.com/moov-io/dukpt (pkg/aes/aes_test.go) gives them
DATA = b"4012345678909D987"
MACS = [
    ("A2EB5C1C35809E58404E873C3C411E31", "DD4E1895FD9BF53D8DAF25568ABF551D"),
    ("4D104704C53491A60944193DCAF6B411", "008CEAAE2B913BEEE76209EE9406DAC1"),
    ("6A18904AA8E966A03505F5EEBDAEBD82", "40CB2F0C2E043D060063FAA916A849E1"),
    ("77BBD3FB827158B9B12880B0794D1C74", "51FDE192BC484F769AA0A86F8BC5CB30"),
    ("C0CE6DA1F4434AD16EEEBF486C9616CD", "4B508F51104D184A9190061ED854200E"),
    ("05222AE91471C590B3A9471523324C14", "ED90BD8AE4571C75CF08EA3EA195ABF8"),
    ("37FA54258AAF805A44AA1273C0DF928C", "52D6C1D3A95B1D21761E20870D9A7E8C"),
    ("85C7CA68F55F51E7DCAC969B8C111130", "B45399DB90C0BA75DB4B86605758695A"),
]

KEYS = st.sampled_from([16, 24, 32]).flatmap(lambda n: st.binary(min_size=n, max_size=n).map(Key))
SERIALS = st.binary(min_size=8, max_size=8).map(lambda identifier: identifier + bytes(4))


def run(state: State) -> Iterator[tuple[bytes, WorkingKeys]]:
    """Transactions, each from a state that was written and read back."""
    while True:
        state = State.from_bytes(state.to_bytes())
        after, ksn, keys = advance(state)
        assert State.from_bytes(after.to_bytes()) == after
        assert after.left == state.left - 1
        yield ksn, keys
        state = after


def number(counter: int) -> bytes:
    return SERIAL[:8] + counter.to_bytes(4, "big")


def shown(key: Key | None) -> str:
    assert key is not None
    return key.reveal().hex().upper()


def test_the_initial_keys_of_the_standard() -> None:
    assert initial_key(BDK, SERIAL) == INITIAL
    assert initial_key(BDK_256, number(77)) == INITIAL_256


def test_the_first_keys_of_the_standard() -> None:
    terminal = run(load(INITIAL, SERIAL))
    for counter in (1, 2, 3, 4):
        ksn, keys = next(terminal)
        assert ksn == number(counter)
        assert (shown(keys.pin), shown(keys.request), shown(keys.data)) == AES_128[counter]
        assert keys.scheme is Scheme.DUKPT_AES


@pytest.mark.parametrize("counter", AES_128)
def test_host_and_terminal_have_the_keys_of_the_standard(counter: int) -> None:
    _, ksn, keys = advance(aes_at(INITIAL, SERIAL, counter, Algorithm.AES_128))
    assert (shown(keys.pin), shown(keys.request), shown(keys.data)) == AES_128[counter]
    assert derive(BDK, ksn) == keys


def test_the_counter_of_seventeen_one_bits_is_skipped() -> None:
    terminal = run(aes_at(INITIAL, SERIAL, 0x1FFFE, Algorithm.AES_128))
    assert [next(terminal)[0] for _ in range(3)] == [
        number(0x1FFFE),
        number(0x20000),
        number(0x20001),
    ]


def test_the_other_keys_of_the_standard() -> None:
    keys = derive(BDK, number(1))
    assert shown(keys.answer) == "DBB463945B286C07CD3AD82EE96FD9C9"
    assert shown(keys.answer_data) == "16292C6EA8F64C5420A0584BFBC577BE"
    keys = derive(BDK, number(1), both_ways=True)
    assert shown(keys.request) == shown(keys.answer) == "85675439D18D7F1158BD8E3EAA3D502B"
    assert shown(keys.data) == shown(keys.answer_data) == "A308E080DD15A1B741F1721BF67DE11C"
    assert advance(load(INITIAL, SERIAL), both_ways=True)[2] == keys


@pytest.mark.parametrize(("bdk", "pins"), [(BDK, PINS_128), (BDK_256, PINS_256)])
def test_pin_keys_up_to_the_last_of_the_standard(bdk: Key, pins: dict[int, str]) -> None:
    for counter, pin in pins.items():
        assert shown(derive(bdk, number(counter)).pin) == pin


@pytest.mark.parametrize(("bdk", "working", "pin", "mac"), LENGTHS)
def test_working_keys_of_every_length(bdk: Key, working: Algorithm, pin: str, mac: str) -> None:
    _, ksn, keys = advance(load(initial_key(bdk, SERIAL), SERIAL, working))
    assert (shown(keys.pin), shown(keys.request)) == (pin, mac)
    assert derive(bdk, ksn, working) == keys


def test_the_macs_in_both_directions() -> None:
    for (_, keys), (request, answer) in zip(run(load(INITIAL, SERIAL)), MACS, strict=False):
        assert keys.mac(DATA).hex().upper() == request[:16]
        assert keys.answer_mac(DATA).hex().upper() == answer[:16]


def test_the_format_4_blocks_of_the_standard() -> None:
    pin, pan, fill = Pin(b"1234"), Pan("4111111111111111"), bytes.fromhex("2F69ADDE2E9E7ACE")
    blocks = ["A912150391AB65A67E52883D81CE2D15", "52A00503BD34BA1383F6A7EE9FE2547F"]
    for (_, keys), block in zip(run(load(INITIAL, SERIAL)), blocks, strict=False):
        assert keys.pin is not None
        made = format_4(pin, pan, keys.pin, fill)
        assert made.reveal().hex().upper() == block
        assert keys.read_pin(made, pan) == pin
        assert keys.read_pin(keys.pin_block(pin, pan), pan) == pin


@given(KEYS, SERIALS, st.sampled_from(Algorithm))
@settings(deadline=None, max_examples=40)
def test_terminal_and_host_agree(bdk: Key, serial: bytes, working: Algorithm) -> None:
    initial = initial_key(bdk, serial)
    if working.aes and working.bits > 8 * len(bdk.reveal()):
        for attempt in (
            lambda: load(initial, serial, working),
            lambda: derive(bdk, serial, working),
        ):
            with pytest.raises(DukptError, match="stronger"):
                attempt()
        return
    state = load(initial, serial, working)
    assert state == aes_at(initial, serial, 1, working)
    assert initial not in state.registers
    for ksn, keys in islice(run(state), 20):
        assert keys == derive(bdk, ksn, working)


@given(KEYS, SERIALS, st.integers(1, COUNTERS.last).filter(COUNTERS.used))
@settings(deadline=None, max_examples=40)
def test_terminal_and_host_agree_anywhere(bdk: Key, serial: bytes, counter: int) -> None:
    initial, working = initial_key(bdk, serial), Algorithm.AES_128
    state = aes_at(initial, serial, counter, working)
    for _ in range(min(5, state.left)):
        state, ksn, keys = advance(State.from_bytes(state.to_bytes()))
        assert keys == derive(bdk, ksn, working)
        assert state == aes_at(initial, serial, state.counter, working)


@pytest.mark.parametrize("start", [1, 0x3F0, 0x1FF00, 0x7FFF00, 0xFFF80000])
def test_a_thousand_transactions(start: int) -> None:
    seen = set()
    for ksn, keys in islice(run(aes_at(INITIAL, SERIAL, start, Algorithm.AES_128)), 1000):
        assert keys == derive(BDK, ksn)
        seen.add(keys.pin)
    assert len(seen) == 1000


def test_the_last_keys_and_then_none() -> None:
    state = aes_at(INITIAL, SERIAL, 0xFFFE0000, Algorithm.AES_128)
    while state.left:
        state, ksn, keys = advance(State.from_bytes(state.to_bytes()))
        assert keys == derive(BDK, ksn)
    assert ksn == number(0xFFFF0000)
    assert state.registers == ()
    for _ in range(2):
        with pytest.raises(KeysExhaustedError):
            advance(State.from_bytes(state.to_bytes()))


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_only_its_own_error_leaves_a_stored_state(data: st.DataObject) -> None:
    raw = bytearray(aes_at(INITIAL, SERIAL, 0xFF801, Algorithm.TDES_3).to_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    for stored in (bytes(raw), bytes(raw[:at]), data.draw(st.binary(max_size=80))):
        with contextlib.suppress(DukptError):
            assert State.from_bytes(stored).to_bytes() == stored


@pytest.mark.parametrize("counter", [0, 0x1FFFF, 0x1_0000_0001, 0xFF_FFFF_FFFF])
def test_a_stored_state_with_an_impossible_counter_is_refused(counter: int) -> None:
    raw = load(INITIAL, SERIAL).to_bytes()
    with pytest.raises(DukptError, match="counter"):
        State.from_bytes(raw[:11] + counter.to_bytes(5, "big") + raw[16:])


def test_a_stored_state_set_back_is_refused_for_its_registers() -> None:
    after, _, _ = advance(load(INITIAL, SERIAL))
    raw = after.to_bytes()
    with pytest.raises(DukptError, match="registers"):
        State.from_bytes(raw[:11] + (1).to_bytes(5, "big") + raw[16:])


def test_other_keys_and_serial_numbers_are_refused() -> None:
    for size in (0, 8, 17, 33):
        for attempt in (lambda key: load(key, SERIAL), lambda key: derive(key, number(1))):
            with pytest.raises(DukptError, match="hex digits"):
                attempt(Key(bytes(size)))
    for ksn in (b"", SERIAL[:8], SERIAL + b"\0"):
        with pytest.raises(DukptError, match="24 hex digits"):
            load(INITIAL, ksn)
        with pytest.raises(DukptError, match="24 hex digits"):
            derive(BDK, ksn)
    for counter in (0, 0x1FFFF):
        with pytest.raises(DukptError, match="no terminal uses"):
            derive(BDK, number(counter))


def test_no_key_prints() -> None:
    state = load(INITIAL, SERIAL)
    text = f"{state!r} {advance(state)!r} {derive(BDK, number(1))!r}".upper()
    for key in (INITIAL, *state.registers, derive(BDK, number(1)).pin):
        assert shown(key)[:8] not in text
