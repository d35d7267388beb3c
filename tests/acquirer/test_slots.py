"""The certificate's files: the power is cut at each step, and a terminal that connects is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cardamom.acquirer.identity import Identity
from cardamom.acquirer.slots import Disk, Slot, Slots
from cardamom.faults import Fault, SettingsError
from cardamom.values.secret import Key
from support.certificates import root, terminal
from support.enrolling import WHO, signed

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
FLOOR = datetime(2025, 11, 1, tzinfo=UTC)
CA = root("Acquirer Root")
MOST = 9
"""More steps than any of it takes."""


class PowerCut(BaseException):
    pass


class CutDisk(Disk):
    """The power fails at step `at`: before it, or after a file was written and before its
    rename."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.steps = 0

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise PowerCut

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        super().rename(source, target)
        self._step()

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)
        self._step()


def slots(folder: Path, disk: Disk | None = None) -> Slots:
    return Slots(folder / "certificate", lambda: Key(bytes(32)), disk)


def identity(folder: Path, disk: Disk | None = None) -> Identity:
    """With a pair in the settings' files, and a renewed one that waits for its host."""
    return Identity(
        slots(folder, disk), folder / "ca.pem", folder / "terminal.pem", folder / "terminal.key"
    )


def prepared(folder: Path) -> bytes:
    """A request that waits; what the acquirer sends back for it."""
    CA.write(folder, "ca")
    terminal(CA).write(folder, "terminal")
    return signed(slots(folder).request(WHO), CA)


def installed(folder: Path) -> None:
    slots(folder).install(prepared(folder), NOW, FLOOR)


def cuts(folder: Path, act: Callable[[Identity], None], check: Callable[[Identity], None]) -> int:
    """`act` with a cut at every step, and once to its end; how many cuts there were."""
    for at in range(1, MOST):
        disk = CutDisk(at)
        try:
            act(identity(folder / str(at), disk))
        except PowerCut:
            check(identity(folder / str(at)))
        else:
            return at - 1
    raise AssertionError("it never comes to its end")


def test_a_cut_while_it_is_taken_over_leaves_one_that_connects(tmp_path: Path) -> None:
    for at in range(1, MOST):
        (tmp_path / str(at)).mkdir()
        installed(tmp_path / str(at))

    def check(left: Identity) -> None:
        assert left.context().get_ca_certs()
        before = left.slots.described(Slot.NEXT) or left.slots.described(Slot.CURRENT)
        assert before is not None
        left.take_over()  # the next start goes on
        now = left.slots.described(Slot.CURRENT)
        assert now is not None
        assert now.fingerprint == before.fingerprint
        assert left.spare() is not None
        assert not left.slots.has(Slot.NEXT)

    assert cuts(tmp_path, lambda whole: whole.take_over(), check) == 4


def test_a_cut_while_it_comes_in_leaves_the_request_or_the_certificate(tmp_path: Path) -> None:
    came = {}
    for at in range(1, MOST):
        folder = tmp_path / str(at)
        folder.mkdir()
        came[str(at)] = prepared(folder)

    def act(whole: Identity) -> None:
        whole.slots.install(came[whole.ca_file.parent.name], NOW, FLOOR)

    def check(left: Identity) -> None:
        assert left.context().get_ca_certs()
        if not left.slots.has(Slot.NEXT):
            act(left)
        assert left.context(Slot.NEXT).get_ca_certs()

    assert cuts(tmp_path, act, check) == 6


def test_a_cut_while_a_key_is_made_leaves_the_one_before_or_the_new_one(tmp_path: Path) -> None:
    for at in range(1, MOST):
        (tmp_path / str(at)).mkdir()
        prepared(tmp_path / str(at))

    def check(left: Identity) -> None:
        csr = left.slots.waiting()
        assert csr is not None
        left.slots.install(signed(csr, CA), NOW, FLOOR)

    def act(whole: Identity) -> None:
        whole.slots.request(WHO, fresh=True)

    assert cuts(tmp_path, act, check) == 2


def test_a_second_renewal_keeps_the_first_as_the_one_before(tmp_path: Path) -> None:
    installed(tmp_path)
    whole = identity(tmp_path)
    whole.take_over()
    first = whole.slots.described(Slot.CURRENT)
    whole.slots.install(signed(whole.slots.request(WHO), CA), NOW, FLOOR)
    whole.take_over()
    assert whole.slots.described(Slot.PREVIOUS) == first
    assert whole.slots.described(Slot.CURRENT) != first


def test_a_terminal_without_any_says_what_to_do(tmp_path: Path) -> None:
    bare = Identity(slots(tmp_path), tmp_path / "ca.pem", None, None)
    assert not bare.known
    with pytest.raises(SettingsError, match="no certificate yet: `cardamom certificate request`"):
        bare.context()


@pytest.mark.parametrize("left", [0, 40, 700])
def test_half_a_slot_says_what_to_do(tmp_path: Path, left: int) -> None:
    installed(tmp_path)
    whole = identity(tmp_path)
    whole.take_over()
    path = whole.slots.path(Slot.CURRENT)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(SettingsError, match="enrol again with `cardamom certificate renew`"):
        whole.context()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "certificate").write_text("a file where the folder should be")
    with pytest.raises(Fault, match=r"the certificate's folder .* cannot be used"):
        slots(tmp_path).request(WHO)
