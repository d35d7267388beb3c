"""What is tried on the terminal of a fleet, in this order."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from cardamom.daemon.journald import entry
from cardamom.happenings import HAPPENINGS
from cardamom.simulator.testdata import data
from guest.checks import Check, expect
from guest.house import House
from guest.machine import MachineError
from support import certificates
from support.repo import ROOT

FLEET: Final = ROOT / "config" / "fleet"
LOG_SERVER: Final = ("systemd-journal-remote.socket", "stunnel@cardamom-logs.service")
REMOTE: Final = "/var/log/journal/remote"
IMPORTER: Final = "/usr/lib/systemd/systemd-journal-remote"
EXPORTER: Final = "127.0.0.1:9101"
"""Not 9100: there the guest's printer listens."""
EXPORTED: Final = "/var/lib/prometheus/node-exporter/"
PROMETHEUS: Final = "127.0.0.1:9090"
SALE: Final = 1
"""The number of the sale whose lines are looked for."""
SERVER: Final = "/etc/cardamom-fleet"
METRICS: Final = '\n[metrics]\nfile = "/run/cardamom-metrics/cardamom.prom"\nevery_s = 15\n'
FETCH: Final = (
    "import sys, urllib.request as u\n"
    "sys.stdout.buffer.write(u.urlopen(sys.argv[1], timeout=5).read())"
)


SEND: Final = f"""
import ssl, sys, urllib.request as u
context = ssl.create_default_context(cafile="{SERVER}/ca.pem")
context.verify_flags &= ~ssl.VERIFY_X509_STRICT
if sys.argv[1]:
    context.load_cert_chain(sys.argv[1])
entry = b"__REALTIME_TIMESTAMP=1764000000000000\\n__MONOTONIC_TIMESTAMP=1\\n"
entry += b"_BOOT_ID=" + b"a" * 32 + b"\\nMESSAGE=x\\n\\n"
head = {{"Content-Type": "application/vnd.fdo.journal"}}
request = u.Request("https://localhost:19532/upload", entry, head)
print(u.urlopen(request, timeout=5, context=context).status)
"""
"""Sends one entry to the log server, with the certificate of its argument; prints the status."""


def fetch(house: House, url: str) -> str:
    return house.machine.run("python3", "-c", FETCH, url)


def until_told(house: House, url: str, *wanted: str) -> str:
    """What the URL says, once all that is wanted is in it."""
    told = ""

    def there() -> bool:
        nonlocal told
        status, told = house.machine.try_run("python3", "-c", FETCH, url)
        return status == 0 and all(text in told for text in wanted)

    try:
        house.machine.until(there, "not there", 90)
    except MachineError:
        raise MachineError(f"{url} does not say {wanted}:\n{told[-3000:]}") from None
    return told


def place(house: House, name: str, target: str, **changed: str) -> None:
    """An example of config/fleet where its head says, with what a user changes in it."""
    text = (FLEET / name).read_text("utf-8")
    for old, new in changed.items():
        text = text.replace(old, new)
    house.machine.path(target).parent.mkdir(parents=True, exist_ok=True)
    house.write(target, text.encode())


def install(house: House) -> str:
    """The terminal as any other."""
    house.setup("install")
    return "setup.sh install"


def join_the_fleet(house: House) -> str:
    """As docs/fleet.md says: examples copied, addresses and keys put in."""
    house.commission()
    toml = house.machine.path("/etc/cardamom/terminal.toml")
    toml.write_text(toml.read_text("utf-8") + METRICS, "utf-8")
    place(house, "cardamom-metrics.tmpfiles", "/etc/tmpfiles.d/cardamom-metrics.conf")
    place(house, "cardamom-metrics.conf", "/etc/systemd/system/cardamom.service.d/metrics.conf")
    place(
        house,
        "journal-upload.conf",
        "/etc/systemd/journal-upload.conf.d/cardamom.conf",
        **{"logs.example": "localhost"},
    )
    place(
        house,
        "journal-upload.service.conf",
        "/etc/systemd/system/systemd-journal-upload.service.d/cardamom.conf",
        **{"RestartSec=60": "RestartSec=2"},
    )
    place(house, "journal-remote.conf", "/etc/systemd/journal-remote.conf.d/cardamom.conf")
    for unit in ("socket", "service"):
        folder = f"/etc/systemd/system/systemd-journal-remote.{unit}.d"
        place(house, f"journal-remote.{unit}.conf", f"{folder}/cardamom.conf")
    place(house, "stunnel.conf", "/etc/stunnel/cardamom-logs.conf")
    _certificates(house)
    house.write(
        "/etc/default/prometheus-node-exporter",
        f'ARGS="--web.listen-address={EXPORTER}"\n'.encode(),
    )
    house.machine.run("systemd-tmpfiles", "--create", "/etc/tmpfiles.d/cardamom-metrics.conf")
    house.machine.run("ln", "-s", "/run/cardamom-metrics/cardamom.prom", EXPORTED)
    house.machine.run("systemctl", "daemon-reload")
    house.machine.run("systemctl", "restart", "prometheus-node-exporter")
    house.machine.run("systemctl", "start", *LOG_SERVER)
    house.start_world()
    house.machine.run("systemctl", "restart", "cardamom")
    house.until_ready()
    house.machine.run("systemctl", "start", "systemd-journal-upload")
    return "the examples in their places, the servers beside it"


