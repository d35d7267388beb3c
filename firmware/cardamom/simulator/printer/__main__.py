"""`python -m cardamom.simulator.printer`: a printer of its own, commanded on standard input."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from cardamom.simulator.printer.printer import COMMANDS
from cardamom.simulator.printer.server import PrinterServer


def main(argv: list[str] | None = None) -> int:
    """Runs until standard input says `quit` or the process is ended."""
    parser = argparse.ArgumentParser(
        prog="cardamom simulate printer",
        description=f"A receipt printer. Commands on standard input: {COMMANDS}, quit.",
    )
    parser.add_argument("--slips", type=Path, required=True, help="folder for the slips")
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes a free one")
    parser.add_argument("--pty", action="store_true", help="a serial line instead of TCP")
    parser.add_argument("--width", type=int, choices=(58, 80), default=58, help="paper, mm")
    parser.add_argument("--control", type=Path, help="Unix socket for the same commands")
    options = parser.parse_args(argv)
    try:
        asyncio.run(_run(options))
    except KeyboardInterrupt:
        return 0
    return 0


async def _run(options: argparse.Namespace) -> None:
    server = PrinterServer(options.slips, width=options.width)
    if options.control:
        await server.control(options.control)
    if options.pty:
        _say(f"printer ready device={server.open_pty()}")
    else:
        _say(f"printer ready port={await server.listen(options.port)}")
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip() == "quit":
                break
            _say(await server.command(line))
        else:
            await asyncio.Event().wait()  # no hand at standard input: print on
    finally:
        await server.close()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
