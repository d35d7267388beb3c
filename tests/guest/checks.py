"""What is tried on the installed terminal, in this order: each leaves it ready for the next."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from guest.guard import firewall, opened_case, spoilt_key, usb_rules
from guest.house import CHECKOUT, STORE, House
from guest.machine import MachineError
from guest.support import (
    another_file_of_sshd_s,
    merchant_ends_support,
    support_logs_in,
    support_sees,
)
from guest.support_refused import support_can_do_nothing_else
from support.repo import ROOT

EXPOSURE: Final = 15
"""Tenths of systemd's scale from 0 to 10."""
NEWER: Final = "Unknown key 'Restart"
"""RestartSteps= and RestartMaxDelaySec=, which bookworm's systemd 252 passes over."""
ALLOWED: Final = {"its own folder", "its own credential", "null", "TCP"}
WATCHDOG_S: Final = 15
TOUCHED: Final = ("/opt/cardamom", "/etc/cardamom", "/etc/systemd/system/cardamom.service")


def expect(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise MachineError(otherwise)


def check_changes_nothing(house: House) -> str:
    """`install --check` on a bare system."""
    told = house.setup("install", "--check")
    there = [path for path in TOUCHED if house.machine.path(path).exists()]
    expect(not there, f"--check made {there}")
    expect("would make /opt/cardamom/" in told, f"--check does not tell of the firmware: {told}")
    return f"{told.count('would ')} changes told, none made"


def install(house: House) -> str:
    """From the locked packages, without a network; it starts and asks to be set up."""
    began = time.monotonic()
    told = house.setup("install")
    took = time.monotonic() - began
    begun = ("journalctl", "-q", "-u", "cardamom", "-g", "setup_begun", "-n", "1")
    house.machine.until(
        lambda: house.machine.try_run(*begun)[0] == 0, f"it does not ask to be set up: {told}"
    )
    return f"{took:.1f} s"


def install_again(house: House) -> str:
    """Nothing is left to do."""
    told = house.setup("install", "--check")
    expect(told == "nothing would change", told)
    return told


def start(house: House) -> str:
    """Once settings and keys are there it is a terminal."""
    house.commission()
    house.start_world()
    began = time.monotonic()
    house.machine.run("systemctl", "restart", "cardamom")
    house.until_ready()
    return f"ready {time.monotonic() - began:.1f} s after it was started anew"


def units(house: House) -> str:
    """The guest's systemd takes every line and scores the sandbox."""
    names = ("cardamom.service", "cardamom-journal-key.service", "cardamom-steady.timer")
    _, told = house.machine.try_run("systemd-analyze", "verify", "--recursive-errors=no", *names)
    ours = [line for line in told.splitlines() if "cardamom" in line and NEWER not in line]
    expect(not ours, "\n".join(ours))
    scored = house.machine.run(
        "systemd-analyze", "security", f"--threshold={EXPOSURE}", "--no-pager", names[0]
    )
    watchdog = house.machine.run("systemctl", "show", "-P", "RuntimeWatchdogUSec")
    expect(watchdog == "14s", f"the board's watchdog is set to {watchdog}")
    return scored.splitlines()[-1].removeprefix("→ ").strip()


def credentials(house: House) -> str:
    """Sealed on the disk, opened for the daemon alone."""
    run, try_run = house.machine.run, house.machine.try_run
    sealed = house.machine.path(f"{STORE}/cardamom.journal.key").read_bytes()
    key = run(
        "systemd-creds", "decrypt", "--name=journal.key", f"{STORE}/cardamom.journal.key", "-"
    )
    expect(bool(re.fullmatch("[0-9a-f]{64}", key)), "the journal's key is not 64 hex digits")
    expect(key.encode() not in sealed, "the journal's key lies open in the store")
    expect(run("stat", "-c", "%a", STORE) == "700", f"{STORE} is open to others")
    opened = "/run/credentials/cardamom.service/journal.key"
    status, _ = try_run("runuser", "-u", "nobody", "--", "cat", opened)
    expect(status != 0, "nobody reads the journal's key")
    other, _ = try_run(
        *("systemd-creds", "decrypt", "--name=master.key", f"{STORE}/cardamom.journal.key", "-")
    )
    expect(other != 0, "a key opens under another's name")
    return "sealed, opened for the daemon alone, each under its own name"


def sandbox(house: House) -> str:
    """A twin of the unit with the same sandbox tries what the daemon must not do."""
    text = (ROOT / "systemd" / "cardamom.service").read_text("utf-8")
    probe = "ExecStart=/usr/bin/python3 /srv/probe.py %d"
    swaps = {
        r"^ExecStart=.*$": probe,
        r"^(ExecStopPost|Restart\w*|WatchdogSec|NotifyAccess)=.*$": "",
        r"^Type=.*$": "Type=oneshot",
        r"^RuntimeDirectory=.*$": "RuntimeDirectory=probe",
        r"^WorkingDirectory=.*$": "WorkingDirectory=/run/probe",
    }
    for pattern, line in swaps.items():
        text = re.sub(pattern, line, text, flags=re.MULTILINE)
    house.write("/run/systemd/system/probe.service", text.encode())
    house.write("/srv/probe.py", (ROOT / "tests" / "guest" / "probe.py").read_bytes())
    run = house.machine.run
    run("systemctl", "daemon-reload")
    run("systemctl", "start", "probe")
    found = json.loads(run("journalctl", "-u", "probe", "-o", "cat", "-g", r"^\{", "-n", "1"))
    allowed = {name for name, how in found.items() if how == "allowed"}
    expect(allowed == ALLOWED, f"allowed: {allowed ^ ALLOWED}: {found}")
    status = house.machine.path(f"/proc/{house.main_pid()}/status").read_text()
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    expect(int(facts["CapBnd"], 16) == 0, "the daemon may gain capabilities")
    expect(facts["NoNewPrivs"] == "1" and facts["Seccomp"] == "2", "no filter of system calls")
    expect(facts["Uid"].split()[0] != "0", "the daemon is root")
    resident = int(facts["VmRSS"].split()[0]) // 1024
    return f"{len(found) - len(allowed)} attempts refused; the daemon has {resident} MB resident"


def update(house: House) -> str:
    """Other firmware becomes a release of its own, and the one before it stays."""
    releases = house.machine.path("/opt/cardamom")
    before = (releases / "current").readlink()
    with house.machine.path(f"{CHECKOUT}/firmware/cardamom/__init__.py").open("a") as file:
        file.write("\n# newer\n")
    began = time.monotonic()
    house.setup("install")
    house.until_ready()
    took = time.monotonic() - began
    after = (releases / "current").readlink()
    there = {path.name for path in releases.iterdir()}
    expect(after != before, "the link was not switched")
    expect(there == {"current", str(before), str(after)}, f"{there} is in /opt/cardamom")
    runs = Path(house.machine.path(f"/proc/{house.main_pid()}/cmdline")).read_bytes()
    expect(str(after).encode() in runs, "what runs is not what was installed")
    return f"ready {took:.1f} s after install began"


def wrong_settings(house: House) -> str:
    """The panel says so, systemd tries again and again; once they are mended it comes up alone."""
    file = house.machine.path("/etc/cardamom/terminal.toml")
    right = file.read_bytes()
    file.write_bytes(right.replace(b"[merchant]", b"[merchand]"))
    house.forget_pictures()
    house.machine.try_run("systemctl", "restart", "cardamom")
    before = house.restarts()
    house.machine.until(lambda: house.restarts() > before + 1, "it is not tried again", 60)
    expect(house.says_restarting(), "the panel does not say that it restarts")
    told = house.machine.run(
        "journalctl", "-u", "cardamom", "-o", "cat", "-g", "merchand", "-n", "1"
    )
    file.write_bytes(right)
    took = house.until_ready(120)
    house.machine.run("systemctl", "start", "cardamom-steady.service")
    expect(house.restarts() == 0, "earlier falls still make it wait")
    return f"said: {told[:60]}...; ready {took:.1f} s after it was mended"


def sale(house: House) -> str:
    """A card in pcscd's virtual reader, a host over TLS, slips on paper."""
    began = time.monotonic()
    record = house.sale("12.34")
    took = time.monotonic() - began
    house.until_agreed()
    return f"approved in {took:.1f} s, {record['amount']} {record['currency']}, all agree"


def hung_loop(house: House) -> str:
    """Stopped where it stands: the watchdog ends it, the panel says so, systemd starts it again."""
    before = house.restarts()
    house.forget_pictures()
    house.machine.run("systemctl", "kill", "--kill-whom=main", "-s", "STOP", "cardamom")
    took = house.until_restarted(before, WATCHDOG_S + 15)
    result = house.machine.run(
        "journalctl", "-u", "cardamom", "-o", "cat", "-g", "Watchdog timeout"
    )
    expect(bool(result), "it was not the watchdog")
    expect(house.says_restarting(), "the panel does not say that it restarts")
    house.sale("2.00")
    return f"ready again {took:.1f} s after it stopped (watchdog {WATCHDOG_S} s)"


def hung_journal(house: House) -> str:
    """Its disk swallows calls; the loop goes on, and the watchdog ends the daemon all the same."""
    before = house.restarts()
    calls = "fcntl,fdatasync,fsync,pwrite64"
    words = ["strace", "-q", "-f", "-p", str(house.pid_here()), "-e", f"trace={calls}"]
    words += ["-e", f"inject={calls}:delay_enter=600s", "-o", "/dev/null"]
    began = time.monotonic()
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as tracer:
        try:
            house.machine.until(
                lambda: house.show("SubState") != "running", "no watchdog bites", WATCHDOG_S + 30
            )
        finally:
            tracer.kill()  # whoever is traced cannot quite die
    bitten = time.monotonic() - began
    expect(house.show("Result") == "watchdog", "it was not the watchdog")
    house.until_restarted(before, 30)
    took = time.monotonic() - began
    house.sale("3.00")
    return f"the watchdog bit after {bitten:.1f} s, ready again after {took:.1f} s"


def hung_printer(house: House) -> str:
    """It takes what is sent and answers nothing: sales go on, the slips wait for it."""
    before = house.restarts()
    house.machine.run("systemctl", "kill", "-s", "STOP", "printer")
    house.sale("4.00")
    house.machine.until(
        lambda: house.condition("printer") != "ok", "a mute printer passes for a good one", 60
    )
    house.sale("5.00")
    house.machine.run("systemctl", "kill", "-s", "CONT", "printer")
    house.until_agreed(90)
    expect(house.restarts() == before, "the printer took the terminal down")
    return "two sales without it, their slips printed once it answered"


def hung_reader(house: House) -> str:
    """pcscd answers nothing in mid-sale: reported, opened again once it answers."""
    before = house.restarts()
    with house.asked("6.00") as till:
        house.machine.run("systemctl", "kill", "-s", "STOP", "pcscd")
        began = time.monotonic()
        house.machine.until(
            lambda: house.condition("reader") != "ok", "a mute reader passes for a good one", 90
        )
        seen = time.monotonic() - began
        house.machine.run("cardamom", "cancel")
        till.wait(60)
    time.sleep(WATCHDOG_S + 5)
    expect(house.restarts() == before, "the reader took the terminal down")
    house.machine.run("systemctl", "kill", "-s", "CONT", "pcscd")
    house.until_ready(90)
    house.sale("7.00")
    return f"reported after {seen:.0f} s, no restart, a sale once it answered"


def power_cut(house: House) -> str:
    """While the host is asked: what became of it is found out unasked after the start."""
    house.fault("silent-after")
    with house.asked("8.00"), house.card("no-cvm"):
        house.until_screen("Authorising")
        time.sleep(1)  # the request is out, and nothing comes back
        house.machine.cut()
    began = time.monotonic()
    house.machine.boot()
    booted = time.monotonic() - began
    house.start_world()
    house.until_ready()
    ready = time.monotonic() - began
    house.until_agreed()
    records = house.ask(op="transactions", limit=1)["transactions"]
    house.sale("9.00")
    return (
        f"boot {booted:.1f} s, ready {ready:.1f} s; the cut sale is {records[0]['state']}, "
        "ledger, journal and slips agree"
    )


def orderly_restart(house: House) -> str:
    """`poweroff`, and up again."""
    house.machine.power_off()
    began = time.monotonic()
    house.machine.boot()
    house.start_world()
    house.until_ready()
    ready = time.monotonic() - began
    house.sale("10.00")
    return f"ready {ready:.1f} s after power-on"


def key_for_desk_tools(house: House) -> str:
    """The journal is looked after as the documentation says, the terminal stopped."""
    house.machine.run("systemctl", "stop", "cardamom")
    opened = "/run/journal.key"
    decrypt = ("systemd-creds", "decrypt", "--name=journal.key", f"{STORE}/cardamom.journal.key")
    house.machine.run("sh", "-c", 'umask 077; exec "$@"', "sh", *decrypt, opened)
    told = house.machine.run("cardamom", "journal", "verify", "--journal-key", opened)
    keys = house.machine.run("cardamom", "keys", "list", "--journal-key", opened)
    expect("session" in keys, f"no session key is listed: {keys}")
    house.machine.run("rm", opened)
    house.machine.run("systemctl", "start", "cardamom")
    house.until_ready()
    return told.splitlines()[-1]


def uninstall(house: House) -> str:
    """The journal, its key and the settings stay; the rest is gone."""
    kept = ["/var/lib/cardamom/journal.db", f"{STORE}/cardamom.journal.key"]
    kept.append("/etc/cardamom/terminal.toml")
    house.setup("uninstall")
    left = [path for path in kept if not house.machine.path(path).exists()]
    expect(not left, f"gone as well: {left}")
    told = house.setup("uninstall", "--check")
    expect(told == "nothing would change", told)
    gone = [TOUCHED[0], TOUCHED[2], "/usr/local/bin/cardamom"]
    there = [path for path in gone if house.machine.path(path).exists()]
    expect(not there, f"still there: {there}")
    return "journal, keys and settings stay"


Check = Callable[[House], str]

CHECKS: Final[tuple[Check, ...]] = (
    check_changes_nothing,
    install,
    install_again,
    start,
    units,
    credentials,
    sandbox,
    firewall,
    opened_case,
    spoilt_key,
    usb_rules,
    sale,
    another_file_of_sshd_s,
    support_logs_in,
    support_sees,
    support_can_do_nothing_else,
    merchant_ends_support,
    update,
    wrong_settings,
    hung_loop,
    hung_journal,
    hung_printer,
    hung_reader,
    power_cut,
    orderly_restart,
    key_for_desk_tools,
    uninstall,
)
