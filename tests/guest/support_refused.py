"""What support is to be refused over a real sshd, each thing tried: nothing may come of it."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Final

from guest.house import House
from guest.machine import MachineError
from guest.support import AT, KEY, OPTIONS, environments, expect, ssh, type_in, visiting

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
    *("bundle --out " + PROOF, "bundle --to /srv/x", "status --help", "-c id", "sale 1.00"),
    *("void 1", "refund 1", "settle", "keys list", "journal verify", "run", "demo", "passcode"),
    *("internal-sftp", "/usr/lib/openssh/sftp-server", "scp -t /tmp", "scp -f /etc/passwd"),
    *("\x1b[31mid", "status \x00id", "sta\ttus\x07", "x" * 5000, "logs --follow " + "y" * 100_000),
)  # fmt: skip


def support_can_do_nothing_else(house: House) -> str:
    """Shells, files, forwarding, variables, signals, the socket: each tried, each refused."""
    tried = 0
    for words in ONE_SHOTS:
        if len(words) > 90_000 or "\0" in words:
            continue  # of no use as an argument; typed below
        status, said = ssh(house, AT, "--", words)
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
    house.write("/srv/batch", b"get /etc/passwd /srv/got\nput /etc/passwd " + PROOF.encode())
    options = (*OPTIONS, "-i", KEY)
    tries = (
        ("sftp", *options, "-b", "/srv/batch", AT),
        ("scp", *options, f"{AT}:/etc/passwd", "/srv/got"),
        ("scp", "-O", *options, f"{AT}:/etc/passwd", "/srv/got"),
        ("scp", *options, "/etc/passwd", f"{AT}:{PROOF}"),
        ("scp", "-O", *options, "/etc/passwd", f"{AT}:{PROOF}"),
        ("ssh", *options, "-s", AT, "sftp"),
    )
    for words in tries:
        status, said = house.machine.try_run("timeout", "20", *words)
        expect(status != 0, f"support may {words[0]}: {said[-300:]}")
        _nothing(house, said.encode(), words[0])
        expect(not house.machine.path("/srv/got").exists(), "support fetched a file")
    return len(tries)


def _forwarding(house: House) -> int:
    """To sshd's own port, which speaks first, and to the terminal's socket, which answers."""
    run = house.machine.try_run
    options = (*OPTIONS, "-i", KEY)
    status, said = run("timeout", "20", "ssh", *options, "-W", "127.0.0.1:22", AT)
    expect(status != 0 and "prohibited" in said, f"-W goes through: {said}")
    remote = ("-o", "ExitOnForwardFailure=yes", "-N", "-R", "7002:127.0.0.1:22")
    status, said = run("timeout", "20", "ssh", *options, *remote, AT)
    expect(status == 255 and "failed" in said, f"-R is taken: {said}")
    run("timeout", "20", "ssh", *options, "-w", "0:0", AT, "status")
    expect(not house.machine.path("/sys/class/net/tun0").exists(), "a tunnel is there")
    for words, first in (
        (("-L", "7003:127.0.0.1:22"), b""),
        (("-D", "7003"), SOCKS),
        (("-L", "7003:/run/cardamom/control.sock"), b'{"op": "status"}\n'),
    ):
        command = house.machine.command("ssh", *options, *words, AT)
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # its end is the visit's
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ):
            status, said = run("python3", "-c", KNOCK, first.hex())
        expect(status == 0, f"{words} could not be tried: {said}")
        expect("SSH-" not in said and "ok" not in said, f"{words} goes through: {said}")
    return 6


SOCKS: Final = bytes([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 22])
"""Greeting, and CONNECT to 127.0.0.1 port 22 (RFC 1928, 3 and 4)."""
KNOCK: Final = """
import socket, sys, time
for _ in range(100):
    try: line = socket.create_connection(("127.0.0.1", 7003), 5)
    except OSError: time.sleep(0.1)
    else: break
else: sys.exit("nothing listens")
line.settimeout(10)
try:
    line.sendall(bytes.fromhex(sys.argv[1]))
    while got := line.recv(1000): print(got)
except ConnectionError: pass
"""


def _variables(house: House) -> int:
    """Nothing of the caller's environment arrives, nor an agent's or a display's socket."""
    told = "PYTHONPATH=/tmp PYTHONSTARTUP=/tmp/x LD_PRELOAD=/tmp/x CARDAMOM_SOCKET=/tmp/x LANG=zh"
    options = (*OPTIONS, "-i", KEY, "-A", "-X", "-o", f"SetEnv={told}", "-tt")
    words = house.machine.command("ssh-agent", "ssh", *options, AT, DISPLAY=":0")
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as client:
        house.machine.until(lambda: bool(house.status()["support"]), "support does not come in", 20)
        found = environments(house)
        type_in(client, b"exit\n")
    expect(bool(found), "support's process is not to be found")
    names = {line.partition("=")[0] for line in found}
    foreign = {n for n in names if n.startswith(("PYTHON", "LD_", "CARDAMOM", "LANG", "DISPLAY"))}
    expect(not foreign and "SSH_AUTH_SOCK" not in names, f"variables arrive: {names}")
    house.machine.until(lambda: not house.status()["support"], "the visit does not end", 20)
    return 7


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
    expect(not environments(house), "support left a process behind")
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
