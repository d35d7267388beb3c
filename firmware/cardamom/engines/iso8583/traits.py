"""What flows and duties must know of a profile."""

from __future__ import annotations

from cardamom.engines.iso8583.profile import Profile
from cardamom.values.online import HostTraits


def traits(profile: Profile) -> HostTraits:
    settlement = profile.settlement
    return HostTraits(
        recourse={kind: rule.recourse for kind, rule in profile.kinds.items()},
        reversal_keeps_stan=profile.switches.reversal_keeps_stan,
        online_pin=profile.switches.pin_key,
        settles=settlement is not None,
        upload_end=settlement is not None and settlement.end is not None,
    )
