"""What is in an image, as a CycloneDX 1.6 document: Debian's packages, Python's and cardamom.

Everything it says follows from its input, so the same image has the same document.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import sys
import uuid
from email.parser import HeaderParser
from pathlib import Path
from typing import Any, Final

NAMESPACE: Final = uuid.UUID("cada0001-0000-4000-8000-000000000000")
LICENCE: Final = re.compile(r"^License:[ \t]*(\S.*)$", re.MULTILINE)


def debian(root: Path, packages: str) -> list[dict[str, Any]]:
    """One component a package; `packages` has a line of name, version and the package's SHA-256."""
    hashes = {tuple(line.split()[:2]): line.split()[2] for line in packages.splitlines()}
    found = []
    status = (root / "var/lib/dpkg/status").read_text("utf-8")
    for paragraph in status.strip().split("\n\n"):
        fields = HeaderParser().parsestr(paragraph.lstrip("\n"))
        if not fields["Package"] or "installed" not in fields["Status"].split():
            continue
        name, version = str(fields["Package"]), str(fields["Version"])
        component: dict[str, Any] = {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:deb/debian/{name}@{_quoted(version)}?arch={fields['Architecture']}",
            "licenses": _licences(debian_licences(root, name)),
        }
        digest = hashes.get((name, version))
        if digest:
            component["hashes"] = [{"alg": "SHA-256", "content": digest}]
        found.append(component)
    return found


def debian_licences(root: Path, package: str) -> list[str]:
    """What its machine-readable copyright file names; none where it is prose."""
    page = root / "usr/share/doc" / package / "copyright"
    try:
        text = page.read_text("utf-8", errors="replace")
    except OSError:
        return []
    if not text.startswith("Format:"):
        return []
    return sorted({found.strip() for found in LICENCE.findall(text)})


def python(root: Path, requirements: str) -> list[dict[str, Any]]:
    """One component a distribution of the release; a wheel's hash is that of its file."""
    hashes = {}
    for line in requirements.splitlines():
        pinned, _, digest = line.partition(" --hash=sha256:")
        name, _, version = pinned.partition("==")
        hashes[_normal(name), version] = digest
    found = []
    for folder in sorted(root.glob("opt/cardamom/[0-9]*/lib/python3*/site-packages/*.dist-info")):
        fields = HeaderParser().parsestr((folder / "METADATA").read_text("utf-8"))
        name, version = str(fields["Name"]), str(fields["Version"])
        stated: str = fields["License-Expression"] or fields["License"] or ""
        licences = [stated.strip().splitlines()[0]] if stated.strip() else _classified(fields)
        component: dict[str, Any] = {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{_normal(name)}@{_quoted(version)}",
            "licenses": _licences(licences),
        }
        known = hashes.get((_normal(name), version))
        if known:
            component["hashes"] = [{"alg": "SHA-256", "content": known}]
        found.append(component)
    return found


def document(components: list[dict[str, Any]], version: str, epoch: int) -> dict[str, Any]:
    """The whole, its serial number made from what it lists."""
    for component in components:
        component["bom-ref"] = component["purl"]
    unique = {c["bom-ref"]: c for c in components}
    listed = [unique[ref] for ref in sorted(unique)]
    made = dt.datetime.fromtimestamp(epoch, dt.UTC)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, json.dumps(listed))}",
        "version": 1,
        "metadata": {
            "timestamp": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "firmware",
                "bom-ref": "cardamom-image",
                "name": "cardamom-image",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": listed,
    }


def _licences(names: list[str]) -> list[dict[str, Any]]:
    return [{"license": {"name": name}} for name in names]


def _classified(fields: Any) -> list[str]:
    named = [c for c in fields.get_all("Classifier", []) if c.startswith("License ::")]
    return [c.rpartition(" :: ")[2] for c in named]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _quoted(version: str) -> str:
    return version.replace("+", "%2B").replace(":", "%3A").replace("~", "%7E")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path, help="the root file system")
    parser.add_argument("packages", type=Path, help="lines of name, version and SHA-256")
    parser.add_argument("requirements", type=Path, help="the wheels with their hashes")
    parser.add_argument("--version", required=True)
    parser.add_argument("--epoch", type=int, required=True)
    args = parser.parse_args()
    components = debian(args.root, args.packages.read_text("utf-8"))
    components += python(args.root, args.requirements.read_text("utf-8"))
    json.dump(document(components, args.version, args.epoch), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
