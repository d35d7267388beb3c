"""Support as it logs in over a real sshd: what it sees, and all that it is to be refused."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from cardamom.simulator.testdata import data
from guest.house import House
from guest.machine import MachineError

KEY: Final = "/root/support"
OTHER: Final = "/root/other"
AGE_KEY: Final = "/root/bundle.key"
AT: Final = "support@127.0.0.1"
OPTIONS: Final = (
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "IdentitiesOnly=yes"),
)
MARK: Final = "uid="
"""What `id` prints: nobody of support's may ever run it."""
PROOF: Final = "/tmp/support-was-here"
ONE_SHOTS: Final = (
    *("bash", "sh", "sh -c id", "/bin/sh -i", "id", "exec id", "../../bin/id", "python3"),
    *("status; id", "status && id", "status | id", "status `id`", "status $(id)", "status & id"),
    *("status\nid", "status\n!id", "!id", "|id", "status > " + PROOF, "status --json > " + PROOF),
    *("logs --file /etc/shadow", "logs --fil=/etc/shadow", "logs --since=1h;id", "logs --host x"),
    *("explain 1 --file /etc/passwd", "explain 1 --save " + PROOF, "explain --transcript x"),
    *("trace --socket /run/dbus/system_bus_socket", "selftest --print", "selftest --attended"),
    *("bundle --out " + PROOF, "bundle --to /root/x", "status --help", "-c id", "--", "sale 1.00"),
    *("void 1", "refund 1", "settle", "keys list", "journal verify", "run", "demo", "passcode"),
    *("internal-sftp", "/usr/lib/openssh/sftp-server", "scp -t /tmp", "scp -f /etc/passwd"),
    *("\x1b[31mid", "status \x00id", "sta\ttus\x07", "x" * 5000, "logs --follow " + "y" * 100_000),
)  # fmt: skip


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
    status, _ = house.machine.try_run("age", "-d", "-i", f"{AGE_KEY}.other", "/root/bundle.age")
    expect(status != 0, "another key opens the bundle")
    heard += [*seen.values(), box, opened]
    everything = b"\n".join(heard)
    pan = tomllib.loads(data("cards", "no-cvm.toml").read_text("utf-8"))["pan"]
    for what, hidden in _forms(pan).items():
        expect(hidden not in everything, f"the card number came over, {what}")
    acts = _acts(house)
    for word in ("connected", f"explain {txn}", "bundle", "left"):
        expect(any(word in act for act in acts), f"the journal lacks support's {word}: {acts}")
    expect(all("SHA256:" in act for act in acts), "the journal does not say whose key it was")
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
    """As `ssh support@HOST bundle > bundle.age`, left at /root/bundle.age."""
    done = subprocess.run(
        house.machine.command("ssh", *OPTIONS, "-i", KEY, AT, "bundle"),
        capture_output=True,
        check=False,
        timeout=120,
    )
    expect(done.returncode == 0, f"no whole bundle: {done.returncode} {done.stderr[-500:]!r}")
    house.write("/root/bundle.age", done.stdout)
    return done.stdout


def _opened(house: House, box: bytes, key: str) -> bytes:
    """The archive's names and all that is in it, opened by age itself."""
    expect(box.startswith(b"age-encryption.org/v1"), "the bundle is not sealed")
    run = house.machine.run
    run("sh", "-ec", f"age -d -i {key} /root/bundle.age >/root/bundle.tgz")
    names = run("tar", "-tzf", "/root/bundle.tgz")
    return f"{names}\n{run('tar', '-xzOf', '/root/bundle.tgz')}".encode()


def _acts(house: House) -> list[str]:
    """What the terminal's journal keeps of support."""
    file = house.machine.path("/var/lib/cardamom/journal.db")
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
        bodies = [json.loads(body) for (body,) in db.execute("SELECT body FROM events")]
    told = [b for b in bodies if "support" in str(b.get("operator", ""))]
    return [f"{b['operator']}: {b['act']}" for b in told]


