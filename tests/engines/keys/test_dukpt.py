"""One door to both kinds of DUKPT."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.keys import dukpt
from cardamom.engines.keys.registers import DukptError
from cardamom.engines.keys.working import Scheme
from cardamom.values.secret import Key, Pan, Pin

BDK = Key(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
SERIALS = {
    Scheme.DUKPT_TDES: bytes.fromhex("FFFF9876543210E00000"),
    Scheme.DUKPT_AES: bytes.fromhex("123456789012345600000000"),
    Scheme.DUKPT_AES_TDES: bytes.fromhex("123456789012345600000000"),
}
MESSAGE, PIN, PAN = b"4012345678909D987", Pin(b"1234"), Pan("4012345678909")


@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("scheme", SERIALS)
def test_what_a_terminal_protects_a_host_reads(scheme: Scheme, both_ways: bool) -> None:
    serial = SERIALS[scheme]
    state = dukpt.load(scheme, dukpt.initial_key(scheme, BDK, serial), serial)
    used = set()
    for _ in range(20):
        assert state.scheme is scheme
        state, ksn, keys = dukpt.advance(dukpt.read(state.to_bytes()), both_ways=both_ways)
        host = dukpt.derive(scheme, BDK, ksn, both_ways=both_ways)
        assert host.read_pin(keys.pin_block(PIN, PAN), PAN) == PIN
        assert keys.mac(MESSAGE) == host.mac(MESSAGE)
        assert keys.answer_mac(MESSAGE) == host.answer_mac(MESSAGE)
        assert (keys.mac(MESSAGE) == keys.answer_mac(MESSAGE)) is both_ways
        assert len(keys.mac(MESSAGE)) == 8
        used |= {keys.pin, keys.request}
    assert len(used) == 40


def test_session_keys_are_not_by_transaction() -> None:
    for scheme in (Scheme.X9_19, Scheme.UNIONPAY, Scheme.CMAC):
        with pytest.raises(DukptError, match="no keys by transaction"):
            dukpt.load(scheme, BDK, SERIALS[Scheme.DUKPT_AES])
        with pytest.raises(DukptError, match="no keys by transaction"):
            dukpt.derive(scheme, BDK, SERIALS[Scheme.DUKPT_AES])


@given(st.binary(max_size=60))
def test_only_its_own_error_leaves_a_stored_state(raw: bytes) -> None:
    for tag in (b"", b"\x01", b"\x02"):
        with contextlib.suppress(DukptError):
            dukpt.read(tag + raw)
