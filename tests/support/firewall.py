"""Run in a network namespace of its own, by test_firewall: the firewall's rules between a terminal
and a world that has every address of the example. Prints what got through as JSON.

`unshare --net python firewall.py RULES`, as root."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

TERMINAL = "203.0.113.7"
WORLD = {
    "acquirer": "192.0.2.10",
    "printer": "192.0.2.9",
    "resolver": "192.0.2.53",
    "support": "198.51.100.5",
    "stranger": "203.0.113.99",
}
WORLD_PORTS = (22, 53, 80, 443, 7000, 9100)
TERMINAL_PORTS = (22, 9100, 35963)  # 35963: vpcd of pcscd, which listens on every address
OUT = (
    ("acquirer", 7000), ("acquirer", 443), ("acquirer", 22), ("printer", 9100), ("printer", 80),
    ("resolver", 53), ("stranger", 7000), ("stranger", 443), ("support", 22),
)  # fmt: skip
IN = (
    ("support", 22), ("support", 35963), ("support", 9100), ("stranger", 22), ("acquirer", 22),
    ("acquirer", 35963),
)  # fmt: skip
WAIT_S = 1.0


def listen(ports: tuple[int, ...]) -> list[socket.socket]:
    return [socket.create_server(("0.0.0.0", port), backlog=16) for port in ports]


def reach(address: str, port: int, source: str | None = None) -> str:
    """`open`, `refused` at once, or `silent`."""
    try:
        socket.create_connection(
            (address, port), WAIT_S, source_address=(source, 0) if source else None
        ).close()
    except TimeoutError:
        return "silent"
    except OSError:
        return "refused"
    return "open"


def held(port: int) -> str:
    """Connects and says what it is told."""
    with socket.create_connection((TERMINAL, port), 5, (WORLD["support"], 0)) as line:
        try:
            return line.recv(2).decode()
        except TimeoutError:
            return "silent"


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def in_world(pid: int, *command: str) -> list[str]:
    return ["nsenter", "--net", "--target", str(pid), *command]


def wire(pid: int) -> None:
    run("ip", "link", "add", "wire", "type", "veth", "peer", "name", "world", "netns", str(pid))
    run("ip", "link", "set", "lo", "up")
    run("ip", "addr", "add", f"{TERMINAL}/32", "dev", "wire")
    run("ip", "link", "set", "wire", "up")
    run("ip", "route", "add", "default", "dev", "wire")
    for address in WORLD.values():
        run(*in_world(pid, "ip", "addr", "add", f"{address}/32", "dev", "world"))
    run(*in_world(pid, "ip", "link", "set", "world", "up"))
    run(*in_world(pid, "ip", "route", "add", "default", "dev", "world"))


def world() -> None:
    """The other namespace: listens, and for each line `source port` says whether it got in."""
    listening = listen(WORLD_PORTS)
    print("listening", flush=True)
    for line in sys.stdin:
        name, port = line.split()
        if name == "hold":
            print(held(int(port)), flush=True)
            continue
        print(reach(TERMINAL, int(port), WORLD[name]), flush=True)
    for each in listening:
        each.close()


def terminal(rules: Path) -> dict[str, dict[str, str]]:
    anchor = subprocess.Popen(["unshare", "--net", "sleep", "60"])
    ours = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{anchor.pid}/ns/net").readlink() == ours:
        time.sleep(0.01)
    try:
        wire(anchor.pid)
        with subprocess.Popen(
            in_world(anchor.pid, sys.executable, __file__),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other:
            assert other.stdin is not None
            assert other.stdout is not None
            other.stdout.readline()
            listening = listen(TERMINAL_PORTS)
            open_before = reach(WORLD["stranger"], 443)
            other.stdin.write("hold 22\n")
            other.stdin.flush()
            session, _ = listening[0].accept()
            run("nft", "-f", str(rules))
            session.sendall(b"on")  # the terminal speaks first, as an installer does
            went_on = other.stdout.readline().strip()
            session.close()
            went = {f"{name}:{port}": reach(WORLD[name], port) for name, port in OUT}
            came = {}
            for name, port in IN:
                print(name, port, file=other.stdin, flush=True)
                came[f"{name}:{port}"] = other.stdout.readline().strip()
            for each in listening:
                each.close()
        before = {"stranger:443": open_before, "session": went_on}
        return {"before": before, "out": went, "in": came}
    finally:
        anchor.kill()
        anchor.wait()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(terminal(Path(sys.argv[1]))))
    else:
        world()