def support_can_do_nothing_else(house: House) -> str:
    """Shells, files, forwarding, variables, signals, the socket: each tried, each refused."""
    tried = 0
    for words in ONE_SHOTS:
        if len(words) > 90_000 or "\0" in words:
            continue  # of no use as an argument; typed below
        status, said = ssh(house, AT, words)
        expect(status not in (0, 10), f"support may say {words[:60]!r}: {said[-300:]!r}")
        _nothing(house, said, words)
        tried += 1
    tried += _files(house) + _forwarding(house) + _variables(house) + _typed(house)
    return f"{tried + _socket(house)} attempts, each refused; nothing was left behind"


def _nothing(house: House, said: bytes, what: str) -> None:
    expect(MARK.encode() not in said, f"support runs a program by {what[:60]!r}: {said[-300:]!r}")
    expect(b"root:" not in said, f"support reads a file by {what[:60]!r}: {said[-300:]!r}")
    expect(not house.machine.path(PROOF).exists(), f"support writes a file by {what[:60]!r}")


def _files(house: House) -> int:
    house.write("/root/batch", b"get /etc/passwd /root/got\nput /etc/passwd " + PROOF.encode())
    options = (*OPTIONS, "-i", KEY)
    tries = (
        ("sftp", *options, "-b", "/root/batch", AT),
        ("scp", *options, f"{AT}:/etc/passwd", "/root/got"),
        ("scp", "-O", *options, f"{AT}:/etc/passwd", "/root/got"),
        ("scp", *options, "/etc/passwd", f"{AT}:{PROOF}"),
        ("scp", "-O", *options, "/etc/passwd", f"{AT}:{PROOF}"),
        ("ssh", *options, "-s", AT, "sftp"),
    )
    for words in tries:
        status, said = house.machine.try_run("timeout", "20", *words)
        expect(status != 0, f"support may {words[0]}: {said[-300:]}")
        _nothing(house, said.encode(), words[0])
        expect(not house.machine.path("/root/got").exists(), "support fetched a file")
    return len(tries)


def _forwarding(house: House) -> int:
    """Port 7000 is the host's: who is let through to it gets a line to it."""
    run = house.machine.try_run
    options = (*OPTIONS, "-i", KEY)
    status, said = run("timeout", "20", "ssh", *options, "-W", "127.0.0.1:7000", AT)
    expect(status != 0 and "prohibited" in said, f"-W goes through: {said}")
    remote = ("-o", "ExitOnForwardFailure=yes", "-N", "-R", "7002:127.0.0.1:7000")
    status, said = run("timeout", "20", "ssh", *options, *remote, AT)
    expect(status == 255 and "failed" in said, f"-R is taken: {said}")
    status, said = run("timeout", "20", "ssh", *options, "-w", "0:0", AT, "status")
    expect(not house.machine.path("/sys/class/net/tun0").exists(), f"a tunnel is there: {said}")
    for words, port in (
        (("-L", "7003:127.0.0.1:7000"), 7003),
        (("-D", "7004"), 7004),
        (("-L", "7005:/run/cardamom/control.sock"), 7005),
    ):
        command = house.machine.command("ssh", *options, "-N", *words, AT)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
            probe = f"""
import socket, time
for _ in range(100):
    try: line = socket.create_connection(("127.0.0.1", {port}), 5)
    except OSError: time.sleep(0.1)
    else: break
line.settimeout(10)
line.sendall({_first_words(words[0], port)!r})
got = line.recv(100)
print("answer" if got and got[:2] != bytes([5, 0]) or got[2:] else "closed")
"""
            _, said = run("python3", "-c", probe)
            client.kill()
        expect(said.strip().endswith("closed"), f"{words[0]} goes through: {said}")
    return 6


def _first_words(flag: str, port: int) -> bytes:
    """What opens a conversation there: for SOCKS its greeting, for the terminal's socket JSON."""
    if flag == "-D":
        return bytes([5, 1, 0])
    return b'{"op": "status"}\n' if port == 7005 else b"x"


