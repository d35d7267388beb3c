"""Every locked package has its licence on the page, and none that was not thought of."""

from __future__ import annotations

from support.licences import LOCKS, PAGE, locked, page, rows, stated

FREE = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU",
    "PSF-2.0", "Unlicense",
}  # fmt: skip
# These ask something of whoever passes the package on, and the page says what.
THOUGHT_OF = {
    "libusb1": "LGPL-2.1-or-later",
    "nfcpy": "EUPL-1.1",
    "pyscard": "LGPL-2.0-or-later",
}
# These never leave a developer's desk.
DESK = {"MPL-2.0"}


def test_the_page_is_current() -> None:
    text = PAGE.read_text("utf-8")
    assert text == page(rows(text)), "the first lines of tests/support/licences.py say how"


def test_every_locked_package_is_on_the_page_in_its_version() -> None:
    shown = {package: version for package, (version, _) in rows(PAGE.read_text("utf-8")).items()}
    assert shown == {p: v for lock in LOCKS for p, v in locked(lock).items()}


def test_no_licence_is_unknown_or_new() -> None:
    shown = rows(PAGE.read_text("utf-8"))
    strange = []
    for lock in LOCKS:
        allowed = FREE | (DESK if lock == "dev" else set())
        for package in locked(lock):
            licence = shown[package][1]
            choices = (choice.split(" AND ") for choice in licence.split(" OR "))
            one_fits = any(allowed.issuperset(parts) for parts in choices)
            if not one_fits and THOUGHT_OF.get(package) != licence:
                strange.append(f"{package}: {licence}")
    assert strange == []


def test_what_asks_something_is_named_in_words() -> None:
    words = PAGE.read_text("utf-8").partition("\n## ")[0]
    assert [package for package in THOUGHT_OF if f"`{package}`" not in words] == []


def test_a_licence_is_read_from_what_the_package_says() -> None:
    assert stated("pyscard") == THOUGHT_OF["pyscard"]
    assert stated("no-such-package") is None
