"""Run by a twin of the unit, in the same sandbox: tries what the daemon must not be able to do.

Prints a JSON object: what was tried, and "allowed" or the name of the error.
"""

import ctypes
import errno
import json
import mmap
import os
import resource
import socket
import sys
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000


def call(name: str, *arguments: object) -> None:
    if getattr(LIBC, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


def write(path: str) -> None:
    Path(path).write_bytes(b"")


def executable_memory() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def core() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (1, 1))


TRIED: dict[str, Callable[[], object]] = {
    "its own folder": lambda: write("/var/lib/cardamom/probe"),
    "its own credential": lambda: Path(sys.argv[1], "journal.key").read_bytes(),
    "null": lambda: Path("/dev/null").read_bytes(),
    "TCP": lambda: socket.socket(socket.AF_INET).close(),
    "write /usr": lambda: write("/usr/probe"),
    "write /etc": lambda: write("/etc/cardamom/probe"),
    "write /opt": lambda: write("/opt/cardamom/probe"),
    "write /var": lambda: write("/var/lib/probe"),
    "write /sys": lambda: write("/sys/kernel/uevent_helper"),
    "write /proc/sys": lambda: write("/proc/sys/kernel/hostname"),
    "read the sealed keys": lambda: list(Path("/etc/credstore.encrypted").iterdir()),
    "read root's home": lambda: list(Path("/root").iterdir()),
    "see PID 1": lambda: Path("/proc/1/status").stat(),
    "raw packets": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
    "bluetooth": lambda: socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, 0).close(),
    "executable memory": executable_memory,
    "become root": lambda: os.setuid(0),
    "a user namespace": lambda: call("unshare", CLONE_NEWUSER),
    "mount": lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "trace": lambda: call("ptrace", 0, 0, 0, 0),
    "set the clock": lambda: call("settimeofday", (ctypes.c_long * 2)(0, 0), None),
    "set the host's name": lambda: socket.sethostname("probe"),
    "core dumps": core,
    "a device node": lambda: os.mknod("/var/lib/cardamom/node", 0o020600, os.makedev(1, 3)),
}


def main() -> None:
    found = {}
    for name, attempt in TRIED.items():
        try:
            attempt()
            found[name] = "allowed"
        except OSError as e:
            found[name] = errno.errorcode.get(e.errno or 0, str(e))
        except ValueError as e:  # setrlimit above the hard limit
            found[name] = str(e)
    print(json.dumps(found))


main()
