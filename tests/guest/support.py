"""Support as it logs in over a real sshd: what it sees, and all that it is to be refused."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cardamom.simulator.testdata import data
from guest.house import House
from guest.machine import MachineError

KEY: Final = "/srv/support.key"
OTHER: Final = "/srv/other.key"
AGE_KEY: Final = "/srv/bundle.key"
AT: Final = "support@127.0.0.1"
OPTIONS: Final = (
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "IdentitiesOnly=yes"),
)


def expect(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise MachineError(otherwise)


def ssh(house: House, *words: str, typed: bytes = b"", key: str = KEY) -> tuple[int, bytes]:
    """What came of it, and every byte that came over, errors too."""
    done = subprocess.run(
        house.machine.command("ssh", *OPTIONS, "-i", key, *words),
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


def asked(house: House, *words: str) -> bytes:
    """Of a command that works. Raises MachineError."""
    status, said = ssh(house, AT, *words)
    expect(status in (0, 10), f"support's {' '.join(words)} ended with {status}: {said[-500:]!r}")
    return said


@contextmanager
def visiting(house: House) -> Iterator[subprocess.Popen[bytes]]:
    """Support at its prompt, on a terminal of sshd's."""
    words = house.machine.command("ssh", *OPTIONS, "-tt", "-i", KEY, AT, TERM="xterm")
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as visit:
        try:
            house.machine.until(
                lambda: int(str(house.status()["support"])) == 1, "support does not come in", 20
            )
            yield visit
        finally:
            visit.kill()
    house.machine.until(lambda: not house.status()["support"], "the visit does not end", 20)


def type_in(visit: subprocess.Popen[bytes], typed: bytes) -> None:
    assert visit.stdin is not None
    visit.stdin.write(typed)
    visit.stdin.flush()


def support_logs_in(house: House) -> str:
    """With the key that was made for it, and with nothing else."""
    run = house.machine.run
    for name in (KEY, OTHER):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name)
    public = house.machine.path(f"{KEY}.pub").read_bytes()
    keys = house.machine.path("/etc/cardamom/support/authorized_keys")
    facts = keys.stat()
    expect((facts.st_uid, facts.st_mode & 0o777) == (0, 0o644), "the keys' file is not root's")
    keys.write_bytes(public)
    shadow = run("getent", "shadow", "support").split(":")[1]
    expect(shadow.startswith("!"), "support has a password")
    run("systemctl", "is-active", "ssh.service")
    status, said = ssh(house, AT, "status")
    expect(status == 0 and b"ready" in said, f"the key does not let it in: {said!r}")
    refused = {
        "another key": ssh(house, AT, "status", key=OTHER),
        "no key": ssh(house, "-o", "PubkeyAuthentication=no", AT, "status"),
        "a password": ssh(
            *(house, "-o", "PreferredAuthentications=password,keyboard-interactive"),
            *("-o", "BatchMode=no", "-o", "NumberOfPasswordPrompts=1", AT, "status"),
        ),
    }
    for what, (status, said) in refused.items():
        expect(status == 255 and b"Permission denied" in said, f"{what} lets it in: {said!r}")
    return f"by its key alone; {', '.join(refused)} refused"


def another_file_of_sshd_s(house: House) -> str:
    """One that says otherwise of support, and comes first, is noticed by `install`."""
    ours = house.machine.path("/etc/ssh/sshd_config.d/50-cardamom.conf")
    other = house.machine.path("/etc/ssh/sshd_config.d/10-other.conf")
    ours.unlink()
    other.write_text("Match User support\n    AllowTcpForwarding yes\nMatch all\n")
    try:
        house.setup("install")
    except MachineError as e:
        expect("sshd is to have: allowtcpforwarding no" in str(e), str(e))
        expect(not ours.exists(), "what sshd does not take as it is meant stays")
    else:
        raise MachineError("an sshd that forwards for support is not noticed")
    finally:
        other.unlink()
    house.setup("install")
    expect(ours.exists(), "sshd's file is not put back")
    house.until_ready()
    return "noticed, and nothing of ours left that would mislead"


