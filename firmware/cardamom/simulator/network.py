"""A network that is not there: keeps what it was told, fails when its file says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cardamom.faults import Fault


class SimulatedNetworkFault(Fault):
    """The simulated network does not come up."""


@dataclass(frozen=True, slots=True)
class SimulatedNetwork:
    """`folder/network.json` is what it was told last, secrets as stars; while `folder/no-network`
    is there it does not come up."""

    folder: Path

    def connect(self, answers: Mapping[str, str]) -> None:
        told = {key: "*" * len(v) if "password" in key else v for key, v in answers.items()}
        self._keep("network", told)
        if (self.folder / "no-network").exists():
            raise SimulatedNetworkFault("the simulated network is away")

    def set_timezone(self, name: str) -> None:
        self._keep("timezone", {"timezone": name})

    def _keep(self, name: str, told: Mapping[str, str]) -> None:
        (self.folder / f"{name}.json").write_text(json.dumps(dict(told)))
