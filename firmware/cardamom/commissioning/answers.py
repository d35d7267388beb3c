"""The answers so far: each durable before the next question is put."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cardamom.commissioning.files import FileFault, write_whole
from cardamom.commissioning.steps import asked, refusal
from cardamom.values.commissioning import Step


class Answers:
    """One JSON file, readable by its owner alone: a Wi-Fi password lies in it until it was used.

    Two faces may answer at once (the panel and SSH): each write takes a lock and reads first.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> dict[str, str]:
        """Those that will do still: a file of another release may hold others."""
        found = self._read().get("answers", {})
        kept: dict[str, str] = {}
        for step in Step:
            answer = found.get(step.value)
            if isinstance(answer, str) and refusal(step, answer, kept) is None:
                kept[step] = answer
        return kept

    def put(self, step: Step, answer: str) -> None:
        """Durable when this returns. Raises FileFault."""
        self.put_all({step.value: answer})

    def put_all(self, answers: Mapping[str, str]) -> None:
        with self._locked() as content:
            content["answers"] = {**content.get("answers", {}), **answers}

    def next_step(self) -> Step | None:
        """The first question without an answer; None where all are answered."""
        answers = self.all()
        return next((step for step in asked(answers) if step not in answers), None)

    @property
    def refused(self) -> str:
        """What a file on the boot partition was refused for; empty: nothing was."""
        return str(self._read().get("refused", ""))

    @property
    def erasing(self) -> bool:
        """A boot file was taken over and is still to be erased."""
        return bool(self._read().get("erasing", False))

    def note(self, **what: Any) -> None:
        """Keeps `refused`, `erasing` or what the slip is to say. Raises FileFault."""
        with self._locked() as content:
            content.update(what)

    def noted(self, name: str) -> Any:
        return self._read().get(name)

    def forget(self) -> None:
        """The answers go, with every secret; what the slip says stays. Raises FileFault."""
        with self._locked() as content:
            content["answers"] = {}
            content["refused"] = ""

    def _read(self) -> dict[str, Any]:
        # Root reads here, in a folder of the daemon's: no link leads it to another file, no pipe
        # holds it up.
        how = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(self._path, how), "rb") as file:
                content = json.loads(file.read())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    @contextmanager
    def _locked(self) -> Iterator[dict[str, Any]]:
        folder = self._path.parent
        try:
            lock = os.open(folder, os.O_RDONLY)
        except OSError as e:
            raise FileFault(f"{folder}: {e.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            content = self._read()
            yield content
            data = json.dumps(content, ensure_ascii=False, indent=1).encode()
            write_whole(self._path, data, owner=folder)
        finally:
            os.close(lock)
