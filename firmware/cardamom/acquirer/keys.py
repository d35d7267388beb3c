"""Session keys kept in memory: a restart signs on anew."""

from __future__ import annotations

from cardamom.engines.keys.session import SessionKeys


class HeldKeys:
    """Implements ports.SessionKeyStore without durability."""

    def __init__(self) -> None:
        self._keys: SessionKeys | None = None

    async def kept(self) -> SessionKeys | None:
        return self._keys

    async def keep(self, keys: SessionKeys) -> None:
        self._keys = keys
