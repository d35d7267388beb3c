"""The link's trace: off it keeps nothing, on it masks first, and it goes off by itself."""

from __future__ import annotations

from cardamom.acquirer.trace import KEPT, LONGEST_MINUTES, LinkTrace
from cardamom.engines.iso8583.codec import Message
from cardamom.settings.profile import find_message_profile

PAN = "6222020000040128"
TRACK = f"{PAN}D30122011234500000"
MESSAGE = Message(
    "0200", {2: PAN, 4: "000000001357", 11: "000123", 35: TRACK, 52: "0123456789ABCDEF"}
)


class Hand:
    def __init__(self) -> None:
        self.at = 100.0
        profile = find_message_profile("iso8583-1987")
        self.trace = LinkTrace(profile, monotonic=lambda: self.at)

    def passes(self, message: Message = MESSAGE) -> None:
        self.trace.message(message, "host:7000", sent=True)


def test_off_it_keeps_nothing() -> None:
    hand = Hand()
    hand.passes()
    assert (hand.trace.after(0), hand.trace.left_s) == ((), 0)


def test_on_it_tells_fields_by_name_and_no_secret_of_them() -> None:
    hand = Hand()
    hand.trace.switch(5)
    hand.passes()
    (traced,) = hand.trace.after(0)
    text = "\n".join(traced.lines)
    assert "0200" in text
    assert "000123" in text
    assert "622202******0128" in text
    for secret in (PAN, TRACK, "30122011234500000", "0123456789ABCDEF"):
        assert secret not in text


def test_it_goes_off_by_itself() -> None:
    hand = Hand()
    hand.trace.switch(5)
    hand.passes()
    hand.at += 299.9
    hand.passes()
    hand.at += 0.1
    hand.passes()
    assert [traced.number for traced in hand.trace.after(0)] == [1, 2]
    assert [traced.number for traced in hand.trace.after(1)] == [2]
    assert hand.trace.left_s == 0


def test_switched_off_it_forgets_and_never_lasts_longer_than_an_hour() -> None:
    hand = Hand()
    hand.trace.switch(10_000)
    assert hand.trace.left_s == 60 * LONGEST_MINUTES
    for _ in range(KEPT + 5):
        hand.passes()
    assert len(hand.trace.after(0)) == KEPT
    hand.trace.switch(0)
    assert hand.trace.after(0) == ()
