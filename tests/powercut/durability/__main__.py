"""`./setup.sh durability`: cut the power of a terminal whose disk forgets what was not flushed.

A day at the counter on ext4 on a disk with a volatile write cache: terminal and cache die at once,
the bare medium is mounted, and what the terminal had acknowledged must be there. The same with
SQLite told to sync less must find losses, or the check shows nothing. Exit status 1 where the
product lost a commit or anything did not agree, or where the others lost none; 2 where this
machine cannot do it.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from powercut.durability import files
from powercut.durability.card import obstacle
from powercut.durability.journal import LEVELS
from powercut.durability.runs import Plan, Result, planned, run
from powercut.nursery import Nursery

MINE = "DURABILITY_MOUNTS"


def main(arguments: list[str]) -> int:
    args = _parse(arguments)
    if why := obstacle():
        print(f"durability: not on this machine: {why}", file=sys.stderr)
        return 2
    if not os.environ.get(MINE):  # what is mounted goes with the last process that sees it
        words = ["unshare", "--mount", "--propagation", "private", sys.executable, "-m"]
        os.environ[MINE] = "1"
        os.execvp(words[0], [*words, "powercut.durability", *arguments])  # noqa: S606
    seed: int = args.seed if args.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"seed {seed}, {args.jobs} at a time", flush=True)
    keep = args.keep.resolve()
    keep.mkdir(parents=True, exist_ok=True)
    good = True
    for level in LEVELS if not args.level else (args.level,):
        runs = args.runs if level == "FULL" else max(1, args.runs // 4)
        counts = _campaign(level, runs, args.first, seed, args.jobs, keep)
        bad = counts["lost"] + counts["damaged"] + counts["wrong"]
        good &= not bad if level == "FULL" else bool(bad) or args.runs < 40
    if not args.level:
        good &= files.campaign(seed, max(1, args.runs // 4), args.jobs)
    return 0 if good else 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="setup.sh durability", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="with FULL; the others a quarter")
    parser.add_argument("--seed", type=int, help="of the campaign; printed where not given")
    parser.add_argument("--first", type=int, default=0, help="number of the first run")
    parser.add_argument("--level", choices=LEVELS, help="only this PRAGMA synchronous")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs at a time")
    parser.add_argument(
        "--keep", type=Path, default=Path("build/durability"), help="folders of what went wrong"
    )
    return parser.parse_args(arguments)


def _campaign(level: str, runs: int, first: int, seed: int, jobs: int, keep: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    began = time.monotonic()
    nurseries: SimpleQueue[Nursery] = SimpleQueue()
    everyone = [Nursery() for _ in range(jobs)]
    for nursery in everyone:
        nurseries.put(nursery)

    def one(number: int) -> Result:
        plan: Plan = planned(random.Random(f"{seed}/{number}"), level, number)
        nursery = nurseries.get()
        try:
            return run(plan, nursery, keep=keep)
        finally:
            nurseries.put(nursery)

    with ThreadPoolExecutor(jobs) as pool:
        for result in pool.map(one, range(first, first + runs)):
            counts += _told(result, seed, level)
    for nursery in everyone:
        nursery.close()
    print(
        f"synchronous={level}: {runs} runs, {counts['acknowledged']} commits acknowledged, "
        f"{counts['lost']} lost in {counts['losing']} runs, {counts['damaged']} journals damaged, "
        f"{counts['wrong']} runs that disagree, {time.monotonic() - began:.0f} s",
        flush=True,
    )
    return counts


def _told(result: Result, seed: int, level: str) -> Counter[str]:
    found = result.survived
    counts = Counter(
        acknowledged=found.acknowledged,
        lost=found.lost,
        losing=int(found.lost > 0),
        damaged=int(bool(found.damage)),
        wrong=int(bool(result.wrong)),
    )
    if level == "FULL" and (found.lost or found.damage or result.wrong):
        print(f"WRONG {result.plan}, behind {result.where!r}: {found}")
        print("\n".join(f"    {line}" for line in result.wrong))
        again = f"--level {level} --seed {seed} --first {result.plan.seed} --runs 1"
        print(f"    again: ./setup.sh durability {again}", flush=True)
    return counts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
