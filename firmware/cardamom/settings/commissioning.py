"""Options of the setting up."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cardamom.settings.section import Section
from cardamom.values.commissioning import Stage


class CommissioningSettings(Section, frozen=True):
    """Setting the terminal up."""

    stage: Annotated[
        Stage,
        Meta(
            description="new: the terminal asks its questions and takes no payment; again: the "
            "same, and Cancel leaves it; done: set up, or set up by hand"
        ),
    ] = Stage.DONE
    answers: Annotated[str, Meta(description="where answers wait until all are given")] = (
        "/var/lib/cardamom/commission.json"
    )
    helper: Annotated[
        str,
        Meta(description="Unix socket of what is done as root; empty: this process does it itself"),
    ] = "/run/cardamom-setup.sock"
    stick: Annotated[str, Meta(description="folder where a USB stick named CARDAMOM appears")] = (
        "/media/cardamom"
    )
    network: Annotated[
        Literal["nmcli", "simulated"],
        Meta(description="nmcli: NetworkManager; simulated: kept beside the answers"),
    ] = "nmcli"
