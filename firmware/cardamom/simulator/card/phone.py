"""A phone's owner, who unlocks it when it asks."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.simulator.card.contactless_profile import ContactlessProfile


@dataclass(slots=True)
class Owner:
    """`asked`: the phone asks for code, finger or face; `verified`: it was given."""

    asked: bool = False
    verified: bool = False

    def look(self) -> None:
        """The owner has taken the phone out of the field and does what it asks."""
        if self.asked:
            self.asked, self.verified = False, True

    def spend(self) -> None:
        """One payment uses the verification up."""
        self.verified = False

    def unlocked(self, profile: ContactlessProfile) -> bool:
        return profile.unlock == "done" or (profile.unlock == "on-demand" and self.verified)
