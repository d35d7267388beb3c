"""`cardamom firewall`: the firewall that terminal.toml asks for.

print   shows it
check   has nft read it, and says whether it is the one that is kept
apply   keeps it beside the settings and puts it in force, as root; with firewall.driver = "none" it
        is taken away. The units do so at the start and whenever terminal.toml changes
off     takes it away until the next start or change: for an update over the network
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from cardamom.cli.main import Parser
from cardamom.faults import Fault, SettingsError

KEPT: Final = "nftables.conf"
"""Beside the settings: what holds where they cannot be read."""
SETTINGS: Final = Path("/etc/cardamom/terminal.toml")
CHANGED: Final = 30


class FirewallFault(Fault):
    """nft refuses, or is not there."""


def main(verb: str, argv: list[str]) -> int:
    """0; with check 30 where what is kept is not what the settings ask for."""
    parser = Parser(
        prog=f"cardamom {verb}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("print", "check", "apply", "off"))
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    args = parser.parse_args(argv)
    kept = args.settings.with_name(KEPT)
    if args.action == "off":
        _off()
        return 0
    try:
        text = wanted(args.settings)
    except SettingsError:
        if args.action != "apply" or not kept.exists():
            raise
        _nft("-f", str(kept))  # the last that was right holds on
        raise
    if args.action == "print":
        sys.stdout.write(text or "no firewall: firewall.driver is none\n")
        return 0
    if args.action == "apply":
        _apply(kept, text)
        return 0
    is_kept = (kept.read_text("utf-8") if kept.exists() else "") == text
    if text:
        _nft("-c", "-f", "-", text=text)
    sys.stdout.write("as it should be\n" if is_kept else "would change: cardamom firewall apply\n")
    return 0 if is_kept else CHANGED


def wanted(file: Path) -> str:
    """The rules, empty where there is to be no firewall. Raises SettingsError."""
    from cardamom.settings.firewall import rules
    from cardamom.settings.load import load

    settings = load(file)
    return rules(settings) if settings.firewall.driver == "nftables" else ""


def _apply(kept: Path, text: str) -> None:
    """In force first: a disk that is full keeps nothing and leaves no machine open. Rules that nft
    refuses leave the last that were right. Raises FirewallFault."""
    if not text:
        kept.unlink(missing_ok=True)
        _off()
        return
    try:
        _nft("-f", "-", text=text)
    except FirewallFault:
        if kept.exists():
            _nft("-f", str(kept))
        raise
    try:
        if not kept.exists() or kept.read_bytes() != text.encode():
            _keep(kept, text)
    except OSError as e:
        raise FirewallFault(f"in force, but {kept} cannot be written: {e.strerror}") from None


def _keep(path: Path, text: str) -> None:
    new = path.with_name(path.name + ".new")
    try:
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def _off() -> None:
    """Also where there is none."""
    _nft("-f", "-", text="table inet cardamom\ndelete table inet cardamom\n")


def _nft(*words: str, text: str | None = None) -> None:
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    nft = shutil.which("nft", path=path)
    if nft is None:
        raise FirewallFault("there is no nft: install the package nftables")
    done = subprocess.run(  # noqa: S603 nft, with our own rules
        [nft, *words], input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        told = " ".join(done.stderr.split())[:300]
        raise FirewallFault(f"nft refuses the rules: {told}")