def _certificates(house: House) -> None:
    """Of the fleet's own CA: the log server's, the terminal's."""
    ca = certificates.root("Fleet")
    with TemporaryDirectory() as made:
        folder = Path(made)
        server = certificates.host(ca).write(folder, "server")
        till = certificates.certificate("till-3", ca, certificates.curve_key())
        mine = till.write(folder, "terminal")
        authority, _ = ca.write(folder, "ca")
        other = certificates.root("Fleet", certificates.curve_key())
        alien = certificates.certificate("till-3", other, certificates.curve_key())
        stranger = alien.write(folder, "stranger")
        for inside in (SERVER, "/etc/cardamom/fleet"):
            house.machine.path(inside).mkdir(parents=True, exist_ok=True)
            house.write(f"{inside}/ca.pem", authority.read_bytes())
        for name, pair in (("till", mine), ("stranger", stranger)):
            house.write(f"{SERVER}/{name}.pem", pair[0].read_bytes() + pair[1].read_bytes())
        house.write(f"{SERVER}/server.pem", server[0].read_bytes())
        house.write(f"{SERVER}/server.key", server[1].read_bytes())
        house.write("/etc/cardamom/fleet/terminal.pem", mine[0].read_bytes())
        house.seal("journal-upload.key", mine[1].read_bytes())
    house.machine.run("chmod", "600", f"{SERVER}/server.key")


def entries(house: House, *words: str) -> list[dict[str, Any]]:
    journalctl = ("journalctl", "--no-pager", "--quiet", "--output=json")
    _, told = house.machine.try_run(*journalctl, *words)  # 1 where nothing fits
    return [json.loads(line) for line in told.splitlines()]


def fields_in_the_journal(house: House) -> str:
    """A sale's lines by its number, with systemd's own tool and nothing of ours."""
    sold = house.sale("12.34")["id"]
    expect(sold == SALE, f"the first sale is transaction {sold}")
    house.until_agreed()
    found = entries(house, f"TXN={SALE}")
    events = [str(e["EVENT"]) for e in found]
    expect(
        set(events) >= {"intent", "host_answer", "sale_done", "receipt_printed"},
        f"the sale's events: {events}",
    )
    answer = next(e for e in found if e["EVENT"] == "host_answer")
    is_native = answer["_TRANSPORT"] == "journal" and answer["_SYSTEMD_UNIT"] == "cardamom.service"
    expect(is_native, f"not by the native protocol, from the unit: {answer}")
    is_whole = answer["STEP"] == "host" and answer["DEVICE"] == "host"
    is_whole = is_whole and answer["CARDAMOM_CODE"] == "00" and answer["PRIORITY"] == "6"
    expect(is_whole and re.fullmatch(r"\d{6}", answer["STAN"]) is not None, str(answer))
    unlisted = {e["EVENT"] for e in entries(house, "-u", "cardamom") if "EVENT" in e}
    unlisted -= set(HAPPENINGS)
    expect(not unlisted, f"events that are not listed: {unlisted}")
    return f"{len(found)} entries with TXN={SALE}: {' '.join(events)}"