def _variables(house: House) -> int:
    """Nothing of the caller's environment arrives, nor an agent's or a display's socket."""
    told = "PYTHONPATH=/tmp PYTHONSTARTUP=/tmp/x LD_PRELOAD=/tmp/x CARDAMOM_SOCKET=/tmp/x LANG=zh"
    options = (*OPTIONS, "-i", KEY, "-A", "-X", "-o", f"SetEnv={told}", "-tt")
    words = house.machine.command("sh", "-c", 'eval "$(ssh-agent)" >/dev/null; exec "$@"', "sh",
                                  "ssh", *options, AT, DISPLAY=":0")  # fmt: skip
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as client:
        house.machine.until(lambda: bool(house.status()["support"]), "support does not come in", 20)
        found = _environments(house)
        client.kill()
    expect(bool(found), "support's process is not to be found")
    names = {line.partition("=")[0] for line in found}
    foreign = {n for n in names if n.startswith(("PYTHON", "LD_", "CARDAMOM", "LANG", "DISPLAY"))}
    expect(not foreign and "SSH_AUTH_SOCK" not in names, f"variables arrive: {names}")
    house.machine.try_run("pkill", "ssh-agent")
    house.machine.until(lambda: not house.status()["support"], "the visit does not end", 20)
    return 7


def _environments(house: House) -> list[str]:
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


def _typed(house: House) -> int:
    """At the prompt: control characters, a pager's ways out, lines without end."""
    typed = (
        *(b"!id\n", b"\x1a", b"\x1c", b"\x03", b"logs --follow\n", b"!id\n", b"v:!id\n", b"\x1a"),
        *(b"\x1c", b"\x03", b"\x16\x03id\n", b"\x1b[A\x1b!id\n", b"\t\t\n", b"\x18\x05\n"),
        *(b"$(id)\n", b"x" * 100_000 + b"\n", b"\xff\xfe\x00\n", b"status\n"),
    )
    with visiting(house) as visit:
        for one in typed:
            type_in(visit, one)
            time.sleep(0.15)
        type_in(visit, b"\x03\nexit\n")
        try:
            said, _ = visit.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            raise MachineError("support's prompt does not come back to exit") from None
    _nothing(house, said, "typing")
    expect(b"batch" in said, f"the prompt did not outlive what was typed: {said[-800:]!r}")
    expect(not _environments(house), "support left a process behind")
    return len(typed)


def _socket(house: House) -> int:
    """The daemon itself knows the account, whatever speaks for it."""
    said = house.machine.run("runuser", "-u", "support", "--", "python3", "-c", SPEAKER)
    answers = [json.loads(line) for line in said.splitlines()]
    expect(len(answers) == ASKED and not any(a["ok"] for a in answers), f"it may: {said}")
    login = ("su", "-", "support", "-c", "id")
    status, told = house.machine.try_run(*login)
    expect(MARK not in told, f"a login as support is a shell ({status}): {told}")
    return len(answers) + 1


ASKED: Final = 6
SPEAKER: Final = """
import socket
for line in ('{"op": "status"}', '{"op": "sale", "amount": "1.00"}', '{"op": "settle"}',
             '{"op": "cancel"}', '{"op": "void", "id": 1}', '{"op": "support_act", "what": "x"}'):
    s = socket.socket(socket.AF_UNIX)
    s.connect("/run/cardamom/control.sock")
    s.sendall(line.encode() + b"\\n")
    print(s.makefile().readline().strip())
"""


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
    expect(not _environments(house), "support's processes go on")
    status, again = ssh(house, AT, "status")
    expect(status == 30 and b"merchant" in again, f"it gets in again at once: {again!r}")
    expect("ended by the merchant" in _acts(house)[-1], "the journal does not say who ended it")
    return "the visit ended at once, the next is refused for a while"
