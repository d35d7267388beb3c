"""A card with several applications, and how its transactions go on once one is selected."""

from __future__ import annotations

from cardamom.engines.emv.requests import Outcome, Random
from cardamom.engines.emv.rules import AidRule, Rules
from support.emv import AID, APPROVED, NO_ODA, RULE, RULES, UN, Tape, adf_fci, t

PSE = b"1PAY.SYS.DDF01"
SECOND = bytes.fromhex("A0000000032010")
THIRD = bytes.fromhex("A0000000032020")
MASTER = bytes.fromhex("A0000000041010")
TWO = Rules(aids=(RULE, AidRule(SECOND), AidRule(THIRD)), ca_keys=())


def finish(tape: Tape, rules: Rules = RULES) -> Outcome:
    tape.record().recall().first(NO_ODA).online(APPROVED).second(NO_ODA, b"00")
    return tape.run(rules)


def rest(tape: Tape, aid: bytes = AID) -> Tape:
    """Final SELECT and GPO of any application."""
    tape.select(aid, adf_fci(aid)).add(Random(4), UN)
    return tape.apdu("80A8000002830000", t(0x77, t(0x82, "1800") + t(0x94, "08010100")))
