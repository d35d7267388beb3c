"""Loads python-escpos late and without its side effects.

Its import reads every printer profile there is, leaves a temporary folder behind and sets up the
root logger: the profiles are trimmed to ours, the folder is removed, the logger is left alone.
"""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import threading
from importlib.resources import as_file, files
from typing import Any, Final

_PROFILES: Final = "ESCPOS_CAPABILITIES_FILE"
_FOLDER: Final = "ESCPOS_CAPABILITIES_PICKLE_DIR"
_lock: Final = threading.Lock()


def load(name: str) -> Any:
    """The module `escpos.NAME`. Takes tenths of a second the first time: call it in a worker."""
    with _lock:
        if "escpos" not in _loaded:
            _first()
            _loaded.add("escpos")
    return importlib.import_module(f"escpos.{name}")


_loaded: Final[set[str]] = set()


def _first() -> None:
    root = logging.getLogger()
    before = list(root.handlers)
    named = os.environ.get(_PROFILES)
    with as_file(files("cardamom") / "data" / "escpos" / "profiles.json") as path:
        os.environ.setdefault(_PROFILES, str(path))
        try:
            capabilities = importlib.import_module("escpos.capabilities")
        finally:
            if named is None:
                del os.environ[_PROFILES]
            for handler in set(root.handlers) - set(before):
                root.removeHandler(handler)
                handler.close()
    if _FOLDER not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
