"""What every file of the repository is held to."""

from __future__ import annotations

import hashlib
import re
import tomllib

from support.repo import ROOT, tracked_files, tracked_texts

# Of the text at https://www.apache.org/licenses/LICENSE-2.0.txt, as Debian ships it.
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
LEFT_OPEN = re.compile(r"\b(TOD[O]|FIXM[E])\b")
THIS_MACHINE = re.compile(
    r"(?<![\w.$])/(root|home|work)/\w"  # a folder of whoever wrote the file
    r"|\b(pyp[i]|files\.pythonhoste[d]|registry\.npmj[s]|deb\.debia[n])\.org"
    r"|\bindex-ur[l]\b|\bfind-link[s]\b|\btrusted-hos[t]\b"
)


def matches(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found[0]}"
        for path, text in tracked_texts().items()
        for found in pattern.finditer(text)
    ]


def test_nothing_is_left_for_later() -> None:
    assert matches(LEFT_OPEN) == []


def test_no_file_names_a_registry_or_somebodys_folder() -> None:
    assert matches(THIS_MACHINE) == []


def test_a_python_file_has_one_subject() -> None:
    long = [
        f"{path}: {text.count(chr(10))} lines"
        for path, text in tracked_texts().items()
        if path.endswith(".py") and text.count("\n") > 400
    ]
    assert long == []


def test_texts_end_with_a_newline_and_have_no_carriage_returns() -> None:
    wrong = [
        path
        for path, text in tracked_texts().items()
        if text and (not text.endswith("\n") or "\r" in text)
    ]
    assert wrong == []


def test_pictures_stay_small() -> None:
    large = [
        f"{file.relative_to(ROOT)}: {file.stat().st_size} bytes"
        for file in tracked_files()
        if file.suffix == ".png" and file.stat().st_size > 64_000
    ]
    assert large == []


def test_the_licence_is_apache_2_word_for_word() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2


def test_the_changelog_has_a_section_for_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    headings = re.findall(r"^## \[?([\w.]+)", changelog, re.MULTILINE)
    assert headings[0] in {"Unreleased", version["project"]["version"]}


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{path}: {target}"
        for path, text in tracked_texts().items()
        if path.endswith(".md")
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text)
        if not ((ROOT / path).parent / target).exists()
    ]
    assert broken == []
