"""The table of questions: in this order, of this kind, checked so, written there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cardamom.commissioning import checks
from cardamom.commissioning.checks import Before, Check
from cardamom.settings.profile import profile_names
from cardamom.values.commissioning import Answering, Refusal, Step

When = Callable[[Before], bool]


def _always(_before: Before) -> bool:
    return True


def _wifi(before: Before) -> bool:
    return before.get(Step.NETWORK) == "wifi"


def _networked(before: Before) -> bool:
    return before.get(Step.NETWORK) in ("ethernet", "wifi")


def _static(before: Before) -> bool:
    return _networked(before) and before.get(Step.ADDRESSING) == "static"


@dataclass(frozen=True, slots=True)
class StepRule:
    """A question. `setting`: the key of terminal.toml that its answer is written to; without one it
    goes to the system (network) or is an act of its own."""

    answering: Answering
    check: Check = checks.anything
    choices: tuple[str, ...] = ()
    longest: int = 64
    setting: str = ""
    when: When = _always
    optional: bool = False
    """An empty answer will do."""


CERTIFICATES: Final = ("stick", "later")
KEYS: Final = ("stick", "later")

STEPS: Final[dict[Step, StepRule]] = {
    Step.LANGUAGE: StepRule(Answering.CHOICE, choices=("zh", "en"), setting="language"),
    Step.TIMEZONE: StepRule(
        Answering.TEXT, checks.timezone, longest=40, setting="terminal.timezone"
    ),
    Step.NETWORK: StepRule(Answering.CHOICE, choices=("ethernet", "wifi", "keep")),
    Step.WIFI_COUNTRY: StepRule(Answering.TEXT, checks.wifi_country, longest=2, when=_wifi),
    Step.WIFI_NAME: StepRule(Answering.TEXT, checks.wifi_name, longest=32, when=_wifi),
    Step.WIFI_PASSWORD: StepRule(
        Answering.SECRET, checks.wifi_password, longest=63, when=_wifi, optional=True
    ),
    Step.ADDRESSING: StepRule(Answering.CHOICE, choices=("dhcp", "static"), when=_networked),
    Step.ADDRESS: StepRule(Answering.TEXT, checks.address, longest=18, when=_static),
    Step.GATEWAY: StepRule(Answering.TEXT, checks.gateway, longest=15, when=_static),
    Step.DNS: StepRule(Answering.TEXT, checks.dns, longest=64, when=_static),
    Step.MODE: StepRule(Answering.CHOICE, choices=("demo", "production"), setting="mode"),
    Step.PROFILE: StepRule(Answering.CHOICE, choices=profile_names(), setting="acquirer.profile"),
    Step.HOST: StepRule(Answering.TEXT, checks.host, longest=253, setting="acquirer.host"),
    Step.PORT: StepRule(Answering.DIGITS, checks.port, longest=5, setting="acquirer.port"),
    Step.MERCHANT: StepRule(Answering.TEXT, checks.merchant, longest=15, setting="merchant.id"),
    Step.TERMINAL: StepRule(Answering.TEXT, checks.terminal, longest=8, setting="terminal.id"),
    Step.PASSCODE: StepRule(
        Answering.SECRET_DIGITS,
        checks.passcode,
        longest=12,
        setting="terminal.supervisor_hash_file",
    ),
    Step.CERTIFICATE: StepRule(Answering.CHOICE, choices=CERTIFICATES),
    Step.KEYS: StepRule(Answering.CHOICE, choices=KEYS),
}
SECRETS: Final = frozenset({Step.WIFI_PASSWORD, Step.PASSCODE})
NETWORK: Final = (
    Step.NETWORK,
    Step.WIFI_COUNTRY,
    Step.WIFI_NAME,
    Step.WIFI_PASSWORD,
    Step.ADDRESSING,
    Step.ADDRESS,
    Step.GATEWAY,
    Step.DNS,
)
"""What the network is made from."""


def asked(answers: Before) -> tuple[Step, ...]:
    """The questions that these answers leave to be put, in order."""
    return tuple(step for step, rule in STEPS.items() if rule.when(answers))


def refusal(step: Step, answer: str, answers: Before) -> Refusal | None:
    """Why this answer will not do; None where it will."""
    rule = STEPS[step]
    if not answer:
        return None if rule.optional else Refusal.EMPTY
    if rule.choices:
        return None if answer in rule.choices else Refusal.CHOICE
    return rule.check(answer, answers)


def allowed(step: Step) -> str:
    """What an answer may be, for whoever writes a file."""
    rule = STEPS[step]
    return "one of " + ", ".join(rule.choices) if rule.choices else ALLOWED[step]


ALLOWED: Final[Mapping[Step, str]] = {
    Step.TIMEZONE: "an IANA name like Asia/Shanghai",
    Step.WIFI_COUNTRY: "two capital letters like CN",
    Step.WIFI_NAME: "the network's name, 1 to 32 bytes",
    Step.WIFI_PASSWORD: "8 to 63 ASCII characters, or empty for an open network",
    Step.ADDRESS: "an address with its network's length, like 192.0.2.9/24",
    Step.GATEWAY: "an address within the terminal's network",
    Step.DNS: "one or two addresses, a comma between them",
    Step.HOST: "a host name or an address",
    Step.PORT: "1 to 65535",
    Step.MERCHANT: "15 letters and digits",
    Step.TERMINAL: "8 letters and digits",
    Step.PASSCODE: "6 to 12 digits, not in a row, at least three different ones, not 246810",
}
