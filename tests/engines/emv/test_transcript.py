"""Transcripts: what is kept replays to the bit; what is masked tells no secret."""

from __future__ import annotations

import contextlib
from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply
from cardamom.engines.emv.explain.rerun import rerun
from cardamom.engines.emv.masking import Masker, mask_all, masked_objects, shown
from cardamom.engines.emv.notes import CvmTried, CvmTry, TvrSet
from cardamom.engines.emv.replay import TranscriptError
from cardamom.engines.emv.requests import EnterPin, PinUse, Transmit
from cardamom.engines.emv.transcript import (
    Broke,
    Drawn,
    Exchange,
    Header,
    PinAsked,
    Recorder,
    Step,
    TranscriptFormatError,
    from_lines,
    pack,
    to_lines,
    unpack,
)
from cardamom.simulator.card.profile import load_profile, names
from cardamom.simulator.recorded import HostState, Recorded, record_sale
from cardamom.values.secret import Pin
from support.emv_issuer import TODAY
from support.emv_rules import test_rules as parameters

# pyemv hands double-length keys to cryptography as they are
pytestmark = pytest.mark.filterwarnings("ignore:.*-key TripleDES:Warning")
HOSTS: tuple[HostState, ...] = ("there", "away", "silent")


@cache
def recorded(profile: str, host: HostState = "there", pin: str = "") -> Recorded:
    return record_sale(load_profile(profile), TODAY, parameters(), host=host, pin=pin)


def text_of(steps: list[Step]) -> str:
    return msgspec.json.encode(steps).decode().upper()


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("profile", names())
def test_an_unmasked_transcript_replays_to_the_same_result_to_the_bit(
    profile: str, host: HostState
) -> None:
    first = recorded(profile, host)
    header, steps = from_lines(to_lines(Header(masked=False, order=TODAY), first.steps))
    assert header.order is not None
    again = rerun(header.order, parameters(), steps)
    assert again.same
    assert again.outcome == first.outcome
    assert dict(again.outcome.tags) == dict(first.outcome.tags)


def test_the_header_holds_order_and_rules_whole() -> None:
    header = Header(masked=False, order=TODAY, rules=parameters())
    assert from_lines(to_lines(header, [])) == (header, [])


def test_another_bit_in_an_answer_does_not_replay_unnoticed() -> None:
    steps = list(recorded("debit").steps)
    at = next(n for n, s in enumerate(steps) if isinstance(s, Exchange) and s.command[2:4] == "A8")
    step = steps[at]
    assert isinstance(step, Exchange)
    # cardholder verification gone from the AIP
    changed = bytearray.fromhex(step.data)
    changed[changed.index(b"\x82\x02") + 2] ^= 0x10
    steps[at] = msgspec.structs.replace(step, data=changed.hex().upper())
    with pytest.raises(TranscriptError, match=r"instead of|no answer to"):
        rerun(TODAY, parameters(), steps)


def test_steps_that_are_missing_or_left_over_are_told() -> None:
    steps = list(recorded("sda").steps)
    with pytest.raises(TranscriptError, match="after the last step"):
        rerun(TODAY, parameters(), steps[:-4])
    with pytest.raises(TranscriptError, match="left over"):
        rerun(TODAY, parameters(), [*steps, next(s for s in steps if isinstance(s, Exchange))])


def test_what_the_kernel_noted_is_among_the_steps() -> None:
    steps = recorded("pin-last-try", pin="000000").steps
    assert CvmTry.FAILED in [s.result for s in steps if isinstance(s, CvmTried)]
    noted = 0
    for step in steps:
        if isinstance(step, TvrSet):
            assert not noted & step.bits
            noted |= step.bits
    assert noted == int.from_bytes(recorded("pin-last-try", pin="000000").outcome.tags[0x95])


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("profile", names())
def test_a_masked_transcript_holds_neither_number_nor_track_name_expiry_or_pin(
    profile: str, host: HostState
) -> None:
    first = recorded(profile, host)
    told = text_of(mask_all(first.steps))
    raw = text_of(first.steps)
    seen = 0
    for application in load_profile(profile).applications:
        pan = application.card_number.reveal()
        seen += pan in raw
        secrets = [pan, pan[:-1], pan.encode().hex(), application.expiry + "31", "D" + pan[-4:]]
        if application.pin:
            secrets += [
                f"2{len(application.pin):X}{application.pin}F",
                application.pin.encode().hex().upper(),
            ]
        for secret in secrets:
            assert secret.upper() not in told
    for tag in (0x57, 0x5F20, 0x9F46, 0x93):
        value = first.outcome.tags.get(tag)
        assert value is None or value.hex().upper() not in told
    assert seen or first.outcome.card is None


