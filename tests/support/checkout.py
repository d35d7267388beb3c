"""A checkout for `setup.sh` to work on, with stand-ins for the commands of the system."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.repo import ROOT

# Answers what setup.sh asks an interpreter, and logs what it is told to install.
INTERPRETER = """
case $1 in
  -) echo "$0 3.11.9" ;;
  -c) case $2 in
      *sysconfig*) echo "{here}/include" ;;
      *smartcard*) test -e "{here}/smartcard" ;;
    esac ;;
  -m)
    shift
    echo "$*" >>"{here}/log"
    if [ "$1" = venv ]; then
      mkdir -p "$2/bin"
      cp "$0" "$2/bin/python"
      printf '#!/bin/sh\\necho "cardamom $*"\\n' >"$2/bin/cardamom"
      chmod +x "$2/bin/cardamom"
    fi ;;
esac
"""


@dataclass
class Checkout:
    """setup.sh with its parts, the locks and nothing else; `tools` goes first on PATH."""

    root: Path
    tools: Path

    @classmethod
    def make(cls, folder: Path) -> Checkout:
        """A checkout on a machine that has every Debian package and a Python 3.11."""
        root, tools = folder / "checkout", folder / "tools"
        (root / "config").mkdir(parents=True)
        (root / "firmware").mkdir()
        (tools / "include").mkdir(parents=True)
        (tools / "include" / "Python.h").touch()
        (tools / "smartcard").touch()
        shutil.copy(ROOT / "setup.sh", root)
        shutil.copy(ROOT / "pyproject.toml", root)
        shutil.copytree(ROOT / "config" / "locks", root / "config" / "locks")
        shutil.copytree(ROOT / "systemd", root / "systemd")
        made = cls(root, tools)
        made.tool("dpkg-query", "printf installed")
        made.tool("python3", INTERPRETER.replace("{here}", str(tools)))
        return made

    def tool(self, name: str, script: str) -> Path:
        """Puts a shell script in the place of a system command."""
        path = self.tools / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def as_user(self) -> None:
        """Makes setup.sh believe that an ordinary user runs it: bash's own EUID says so."""
        for script in (self.root / "setup.sh", *self.root.glob("systemd/*.sh")):
            script.write_text(script.read_text().replace("EUID", "1000"))

    def log(self) -> list[str]:
        """What the interpreter was told to do with -m, since the last look."""
        path = self.tools / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def setup(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs setup.sh, without a terminal."""
        return run(
            self.root / "setup.sh",
            *arguments,
            **{"PYTHON": "", "PATH": f"{self.tools}:{os.environ['PATH']}", **environ},
        )


def run(command: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs a command with no standard input and an environment that only adds to ours."""
    return subprocess.run(
        [str(command), *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | environ,
    )