def command_reads_it(house: House) -> str:
    """`cardamom logs`: one transaction explained, filters, and what comes while it follows."""
    txn = str(SALE)
    told = house.machine.run("cardamom", "logs", "--txn", txn, "--explain")
    expect(f"Transaction {txn} is on record" in told, told)
    chinese = house.machine.run("cardamom", "logs", "--txn", txn, "--explain", "--lang", "zh")
    expect(f"交易 {txn} 已落账" in chinese, chinese)
    words = ("cardamom", "logs", "--event", "sale_done", "--since", "1h", "--json")
    (done,) = house.machine.run(*words).splitlines()
    expect(json.loads(done)["txn"] == SALE, done)
    started = house.machine.run("cardamom", "logs", "--level", "info")
    expect("Started cardamom.service" in started, "what systemd says of the unit is not shown")
    follow = house.machine.command("cardamom", "logs", "--follow", "--event", "intent", "-n", "0")
    with subprocess.Popen(follow, stdout=subprocess.PIPE, text=True) as following:
        try:
            time.sleep(1)
            after = house.sale("3.21")["id"]
            line = following.stdout.readline() if following.stdout else ""
        finally:
            following.kill()
    expect(f"txn={after}" in line, f"followed: {line}")
    return told.splitlines()[0]


def importer_reads_it(house: House) -> str:
    """systemd's own importer takes what the encoder writes, line breaks included."""
    times = (("__REALTIME_TIMESTAMP", "1764000000000000"), ("__MONOTONIC_TIMESTAMP", "1000000"))
    said = entry([*times, ("_BOOT_ID", "a" * 32), ("TXN", "7"), ("WHY", "a\nb")])
    house.machine.run(IMPORTER, "--output=/srv/import.journal", "-", stdin=said + b"\n")
    (found,) = entries(house, "--file=/srv/import.journal", "TXN=7")
    expect(found["WHY"] == "a\nb", str(found))
    return "systemd-journal-remote imports it"


def limits(house: House) -> str:
    """Capped by size, and no rate limit that could drop what is about money."""
    rate = house.show("LogRateLimitIntervalUSec")
    expect(rate == "0", f"the unit's lines are limited: {rate}")
    (told,) = entries(house, "-u", "systemd-journald", "-n", "1", "-g", "System Journal")
    cap = re.search(r"max ([\d.]+M)", told["MESSAGE"])
    expect(cap is not None and cap[1] == "128M", told["MESSAGE"])
    burst = 12_000  # over systemd's own limit of 10 000 in 30 s
    before = len(entries(house, "-u", "systemd-journald", "-g", "Suppressed"))
    code = (
        "from cardamom.daemon.journald import *; s = JournalSocket(); import time\n"
        f"for n in range({burst}):\n"
        "    while not s.send(entry([('MESSAGE', 'x'), ('BURST', str(n))])): time.sleep(0.01)\n"
    )
    unit = ("systemd-run", "--quiet", "--wait", "--collect", "-p", "LogRateLimitIntervalSec=0")
    house.machine.run(*unit, "/opt/cardamom/current/bin/python", "-c", code)
    house.machine.run("journalctl", "--sync")
    kept = house.machine.run("sh", "-c", "journalctl -q -o cat MESSAGE=x | wc -l")
    after = len(entries(house, "-u", "systemd-journald", "-g", "Suppressed"))
    expect(kept == str(burst), f"{kept} of {burst} entries are kept")
    expect(after == before, "journald suppressed lines")
    return f"max {cap[1] if cap else '?'}; {kept} of {burst} entries of a burst kept"


def central_log(house: House) -> str:
    """The sale's lines at the log server."""
    here = {e["__CURSOR"]: e["EVENT"] for e in entries(house, f"TXN={SALE}")}
    words = (f"--directory={REMOTE}", f"TXN={SALE}")

    def arrived() -> bool:
        return len(entries(house, *words)) >= len(here)

    at = house.machine.until(arrived, "the sale's lines do not come to the log server", 60)
    there = [e["EVENT"] for e in entries(house, *words)]
    expect(there == list(here.values()), f"{there} of {list(here.values())}")
    told = house.machine.run("cardamom", "logs", "--file", REMOTE, "--txn", str(SALE))
    expect("host_answer" in told, told)
    return f"{len(there)} entries at the server, {at:.0f} s later"


def strangers_are_refused(house: House) -> str:
    """Without a certificate of the fleet's CA nothing is taken, with one of another's neither."""
    status, told = house.machine.try_run("python3", "-c", SEND, f"{SERVER}/till.pem")
    expect(status == 0 and told.strip() == "202", f"the terminal itself is refused: {told}")
    said = []
    for certificate in ("", f"{SERVER}/stranger.pem"):
        status, told = house.machine.try_run("python3", "-c", SEND, certificate)
        expect(status != 0 and "VERIFY" not in told, f"{certificate or 'none'} is taken: {told}")
        said.append(told.splitlines()[-1])
    return "; ".join(said)


