"""docs/licences.md: every locked package and the licence that it states.

From tests/, `python -m support.licences > /tmp/page && mv /tmp/page ../docs/licences.md` writes the
page. A package that is not installed here (those for a Raspberry Pi) keeps the line it has there;
one that has none gets `?`, which the tests refuse.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, metadata
from typing import Final

from support.repo import ROOT

LOCKS: Final = {
    "runtime": "On every terminal",
    "pi": "Besides, on a Raspberry Pi",
    "build": "What builds them",
    "dev": "What checks them, on no terminal",
}
PAGE: Final = ROOT / "docs" / "licences.md"
LOCKED: Final = re.compile(r"^([a-z0-9][a-z0-9-]*)==([\w.]+)(.*)", re.MULTILINE)
ROW: Final = re.compile(r"^\| ([a-z0-9-]+) \| (\d\S*) \| (.+) \|$", re.MULTILINE)
NAMES: Final = {
    "MIT": "MIT",
    "MIT License": "MIT",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD",
    "BSD License": "BSD",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "ISC": "ISC",
    "EUPL": "EUPL-1.1",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "unlicense.org": "Unlicense",
}
"""What packages state before SPDX expressions, as its SPDX identifier; `BSD` leaves the variant
open."""
HEAD: Final = """\
# Licences

Cardamom is under [Apache-2.0](../LICENSE). It comes with none of these packages: they are installed
from `config/locks`, and an image that holds them passes them on. Each line is what the package says
of itself; the texts are in its `*.dist-info` folder.

- LGPL (`pyscard`, `libusb1`) and EUPL (`nfcpy`) ask whoever passes a device or an image on to say
  so, to give or offer these packages' source and to let them be replaced. They are used unchanged
  and lie as packages of their own in `/opt/cardamom`.
- `firmware/cardamom/data/escpos/profiles.json` is cut down from the
  [ESC/POS printer database](https://github.com/receipt-print-hq/escpos-printer-db), CC BY 4.0,
  which comes with `python-escpos`.
- Debian's packages (pcscd, fonts, the system) have theirs in `/usr/share/doc/*/copyright`.
- Nothing here has been looked at by a lawyer.
"""


def locked(name: str) -> dict[str, str]:
    """Package to version, of one lock, without what only Windows has."""
    text = (ROOT / "config" / "locks" / f"{name}.txt").read_text("ascii")
    return {
        package: version
        for package, version, marker in LOCKED.findall(text)
        if "sys_platform == 'win32'" not in marker
    }


def stated(package: str) -> str | None:
    """An SPDX expression, `?` for words that NAMES does not know, None where the package is not
    installed."""
    try:
        said = metadata(package)
    except PackageNotFoundError:
        return None
    if expressions := said.get_all("License-Expression"):
        return str(expressions[0])
    classified = [
        c.rpartition(" :: ")[2]
        for c in said.get_all("Classifier") or []
        if c.startswith("License :: OSI Approved :: ")
    ]
    words = (*(said.get_all("License") or []), *classified)
    return next((NAMES[word] for word in words if word in NAMES), "?")


def rows(page: str) -> dict[str, tuple[str, str]]:
    """Package to version and licence, as a page has them."""
    return {package: (version, licence) for package, version, licence in ROW.findall(page)}


def page(known: Mapping[str, tuple[str, str]]) -> str:
    """The page; `known` has the lines of packages that are not installed here."""
    parts = [HEAD]
    for lock, heading in LOCKS.items():
        parts.append(f"\n## {heading}\n\n| package | version | licence |\n| --- | --- | --- |\n")
        for package, version in sorted(locked(lock).items()):
            before = known.get(package, ("", "?"))
            kept = before[1] if before[0] == version else "?"
            parts.append(f"| {package} | {version} | {stated(package) or kept} |\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page(rows(PAGE.read_text("utf-8")) if PAGE.exists() else {}))
