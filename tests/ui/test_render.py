"""What holds for every screen: nothing cut, marks of the mode, meanings of colours."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cardamom.ui.chrome import Look
from cardamom.ui.gallery import SIZES
from cardamom.ui.render import paint, render
from cardamom.ui.specimen import AMOUNT, DEMO, LIMIT, OFFLINE, PRODUCTION, TRAINING
from cardamom.ui.specimens import SPECIMENS
from cardamom.ui.tokens import TOKENS
from cardamom.values.account_screens import OwedList, OwedRow, ReportShown
from cardamom.values.alarms import Cause
from cardamom.values.events import Reason
from cardamom.values.health import Condition, Health, Part
from cardamom.values.kinds import Kind
from cardamom.values.merchant import Language
from cardamom.values.money import CURRENCIES, MAX_MINOR, Money
from cardamom.values.notices import AlarmShown
from cardamom.values.operations import Operation
from cardamom.values.report import Report, ReportKind, ReportRow
from cardamom.values.screens import (
    Approved,
    Authorising,
    ChooseApplication,
    Declined,
    EnterAmount,
    EnterPasscode,
    EnterPin,
    FindOriginal,
    Idle,
    NotCompleted,
    NotReady,
    OutcomeUnknown,
    PaperOut,
    PresentCard,
    RefundAmount,
    RemoveCard,
    Screen,
    Settled,
    SettlementRefused,
    SettleRefusal,
    SettleStep,
    Settling,
    ShowOriginal,
    StatusLine,
)
from cardamom.values.states import OWES, WAITS_FOR_SUPERVISOR, State
from cardamom.values.totals import Totals
from support.glass import changed_box

C = TOKENS.colour
SMALL = (320, 240)
ZH, EN = Language.ZH, Language.EN
OPEN = OWES.keys() | WAITS_FOR_SUPERVISOR


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def count(image: Image.Image, colour: str) -> int:
    colours = image.getcolors(1 << 20)
    assert colours is not None
    return sum(n for n, seen in colours if seen == rgb(colour))


def edges_are_ground(image: Image.Image, top: int, bottom: int, margin: int = 3) -> bool:
    """Nothing touches the left or right edge between two heights."""
    strips = (
        image.crop((0, top, margin, bottom)),
        image.crop((image.width - margin, top, image.width, bottom)),
    )
    return all(len(strip.getcolors(1 << 16) or ()) == 1 for strip in strips)


def test_a_picture_depends_on_nothing_but_its_arguments() -> None:
    for specimen in SPECIMENS.values():
        first = render(specimen.screen, specimen.status, ZH, SMALL)
        assert first.tobytes() == render(specimen.screen, specimen.status, ZH, SMALL).tobytes()
        assert first.mode == "RGB"
        assert first.size == SMALL


@given(
    minor=st.integers(0, MAX_MINOR),
    currency=st.sampled_from(sorted(CURRENCIES)),
    size=st.sampled_from(SIZES),
)
def test_an_amount_is_never_cut(minor: int, currency: str, size: tuple[int, int]) -> None:
    money = Money(minor, currency)
    scale = size[1] / 240
    screens: list[Screen] = [
        Approved(money, "A1B2C3"),
        PresentCard(money),
        EnterAmount(money, money),
        ChooseApplication(money, ("Debit",)),
        RemoveCard(money, "unknown"),
        NotCompleted(money, Reason.CANCELLED),
    ]
    for screen in screens:
        image = render(screen, DEMO, EN, size)
        assert edges_are_ground(image, round(24 * scale), round(200 * scale)), screen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", list(Language))
def test_no_reason_remedy_or_long_name_touches_an_edge(
    size: tuple[int, int], language: Language
) -> None:
    scale = size[1] / 240
    inside = (round(30 * scale), round(195 * scale))
    for reason in Reason:
        for screen in (
            NotCompleted(AMOUNT, reason),
            PresentCard(AMOUNT, retry=reason),
        ):
            assert edges_are_ground(render(screen, DEMO, language, size), *inside), reason
    for condition in Condition:
        parts = tuple(Health(part=part, condition=condition) for part in Part)
        for some in (parts[:4], parts[2:]):
            image = render(NotReady(some), OFFLINE, language, size)
            assert edges_are_ground(image, *inside), condition
    long = "International Debit Cobranded"
    for named in (ChooseApplication(AMOUNT, (long, long, long, long), 3), Idle(long)):
        assert edges_are_ground(render(named, DEMO, language, size), *inside)


def test_the_mark_is_on_every_screen_but_in_production() -> None:
    for name, specimen in SPECIMENS.items():
        tag = (130, 3, 190, 20)
        for status, marked in ((DEMO, True), (TRAINING, True), (PRODUCTION, False)):
            image = render(specimen.screen, status, EN, SMALL).crop(tag)
            plain = len(image.getcolors(1 << 16) or ()) == 1
            assert plain is not marked, (name, status.mode)


def test_green_ground_only_where_money_moved() -> None:
    grounds = {
        name: render(s.screen, s.status, EN, SMALL).getpixel((4, 120))
        for name, s in SPECIMENS.items()
    }
    green = {name for name, ground in grounds.items() if ground == rgb(C.ok)}
    assert green == {
        name
        for name, s in SPECIMENS.items()
        if isinstance(s.screen, Approved) and s.status is not TRAINING
    }


def test_amber_only_where_money_is_open() -> None:
    amber = {
        name
        for name, s in SPECIMENS.items()
        if count(render(s.screen, s.status, EN, SMALL), C.unk) > 500
    }
    assert amber == {
        name
        for name in SPECIMENS
        if name.startswith(("12-", "13-"))
        or name in ("01-idle-alarm", "16-remove-card-unknown", "34-alarm-parked")
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", list(Language))
def test_no_text_is_smaller_than_a_person_can_read(
    size: tuple[int, int], language: Language
) -> None:
    small = {
        name: painted.least
        for name, s in SPECIMENS.items()
        if (painted := paint(s.of(language), Look(language, s.status.mode, 0), size)).least
        < TOKENS.type.caption
    }
    assert small == {}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", list(Language))
def test_no_desk_screen_touches_an_edge(size: tuple[int, int], language: Language) -> None:
    """Whatever the reason, the cause, the operation, or how large the amount."""
    scale = size[1] / 240
    inside = (round(24 * scale), round(200 * scale))
    most = Money(MAX_MINOR, "KWD")
    sums = Totals(currency="KWD", credits=999, credit_minor=MAX_MINOR)
    row = ReportRow(kind=Kind.REFUND, currency="KWD", count=999, minor=MAX_MINOR)
    at = datetime(2025, 11, 22, tzinfo=UTC)
    report = Report(
        kind=ReportKind.X, batch=1, operator="1", at=at, rows=(row,) * 3, totals=(sums,)
    )
    shown: list[Screen] = [
        *(EnterPasscode(o, 12) for o in Operation),
        *(EnterPasscode(o, 0, wait_s=3600) for o in Operation),
        *(FindOriginal(Kind.VOID, "999999", reason) for reason in Reason),
        *(ShowOriginal(k, most, most, 999_999, "6" * 19, at) for k in Kind),
        *(ShowOriginal(Kind.REFUND, most, most, 1, None, at, reason) for reason in Reason),
        *(SettlementRefused(why, 999) for why in SettleRefusal),
        *(AlarmShown(cause, most, 999_999) for cause in Cause),
        *(Settling(999_999, step, 99_999, 99_999) for step in SettleStep),
        *(Settled(999_999, (sums,) * n, 99_999) for n in range(4)),
        *(Idle("x", alarm=cause, alarms=1000) for cause in Cause),
        *(OutcomeUnknown(most, 999_999, reversing=True, kind=kind) for kind in Kind),
        ReportShown(report),
        ReportShown(msgspec.structs.replace(report, totals=(sums,) * 5)),
        RefundAmount(most, most, refused=True),
        OwedList(tuple(OwedRow(most, 999_999, s) for s in State if s in OPEN)),
    ]
    for screen in shown:
        image = render(screen, DEMO, language, size)
        assert edges_are_ground(image, *inside), screen


def test_a_result_whose_key_does_nothing_yet_names_no_key() -> None:
    for ended in (
        Approved(AMOUNT, None),
        Declined(AMOUNT, Reason.CARD_DECLINED),
    ):
        held = dataclasses.replace(ended, ended=False)
        assert count(render(ended, DEMO, EN, SMALL), C.k_enter) > 300
        assert count(render(held, DEMO, EN, SMALL), C.k_enter) == 0


def test_a_passcode_screen_shows_no_digit() -> None:
    assert {f.name for f in dataclasses.fields(EnterPasscode)} == {
        "operation", "typed", "wrong", "wait_s",
    }  # fmt: skip


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("mode", ["demo", "training"])
def test_alarm_and_what_is_owed_stand_clear_of_the_mark(language: Language, mode: str) -> None:
    plain = StatusLine(link_ok=False, paper_ok=False, clock="13:37", mode=mode)
    before = render(Idle("x"), plain, language, SMALL)
    for line in (dataclasses.replace(plain, owed=99), dataclasses.replace(plain, alarm=True)):
        box = changed_box(before, render(Idle("x"), line, language, SMALL))
        assert box is not None
        assert box[0] > 212
        assert box[2] < 272
        assert box[3] <= 22


def test_unknown_offers_no_cancel_and_says_nothing_in_a_red_ground() -> None:
    image = render(OutcomeUnknown(AMOUNT, 345, printable=True), DEMO, EN, SMALL)
    assert count(image, C.k_cancel) == 0
    assert count(image, C.no) < 400  # the small octagon before "do not charge again"


def test_the_lights_are_there_only_where_contactless_listens() -> None:
    strip = (0, 23, 320, 40)
    for ways, there in ((("insert",), False), (("insert", "tap"), True)):
        image = render(PresentCard(AMOUNT, ways), DEMO, ZH, SMALL).crop(strip)
        assert (count(image, C.bezel) > 3000) is there


def test_one_more_star_changes_only_its_cell() -> None:
    for typed in range(12):
        before, after = (
            render(EnterPin(AMOUNT, n, 40), DEMO, ZH, SMALL) for n in (typed, typed + 1)
        )
        box = changed_box(before, after)
        assert box is not None
        assert box[2] - box[0] <= 22
        assert box[0] >= 24 + 22 * typed


@pytest.mark.parametrize("screen", [EnterPin(AMOUNT, 3, 40), ChooseApplication(AMOUNT, ("A", "B"))])
def test_the_customer_is_asked_in_the_cards_language(screen: EnterPin | ChooseApplication) -> None:
    asked = dataclasses.replace(screen, language=Language.EN)
    english = render(screen, DEMO, Language.EN, SMALL)
    assert render(asked, DEMO, ZH, SMALL).tobytes() == english.tobytes()
    assert render(screen, DEMO, ZH, SMALL).tobytes() != english.tobytes()


def test_a_pin_screen_shows_no_digit() -> None:
    """The picture depends on how many digits were typed, and there is nothing else to tell it."""
    assert {f.name for f in dataclasses.fields(EnterPin)} == {
        "amount", "typed", "seconds_left", "wrong", "last_try", "language",
    }  # fmt: skip


@pytest.mark.parametrize("language", list(Language))
def test_a_second_changes_its_digits_alone(language: Language) -> None:
    for waited in (*range(1, 9), *range(10, 19)):
        before, after = (
            render(Authorising(AMOUNT, n, 60), DEMO, language, SMALL) for n in (waited, waited + 1)
        )
        box = changed_box(before, after)
        assert box is not None
        assert box[2] - box[0] <= 22, (waited, box)


def test_keys_that_do_nothing_are_not_offered() -> None:
    bar = (0, 204, 320, 240)
    for screen in (Idle("x"), Authorising(AMOUNT, 1, 60), RemoveCard(AMOUNT, "approved")):
        image = render(screen, DEMO, EN, SMALL).crop(bar)
        assert len(image.getcolors(1 << 16) or ()) == 1, screen


def test_a_declined_slip_that_waits_does_not_claim_a_sale() -> None:
    approved, declined = (
        render(PaperOut(AMOUNT, approved=ok), DEMO, EN, SMALL) for ok in (True, False)
    )
    assert count(approved, C.ok) > 5000
    assert count(declined, C.ok) == 0


def test_a_part_that_failed_is_shown_before_parts_that_are_well() -> None:
    well = [Health(part=part, condition=Condition.OK) for part in Part]
    failed = Health(part=Part.KEYPAD, condition=Condition.FAULT)
    first, last = (
        render(NotReady(parts), DEMO, EN, SMALL)
        for parts in ((failed, *well[:3]), (*well[:3], *well[3:], failed))
    )
    assert count(last, C.no_soft) == count(first, C.no_soft) > 5000


def test_a_refused_amount_says_why() -> None:
    plain, refused = (
        render(EnterAmount(LIMIT, LIMIT, refused), DEMO, EN, SMALL) for refused in (False, True)
    )
    box = changed_box(plain.crop((0, 175, 320, 202)), refused.crop((0, 175, 320, 202)))
    assert box is not None


def test_the_issuers_reason_is_on_the_screen() -> None:
    codes = ("51", "55", "54", "14", "05", "99")
    pictures = {
        render(Declined(AMOUNT, Reason.HOST_DECLINED, code), DEMO, EN, SMALL)
        .crop((10, 115, 310, 152))
        .tobytes()
        for code in codes
    }
    assert len(pictures) == len(codes)