def no_card_number_arrives(house: House) -> str:
    """In whatever the log server and the node exporter have."""
    card = data("cards", "no-cvm.toml").read_text("utf-8")
    found = re.search(r"\b\d{16,19}\b", card)
    expect(found is not None, "the card has no number to look for")
    number = found[0] if found else ""
    log = house.machine.run("sh", "-c", f"journalctl -q -o export --directory={REMOTE}")
    scraped = fetch(house, f"http://{EXPORTER}/metrics")
    here = house.machine.run("journalctl", "-q", "-o", "export")
    for name, text in (("log server", log), ("exporter", scraped), ("journal", here)):
        dense = re.sub(r"[ -]", "", text)
        expect(number not in dense, f"the card's number is in the {name}")
    expect("host_answer" in log, "the log server's journal was not read")
    return f"{len(log) // 1000} kB of log and {len(scraped) // 1000} kB of metrics without it"


def node_exporter(house: House) -> str:
    """Takes the file whole, and says so."""
    told = until_told(house, f"http://{EXPORTER}/metrics", "cardamom_up 1", "cardamom_ready 1")
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
    }
    expect(found["node_textfile_scrape_error"] == 0, "the exporter finds fault with the file")
    ours = [name for name in found if name.startswith("cardamom_")]
    return f"{len(ours)} names of ours, node_textfile_scrape_error 0"


def prometheus(house: House) -> str:
    """Scrapes it and tells when the terminal stops: the shipped rules, checked by promtool."""
    rules = (FLEET / "cardamom-alerts.yml").read_text("utf-8")
    quick = re.sub(r"^ +for: .*\n", "", rules, flags=re.MULTILINE)
    house.write("/etc/prometheus/cardamom-alerts.yml", rules.encode())
    house.machine.run("promtool", "check", "rules", "/etc/prometheus/cardamom-alerts.yml")
    house.write("/etc/prometheus/cardamom-alerts.yml", quick.encode())
    text = (FLEET / "prometheus.yml").read_text("utf-8").replace("60s", "1s")
    targets = '["till-1.example:9100", "till-2.example:9100"]'
    expect(targets in text, "the example's targets")
    house.write("/etc/prometheus/prometheus.yml", text.replace(targets, f'["{EXPORTER}"]').encode())
    house.machine.run("promtool", "check", "config", "/etc/prometheus/prometheus.yml")
    house.machine.run("systemctl", "restart", "prometheus")
    query = f"http://{PROMETHEUS}/api/v1/query?query="
    until_told(house, f"{query}cardamom_ready", '"1"]')
    told = fetch(house, f"{query}cardamom_transactions_total")
    expect('"state":"approved"' in told, told)
    calm = json.loads(fetch(house, f"http://{PROMETHEUS}/api/v1/alerts"))["data"]["alerts"]
    expect(not calm, f"alerts while all is well: {calm}")
    house.machine.run("systemctl", "stop", "cardamom")
    alerts = until_told(house, f"http://{PROMETHEUS}/api/v1/alerts", "TerminalDown", "firing")
    fired = sorted({a["labels"]["alertname"] for a in json.loads(alerts)["data"]["alerts"]})
    house.machine.run("systemctl", "start", "cardamom")
    house.until_ready()
    return f"silent while well, stopped: {' '.join(fired)}"


def server_away(house: House) -> str:
    """A log server that is away loses nothing and holds nobody up."""
    run = house.machine.run
    run("systemctl", "stop", *LOG_SERVER, "systemd-journal-remote.service")
    txn = house.sale("2.00")["id"]
    run("systemctl", "start", *LOG_SERVER)
    words = (f"--directory={REMOTE}", f"TXN={txn}", "EVENT=sale_done")
    took = house.machine.until(
        lambda: len(entries(house, *words)) == 1, "the sale's end does not arrive later", 90
    )
    return f"the sale went on, its lines came {took:.0f} s after the server did"


CHECKS: Final[tuple[Check, ...]] = (
    install,
    join_the_fleet,
    fields_in_the_journal,
    command_reads_it,
    importer_reads_it,
    central_log,
    strangers_are_refused,
    node_exporter,
    prometheus,
    server_away,
    no_card_number_arrives,
    limits,
)
