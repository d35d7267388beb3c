"""What a terminal's settings name and is not there yet: what an installation still waits for.

`python -m cardamom.settings.needed FILE` prints a line for each; nothing where all is there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cardamom.faults import SettingsError
from cardamom.settings.load import load, resolve
from cardamom.settings.model import Settings
from cardamom.values.commissioning import Stage

CREDENTIALS: Final = Path("/run/credentials/cardamom.service")
"""Where the unit's credentials appear once it runs; before, they lie sealed in a store."""
STORE: Final = Path("/etc/credstore.encrypted")


def needed(file: Path, store: Path = STORE) -> Iterator[str]:
    """A sentence for each file that the settings name and nobody has put there.

    `store`: systemd's folder of enciphered credentials; the journal's key is not asked for, it is
    made at the first start. Raises SettingsError where the settings themselves are wrong.
    """
    settings = load(file)
    if settings.commissioning.stage is not Stage.DONE:
        return  # it asks for them on its own screen
    if not settings.acquirer.cert_file:
        folder = settings.acquirer.certificate_dir or str(
            Path(settings.journal.path).with_name("certificate")
        )
        if not (resolve(file, folder) / "current.pem").exists():
            yield (
                "acquirer.cert_file: there is no certificate yet: `cardamom certificate request`, "
                "have the acquirer sign it, `cardamom certificate install`"
            )
    for key, name in _named(settings):
        path = resolve(file, name)
        if path.parent == CREDENTIALS:
            sealed = store / f"cardamom.{path.name}"
            if not sealed.exists():
                yield f"{key}: seal it with systemd-creds encrypt --name={path.name} FILE {sealed}"
        elif not path.exists():
            yield f"{key}: {path} is missing"


def _named(settings: Settings) -> Iterator[tuple[str, str]]:
    files = {
        "acquirer.ca_file": settings.acquirer.ca_file,
        "acquirer.cert_file": settings.acquirer.cert_file,
        "acquirer.key_file": settings.acquirer.key_file,
        "acquirer.master_key_file": settings.acquirer.master_key_file,
        "terminal.supervisor_hash_file": settings.terminal.supervisor_hash_file,
        "emv.file": settings.emv.file,
        "emv.exception_file": settings.emv.exception_file,
        "emv.exception_key_file": settings.emv.exception_key_file,
    }
    yield from ((key, name) for key, name in files.items() if name)
    yield from ((f"closed_loop.keys[{i}]", k) for i, k in enumerate(settings.closed_loop.keys))


def main(arguments: list[str]) -> int:
    """0 where the settings are right, else 30."""
    try:
        for line in needed(Path(arguments[0])):
            sys.stdout.write(f"{line}\n")
    except SettingsError as e:
        sys.stderr.write(f"cardamom: {e}\n")
        return 30
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
