"""What happens, as log lines with one event name each and fields beside it. A leaf."""

from __future__ import annotations

import logging

_log = logging.getLogger("cardamom")


def tell(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log `event` with its fields; None fields are left out. Never hand a secret in."""
    shown = {k: v for k, v in fields.items() if v is not None}
    _log.log(level, event, extra={"fields": shown})
