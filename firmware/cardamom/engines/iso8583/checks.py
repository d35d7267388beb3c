"""What is wrong with a profile that its tables alone cannot tell, each as `key: sentence`."""

from __future__ import annotations

from collections.abc import Iterator

from cardamom.engines.iso8583.profile import KindRule, Profile, Sending, answer_of
from cardamom.engines.iso8583.template import problem
from cardamom.engines.keys.working import Scheme
from cardamom.values.states import Recourse

UNREPEATABLE = (35, 52, 53, 55)
"""Fields that a repeat may no longer have: track data and PIN are never kept."""


def problems(profile: Profile) -> Iterator[str]:
    yield from _fields(profile)
    yield from _messages(profile)
    yield from _listed(profile)
    yield from _macs(profile)
    yield from _codes(profile)
    yield from _composed(profile)
    yield from _recourse(profile)
    yield from _settlement(profile)
    yield from _closed_loop(profile)
    yield from _safety(profile)


def sendings(profile: Profile) -> dict[str, Sending]:
    """Every message but the kinds' requests, by its key."""
    found = {f"follow.{p}": rule for p, rule in profile.follow.rules().items()}
    for name in ("sign_on", "sign_off", "echo"):
        rule = getattr(profile.network, name)
        if rule is not None:
            found[f"network.{name}"] = rule
    if profile.settlement is not None:
        found["settlement.totals"] = profile.settlement.totals
        if profile.settlement.end is not None:
            found["settlement.end"] = profile.settlement.end
    return found


def _sealed(profile: Profile) -> set[str]:
    """Messages that take a key of their own under DUKPT."""
    others = [r for key, r in sendings(profile).items() if not key.startswith("network")]
    found = {rule.request for rule in profile.kinds.values()} | {r.message for r in others}
    return found | {r.repeat for r in others if r.repeat}


def _fields(profile: Profile) -> Iterator[str]:
    for n in profile.fields:
        if not (n.isascii() and n.isdigit() and 2 <= int(n) <= 128):
            yield f"fields.{n}: expected a field number from 2 to 128"
    for n, rule in profile.fields.items():
        if sum(rule.split.values()) > rule.max:
            yield f"fields.{n}.split: the parts are longer than the field"
    if profile.switches.mac:
        secondary = any(n > 64 for rule in profile.messages.values() for n in rule.fields)
        for number in ("64", "128") if secondary else ("64",):
            field = profile.fields.get(number)
            if field is None or (field.type, field.max) != ("b", 8):
                yield f"fields.{number}: expected type b and max 8, because switches.mac is on"


def _messages(profile: Profile) -> Iterator[str]:
    needed = {f"kinds.{kind}.request": rule.request for kind, rule in profile.kinds.items()}
    for key, rule in sendings(profile).items():
        needed[f"{key}.message"] = rule.message
        if rule.repeat:
            needed[f"{key}.repeat"] = rule.repeat
    for switch in ("sign_on", "echo"):
        if getattr(profile.switches, switch) and getattr(profile.network, switch) is None:
            yield f"switches.{switch}: there is no [network.{switch}]"
    for key, mti in needed.items():
        for wanted in (mti, answer_of(mti)):
            if wanted not in profile.messages:
                yield f"{key}: there is no [messages.{wanted}]"


def _listed(profile: Profile) -> Iterator[str]:
    for mti, message in profile.messages.items():
        for n in (*message.required, *message.optional):
            if str(n) not in profile.fields:
                yield f"messages.{mti}: field {n} is not among [fields]"
        for n in (11, 39):
            if mti[2] in "13" and n not in message.required:
                yield f"messages.{mti}.required: field {n} is missing, and an answer needs it"


def _macs(profile: Profile) -> Iterator[str]:
    """What speaks of money has a MAC; network management may go without."""
    if not profile.switches.mac:
        return
    network = (r.message for key, r in sendings(profile).items() if key.startswith("network"))
    free = {mti for message in network for mti in (message, answer_of(message))}
    for mti, rule in profile.messages.items():
        if mti in free and not rule.sealed:
            continue
        secondary = any(n > 64 for n in rule.required if n != 128)
        maybe = any(n > 64 for n in rule.optional if n != 128)
        for n in (128,) if secondary else (64, 128) if maybe else (64,):
            if n not in rule.fields and not (mti in free and rule.sealed):
                yield f"messages.{mti}.optional: field {n} is missing, and the MAC goes there"


