"""`python tests/bench [NAME ...]`: runs the bench_*.py modules, each in a process of its own.

A module has `def main() -> None` and prints lines `name: value unit`; other lines are notes.
Exit status 1 when one fails or prints no figure, 2 when a name is unknown.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent
FIGURE = re.compile(
    r"(?P<name>[^:]+): (?P<value>-?[0-9][0-9.,_]*(?:e[-+]?[0-9]+)?)(?: (?P<unit>\S.*))?$"
)
LIMIT_S = 600


class Figure(NamedTuple):
    """One measurement, as its module printed it."""

    name: str
    value: str
    unit: str


def machine() -> str:
    """What the figures were taken on."""
    return (
        f"Python {platform.python_version()}, {platform.system()} {platform.release()},"
        f" {platform.machine()}, {os.cpu_count()} processors"
    )


def run(module: str, folder: Path = FOLDER) -> tuple[int, str, str]:
    """Exit status, output and errors of one module's main(). 124 when it took too long."""
    code = "import importlib, sys; importlib.import_module(sys.argv[1]).main()"
    path = os.pathsep.join([str(folder.parent), str(folder)])
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, module],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=LIMIT_S,
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"},
        )
    except subprocess.TimeoutExpired:
        return 124, "", f"took longer than {LIMIT_S} s"
    return done.returncode, done.stdout, done.stderr


def figures(output: str) -> tuple[list[Figure], list[str]]:
    """The figures in a module's output, and the lines that are none."""
    found, notes = [], []
    for line in output.splitlines():
        match = FIGURE.match(line)
        if match:
            found.append(Figure(match["name"], match["value"], match["unit"] or ""))
        elif line.strip():
            notes.append(line)
    return found, notes


def table(rows: list[Figure]) -> str:
    """Names, values and units in columns, values to the right."""
    name = max(len(row.name) for row in rows)
    value = max(len(row.value) for row in rows)
    return "\n".join(
        f"  {row.name:<{name}}  {row.value:>{value}}  {row.unit}".rstrip() for row in rows
    )


def report(module: str, status: int, output: str, errors: str) -> bool:
    """Prints one module's table; False when it has none to show."""
    found, notes = figures(output)
    sys.stdout.write(f"\n{module.removeprefix('bench_')}\n")
    if found:
        sys.stdout.write(table(found) + "\n")
    for note in notes:
        sys.stdout.write(f"  {note}\n")
    if status == 0 and found:
        sys.stdout.flush()
        return True
    why = f"failed ({status})" if status else "printed no figure"
    sys.stdout.write(f"  {why}\n")
    sys.stdout.flush()
    sys.stderr.write(errors)
    return False


def main(arguments: list[str], folder: Path = FOLDER) -> int:
    present = sorted(path.stem for path in folder.glob("bench_*.py"))
    wanted = [f"bench_{name.removeprefix('bench_')}" for name in arguments] or present
    unknown = [name.removeprefix("bench_") for name in wanted if name not in present]
    if unknown:
        names = " ".join(name.removeprefix("bench_") for name in present)
        sys.stderr.write(f"no such bench: {' '.join(unknown)}; there are: {names}\n")
        return 2
    sys.stdout.write(machine() + "\n")
    good = [report(module, *run(module, folder)) for module in wanted]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
