"""A screen value and a status line to a picture: a pure function."""

from __future__ import annotations

from PIL import Image

from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import Keys, Look, key_bar, status_line
from cardamom.ui.scenes import card, entry, outcome, trouble
from cardamom.values.merchant import Language
from cardamom.values.screens import (
    Approved,
    Authorising,
    ChooseApplication,
    Declined,
    EnterAmount,
    EnterPin,
    Idle,
    NotCompleted,
    NotReady,
    OutcomeUnknown,
    PaperOut,
    PresentCard,
    Reading,
    RemoveCard,
    ReversalPending,
    Screen,
    StatusLine,
)


def render(
    screen: Screen,
    status: StatusLine,
    language: Language,
    size: tuple[int, int],
    tick: int = 0,
) -> Image.Image:
    """The RGB picture of `size` pixels, `tick` quarter seconds after the screen came up.

    Raises DeviceFault, naming the Debian package, where a font is missing.
    """
    canvas = Canvas(size)
    look = Look(language, status.mode, tick)
    keys = _paint(canvas, screen, look)
    status_line(canvas, status, look.words)
    key_bar(canvas, keys)
    return canvas.image


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
        case OutcomeUnknown():
            return outcome.outcome_unknown(c, screen, look)
        case ReversalPending():
            return outcome.reversal_pending(c, screen, look)
        case NotCompleted():
            return outcome.not_completed(c, screen, look)
        case PaperOut():
            return trouble.paper_out(c, screen, look)
        case RemoveCard():
            return trouble.remove_card(c, screen, look)
        case NotReady():
            return trouble.not_ready(c, screen, look)
