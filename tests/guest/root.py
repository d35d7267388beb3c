"""A Debian with all that `setup.sh install` asks apt and pip for, made once and kept.

The guest has no network: what is installed in it comes from this root.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from support.repo import ROOT

SUITES: Final = ("trixie", "bookworm")
SYSTEM: Final = ("systemd", "systemd-sysv", "dbus", "udev", "ca-certificates", "vsmartcard-vpcd")
"""What a Raspberry Pi OS has before setup.sh, and the virtual reader, which no terminal gets."""
LISTS: Final = {
    "setup.sh": ("python_packages", "build_packages", "font_packages"),
    "systemd/install.sh": ("runtime_packages",),
}
LOCKS: Final = ("build", "runtime")
WHEELS: Final = "/srv/wheels"


class UnbuiltError(Exception):
    """The root cannot be made; the text says why."""


def packages() -> list[str]:
    """The Debian packages of the installed terminal, as the scripts themselves list them."""
    found = [*SYSTEM, "pcscd"]
    for file, names in LISTS.items():
        text = (ROOT / file).read_text("utf-8")
        for name in names:
            listed = re.search(rf"^readonly {name}=\(([^)]*)\)$", text, re.MULTILINE)
            if listed is None:
                raise UnbuiltError(f"{file} has no list {name}")
            found += listed[1].split()
    return found


def cached_root(cache: Path, suite: str, also: tuple[str, ...] = ()) -> tuple[Path, bool]:
    """The root, with the Debian packages `also`, and whether it was there already. Raises
    UnbuiltError."""
    root = cache / f"{suite}-{_key(also)}"
    if root.is_dir():
        return root, True
    for older in cache.glob(f"{suite}-*"):  # of older lists and locks, or unfinished
        shutil.rmtree(older)
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = cache / f"{suite}-unfinished"
    _debootstrap(unfinished, suite, also)
    _wheels(unfinished)
    unfinished.rename(root)
    return root, False


def _key(also: tuple[str, ...]) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update("\n".join((*packages(), *also)).encode())
    for lock in LOCKS:
        digest.update((ROOT / "config" / "locks" / f"{lock}.txt").read_bytes())
    return digest.hexdigest()[:16]


def _debootstrap(root: Path, suite: str, also: tuple[str, ...]) -> None:
    """From whatever mirror this machine has."""
    _do(
        "mmdebstrap",
        "--variant=minbase",
        "--format=directory",
        f"--include={','.join((*packages(), *also))}",
        suite,
        str(root),
    )


def _wheels(root: Path) -> None:
    """What the locks name, for the guest's own Python, where `PIP_FIND_LINKS` will find it."""
    inside = root / "srv"
    for lock in LOCKS:
        shutil.copy(ROOT / "config" / "locks" / f"{lock}.txt", inside)
    known = {k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")}
    known |= {k: v for k, v in os.environ.items() if k.startswith("PIP_") and "FIND" not in k}
    authorities = Path(known.get("PIP_CERT", ""))
    if authorities.is_file():
        shutil.copy(authorities, inside / "authorities.pem")
        known["PIP_CERT"] = "/srv/authorities.pem"
    known |= {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    venv = "/srv/venv"
    pip = (f"{venv}/bin/pip", "--quiet", "--disable-pip-version-check")
    hashed = ("--require-hashes", "--no-deps", "--no-build-isolation")
    steps = [
        ("python3", "-m", "venv", venv),
        (*pip, "install", "--require-hashes", "-r", "/srv/build.txt"),
        *((*pip, "download", *hashed, "-d", WHEELS, "-r", f"/srv/{lock}.txt") for lock in LOCKS),
        ("rm", "-rf", venv),
    ]
    for step in steps:
        _do("chroot", str(root), *step, env=known)


def _do(*command: str, env: dict[str, str] | None = None) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    except OSError as e:
        raise UnbuiltError(f"{command[0]}: {e}") from None
    if done.returncode:
        raise UnbuiltError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