def support_sees(house: House) -> str:
    """Status, log, story, trace, self-test and bundle of a sale, and of its card number nothing."""
    run = house.machine.run
    run("age-keygen", "-o", AGE_KEY)
    recipient = run("age-keygen", "-y", AGE_KEY)
    house.write("/etc/cardamom/support/recipients", f"{recipient}\n".encode())
    heard = [asked(house, "trace", "--minutes", "2")]
    record = house.sale("13.57")
    txn = str(record["id"])
    seen = {
        "status": asked(house, "status"),
        "logs": asked(house, "logs", "--since", "1h", "--explain"),
        "its log": asked(house, "logs", "--txn", txn, "--json"),
        "transactions": asked(house, "transactions"),
        "show": asked(house, "show", txn),
        "explain": asked(house, "explain", txn),
        "trace": asked(house, "trace"),
        "owed": asked(house, "owed"),
        "metrics": asked(house, "metrics"),
        "selftest": asked(house, "selftest"),
    }
    wanted = {
        "status": b"batch",
        "logs": b"host_answer",
        "its log": f'"txn": {txn}'.encode(),
        "transactions": b"13.57",
        "show": b"approved",
        "explain": b"TVR",
        "trace": b"MTI  0200",
        "metrics": b"cardamom_",
        "selftest": b"reader",
    }
    for name, word in wanted.items():
        expect(word in seen[name], f"support's {name} lacks {word!r}: {seen[name][-1500:]!r}")
    house.until_ready()
    box = _bundle(house)
    opened = _opened(house, box, AGE_KEY)
    expect(f"stories/{txn}.txt".encode() in opened, "the bundle has no story of the sale")
    expect(b"TVR" in opened and b"host_answer" in opened, "the bundle has no story, or no log")
    run("age-keygen", "-o", f"{AGE_KEY}.other")
    status, _ = house.machine.try_run("age", "-d", "-i", f"{AGE_KEY}.other", "/srv/bundle.age")
    expect(status != 0, "another key opens the bundle")
    heard += [*seen.values(), box, opened]
    everything = b"\n".join(heard)
    profile = tomllib.loads(data("cards", "no-cvm.toml").read_text("utf-8"))
    pan = profile["application"][0]["pan"]
    for what, hidden in _forms(pan).items():
        expect(hidden not in everything, f"the card number came over, {what}")
    acts = _acts(house)
    expect(record["card"].encode() in everything, "not even the masked number came over")
    for act in ("connected", f"explain {txn}", "bundle", "left"):
        expect(any(act in one for one in acts), f"the journal lacks support's {act}: {acts}")
    expect(all("SHA256:" in one for one in acts), "the journal does not say whose key it was")
    return f"{len(everything) // 1024} kB came over, no card number in them; {len(acts)} acts kept"


def _forms(pan: str) -> dict[str, bytes]:
    """A card number as it may be written."""
    spaced = " ".join(pan[i : i + 4] for i in range(0, len(pan), 4))
    return {
        "in digits": pan.encode(),
        "in groups": spaced.encode(),
        "in BCD": bytes.fromhex(pan),
        "its middle": pan[4:-2].encode(),
    }


def _bundle(house: House) -> bytes:
    """As `ssh support@HOST bundle > bundle.age`, left at /srv/bundle.age."""
    done = subprocess.run(
        house.machine.command("ssh", *OPTIONS, "-i", KEY, AT, "bundle"),
        capture_output=True,
        check=False,
        timeout=120,
    )
    expect(done.returncode == 0, f"no whole bundle: {done.returncode} {done.stderr[-500:]!r}")
    house.write("/srv/bundle.age", done.stdout)
    return done.stdout


def _opened(house: House, box: bytes, key: str) -> bytes:
    """The archive's names and all that is in it, opened by age itself."""
    expect(box.startswith(b"age-encryption.org/v1"), "the bundle is not sealed")
    run = house.machine.run
    run("sh", "-ec", f"age -d -i {key} /srv/bundle.age >/srv/bundle.tgz")
    names = run("tar", "-tzf", "/srv/bundle.tgz")
    return f"{names}\n{run('tar', '-xzOf', '/srv/bundle.tgz')}".encode()


def _acts(house: House) -> list[str]:
    """What the terminal's journal keeps of support."""
    with TemporaryDirectory() as folder:
        for file in house.machine.path("/var/lib/cardamom").glob("journal.db*"):
            shutil.copy(file, folder)
        db = sqlite3.connect(Path(folder, "journal.db"))
        bodies = [json.loads(body) for (body,) in db.execute("SELECT body FROM events")]
        db.close()
    told = [b for b in bodies if "support" in str(b.get("operator", ""))]
    return [f"{b['operator']}: {b['act']}" for b in told]


def environments(house: House) -> list[str]:
    """Of support's processes in the guest."""
    uid = house.machine.run("id", "-u", "support")
    found: list[str] = []
    for folder in house.machine.path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            status = (folder / "status").read_text()
            if (
                f"Uid:\t{uid}\t{uid}" in status
                and b"cardamom/support" in (folder / "cmdline").read_bytes()
            ):
                found += (folder / "environ").read_bytes().decode().split("\0")
    return [line for line in found if line]


def merchant_ends_support(house: House) -> str:
    """From the menu, while support follows the log; for a while nobody gets in again."""
    bench = house.machine.path("/run/cardamom/bench.sock")
    with visiting(house) as visit:
        type_in(visit, b"logs --follow\n")
        house.machine.until(lambda: house.screen() == "Idle", "the screen is not the idle one")
        for key in ("menu", "enter"):
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(str(bench))
                sock.sendall(json.dumps({"op": "press", "keys": [key]}).encode() + b"\n")
                sock.recv(1000)
            time.sleep(0.5)
        try:
            said, _ = visit.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            raise MachineError(f"the visit goes on; the screen is {house.screen()}") from None
    expect(b"the merchant has ended this visit" in said, f"support is not told: {said[-500:]!r}")
    expect(not environments(house), "support's processes go on")
    status, again = ssh(house, AT, "status")
    expect(status == 30 and b"merchant" in again, f"it gets in again at once: {again!r}")
    expect("ended by the merchant" in _acts(house)[-1], "the journal does not say who ended it")
    return "the visit ended at once, the next is refused for a while"
