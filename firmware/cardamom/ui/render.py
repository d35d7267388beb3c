"""A screen value and a status line to a picture: a pure function."""

from __future__ import annotations

from PIL import Image

from cardamom.texts.screens import WORDS
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import Keys, Look, key_bar, status_line
from cardamom.ui.scenes import (
    batch,
    card,
    desk,
    entry,
    member,
    notice,
    outcome,
    selftest,
    setup,
    trouble,
)
from cardamom.values.account_screens import BatchFull, NothingToReprint, OwedList, ReportShown
from cardamom.values.member_screens import HoldMemberCard, MemberShown
from cardamom.values.merchant import Language
from cardamom.values.notices import (
    AlarmShown,
    KeysUnopened,
    OtherReader,
    SettingsRefused,
    Stopping,
)
from cardamom.values.screens import (
    Approved,
    Authorising,
    ChooseApplication,
    Declined,
    DeskScreen,
    EnterAmount,
    EnterPasscode,
    EnterPin,
    FindOriginal,
    Idle,
    Menu,
    NotCompleted,
    NotReady,
    OutcomeUnknown,
    PaperOut,
    PresentAgain,
    PresentCard,
    Reading,
    RefundAmount,
    RemoveCard,
    ReversalPending,
    Screen,
    Settled,
    SettlementRefused,
    Settling,
    ShowOriginal,
    StatusLine,
)
from cardamom.values.setup_screens import (
    SetupChoice,
    SetupDone,
    SetupKeyPart,
    SetupKeyText,
    SetupKeyWhole,
    SetupSummary,
    SetupText,
    SetupTrouble,
    SetupWorking,
)
from cardamom.values.trial_screens import (
    LightsAsked,
    SelfTesting,
    SelfTestShown,
    TestKeys,
    TestPattern,
    TrialScreen,
)


def render(
    screen: Screen,
    status: StatusLine,
    language: Language,
    size: tuple[int, int],
    tick: int = 0,
) -> Image.Image:
    """The RGB picture of `size` pixels, `tick` quarter seconds after the screen came up, in the
    customer's language where the screen names one.

    Raises DeviceFault, naming the Debian package, where a font is missing.
    """
    if isinstance(screen, ChooseApplication | EnterPin) and screen.language is not None:
        language = screen.language
    canvas = paint(screen, Look(language, status.mode, tick), size)
    status_line(canvas, status, WORDS[language])
    return canvas.image


def paint(screen: Screen, look: Look, size: tuple[int, int]) -> Canvas:
    """Content and key bar, without the status line."""
    canvas = Canvas(size)
    keys = _paint(canvas, screen, look)
    key_bar(canvas, keys)
    return canvas


def _paint(c: Canvas, screen: Screen, look: Look) -> Keys:  # noqa: C901, PLR0911, PLR0912 a case a screen
    match screen:
        case Idle():
            return entry.idle(c, screen, look)
        case EnterAmount():
            return entry.enter_amount(c, screen, look)
        case PresentCard():
            return card.present(c, screen, look)
        case Reading():
            return card.reading(c, screen, look)
        case ChooseApplication():
            return card.choose(c, screen, look)
        case EnterPin():
            return entry.enter_pin(c, screen, look)
        case Authorising():
            return card.authorising(c, screen, look)
        case Approved():
            return outcome.approved(c, screen, look)
        case Declined():
            return outcome.declined(c, screen, look)
        case OutcomeUnknown(reversing=True):
            return outcome.being_reversed(c, screen, look)
        case OutcomeUnknown():
            return outcome.outcome_unknown(c, screen, look)
        case ReversalPending():
            return outcome.reversal_pending(c, screen, look)
        case NotCompleted():
            return outcome.not_completed(c, screen, look)
        case PaperOut():
            return trouble.paper_out(c, screen, look)
        case PresentAgain():
            return trouble.present_again(c, screen, look)
        case RemoveCard():
            return trouble.remove_card(c, screen, look)
        case NotReady():
            return trouble.not_ready(c, screen, look)
        case AlarmShown():
            return notice.alarm(c, screen, look)
        case OtherReader():
            return notice.other_reader(c, screen, look)
        case SettingsRefused():
            return notice.settings_refused(c, screen, look)
        case KeysUnopened():
            return notice.keys_unopened(c, screen, look)
        case Stopping():
            return notice.stopping(c, screen, look)
        case HoldMemberCard():
            return member.hold(c, screen, look)
        case MemberShown():
            return member.shown(c, screen, look)
        case SelfTesting() | TestPattern() | TestKeys() | LightsAsked() | SelfTestShown():
            return _paint_trial(c, screen, look)
        case (
            SetupChoice()
            | SetupText()
            | SetupWorking()
            | SetupTrouble()
            | SetupSummary()
            | SetupDone()
            | SetupKeyText()
            | SetupKeyPart()
            | SetupKeyWhole()
        ):
            return setup.paint(c, screen, look)
        case _:
            return _paint_desk(c, screen, look)


def _paint_desk(c: Canvas, screen: DeskScreen, look: Look) -> Keys:  # noqa: C901, PLR0911 a case a screen
    match screen:
        case Menu():
            return desk.menu(c, screen, look)
        case FindOriginal():
            return desk.find_original(c, screen, look)
        case ShowOriginal():
            return desk.show_original(c, screen, look)
        case RefundAmount():
            return desk.refund_amount(c, screen, look)
        case EnterPasscode():
            return desk.enter_passcode(c, screen, look)
        case Settling():
            return batch.settling(c, screen, look)
        case Settled():
            return batch.settled(c, screen, look)
        case SettlementRefused():
            return batch.settlement_refused(c, screen, look)
        case ReportShown():
            return batch.report_shown(c, screen, look)
        case OwedList():
            return desk.owed_list(c, screen, look)
        case BatchFull():
            return batch.batch_full(c, screen, look)
        case NothingToReprint():
            return desk.nothing_to_reprint(c, screen, look)


def _paint_trial(c: Canvas, screen: TrialScreen, look: Look) -> Keys:
    match screen:
        case SelfTesting():
            return selftest.testing(c, screen, look)
        case TestPattern():
            return selftest.pattern(c, screen, look)
        case TestKeys():
            return selftest.keys(c, screen, look)
        case LightsAsked():
            return selftest.lights_asked(c, screen, look)
        case SelfTestShown():
            return selftest.shown(c, screen, look)
