"""`cardamom commission`: the setting up at a console, by a file, from the boot partition."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cardamom.cli import offline
from cardamom.cli.console import Console
from cardamom.cli.main import NOT_APPROVED, Parser
from cardamom.cli.places import run_folder
from cardamom.faults import Fault

if TYPE_CHECKING:
    from cardamom.commissioning.answers import Answers
    from cardamom.settings.model import Settings
    from cardamom.values.commissioning import Step
    from cardamom.values.merchant import Language

ABOUT: Final = """\
Asks what the terminal must know, as its own screen does, and writes it: language, time zone,
network, acquirer, numbers, the supervisor's passcode. Each answer is kept: broken off, it goes on
where it was. Enter alone keeps the answer in brackets, a lone < goes back.

--answers takes a file instead (config/commission.toml is an example); what it leaves out is asked
here, or with --json told as missing. As root on an installed terminal.
"""
EXAMPLE: Final = """\
examples:
  sudo cardamom commission
  sudo cardamom commission --answers terminal-17.toml --json
  sudo cardamom commission --status --json
then:
  sudo cardamom certificate request > terminal.csr      (cardamom certificate --help)
  sudo cardamom keys components ...                     (docs/keys.md)
"""


class CommissionRefused(Fault):
    """Nothing was written."""


def main(verb: str, argv: list[str]) -> int:
    """0 when the terminal is set up, 10 when answers are missing."""
    folder = run_folder()
    default = folder / "terminal.toml" if folder else offline.INSTALLED_SETTINGS
    parser = Parser(
        prog=f"cardamom {verb}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=ABOUT,
        epilog=EXAMPLE,
    )
    parser.add_argument("--settings", type=Path, default=default, help="the terminal's settings")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="take the answers from a file")
    parser.add_argument("--json", action="store_true", help="print JSON, ask nothing")
    parser.add_argument("--status", action="store_true", help="tell how far it is, change nothing")
    parser.add_argument(
        "--boot", type=Path, metavar="FILE", help="take this file once and erase it; systemd's part"
    )
    parser.add_argument(
        "--helper", action="store_true", help="serve one request of the daemon; systemd's part"
    )
    args = parser.parse_args(argv)
    if args.helper:
        from cardamom.commissioning import helper

        return helper.main(args.settings)
    from cardamom.commissioning.answers import Answers
    from cardamom.settings.load import load, resolve

    settings = load(args.settings)
    answers = Answers(resolve(args.settings, settings.commissioning.answers))
    if not os.access(args.settings.parent, os.W_OK):
        raise CommissionRefused(f"{args.settings.parent} is root's: sudo cardamom commission")
    if args.boot is not None:
        return _boot(args)
    if args.status:
        return _told(args, answers)
    return _set_up(args, settings, answers)


def _boot(args: argparse.Namespace) -> int:
    from cardamom.commissioning.bootfile import take
    from cardamom.story import tell

    if not args.boot.exists():
        return 0
    taken = take(args.boot, args.settings)
    if taken.refused:
        tell("setup_boot_refused", why=taken.refused)
    else:
        tell("setup_boot_file")
    sys.stderr.write(f"cardamom: {taken.refused or f'{args.boot} was taken and erased'}\n")
    # 0 in any case: the terminal is to start and to say on its screen what to do
    return 0


def _told(args: argparse.Namespace, answers: Answers) -> int:
    from cardamom.commissioning.steps import SECRETS, asked
    from cardamom.settings.load import load
    from cardamom.values.commissioning import Stage

    given = answers.all()
    stage = load(args.settings).commissioning.stage
    missing = [step.value for step in asked(given) if step not in given]
    if stage is Stage.DONE:
        missing = []
    if args.json:
        shown = {k: "*" * len(v) if k in SECRETS else v for k, v in given.items()}
        told = {
            "stage": stage.value,
            "answers": shown,
            "missing": missing,
            "refused": answers.refused or None,
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    elif stage is Stage.DONE:
        sys.stdout.write("this terminal is set up\n")
    else:
        sys.stdout.write(f"{len(given)} answered, missing: {', '.join(missing) or 'nothing'}\n")
        if answers.refused:
            sys.stdout.write(f"boot file refused: {answers.refused}\n")
    return 0 if stage is Stage.DONE else NOT_APPROVED


def _set_up(args: argparse.Namespace, settings: Settings, answers: Answers) -> int:
    from cardamom.commissioning import act, bootfile
    from cardamom.values.commissioning import Stage, Step

    if settings.commissioning.stage is Stage.DONE:
        act.set_stage(args.settings, Stage.AGAIN)
    if not answers.all() and settings.commissioning.stage is not Stage.NEW:
        answers.put_all({**act.before(args.settings), Step.NETWORK.value: "keep"})
    if args.answers is not None:
        found = bootfile.read(args.answers)
        act.tried(args.settings, {**answers.all(), **found.answers}, found.more)
        bootfile.bring(args.settings, found)
        answers.put_all(found.answers)
    if args.json:
        if answers.next_step() is not None:
            return _told(args, answers)
        _finish(args, answers)
        return _told(args, answers)
    with Console() as console:
        Asker(console, answers, settings).ask_all(every=args.answers is None)
        _finish(args, answers)
        console.say("The terminal is set up. Now: certificate, keys, a test sale.")
    return 0


def _finish(args: argparse.Namespace, answers: Answers) -> None:
    """Network first: without it the rest is written all the same, and said."""
    from cardamom.commissioning import act
    from cardamom.commissioning.steps import asked
    from cardamom.settings.load import load

    given = answers.all()
    used = {step.value: given[step] for step in asked(given) if step in given}
    try:
        act.connect(load(args.settings), args.settings, used)
    except Fault as e:
        sys.stderr.write(f"cardamom: no network: {e}\n")
    act.finish(args.settings, used)
    answers.forget()
    _restart()


def _restart() -> None:
    """The terminal takes the settings at its next start; a wizard on its screen ends by itself."""
    import subprocess

    if Path("/run/systemd/system").is_dir() and os.geteuid() == 0:
        with contextlib.suppress(OSError):
            subprocess.run(["systemctl", "try-restart", "cardamom"], check=False)  # noqa: S607


class Asker:
    """The questions at a console, in its own words."""

    def __init__(self, console: Console, answers: Answers, settings: Settings) -> None:
        self._console = console
        self._answers = answers
        self._settings = settings

    @property
    def _language(self) -> Language:
        from cardamom.commissioning.act import language_of

        return language_of(self._answers.all(), self._settings)

    def ask_all(self, *, every: bool) -> None:
        """All questions, or those without an answer."""
        from cardamom.commissioning.steps import asked
        from cardamom.values.commissioning import Step

        skipped = (Step.CERTIFICATE, Step.KEYS)  # commands of their own do these over SSH
        for step in skipped:
            self._answers.put(step, "later")
        at = 0
        while True:
            given = self._answers.all()
            steps = [s for s in asked(given) if s not in skipped]
            if at >= len(steps):
                return
            step = steps[at]
            if not every and step in given:
                at += 1
                continue
            typed = self._one(step, f"{at + 1}/{len(steps)}", given)
            if typed is None:
                at, every = max(0, at - 1), True
            else:
                self._answers.put(step, typed)
                at += 1

    def _one(self, step: Step, place: str, given: dict[str, str]) -> str | None:
        """An answer that will do; None for back."""
        from cardamom.commissioning.steps import SECRETS, STEPS, refusal
        from cardamom.texts.commissioning import WORDS, answer_words
        from cardamom.values.commissioning import Refusal

        words, rule = WORDS[self._language], STEPS[step]
        name, before = words.steps[step], given.get(step, "")
        for n, option in enumerate(rule.choices, 1):
            self._console.say(f"  {n}  {answer_words(step, option, self._language)}")
        hint = words.hints.get(step, "")
        kept = f" [{'*' * len(before) if step in SECRETS else before}]" if before else ""
        prompt = f"{place} {name}{f' ({hint})' if hint else ''}{kept}: "
        while True:
            typed = self._console.ask(prompt, hidden=step in SECRETS)
            if typed == "<":
                return None
            if not typed and before:
                return before
            if rule.choices and typed.isascii() and typed.isdigit():
                row = int(typed) - 1
                typed = rule.choices[row] if 0 <= row < len(rule.choices) else ""
            refused = refusal(step, typed, given)
            if refused is None and step in SECRETS and typed:
                again = self._console.ask(f"{words.again}: ", hidden=True)
                if again != typed:
                    self._console.say(words.refusals[Refusal.PASSCODE_DIFFERS])
                    continue
            if refused is None:
                return typed
            self._console.say(words.refusals[refused])
