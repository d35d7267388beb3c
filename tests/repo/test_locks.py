"""The locks: what they may hold, and that they lock what the project asks for."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support.repo import ROOT

LOCKS = ("build", "runtime", "pi", "dev", "audit")
FOLDER = ROOT / "config" / "locks"
PACKAGE = re.compile(
    r"(?P<requirement>[a-z0-9][a-z0-9-]*==[0-9][\w.]*(?: ; [^\\\n]+)?) \\\n"
    r"(?:    --hash=sha256:[0-9a-f]{64} \\\n)*    --hash=sha256:[0-9a-f]{64}\n"
)


def locked(name: str) -> list[Requirement]:
    text = (FOLDER / f"{name}.txt").read_text(encoding="ascii")
    assert PACKAGE.sub("", text) == "", "something else than name==version ; marker and hashes"
    return [Requirement(found["requirement"]) for found in PACKAGE.finditer(text)]


def asked_for(name: str) -> list[Requirement]:
    """The requirements of an `.in` file."""
    lines = (FOLDER / f"{name}.in").read_text(encoding="utf-8").splitlines()
    wanted = (line.split("#")[0].strip() for line in lines)
    return [Requirement(line) for line in wanted if line and not line.startswith("-c ")]


def pinned(name: str) -> dict[str, str]:
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in locked(name)}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_versions_markers_and_hashes_alone(name: str) -> None:
    names = [requirement.name for requirement in locked(name)]
    assert names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_answers_what_was_asked_for(name: str) -> None:
    pins = pinned(name)
    for requirement in asked_for(name):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def test_the_runtime_lock_covers_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = [Requirement(text) for text in project["project"]["dependencies"]]
    wanted = {(canonicalize_name(r.name), frozenset(r.extras)) for r in declared}
    locks = {(canonicalize_name(r.name), frozenset(r.extras)) for r in asked_for("runtime")}
    assert locks == wanted


def test_the_build_lock_covers_the_build_system() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = pinned("build")
    for text in project["build-system"]["requires"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[requirement.name])


def test_no_package_has_two_versions() -> None:
    seen: dict[str, str] = {}
    for name in set(LOCKS) - {"audit"}:  # which has an environment of its own
        for package, pin in pinned(name).items():
            assert seen.setdefault(package, pin) == pin, package


def test_never_both_libraries_that_provide_rpi_gpio() -> None:
    everything = {package for name in LOCKS for package in pinned(name)}
    assert "rpi-lgpio" in everything
    assert "rpi-gpio" not in everything


def test_what_is_installed_is_what_is_locked() -> None:
    here = {key: str(value) for key, value in default_environment().items()}
    for name in ("runtime", "dev"):
        for requirement in locked(name):
            if requirement.marker is None or requirement.marker.evaluate(here):
                assert requirement.specifier.contains(version(requirement.name)), requirement
