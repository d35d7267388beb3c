"""What the answers lead to: settings written, network told. As root on an installed terminal."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from cardamom.commissioning.answers import Answers
from cardamom.commissioning.edit import Value, edited
from cardamom.commissioning.files import write_whole
from cardamom.commissioning.network import Network, NetworkManager
from cardamom.commissioning.steps import STEPS, allowed, asked, refusal
from cardamom.faults import Fault, SettingsError
from cardamom.settings.load import load, resolve
from cardamom.settings.model import Settings
from cardamom.story import tell
from cardamom.values.commissioning import Stage, Step
from cardamom.values.merchant import Language

HASH_FILE: Final = "supervisor.hash"
SHOWN: Final = (Step.NETWORK, Step.WIFI_NAME, Step.ADDRESSING, Step.ADDRESS, Step.GATEWAY, Step.DNS)
"""Of the network, what the slip says."""
NOT_FROM_FILES: Final = frozenset({"commissioning", "journal", "control", "simulator"})
"""Tables that say where this machine keeps things: no answers file changes them."""


class AnswerRefused(Fault):
    """An answer will not do: names key and what is allowed, never the answer of a secret."""


def checked(answers: Mapping[str, object], source: str) -> dict[str, str]:
    """Those answers again, each held to its check. Raises AnswerRefused."""
    good: dict[str, str] = {}
    for name in answers:
        if name not in {step.value for step in Step}:
            known = ", ".join(step.value for step in Step)
            raise AnswerRefused(f"{source}: {name}: unknown key; allowed: {known}")
    for step in Step:
        if step.value not in answers:
            continue
        answer = answers[step.value]
        if not isinstance(answer, str) or refusal(step, answer, good) is not None:
            raise AnswerRefused(f"{source}: {step.value}: expected {allowed(step)}")
        good[step.value] = answer
    return good


def network_of(settings: Settings, file: Path) -> Network:
    """The driver that the settings choose."""
    if settings.commissioning.network == "nmcli":
        return NetworkManager()
    from cardamom.simulator.network import SimulatedNetwork

    return SimulatedNetwork(resolve(file, settings.commissioning.answers).parent)


def connect(settings: Settings, file: Path, answers: Mapping[str, str]) -> None:
    """Tells the system of its time zone and network; raises a Fault with a sentence."""
    good = checked(answers, "network")
    network = network_of(settings, file)
    if zone := good.get(Step.TIMEZONE):
        try:
            network.set_timezone(zone)
        except Fault as e:  # screens and slips have their own zone; the log's alone is wrong
            tell("setup_failed", what="timezone", why=str(e))
    if good.get(Step.NETWORK) in ("ethernet", "wifi"):
        missing = [step for step in asked(good) if step in NETWORKED and step not in good]
        if missing:
            raise AnswerRefused(f"network: {missing[0].value}: expected {allowed(missing[0])}")
        network.connect(good)


NETWORKED: Final = frozenset(
    {
        Step.WIFI_COUNTRY,
        Step.WIFI_NAME,
        Step.ADDRESSING,
        Step.ADDRESS,
        Step.GATEWAY,
        Step.DNS,
    }
)


def finish(file: Path, answers: Mapping[str, str]) -> None:
    """Writes the settings, whole or not at all, once the answers make some that load.

    Raises SettingsError and AnswerRefused.
    """
    good = checked(answers, "answers")
    open_ = [step for step in asked(good) if step not in good]
    if open_:
        raise AnswerRefused(f"answers: {open_[0].value}: missing; expected {allowed(open_[0])}")
    wanted = {**settings_of(good), "commissioning.stage": Stage.DONE.value}
    owed = {step.value: good[step] for step in SHOWN if step in good}
    settings = load(file)
    answers_file = Answers(resolve(file, settings.commissioning.answers))
    answers_file.note(slip={"at": datetime.now(UTC).isoformat(), "network": owed})
    _write(file, wanted, good[Step.PASSCODE])


def tried(file: Path, answers: Mapping[str, str], more: Mapping[str, Any] | None = None) -> None:
    """Whether what is answered so far goes with the other settings. Raises SettingsError."""
    wanted = {**settings_of(checked(answers, "answers")), **flat(more or {})}
    _loads(file, edited(_text(file), wanted, str(file)))


def add_settings(file: Path, more: Mapping[str, Any]) -> None:
    """Tables of terminal.toml from an answers file. Raises SettingsError and AnswerRefused."""
    _write(file, flat(more), None)


def put_ca(file: Path, pem: str) -> None:
    """The certificate of the CA that vouches for the acquirer's host, where the settings look for
    it. Raises AnswerRefused, FileFault and SettingsError."""
    from cryptography import x509

    settings = load(file)
    path = resolve(file, settings.acquirer.ca_file)
    if path.parent != file.parent.resolve():
        raise AnswerRefused(f"ca: acquirer.ca_file is {path}, not beside {file}: copy it by hand")
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except (ValueError, x509.InvalidVersion):
        raise AnswerRefused("ca: expected whole PEM certificates") from None
    if "PRIVATE KEY" in pem or not found:
        raise AnswerRefused("ca: expected certificates, no private key")
    # half a certificate behind a whole one is passed over without a word
    if pem.count("-----BEGIN ") != len(found):
        raise AnswerRefused("ca: expected whole PEM certificates and nothing else: one is cut off")
    write_whole(path, pem.encode(), 0o644)


def set_stage(file: Path, stage: Stage) -> None:
    """Alone. Raises SettingsError."""
    _write(file, {"commissioning.stage": stage.value}, None)


def settings_of(answers: Mapping[str, str]) -> dict[str, Value]:
    """The keys of terminal.toml that the answers set."""
    found: dict[str, Value] = {}
    for step, rule in STEPS.items():
        if not rule.setting or step.value not in answers:
            continue
        answer = answers[step.value]
        if step is Step.PASSCODE:
            found[rule.setting] = HASH_FILE
        else:
            found[rule.setting] = int(answer) if step is Step.PORT else answer
    return found


def flat(tables: Mapping[str, Any]) -> dict[str, Value]:
    """`{"printer": {"driver": "usb"}}` as `{"printer.driver": "usb"}`. Raises AnswerRefused."""
    found: dict[str, Value] = {}
    for section, table in tables.items():
        if section in NOT_FROM_FILES or not isinstance(table, dict):
            raise AnswerRefused(f"settings.{section}: expected a table of terminal.toml, none of "
                                + ", ".join(sorted(NOT_FROM_FILES)))  # fmt: skip
        for key, value in table.items():
            if not isinstance(value, str | int | bool):
                raise AnswerRefused(
                    f"settings.{section}.{key}: expected text, number, true or false"
                )
            found[f"{section}.{key}"] = value
    return found


def before(file: Path) -> dict[str, str]:
    """What the settings say already, as answers: a terminal that is set up again asks no more than
    it must. Nothing where they cannot be read."""
    try:
        tables = msgspec.to_builtins(load(file))
    except SettingsError:
        return {}
    found: dict[str, str] = {}
    for step, rule in STEPS.items():
        section, _, key = rule.setting.rpartition(".")
        table = tables[section] if section else tables
        value = table.get(key) if key else None
        if step is not Step.PASSCODE and isinstance(value, str | int):
            answer = str(value)
            if refusal(step, answer, found) is None:
                found[step.value] = answer
    return found


def language_of(answers: Mapping[str, str], settings: Settings) -> Language:
    """The technician's, once it is chosen."""
    return Language(answers.get(Step.LANGUAGE, settings.language.value))


def _write(file: Path, wanted: Mapping[str, Value], code: str | None) -> None:
    text = edited(_text(file), wanted, str(file))
    _loads(file, text)
    if code is not None:
        from cardamom.engines.passcode import SALT, hash_passcode
        from cardamom.values.secret import Passcode

        line = hash_passcode(Passcode(code.encode()), os.urandom(SALT))
        # the daemon reads it: it belongs to whom its journal belongs
        owner = resolve(file, load(file).journal.path).parent
        write_whole(file.parent / HASH_FILE, f"{line}\n".encode(), owner=owner)
    mode = file.stat().st_mode & 0o777
    write_whole(file, text.encode(), mode)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"{file}: cannot be read ({type(e).__name__})") from None


def _loads(file: Path, text: str) -> None:
    """Raises SettingsError, naming the real file."""
    with tempfile.TemporaryDirectory(prefix="cardamom-") as folder:
        beside = Path(folder) / file.name
        beside.write_text(text, "utf-8")
        try:
            load(beside)
        except SettingsError as e:
            raise SettingsError(str(e).replace(str(beside), str(file))) from None
