"""What transcripts cost: time to mask, pack and explain one, and how much a journal grows a sale.

Prints lines `name: value unit`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from cardamom.engines.emv.explain.page import Ending, explain, page
from cardamom.engines.emv.explain.rerun import rerun
from cardamom.engines.emv.masking import mask_all
from cardamom.engines.emv.transcript import Answered, Step, pack
from cardamom.simulator.card.profile import load_profile
from cardamom.simulator.recorded import Recorded, record_sale
from cardamom.values.events import Transcript
from cardamom.values.merchant import Language
from support.emv_issuer import TODAY
from support.emv_rules import test_rules as parameters
from support.ledger import (
    CARD,
    answer,
    asked,
    at,
    books_at,
    card_result,
    receipt_owed,
    receipt_printed,
)

TIMES = 50
SALES = 500
PROFILES = ("debit", "sda", "cda", "no-cvm")


def recorded(profile: str) -> Recorded:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return record_sale(load_profile(profile), TODAY, parameters())


def parts(steps: list[Step]) -> tuple[Transcript, Transcript]:
    """Up to the request, and from the host's answer on, as a sale keeps them."""
    masked = mask_all(steps)
    cut = next(n for n, step in enumerate(masked) if isinstance(step, Answered))
    before, after = masked[:cut], masked[cut:]
    return Transcript(at=at(), steps=pack(before)), Transcript(at=at(), steps=pack(after))


def growth(told: tuple[Transcript, Transcript] | None) -> float:
    """Bytes that a journal grows a sale, over many."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.db"
        with books_at(path) as books:
            books.checkpoint(truncate=True)
            empty = path.stat().st_size
            for _ in range(SALES):
                started, read, *rest = asked(batch=books.batch())
                first, second = ((told[0],), (told[1],)) if told else ((), ())
                txn = books.begin((started, read, *first, *rest), CARD).txn
                books.append(txn, (answer(),), None)
                books.append(txn, (*second, card_result(), receipt_owed("merchant")), None)
                books.append(txn, (receipt_printed("merchant"),), None)
            books.checkpoint(truncate=True)
            return (path.stat().st_size - empty) / SALES


def told(steps: list[Step]) -> list[str]:
    ending = Ending("approved", None, "00", "masked")
    return list(page(explain(steps, ending, Language.EN)))


def median_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def main() -> None:
    for profile in PROFILES:
        sale = recorded(profile)
        masked = mask_all(sale.steps)
        size = sum(len(part.steps) for part in parts(sale.steps))
        say(f"transcript {profile} packed: {size} B")
        say(f"transcript {profile} mask and pack: {median_ms(partial(parts, sale.steps)):.3f} ms")
        story = median_ms(partial(told, masked))
        say(f"transcript {profile} explain: {story:.3f} ms")
        again = median_ms(partial(rerun, TODAY, parameters(), sale.steps))
        say(f"transcript {profile} replay: {again:.3f} ms")
    say(f"journal growth a sale without transcript: {growth(None):.0f} B")
    say(f"journal growth a sale with transcript: {growth(parts(recorded('debit').steps)):.0f} B")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
