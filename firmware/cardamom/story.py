"""What happens, as log lines with one event name each and fields beside it. A leaf."""

from __future__ import annotations

import logging

_log = logging.getLogger("cardamom")


def tell(
    event: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: object
) -> None:
    """Log `event` with its fields; None fields are left out. Never hand a secret in.

    Of `error` the log gets its type and where it was raised, never its text.
    """
    shown = {k: v for k, v in fields.items() if v is not None}
    info = (type(error), error, error.__traceback__) if error is not None else None
    _log.log(level, event, exc_info=info, extra={"fields": shown})
