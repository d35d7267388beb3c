"""The image's list of parts, from a root file system made here: the same each time, and true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.repo import ROOT

STATUS = """Package: libz
Status: install ok installed
Architecture: arm64
Version: 1:1.3+dfsg-1

Package: gone
Status: deinstall ok config-files
Architecture: arm64
Version: 2

Package: adduser
Status: install ok installed
Architecture: all
Version: 3.1
Description: two
 lines
"""
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Files: *
License: Zlib

License: Zlib
 text
"""


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Path, Path, Path]:
    root = tmp_path / "root"
    (root / "var/lib/dpkg").mkdir(parents=True)
    (root / "var/lib/dpkg/status").write_text(STATUS)
    for name, text in {"libz": COPYRIGHT, "adduser": "This is prose.\n"}.items():
        (root / "usr/share/doc" / name).mkdir(parents=True)
        (root / "usr/share/doc" / name / "copyright").write_text(text)
    packages = root / "opt/cardamom/1.0-abc/lib/python3.13/site-packages"
    for name, more in {"Some_Thing": "License-Expression: MIT\n", "old": "License: BSD\n"}.items():
        folder = packages / f"{name}-2.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n{more}"
        )
    (tmp_path / "packages").write_text(f"libz 1:1.3+dfsg-1 {'a' * 64}\n")
    (tmp_path / "requirements").write_text(f"some_thing==2.0 --hash=sha256:{'b' * 64}\n")
    return root, tmp_path / "packages", tmp_path / "requirements"


def listed(parts: tuple[Path, Path, Path]) -> str:
    words = [sys.executable, str(ROOT / "image/sbom.py"), *map(str, parts)]
    return subprocess.run(
        [*words, "--version", "1.0", "--epoch", "86400"], check=True, capture_output=True, text=True
    ).stdout


def test_the_same_image_has_the_same_document(parts: tuple[Path, Path, Path]) -> None:
    first = listed(parts)
    assert listed(parts) == first
    (parts[0] / "var/lib/dpkg/status").write_text(STATUS.replace("3.1", "3.2"))
    other = json.loads(listed(parts))
    assert other["serialNumber"] != json.loads(first)["serialNumber"]


def test_each_installed_part_has_version_licence_and_hash(parts: tuple[Path, Path, Path]) -> None:
    told = json.loads(listed(parts))
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["timestamp"] == "1970-01-02T00:00:00Z"
    found = {
        c["purl"]: ([x["license"]["name"] for x in c["licenses"]], c.get("hashes"))
        for c in told["components"]
    }
    assert found == {
        "pkg:deb/debian/adduser@3.1?arch=all": ([], None),
        "pkg:deb/debian/libz@1%3A1.3%2Bdfsg-1?arch=arm64": (
            ["Zlib"],
            [{"alg": "SHA-256", "content": "a" * 64}],
        ),
        "pkg:pypi/old@2.0": (["BSD"], None),
        "pkg:pypi/some-thing@2.0": (["MIT"], [{"alg": "SHA-256", "content": "b" * 64}]),
    }
