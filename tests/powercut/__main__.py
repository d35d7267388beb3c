"""`./setup.sh powercut`: cut the power at every point of every scenario, then at random ones.

Ends with one line of counts; exit status 1 where anything did not agree. `--seed` repeats a
campaign; a run that went wrong says the seed that repeats it alone, and its folder is kept.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Final, Self

from cardamom.faults import Fault
from powercut.campaign import random_scenario
from powercut.nursery import Nursery
from powercut.runs import Result, points_of, run
from powercut.scenarios import ALL, Scenario

LAST_POINT: Final = 60
"""A random cut beyond the last point of its run never comes: such a run is one of faults alone."""

Task = tuple[Scenario, int, str]
"""What to run, where to cut it, and the words that repeat it."""


def main(arguments: list[str]) -> int:
    args = _parse(arguments)
    seed: int = args.seed if args.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"seed {seed}, {args.jobs} at a time", flush=True)
    began = time.monotonic()
    chosen = [s for s in ALL if not args.scenario or args.scenario in s.name]
    with _Workers(args.jobs, args.keep) as workers:
        counts: Counter[str] = Counter()
        if not args.only_random:
            for scenario in chosen:
                counts += _exhausted(scenario, workers)
        counts += _told("campaign", workers.results(_campaign(seed, args.first, args.runs)))
    print(
        f"runs {counts['runs']}, cuts {counts['cuts']}, points {counts['points']}, "
        f"disagreements {counts['wrong']}, seed {seed}, {time.monotonic() - began:.0f} s"
    )
    return 1 if counts["wrong"] else 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="setup.sh powercut", description=__doc__)
    parser.add_argument("--runs", type=int, default=2000, help="random runs; default 2000")
    parser.add_argument("--seed", type=int, help="of the random campaign; printed where not given")
    parser.add_argument("--first", type=int, default=0, help="number of the first random run")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs at a time")
    parser.add_argument("--scenario", default="", help="only those with this in their name")
    parser.add_argument("--only-random", action="store_true", help="skip the exhaustive part")
    parser.add_argument(
        "--keep", type=Path, default=Path("build/powercut"), help="folders of what went wrong"
    )
    return parser.parse_args(arguments)


class _Workers:
    """So many threads, each with processes of its own."""

    def __init__(self, jobs: int, keep: Path) -> None:
        self._nurseries: SimpleQueue[Nursery] = SimpleQueue()
        self._all = [Nursery() for _ in range(jobs)]
        for nursery in self._all:
            self._nurseries.put(nursery)
        self._pool = ThreadPoolExecutor(jobs)
        self._keep = keep.resolve()
        self._keep.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for nursery in self._all:
            nursery.close()

    def points(self, scenario: Scenario) -> list[str]:
        nursery = self._nurseries.get()
        try:
            return points_of(scenario, nursery)
        finally:
            self._nurseries.put(nursery)

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Result, str]]:
        """In the order of the tasks."""
        yield from self._pool.map(self._one, tasks)

    def _one(self, task: Task) -> tuple[Result, str]:
        scenario, at, words = task
        nursery = self._nurseries.get()
        try:
            return run(scenario, at, nursery, keep=self._keep), words
        finally:
            self._nurseries.put(nursery)


def _exhausted(scenario: Scenario, workers: _Workers) -> Counter[str]:
    """Every point of one scenario."""
    words = f"--scenario {scenario.name!r} --runs 0"
    try:
        points = workers.points(scenario)
    except (AssertionError, Fault) as e:
        uncut = Result(scenario.name, 0, "uncut", cut=False, wrong=(str(e),))
        return _told("points", [(uncut, words)])
    counts = _told(
        "points", workers.results([(scenario, at, words) for at in range(1, len(points) + 1)])
    )
    print(f"{scenario.name}: {counts['cuts']} cuts, {counts['wrong']} wrong", flush=True)
    return counts


def _campaign(seed: int, first: int, runs: int) -> Iterator[Task]:
    for number in range(first, first + runs):
        dice = random.Random(f"{seed}/{number}")
        words = f"--only-random --seed {seed} --first {number} --runs 1"
        yield random_scenario(dice, f"random {number}"), dice.randint(1, LAST_POINT), words


def _told(part: str, results: Iterable[tuple[Result, str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for result, words in results:
        counts["runs"] += 1
        counts["cuts"] += result.cut
        counts["points"] += part == "points"
        if result.wrong:
            counts["wrong"] += 1
            print(f"WRONG {result.scenario}, cut at {result.at} ({result.point})")
            print("\n".join(f"    {line}" for line in result.wrong))
            print(f"    again: ./setup.sh powercut {words}", flush=True)
        elif part == "campaign" and counts["runs"] % 100 == 0:
            print(f"{part}: {counts['runs']} runs", flush=True)
    return counts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
