"""Check values, and keys from components."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cardamom.engines.keys.check import Method, check_value, holds
from cardamom.engines.keys.cipher import Cipher, in_disguise
from cardamom.engines.keys.components import Component, ComponentError, join, read_component
from cardamom.values.secret import Key

TDES, AES = Cipher.TDES, Cipher.AES

# keys and check values of TR-31:2018, A.7, and of a payShield 10k, as github.com/openemv/tr31
# (test/tr31_decrypt_test.c) gives them; the first is NIST SP 800-67's
CHECKS = [
    (TDES, "0123456789ABCDEFFEDCBA9876543210", "08D7B4"),
    (TDES, "5DB50B454F8389ADCE573BE50861F2BF", "5C9405"),
    (TDES, "3F419E1CB7079442AA37474C2EFBF8B8", "57C409"),
    (TDES, "EDB380DD340BC2620247D445F5B8D678", "F4B08D"),
    (TDES, "E8BC63E5479455E26577F715D587FE68", "9A4212"),
    (TDES, "1FA1F7CEC798D91545DA8AE0C7796BD9", "FF5087"),
    (AES, "3F419E1CB7079442AA37474C2EFBF8B8", "08793E25AB"),
]


def key(digits: str) -> Key:
    return Key(bytes.fromhex(digits))


@pytest.mark.parametrize(("cipher", "digits", "check"), CHECKS)
def test_check_values_that_others_publish(cipher: Cipher, digits: str, check: str) -> None:
    found = check_value(key(digits), cipher)
    assert found.digits == check
    assert str(found) == f"{check} ({'zeros' if cipher is TDES else 'CMAC'})"
    assert holds(key(digits), cipher, check.lower())


def test_the_same_bytes_have_another_check_value_by_the_other_method() -> None:
    # the operation tests of a payment fork of CyberChef: FDE4FB by ECB, 53E107 by CMAC
    aes = key("00112233445566778899AABBCCDDEEFF")
    assert check_value(aes, AES).digits[:6] == "53E107"
    assert holds(aes, AES, "FDE4FB", Method.ZEROS)
    assert not holds(aes, AES, "FDE4FB")


@pytest.mark.parametrize("digits", ["", "08D", "08D7B5", "08D7B4" + "0" * 10, "08D7G4", "٠٨D7B4"])
def test_what_is_not_the_check_value_does_not_hold(digits: str) -> None:
    assert not holds(key(CHECKS[0][1]), TDES, digits)


@given(
    st.sampled_from([(TDES, 16), (TDES, 24), (AES, 16), (AES, 24), (AES, 32)]),
    st.integers(2, 3),
    st.data(),
)
def test_the_key_is_the_sum_of_its_components(
    kind: tuple[Cipher, int], many: int, data: st.DataObject
) -> None:
    cipher, size = kind
    parts = [data.draw(st.binary(min_size=size, max_size=size)) for _ in range(many)]
    whole = reduce(lambda a, b: bytes(x ^ y for x, y in zip(a, b, strict=True)), parts)
    assume(len({*parts, whole}) == many + 1)
    assume(len(set(whole)) > 1)
    assume(cipher is AES or not in_disguise(Key(whole)))
    typed = []
    for part in parts:
        check = check_value(Key(part), cipher).digits
        groups = " ".join(part.hex()[at : at + 4] for at in range(0, 2 * size, 4))
        typed.append(read_component(f" {groups}\n", check.lower(), cipher))
    made = join(typed)
    assert made == Component(Key(whole), cipher, check_value(Key(whole), cipher))
    assert made == join(typed[::-1])
    assert whole.hex() not in repr(made)


def component(digits: str, cipher: Cipher = TDES) -> Component:
    return read_component(digits, check_value(key(digits), cipher).digits, cipher)


@pytest.mark.parametrize("check", ["", "08D7", "08D7B5", "08D7B40", "D7B4"])
def test_a_wrong_check_value_asks_for_the_component_again(check: str) -> None:
    with pytest.raises(ComponentError, match="type the component again") as refused:
        read_component(CHECKS[0][1], check, TDES)
    assert "0123" not in str(refused.value)


@pytest.mark.parametrize("digits", ["", "0123", "0123456789ABCDEF" * 4, "Z" * 32, "٠" * 32])
def test_what_is_no_component_is_refused(digits: str) -> None:
    with pytest.raises(ComponentError, match="32 or 48 hex digits"):
        read_component(digits, "08D7B4", TDES)


def test_components_that_make_no_secret_are_refused() -> None:
    one, other = component("00112233445566778899AABBCCDDEEFF"), component("01" * 16)
    for components, why in (
        ([one], "two or three"),
        ([one, other, one, other], "two or three"),
        ([one, one], "the same"),
        ([one, component("01" * 24)], "different lengths"),
        ([one, component("01" * 16, AES)], "different lengths"),
        ([one, component("00112233445566778899AABBCCDDEEFF".translate(COMPLEMENT))], "gives away"),
        ([one, other, component("01" * 16)], "the same"),
        ([one, component("00" * 16)], "gives away"),
        (
            [component("0123456789ABCDEF" + "0" * 16), component("0" * 16 + "0022446688AACCEE")],
            "alike",
        ),
        ([one, component("10" * 16), join([one, component("10" * 16)])], "gives away"),
    ):
        with pytest.raises(ComponentError, match=why):
            join(components)


COMPLEMENT = str.maketrans("0123456789ABCDEF", "FEDCBA9876543210")
