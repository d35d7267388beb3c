"""Cuts while the mark, the keyring and other files are written, and what the card has then."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from powercut.durability.card import Card
from powercut.durability.writers import WRITERS, judged


@dataclass(frozen=True)
class Cut:
    name: str
    variant: str
    kept: float
    request: int
    seed: int

    def __str__(self) -> str:
        return f"{self.name}, {self.variant}, kept {self.kept:g}, cut at request {self.request}"


def campaign(seed: int, runs: int, jobs: int) -> bool:
    """So many cuts of each writer and variant; a line each. Whether what the product does lost
    nothing and, of what it was compared with, something was lost."""
    good = True
    for name, writer in WRITERS.items():
        for variant in writer.variants:
            real = variant.startswith("as it is")
            counts: Counter[str] = Counter()
            with ThreadPoolExecutor(jobs) as pool:
                cuts = _cuts(name, variant, random.Random(f"{seed}/{name}"), runs)
                for cut, told, wrong in pool.map(run, cuts):
                    counts["told"] += told
                    counts["wrong"] += bool(wrong)
                    if wrong and real:
                        print(f"WRONG {cut}, behind writing {told}: {wrong}", flush=True)
            print(
                f"{name}, {variant}: {runs} cuts, {counts['told']} writings acknowledged, "
                f"{counts['wrong']} cuts with a loss",
                flush=True,
            )
            good &= (not counts["wrong"]) if real else counts["wrong"] > 0 or runs < 10
    return good


def run(cut: Cut) -> tuple[Cut, int, str]:
    """Number of the last writing that was acknowledged, and what is wrong."""
    with tempfile.TemporaryDirectory(prefix="durability-", ignore_cleanup_errors=True) as folder:
        card = Card(Path(folder), cut.kept, cut.seed)
        card.insert()
        try:
            WRITERS[cut.name].prepare(card.at)
            subprocess.run(["sync", "-f", str(card.at)], check=True)
            told = _written(cut, card)
            card.mend()
            return cut, told, judged(cut.name, card.at, told)
        finally:
            card.remove()


def _written(cut: Cut, card: Card) -> int:
    words = ["-m", "powercut.durability.writers", cut.name, cut.variant, str(card.at)]
    tests = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=tests,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        card.cut_at(cut.request, process.pid)
        assert process.stdout is not None
        lines = process.stdout.read().splitlines(keepends=True)
        card.pull()
    whole = [int(line) for line in lines if line.endswith("\n")]
    return whole[-1] if whole else 0


def _cuts(name: str, variant: str, dice: random.Random, runs: int) -> Iterator[Cut]:
    for number in range(runs):
        kept = dice.choice((0.0, 0.0, 0.3, 0.7))
        yield Cut(name, variant, kept, dice.randint(1, WRITERS[name].last), number)