def test_of_a_number_the_first_6_and_last_4_digits_stay() -> None:
    assert shown(0x5A, bytes.fromhex("4761739001010119")) == "476173******0119"
    assert shown(0x5A, bytes.fromhex("476173900101011F")) == "476173*****1011F".replace(
        "1011", "1011"
    )
    assert shown(0x5A, bytes.fromhex("47617390010A0119")) == "*" * 16


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        # no TLV at all, and a template whose inside is none
        ("5A084761", "********"),
        ("70035A0847", "7003******"),
        # an object that no dictionary has, a nested one, filler bytes
        ("70099F6202FFEE5F340101", "70099F6202****5F340101"),
        ("6F0D8407A0000000031010A5028800", "6F0D8407A0000000031010A5028800"),
        ("0070065F2002414200", "0070065F2002****00"),
    ],
)
def test_what_is_not_known_to_be_harmless_is_hidden(raw: str, masked: str) -> None:
    assert masked_objects(bytes.fromhex(raw)) == masked


def step(command: str, data: str = "", sw: int = 0x9000) -> Exchange:
    return Exchange(command, data, sw)


def test_lists_tell_what_of_a_commands_data_is_shown() -> None:
    masked = mask_all(
        [
            step("00A4040007A000000003101000", "6F0B8402A000A5059F38029F02"),
            step("00B2010C00", "700F5A0847617390010101198C035A089A03"),
            step("80AE80000B476173900101011925112500", "800180"),
            step("80AE80000B4761739001010119251125", "800180"),
        ]
    )
    # two lists that do not fit what was sent: hidden whole, header and length stay
    assert [s.command for s in masked if isinstance(s, Exchange)] == [
        "00A4040007A000000003101000",
        "00B2010C00",
        "80AE80000B" + "*" * 22 + "00",
        "80AE80000B" + "*" * 22,
    ]


def test_a_list_that_fits_shows_its_harmless_values_alone() -> None:
    masked = mask_all(
        [
            step("00B2010C00", "70105A0847617390010101198C045A089A03"),
            step("80AE80000B476173900101011925112500", "800180"),
        ]
    )
    assert isinstance(masked[1], Exchange)
    assert masked[1].command == "80AE80000B" + "*" * 16 + "251125" + "00"


@pytest.mark.parametrize(
    ("command", "masked"),
    [
        ("0020008008241234FFFFFFFFFF", "0020008008" + "*" * 16),
        ("8424000008AABBCCDDEEFF0011", "8424000008" + "*" * 16),
        ("0082000008AABBCCDDEEFF0011", "0082000008AABBCCDDEEFF0011"),
        ("80CA9F1700", "80CA9F1700"),
        ("00A4", "00A4"),
        ("00A404000AFF", "00A40400" + "*" * 4),
    ],
)
def test_commands(command: str, masked: str) -> None:
    (only,) = mask_all([step(command)])
    assert isinstance(only, Exchange)
    assert only.command == masked


@pytest.mark.parametrize(
    ("command", "masked"),
    [
        ("0020008008241234FFFFFFFFFF", "0020008008" + "*" * 16),
        ("80AE8000084761739001010119", "80AE800008" + "*" * 16),
        ("00B2010C00", "00B2010C00"),
        ("", ""),
    ],
)
def test_a_command_that_broke_off_is_masked_as_well(command: str, masked: str) -> None:
    assert mask_all([Broke(command, gone=True)]) == [Broke(masked, gone=True)]


