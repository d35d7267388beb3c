"""`./setup.sh image-boot`: start the card of `./setup.sh image` in an emulated machine and use it.

A copy of the image gets a technician's key, settings and a virtual card reader, takes a sale, is
switched off, started again and cut. Exit status 1 where a step failed; the rest is then not tried.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from imageboot.checks import CHECKS, Check
from imageboot.machine import MODELS, Card, Machine, MachineError
from support.repo import ROOT


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="setup.sh image-boot", description=__doc__)
    parser.add_argument("--image", type=Path, help="the .img; else the one in build/image")
    parser.add_argument("--machine", choices=MODELS, default=MODELS[0], help="what is emulated")
    parser.add_argument("--folder", type=Path, default=Path("build/image-boot"))
    parser.add_argument("--suite", default="trixie", help="where the virtual reader comes from")
    parser.add_argument("--only-start", action="store_true", help="end once ssh answers")
    args = parser.parse_args(arguments)
    image = args.image or next(iter(sorted((ROOT / "build" / "image").glob("*.img"))), None)
    if image is None or not image.is_file():
        print("image-boot: there is no image: sudo ./setup.sh image builds one")
        return 1
    folder = args.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    machine = Machine(Card(image, folder), folder, args.machine)
    check = Check(machine, folder, args.suite)
    failed = 0
    try:
        for step in CHECKS[:3] if args.only_start else CHECKS:
            name = step.__name__.replace("_", " ")
            at = time.monotonic()
            try:
                told = step(check)
            except (MachineError, OSError, ValueError, subprocess.TimeoutExpired) as e:
                failed, told = 1, f"FAILED: {type(e).__name__}: {e}"
            print(f"{name:<14}{time.monotonic() - at:7.0f} s  {told}", flush=True)
            if failed:
                _, log = machine.try_ssh("journalctl -b --no-pager | tail -n 60")
                print(log)
                break
    finally:
        machine.cut()
    print(f"\nimage-boot on {args.machine} took {time.monotonic() - began:.0f} s")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