def _codes(profile: Profile) -> Iterator[str]:
    codes = profile.codes
    for name, listed, others in (
        ("partial", codes.partial, codes.approved),
        ("referral", codes.referral, [*codes.approved, *codes.partial]),
        ("bad_mac", codes.bad_mac, [*codes.approved, *codes.partial, *codes.reversal_done]),
        ("again", codes.again, [*codes.approved, *codes.reversal_done]),
    ):
        for code in listed:
            if code in others:
                yield f"codes.{name}: {code} is in another list, too"


def _composed(profile: Profile) -> Iterator[str]:
    tables = {"compose": profile.compose}
    rules: dict[str, KindRule | Sending] = {
        **{f"kinds.{kind}": rule for kind, rule in profile.kinds.items()},
        **sendings(profile),
    }
    tables |= {f"{key}.compose": rule.compose for key, rule in rules.items()}
    for key, table in tables.items():
        for n, template in table.items():
            if n not in profile.fields:
                yield f"{key}.{n}: the field is not among [fields]"
            if why := problem(template):
                yield f"{key}.{n}: {why}"


def _recourse(profile: Profile) -> Iterator[str]:
    follow = profile.follow
    for kind, rule in profile.kinds.items():
        key = f"kinds.{kind}.recourse"
        if rule.recourse is Recourse.QUERY and follow.query is None:
            yield f"{key}: there is no [follow.query]"
        if rule.recourse is not Recourse.REPEAT and follow.reversal is None:
            yield f"{key}: there is no [follow.reversal]"
        message = profile.messages.get(rule.request)
        if rule.recourse is Recourse.REPEAT and message is not None:
            for n in sorted((message.fields - set(rule.without)).intersection(UNREPEATABLE)):
                yield f"{key}: no repeat can have field {n} of {rule.request}: see `without`"
    if follow.reversal is not None:
        for mti in filter(None, (follow.reversal.message, follow.reversal.repeat)):
            message = profile.messages.get(mti)
            if message is not None and 39 not in message.fields:
                yield f"messages.{mti}: field 39 is missing, and it says why a request is undone"
        if not profile.codes.reversal_done:
            yield "codes.reversal_done: empty: no reversal would ever be done"


def _settlement(profile: Profile) -> Iterator[str]:
    settlement = profile.settlement
    if settlement is None:
        return
    answer = profile.messages.get(answer_of(settlement.totals.message))
    if answer is not None and settlement.agreed.field not in answer.fields:
        yield f"settlement.agreed.field: {answer_of(settlement.totals.message)} has no such field"
    if profile.follow.upload is None:
        yield "settlement: there is no [follow.upload] for totals that differ"


def _closed_loop(profile: Profile) -> Iterator[str]:
    own = profile.closed_loop
    if own is None:
        return
    for kind, rule in profile.kinds.items():
        message = profile.messages.get(rule.request)
        if message is not None and own.account not in message.fields - {*own.without}:
            yield f"closed_loop.account: {rule.request} of kinds.{kind} has no field {own.account}"


def _safety(profile: Profile) -> Iterator[str]:
    """What would let an answer pass that says nothing of this payment."""
    if not profile.keys.scheme.dukpt:
        for switch in ("mac", "pin_key"):
            if getattr(profile.switches, switch) and not profile.switches.sign_on:
                yield f"switches.{switch}: needs switches.sign_on, which brings the key"
    else:
        for mti in sorted(_sealed(profile)):
            message = profile.messages.get(mti)
            if message is not None and 62 not in message.fields:
                yield f"messages.{mti}: field 62 is missing, and it names the DUKPT key"
    if (profile.keys.scheme is Scheme.UNIONPAY) != (profile.keys.delivery == "unionpay"):
        yield "keys: scheme and delivery must both be unionpay, or neither"
    for n in (4, 11):
        if n not in profile.match.echoed:
            yield f"match.echoed: field {n} is missing: another payment's answer would pass"
    asked = {rule.request for rule in profile.kinds.values()}
    if profile.follow.query is not None:
        asked.add(profile.follow.query.message)
    for mti in sorted(map(answer_of, asked)):
        answer = profile.messages.get(mti)
        if answer is not None and 4 not in answer.required:
            yield f"messages.{mti}.required: field 4 is missing: another amount would pass"