def test_a_recorder_never_holds_a_pin() -> None:
    recorder = Recorder()
    verify = Transmit(bytes.fromhex("0020008008241234FFFFFFFFFF"))
    recorder.answered(verify, Reply(b"", 0x9000))
    recorder.broke(verify, gone=True)
    recorder.answered(EnterPin(PinUse.OFFLINE_PLAINTEXT), Pin(b"1234"))
    kept = text_of(recorder.take())
    assert "1234" not in kept
    assert "31323334" not in kept
    # what the recorder hid stays hidden
    recorder.answered(verify, Reply(b"", 0x9000))
    (masked,) = mask_all(recorder.take())
    assert masked == Exchange("0020008008" + "*" * 16, "", 0x9000)


def test_a_number_in_a_place_that_looks_harmless_hides_that_place() -> None:
    number = "4761739001010119"
    masked = mask_all(
        [
            step("00A4040007A000000003101000", "6F0A8408" + number),
            step("00B2010C00", "700A5A08" + number),
            step("80AE80000000", "8013800001" + "0" * 16 + number),
        ]
    )
    assert number not in text_of(masked)


def test_a_pin_goes_even_where_a_simulator_kept_it() -> None:
    steps = recorded("offline-pin").steps
    assert any(isinstance(s, PinAsked) and s.value for s in steps)
    assert not any(isinstance(s, PinAsked) and s.value for s in mask_all(steps))


def test_what_pads_an_enciphered_pin_is_hidden() -> None:
    """With padding, challenge and command a PIN could be tried out."""
    drawn = [s.data for s in recorded("enciphered-pin").steps if isinstance(s, Drawn)]
    masked = [s.data for s in mask_all(recorded("enciphered-pin").steps) if isinstance(s, Drawn)]
    assert [len(data) for data in drawn] == [len(data) for data in masked]
    assert {len(data) for data in drawn if len(data) > 16}
    for before, after in zip(drawn, masked, strict=True):
        assert after == (before if len(before) == 8 else "*" * len(before))


def test_packed_and_unpacked() -> None:
    steps = mask_all(recorded("cda").steps)
    assert unpack(pack(steps)) == steps
    assert pack(steps).isascii()


@given(st.binary(max_size=200))
def test_garbage_is_no_transcript(raw: bytes) -> None:
    for read in (lambda: from_lines(raw), lambda: unpack(raw.decode("latin-1"))):
        with contextlib.suppress(TranscriptFormatError):
            read()


def test_a_bomb_is_refused() -> None:
    import base64
    import zlib

    bomb = base64.b64encode(zlib.compress(b"[" + b" " * (2 << 20) + b"]")).decode()
    with pytest.raises(TranscriptFormatError, match="too large"):
        unpack(bomb)


commands = st.builds(
    lambda ins, data: f"00{ins:02X}0000{len(data):02X}{data.hex()}".upper(),
    st.sampled_from([0xA4, 0xB2, 0xA8, 0xAE, 0x88, 0x82, 0xCA, 0x84, 0x20, 0x24, 0xFF]),
    st.binary(max_size=40),
)
NUMBER = "4761739001010119"
pieces = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.just(bytes.fromhex("5A08" + NUMBER)),
        st.just(bytes.fromhex(NUMBER)),
        st.just(NUMBER.encode()),
        st.builds(
            tlv.encode,
            st.sampled_from([0x70, 0x77, 0x80, 0x8C, 0x9F38, 0x50, 0x9F36]),
            st.binary(max_size=30),
        ),
    ),
    max_size=5,
).map(b"".join)


@given(
    st.lists(
        st.builds(step, commands, pieces.map(lambda b: b.hex().upper()))
        | st.builds(Broke, commands | pieces.map(lambda b: b.hex().upper()), st.booleans()),
        max_size=6,
    )
)
def test_masking_never_raises_and_keeps_a_number_that_was_read_to_itself(
    exchanges: list[Exchange | Broke],
) -> None:
    record = step("00B2010C00", "700A5A08" + NUMBER)
    told = text_of(Masker().mask([*exchanges, record]))
    assert NUMBER not in told
    assert NUMBER.encode().hex().upper() not in told
