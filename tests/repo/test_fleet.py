"""The fleet's examples and its page: they name metrics that there are."""

from __future__ import annotations

import ast
import re
from typing import Final

from support.repo import ROOT

SOURCE: Final = (ROOT / "firmware" / "cardamom" / "daemon" / "metrics.py").read_text("utf-8")
PAGE: Final = (ROOT / "docs" / "fleet.md").read_text("utf-8")
FLEET: Final = ROOT / "config" / "fleet"


def metrics() -> set[str]:
    """Every name that the code has, from its calls and from the table of the board's."""
    tree = ast.parse(SOURCE)
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if node.func.id in ("_gauge", "Family") and isinstance(first, ast.Constant):
                names.add(str(first.value).removeprefix("cardamom_"))
        if isinstance(node, ast.Dict):
            names |= {str(key.value) for key in node.keys if isinstance(key, ast.Constant)}
    return {f"cardamom_{name}" for name in names}


def test_the_rules_ask_for_metrics_that_there_are() -> None:
    asked = set(re.findall(r"cardamom_\w+", (FLEET / "cardamom-alerts.yml").read_text("utf-8")))
    assert len(asked) > 5
    assert {name.removesuffix("_bucket") for name in asked} <= metrics()


def test_the_page_names_every_metric_and_no_other() -> None:
    rows = "\n".join(line for line in PAGE.splitlines() if line.startswith("| `"))
    named = set(re.findall(r"`(cardamom_\w+)`", rows))
    since_start = {name + "_since_start" for name in named if name + "_since_start" in metrics()}
    assert named | since_start == metrics()


def test_every_example_is_on_the_page_and_says_where_it_goes() -> None:
    for file in FLEET.iterdir():
        assert file.name in PAGE
        head = file.read_text("utf-8").split("\n[")[0].split("\ngroups")[0].split("\nglobal")[0]
        assert re.search(r"Installed\s(there\s)?as|example for /etc", head.replace("# ", "")), file
