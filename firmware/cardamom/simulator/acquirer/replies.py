"""Answers as a profile has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.profile import Profile, answer_of
from cardamom.engines.iso8583.template import fill
from cardamom.simulator.acquirer.reading import Asked

ECHOED: Final = (3, 4, 7, 11, 12, 13, 24, 25, 41, 42, 48, 49, 50, 60, 70)
"""Repeated where question and answer have the field, beside what the profile matches by."""


class Replies:
    """Builds the answers of one profile; times are of the host's zone."""

    def __init__(self, profile: Profile, zone: ZoneInfo) -> None:
        self.profile = profile
        self.zone = zone

    def reply(self, asked: Asked, code: str, more: Mapping[int, str] | None = None) -> Message:
        """The answer with this response code; of `more` what the profile allows."""
        question = asked.message
        mti = answer_of(question.mti)
        rule = self.profile.messages[mti]
        fields = self._own(rule.required)
        if 12 in rule.fields and 13 in rule.fields:
            fields = {**self._own((12, 13)), **fields}
        fields |= {
            n: question.fields[n]
            for n in (*ECHOED, *self.profile.match.echoed)
            if n in question.fields
        }
        fields |= {**(more or {}), 39: code}
        for n in rule.required:
            fields.setdefault(n, "0" * self.profile.fields[str(n)].max)  # what says nothing
        return Message(mti, {n: v for n, v in fields.items() if n in rule.fields and v})

    def with_batch(self, asked: Asked, batch: str) -> dict[int, str]:
        """The sign-on's composed fields, with the batch that the host holds open."""
        rule = self.profile.network.sign_on
        templates = {**self.profile.compose, **(rule.compose if rule else {})}
        filled = {
            int(number): fill(template, {**asked.parts, "batch": batch})
            for number, template in templates.items()
            if "{batch" in template
        }
        return {number: value for number, value in filled.items() if value is not None}

    def _own(self, numbers: tuple[int, ...] | list[int]) -> dict[int, str]:
        """What a host says of itself."""
        now = datetime.now(self.zone)
        own = {
            7: now.astimezone(UTC).strftime("%m%d%H%M%S"),
            12: now.strftime("%H%M%S"),
            13: now.strftime("%m%d"),
            15: now.strftime("%m%d"),
            32: self.profile.values.acquirer or "00000000",
        }
        return {n: own[n] for n in numbers if n in own}
