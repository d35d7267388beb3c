"""`cardamom commission` at a console of its own: typed, broken off, gone on with, done."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

from cardamom.settings.load import load
from cardamom.values.commissioning import Stage

COMMAND = [sys.executable, "-m", "cardamom.cli.main", "commission"]


class Person:
    """Types at a pseudo-terminal what is asked for."""

    def __init__(self, file: Path, *arguments: str) -> None:
        self.said = ""
        pid, self._fd = pty.fork()
        if pid == 0:
            os.execv(sys.executable, [*COMMAND, "--settings", str(file), *arguments])  # noqa: S606 ours
        self._pid = pid

    def answers(self, question: str, answer: str) -> None:
        self.sees(question)
        os.write(self._fd, f"{answer}\n".encode())

    def sees(self, text: str) -> None:
        """Reads on until it was said; what came before is forgotten."""
        while text not in self.said:
            more = os.read(self._fd, 4096)
            assert more, self.said
            self.said += more.decode()
        self.said = self.said.partition(text)[2]

    def leaves(self) -> None:
        os.close(self._fd)
        os.waitpid(self._pid, 0)

    def ends(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


def test_typed_broken_off_and_gone_on_with(new: Path) -> None:
    person = Person(new)
    person.answers("1/10 ", "2")
    person.answers("2/10 Time zone", "Mars/Base")
    person.sees("There is no such zone")
    person.answers("Time zone", "Asia/Tokyo")
    person.answers("3/10 Network", "wlan")
    person.sees("There is no such choice")
    person.leaves()
    person = Person(new)
    person.answers("1/10 Language [en]: ", "")
    person.answers("2/10 Time zone (such as Asia/Shanghai) [Asia/Tokyo]: ", "")
    person.answers("3/10 Network: ", "keep")
    person.answers("Mode: ", "demo")
    person.answers("Acquirer profile: ", "<")  # back, to change it
    person.answers("Mode [demo]: ", "")
    person.answers("Acquirer profile: ", "1")
    person.answers("Acquirer's host", "acquirer.example")
    person.answers("Acquirer's port", "7443")
    person.answers("Merchant number", "898310058120017")
    person.answers("Terminal number", "1020305A")
    person.answers("Supervisor's passcode", "195732")
    person.answers("Once more", "195733")
    person.sees("The two differ")
    person.answers("Supervisor's passcode", "195732")
    person.answers("Once more", "195732")
    person.sees("The terminal is set up")
    assert "195732" not in person.said
    assert person.ends() == 0
    settings = load(new)
    assert settings.commissioning.stage is Stage.DONE
    assert (settings.terminal.timezone, settings.terminal.id) == ("Asia/Tokyo", "1020305A")
    assert settings.acquirer.port == 7443


def test_a_file_with_json_says_what_is_missing(new: Path, boot: Path) -> None:
    part = boot.with_name("part.toml")
    part.write_text('language = "en"\npasscode = "195732"\n', "utf-8")
    command = [*COMMAND, "--settings", str(new), "--json", "--answers"]
    done = subprocess.run([*command, str(part)], capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)
    assert (done.returncode, told["stage"]) == (10, "new")
    assert told["answers"] == {"language": "en", "passcode": "******"}
    assert told["missing"][:2] == ["timezone", "network"]
    done = subprocess.run([*command, str(boot)], capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["stage"]) == (0, "done")
    part.write_text('terminal = "1"\n', "utf-8")
    done = subprocess.run([*command, str(part)], capture_output=True, text=True, check=False)
    assert done.returncode == 30
    assert f"{part}: terminal: expected 8 letters and digits" in done.stderr
