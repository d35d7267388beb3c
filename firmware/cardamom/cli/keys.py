"""`cardamom keys`: what a technician does with the keys of a terminal that is stopped."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from cardamom.cli import offline
from cardamom.cli.console import Console
from cardamom.cli.main import Parser
from cardamom.faults import Fault

if TYPE_CHECKING:
    from cardamom.engines.keys.cipher import Cipher
    from cardamom.engines.keys.components import Component
    from cardamom.settings.model import Settings
    from cardamom.store.injection import Forbidden, Injected
    from cardamom.values.secret import Key

TRIES: Final = 3
NTH: Final = ("First", "Second", "Third")
LONGEST_BYTES: Final = 64_000

ABOUT: Final = """\
components  persons type one component each of the key block protection key; each checks its check
            value (KCV), and no one sees another's. Never an argument, never echoed.
import      a TR-31 block a line, under that key: a DUKPT initial key (usage B1, with its key serial
            number) or a terminal master key (K0, K1). `-` reads standard input.
list        what is there: check values, never keys.
erase       destroys every key.

A journal that was moved to another board, cloned or restored takes payments again once keys came in
by `components` or `import`; what stood open in it is parked for a supervisor.

"""


class KeysRefused(Fault):
    """What was asked for was not done."""


def main(verb: str, argv: list[str]) -> int:
    """0 when it was done."""
    parser = Parser(
        prog=f"cardamom {verb}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=ABOUT + offline.KEY_HELP.format(verb=verb),
        epilog="Example: cardamom keys import acquirer-block.txt",
    )
    parser.add_argument("action", choices=("components", "import", "list", "erase"))
    parser.add_argument("file", nargs="?", help="import: the file with key blocks, or -")
    parser.add_argument(
        "--cipher", choices=("aes", "tdes"), default="aes", help="components: what the key is for"
    )
    parser.add_argument(
        "--persons", type=int, choices=(2, 3), default=2, help="components: how many there are"
    )
    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    offline.add_options(parser)
    args = parser.parse_args(argv)
    if (args.file is None) == (args.action == "import"):
        parser.error("import takes a file, or - for standard input; the others take none")
    settings = offline.read_settings(args.settings)
    key = offline.journal_key(settings, args.settings, args.journal_key)
    act: Callable[[argparse.Namespace, Settings, Key], None] = {
        "components": _components,
        "import": _import,
        "list": _list,
        "erase": _erase,
    }[args.action]
    act(args, settings, key)
    return 0


def _components(args: argparse.Namespace, settings: Settings, key: Key) -> None:
    from cardamom.engines.keys.cipher import Cipher
    from cardamom.engines.keys.components import ComponentError, join
    from cardamom.store.injection import take_protection

    cipher = Cipher.AES if args.cipher == "aes" else Cipher.TDES
    with Console() as console:
        names: list[str] = []
        parts: list[Component] = []
        with offline.stopped(settings, args.settings, key) as books:
            for number in range(args.persons):
                name, part = _component(console, cipher, number, names)
                names.append(name)
                parts.append(part)
            try:
                made = join(parts)
            except ComponentError as e:
                raise KeysRefused(f"{e}: nothing was taken") from None
            console.say(f"The key's check value is {made.check}.")
            if console.ask("Is it the one on your sheets? Type yes: ").lower() != "yes":
                raise KeysRefused("the check value was not confirmed: nothing was taken")
            told = take_protection(
                books, made, " and ".join(names), offline.now(), forbidden=_forbidden(settings)
            )
    _tell([told], as_json=args.json)


def _component(
    console: Console, cipher: Cipher, number: int, before: list[str]
) -> tuple[str, Component]:
    from cardamom.engines.keys.components import ComponentError, read_component

    console.say(f"\n{NTH[number]} person. Nobody else looks at the screen or the keys.")
    name = console.ask("Your name: ")
    if not name or name.casefold() in map(str.casefold, before):
        raise KeysRefused("each component is typed by a person of its own: nothing was taken")
    for _ in range(TRIES):
        digits = console.ask("Your component, hex (it is not shown): ", hidden=True)
        check = console.ask("Its check value, as on your sheet: ")
        try:
            part = read_component(digits, check, cipher)
        except ComponentError as e:
            console.say(f"{str(e).capitalize()}.")
            continue
        console.say(f"The check value {part.check} holds.")
        return name, part
    raise KeysRefused(f"{TRIES} wrong components: nothing was taken")


def _import(args: argparse.Namespace, settings: Settings, key: Key) -> None:
    from cardamom.store.injection import import_block

    blocks = _blocks(args.file)
    told: list[Injected] = []
    forbidden, who = _forbidden(settings), offline.operator()
    with offline.stopped(settings, args.settings, key) as books:
        try:
            for block in blocks:
                taken = import_block(books, block, who, offline.now(), forbidden=forbidden)
                told.append(taken)
        finally:
            _tell(told, as_json=args.json)


def _blocks(name: str) -> list[str]:
    """The lines that hold something."""
    try:
        raw = (
            sys.stdin.buffer.read(LONGEST_BYTES)
            if name == "-"
            else Path(name).read_bytes()[:LONGEST_BYTES]
        )
        found = [line.strip() for line in raw.decode("ascii").splitlines() if line.strip()]
    except OSError as e:
        raise KeysRefused(f"{name}: {e.strerror}") from None
    except UnicodeDecodeError:
        raise KeysRefused(f"{name} is no text: a key block is ASCII, one a line") from None
    if not found:
        raise KeysRefused(f"{name} holds no key block")
    return found


def _list(args: argparse.Namespace, settings: Settings, key: Key) -> None:
    with offline.stopped(settings, args.settings, key) as books:
        held = [each for each in books.guard.keyring.held() if each.slot != "board"]
        state = books.guard.dukpt_left()
        barred = str(books.guard.barred) if books.guard.barred is not None else None
    if args.json:
        told = {
            "keys": [msgspec.to_builtins(each) for each in held],
            "dukpt_left": state,
            "refused": barred,
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    if not held:
        sys.stdout.write("no keys here\n")
    for each in held:
        note = "" if each.opens else "  DOES NOT OPEN on this board under this journal key"
        if each.slot == "dukpt" and state is not None:
            note += f"  {state} keys left"
        values = " ".join(each.check_values) or "-"
        when = f"{each.at:%Y-%m-%d %H:%M}"
        sys.stdout.write(f"{each.slot:<12}{values:<34}{when}{note}\n")
    if barred is not None:
        sys.stdout.write(f"! {barred}\n")


def _erase(args: argparse.Namespace, settings: Settings, key: Key) -> None:
    from cardamom.store.injection import erase_keys

    with Console() as console, offline.stopped(settings, args.settings, key) as books:
        console.say("This destroys every key of this terminal. It takes no payment until new ones")
        if console.ask("come in. Type erase to go on: ").lower() != "erase":
            raise KeysRefused("nothing was erased")
        slots = erase_keys(books, offline.operator(), offline.now())
    if args.json:
        sys.stdout.write(json.dumps({"erased": list(slots)}) + "\n")
    else:
        sys.stdout.write(f"erased: {', '.join(slots) or 'there were none'}\n")


def _forbidden(settings: Settings) -> Forbidden:
    """Published keys are for demos, and so is what comes from one."""
    from cardamom.settings.testkeys import is_test_initial_key, is_test_key
    from cardamom.store.injection import anything

    def published(key: bytes, serial: bytes) -> bool:
        return is_test_key(key) or (bool(serial) and is_test_initial_key(key, serial))

    return published if settings.mode == "production" else anything


def _tell(done: list[Injected], *, as_json: bool) -> None:
    if as_json:
        told = [msgspec.to_builtins(each) for each in done]
        sys.stdout.write(json.dumps({"injected": told}, ensure_ascii=False, indent=2) + "\n")
        return
    for each in done:
        sys.stdout.write(f"{each.slot}: check value {', KSN '.join(each.check_values)}\n")
    if any(each.rearmed for each in done):
        sys.stdout.write(
            "the journal is taken into use again: what stood open in it is parked for a "
            "supervisor\n"
        )
