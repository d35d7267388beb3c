"""Settings of the file of metrics."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cardamom.settings.section import Section


class MetricsSettings(Section, frozen=True):
    """Metrics for Prometheus, through the node exporter's textfile folder; docs/fleet.md."""

    file: Annotated[
        str,
        Meta(
            pattern=r"^(.*\.prom)?$",
            description="file to write them to, best on a tmpfs: it is written anew each time; "
            "empty: none, `cardamom metrics` tells them all the same",
        ),
    ] = ""
    every_s: Annotated[int, Meta(ge=15, le=3600, description="seconds between two writes")] = 60
