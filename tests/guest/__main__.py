"""`./setup.sh guest`: install the terminal in a booted Debian and try it there, as root.

The Debian is built once and kept. Without it there is nothing to try: then the check fails and
says why. Ends with a line of counts; exit status 1 where a check failed, and the rest is not tried.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cardamom.faults import Fault
from guest.checks import CHECKS, Check
from guest.house import House
from guest.machine import Machine, MachineError
from guest.root import SUITES, UnbuiltError, cached_root


def main(
    arguments: list[str],
    checks: Sequence[Check] = CHECKS,
    *,
    name: str = "guest",
    about: str | None = __doc__,
    also: tuple[str, ...] = (),
) -> int:
    """`checks`, in a guest that has the Debian packages `also` too; `name` of the verb."""
    args = _parse(arguments, name, about)
    began = time.monotonic()
    try:
        root, cached = cached_root(args.cache, args.suite, also)
    except UnbuiltError as e:
        print(f"{name}: the Debian root cannot be built, so nothing was tried: {e}")
        return 1
    _line("root", f"{args.suite}, {'cached' if cached else 'built'}", began)
    machine = Machine(root, args.folder)
    passed = failed = 0
    try:
        at = time.monotonic()
        machine.boot()
        _line("boot", "its systemd answers", at)
        house = House(machine)
        house.copy_checkout()
        for check in checks:
            what = check.__name__.replace("_", " ")
            at = time.monotonic()
            try:
                _line(what, check(house), at)
            except (MachineError, Fault, OSError, ValueError) as e:
                failed += 1
                _line(what, f"FAILED: {type(e).__name__}: {e}", at)
                _story(machine, args.folder)
                break
            passed += 1
    finally:
        if args.stay:
            input(f"the guest runs on, its PID 1 is {machine.leader}; Enter ends it")
        machine.close()
    print(f"\n{name} took {time.monotonic() - began:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _parse(arguments: list[str], name: str, about: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"setup.sh {name}", description=about)
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = caches / f"cardamom-{name}"
    parser.add_argument("--cache", type=Path, default=cache, help="where the Debian root is kept")
    parser.add_argument(
        "--folder", type=Path, default=Path("build") / name, help="the guest's disk and its console"
    )
    parser.add_argument("--suite", choices=SUITES, default=SUITES[0], help="which Debian")
    parser.add_argument("--stay", action="store_true", help="wait for Enter before the guest ends")
    args = parser.parse_args(arguments)
    args.folder, args.cache = args.folder.resolve(), args.cache.resolve()
    return args


def _line(name: str, told: str, began: float) -> None:
    print(f"{name:<22}{time.monotonic() - began:7.1f} s  {told}", flush=True)


def _story(machine: Machine, folder: Path) -> None:
    """What the guest logged, for whoever looks why."""
    if machine.leader:
        _, told = machine.try_run("journalctl", "--no-pager", "-b")
        (folder / "journal.txt").write_text(told)
        print("\n".join(told.splitlines()[-40:]))
        print(f"more in {folder / 'journal.txt'}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
