"""What the flows see of support's visits over SSH."""

from __future__ import annotations

from typing import Protocol

from cardamom.values.screens import SupportSeen


class Support(Protocol):
    """Visits over SSH."""

    @property
    def present(self) -> int:
        """How many there are now."""
        ...

    @property
    def seen(self) -> SupportSeen | None: ...

    def end(self) -> None:
        """Send them away."""
        ...


class NoSupport:
    """Nobody of support ever calls."""

    present = 0
    seen: SupportSeen | None = None

    def end(self) -> None:
        pass
