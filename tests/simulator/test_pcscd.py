"""How the demo comes by a pcscd, with stand-ins for the daemon: no real one is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.simulator.pcscd import serving


@pytest.mark.parametrize(
    ("usage", "systemd", "arguments"),
    [
        ("  --foreground\n  --disable-polkit\n", False, ["--foreground", "--disable-polkit"]),
        ("  --foreground\n  --disable-polkit\n", True, ["--foreground"]),
        ("  --foreground\n", False, ["--foreground"]),
    ],
)
def test_polkit_is_only_asked_where_it_can_answer(
    tmp_path: Path, usage: str, systemd: bool, arguments: list[str]
) -> None:
    binary = tmp_path / "pcscd"
    binary.write_text(f"#!/bin/sh\ncat <<'END'\n{usage}END\n")
    binary.chmod(0o755)
    assert serving(str(binary), systemd=systemd) == [str(binary), *arguments]
