"""Every option of `terminal.toml`: its type, default, check and one line of help."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cardamom.settings.commissioning import CommissioningSettings
from cardamom.settings.guarding import FirewallSettings, TamperSettings
from cardamom.settings.members import ClosedLoopSettings
from cardamom.settings.metrics import MetricsSettings
from cardamom.settings.section import Section
from cardamom.values.merchant import Language

Name = Annotated[str, Meta(min_length=1, max_length=40)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Pin = Annotated[int, Meta(ge=0, le=27)]
Digest = Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{64}|[0-9A-Za-z+/]{43}=)$")]
"""SHA-256, in hex or base64."""
Mode = Literal["demo", "production"]


class MerchantSettings(Section, frozen=True):
    """Who sells, as screens and slips say it."""

    id: Annotated[
        str, Meta(pattern=r"^[0-9A-Za-z]{15}$", description="merchant number, 15 characters")
    ]
    name_zh: Annotated[Name, Meta(description="name on Chinese screens and slips")]
    name_en: Annotated[Name, Meta(description="name on English screens and slips")]
    acquirer_zh: Annotated[Name, Meta(description="the acquirer's name on Chinese slips")]
    acquirer_en: Annotated[Name, Meta(description="the acquirer's name on English slips")]
    category: Annotated[
        str, Meta(pattern=r"^[0-9]{4}$", description="merchant category code, ISO 18245")
    ] = "5812"


class TerminalSettings(Section, frozen=True):
    """The terminal itself."""

    id: Annotated[
        str, Meta(pattern=r"^[0-9A-Za-z]{8}$", description="terminal number, 8 characters")
    ]
    currency: Annotated[str, Meta(description="ISO 4217 code of every amount")] = "CNY"
    country: Annotated[
        str, Meta(pattern=r"^[0-9]{3}$", description="ISO 3166-1 numeric country code")
    ] = "156"
    timezone: Annotated[str, Meta(description="IANA name of the merchant's time zone")] = (
        "Asia/Shanghai"
    )
    limit: Annotated[str, Meta(description="the most one sale may be, as 50000.00")] = "50000.00"
    operator: Annotated[
        str, Meta(pattern=r"^[0-9]{2}$", description="operator number on slips, two digits")
    ] = "01"
    supervisor_hash_file: Annotated[
        str,
        Meta(
            description="the supervisor's passcode as `cardamom passcode` writes it; empty: the "
            "published one in a demo, no supervisor in production"
        ),
    ] = ""
    batch_limit: Annotated[
        int, Meta(ge=1, le=5000, description="transactions after which a batch must be settled")
    ] = 500
    present_s: Annotated[
        int, Meta(ge=5, le=600, description="seconds to wait for a card to be presented")
    ] = 60
    pin_s: Annotated[int, Meta(ge=10, le=300, description="seconds to enter a PIN")] = 60
    chip_tries: Annotated[
        int,
        Meta(
            ge=1, le=9, description="times that a chip may be unreadable before another way to pay"
        ),
    ] = 3
    pin_bypass: Annotated[bool, Meta(description="Enter without digits goes on without a PIN")] = (
        False
    )


class ReaderSettings(Section, frozen=True):
    """The chip card reader."""

    driver: Annotated[
        Literal["pcsc", "inprocess"],
        Meta(description="pcsc: any PC/SC reader; inprocess: simulated, takes a virtual card"),
    ] = "pcsc"
    name: Annotated[
        str, Meta(description="part of the PC/SC reader's name; empty takes the first")
    ] = ""
    pinpad: Annotated[
        bool,
        Meta(
            description="pcsc: offline PINs in the clear are typed on the reader's own keys (PC/SC "
            "part 10) and never reach this machine"
        ),
    ] = False
    port: Annotated[
        int, Meta(ge=0, le=65535, description="inprocess: TCP port the virtual card connects to")
    ] = 0


class ContactlessSettings(Section, frozen=True):
    """The reader for cards and phones that are tapped."""

    driver: Annotated[
        Literal["none", "pn532", "pcsc", "simulated"],
        Meta(
            description="pn532: on a serial port; pcsc: any contactless PC/SC reader; simulated: a "
            "PN532 that takes virtual cards"
        ),
    ] = "none"
    device: Annotated[str, Meta(description="pn532: its serial port")] = "/dev/ttyAMA0"
    baud: Annotated[
        Literal[0, 115200, 230400, 460800, 921600, 1288000],
        Meta(
            description="pn532: the speed of its line, once it is open; where the chip is lost "
            "again and again it goes on at the next lower one; 0: 1288000 with reset_pin, else "
            "921600, as a chip that this port cannot reach at the first stays so until it is reset"
        ),
    ] = 0
    reset_pin: Annotated[
        int,
        Meta(
            ge=-1,
            le=27,
            description="pn532: GPIO of its reset line (RSTPD_N), which brings back a chip that "
            "hangs; -1: not wired",
        ),
    ] = -1
    rate: Annotated[
        Literal[106, 212, 424],
        Meta(
            description="pn532: the fastest that cards are asked for, in kbit/s; payment cards "
            "need no more than 106"
        ),
    ] = 106
    name: Annotated[
        str, Meta(description="pcsc: part of the reader's name; not the chip card reader's")
    ] = "PICC"
    update_s: Annotated[
        float,
        Meta(
            ge=5,
            le=60,
            description="the card is asked for once more so long, where its issuer sent something "
            "for it (issuer_update in emv.contactless_file); Skip, the Cancel key, ends it",
        ),
    ] = 15.0
    light_pins: Annotated[
        list[Pin],
        Meta(max_length=4, description="GPIOs of the four lights, from the left; empty: none"),
    ] = msgspec.field(default_factory=list)
    tone_pin: Annotated[
        int, Meta(ge=-1, le=27, description="GPIO of a passive buzzer; -1: none")
    ] = -1
    port: Annotated[
        int, Meta(ge=0, le=65535, description="simulated: TCP port for cards of type A")
    ] = 0
    port_b: Annotated[
        int, Meta(ge=0, le=65535, description="simulated: TCP port for cards of type B")
    ] = 0


class DisplaySettings(Section, frozen=True):
    """The LCD."""

    driver: Annotated[
        Literal["ili9341", "ili9488", "st7789", "simulated"],
        Meta(description="the panel's controller; simulated decodes ILI9341 commands"),
    ] = "ili9341"
    spi_port: Annotated[int, Meta(ge=0, le=6, description="SPI bus")] = 0
    spi_device: Annotated[int, Meta(ge=0, le=2, description="SPI chip select")] = 0
    spi_hz: Annotated[
        Literal[8_000_000, 16_000_000, 24_000_000, 32_000_000, 40_000_000, 48_000_000],
        Meta(description="SPI clock in Hz"),
    ] = 32_000_000
    dc_pin: Annotated[Pin, Meta(description="GPIO of data/command")] = 24
    reset_pin: Annotated[Pin, Meta(description="GPIO of reset")] = 25
    rotate: Annotated[
        Literal[0, 2], Meta(description="quarter turns: 2 where the panel hangs upside down")
    ] = 0


class KeypadSettings(Section, frozen=True):
    """The 4x4 keypad."""

    driver: Annotated[
        Literal["gpio", "simulated"], Meta(description="gpio: a matrix on GPIO pins")
    ] = "gpio"
    rows: Annotated[
        tuple[Pin, Pin, Pin, Pin], Meta(description="GPIOs of the rows, from the top")
    ] = (5, 6, 13, 19)
    columns: Annotated[
        tuple[Pin, Pin, Pin, Pin], Meta(description="GPIOs of the columns, from the left")
    ] = (12, 16, 20, 21)


class PrinterSettings(Section, frozen=True):
    """The receipt printer."""

    driver: Annotated[
        Literal["network", "serial", "usb", "none"],
        Meta(description="how the printer is connected"),
    ] = "usb"
    width: Annotated[Literal[58, 80], Meta(description="paper width in mm")] = 58
    host: Annotated[str, Meta(description="network: its address")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="network: its TCP port")] = 9100
    device: Annotated[str, Meta(description="serial: its device")] = "/dev/serial0"
    baud: Annotated[
        Literal[9600, 19200, 38400, 57600, 115200], Meta(description="serial: its speed")
    ] = 19200
    usb_id: Annotated[
        str,
        Meta(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$", description="usb: vendor:product, hex"),
    ] = "04b8:0e15"


class AcquirerSettings(Section, frozen=True):
    """Where authorisations are asked for."""

    host: Annotated[str, Meta(min_length=1, description="address or name of the acquirer")]
    port: Annotated[Port, Meta(description="its TCP port")]
    ca_file: Annotated[
        str, Meta(description="PEM file of the CA that signs the host's certificate")
    ]
    cert_file: Annotated[
        str,
        Meta(
            description="PEM file of this terminal's certificate, where its key was not made here; "
            "empty: enrolled with `cardamom certificate`, which goes before it"
        ),
    ] = ""
    key_file: Annotated[
        str, Meta(description="PEM file of the key of `cert_file`; a systemd credential")
    ] = ""
    certificate_dir: Annotated[
        str,
        Meta(
            description="where `cardamom certificate` keeps key and certificate; empty: "
            "`certificate` beside the journal"
        ),
    ] = ""
    server_name: Annotated[
        str, Meta(description="name in the host's certificate; empty takes `host`")
    ] = ""
    backup_host: Annotated[
        str, Meta(description="tried while `host` cannot be connected to; empty: none")
    ] = ""
    backup_port: Annotated[
        int, Meta(ge=0, le=65535, description="its TCP port; 0 takes `port`")
    ] = 0
    backup_server_name: Annotated[
        str, Meta(description="name in its certificate; empty takes `backup_host`")
    ] = ""
    pins: Annotated[
        list[Digest],
        Meta(
            max_length=2,
            description="the key that a host must have, and the one to come: SHA-256 of its "
            "SubjectPublicKeyInfo; empty: any that `ca_file` vouches for",
        ),
    ] = msgspec.field(default_factory=list)
    profile: Annotated[
        str,
        Meta(
            description="message profile: a file, or unionpay, dukpt-tdes, dukpt-aes; empty for "
            "iso8583-1987",
        ),
    ] = ""
    master_key_file: Annotated[
        str,
        Meta(description="file with the terminal master key, hex; a systemd credential"),
    ] = ""
    deadline_s: Annotated[
        float, Meta(ge=1, le=120, description="seconds to wait for an answer")
    ] = 60.0
    park_after: Annotated[
        int,
        Meta(ge=1, le=50, description="refusals after which a reversal waits for a supervisor"),
    ] = 5


class OfflineSettings(Section, frozen=True):
    """Payments that the card's chip approves while the host is away; advised as soon as it is
    back."""

    enabled: Annotated[bool, Meta(description="whether any payment is approved so")] = False
    count: Annotated[
        int, Meta(ge=1, le=1000, description="approvals that the host may not know of yet")
    ] = 20
    single: Annotated[str, Meta(description="the most one of them may be, as 200.00")] = "200.00"
    total: Annotated[str, Meta(description="the most all of them may be together")] = "2000.00"
    age_h: Annotated[
        int, Meta(ge=1, le=720, description="none more while one is older, in hours")
    ] = 24


class JournalSettings(Section, frozen=True):
    """Where every step is kept."""

    path: Annotated[str, Meta(description="the SQLite file")] = "/var/lib/cardamom/journal.db"
    key_file: Annotated[
        str, Meta(description="file with the key that seals card data, hex; a systemd credential")
    ] = "/run/credentials/cardamom.service/journal.key"


class SecuritySettings(Section, frozen=True):
    """What keys and journal are bound to."""

    board_serial_file: Annotated[
        str,
        Meta(
            description="file with the board's serial number; empty: "
            "/proc/device-tree/serial-number, else /etc/machine-id"
        ),
    ] = ""
    mark_file: Annotated[
        str,
        Meta(
            description="file with the high-water mark, best on other storage than the journal: "
            "an EEPROM's file below /sys is written in place; empty: beside the journal"
        ),
    ] = ""


class EmvSettings(Section, frozen=True):
    """EMV parameters."""

    file: Annotated[str, Meta(description="AIDs and CA keys; empty takes the test set")] = ""
    contactless_file: Annotated[
        str,
        Meta(
            description="contactless applications with kernel and limits; empty takes the test set"
        ),
    ] = ""
    exception_file: Annotated[
        str,
        Meta(
            description="exception list, as `cardamom exceptions` writes it: keyed hashes, no card "
            "numbers; empty: none"
        ),
    ] = ""
    exception_key_file: Annotated[
        str, Meta(description="file with the list's key, 64 hex digits; a systemd credential")
    ] = ""


class ControlSettings(Section, frozen=True):
    """Where `cardamom ...` reaches the daemon."""

    socket: Annotated[str, Meta(description="the Unix socket")] = "/run/cardamom/control.sock"
    support_user: Annotated[
        str, Meta(description="the account that may look there, within a visit, and nothing else")
    ] = "support"


class SimulatorSettings(Section, frozen=True):
    """Only where a driver is simulated."""

    socket: Annotated[str, Meta(description="Unix socket that presses keys; empty: none")] = ""
    screens: Annotated[
        str, Meta(description="folder for a picture of each screen; empty: none")
    ] = ""


class Settings(Section, frozen=True):
    """The whole of `terminal.toml`."""

    merchant: MerchantSettings
    terminal: TerminalSettings
    acquirer: AcquirerSettings
    mode: Annotated[
        Mode, Meta(description="demo marks every screen and slip; production refuses test keys")
    ] = "demo"
    language: Annotated[Language, Meta(description="of screens and slips")] = Language.ZH
    reader: ReaderSettings = ReaderSettings()
    contactless: ContactlessSettings = ContactlessSettings()
    closed_loop: ClosedLoopSettings = ClosedLoopSettings()
    display: DisplaySettings = DisplaySettings()
    keypad: KeypadSettings = KeypadSettings()
    printer: PrinterSettings = PrinterSettings()
    offline: OfflineSettings = OfflineSettings()
    journal: JournalSettings = JournalSettings()
    security: SecuritySettings = SecuritySettings()
    tamper: TamperSettings = TamperSettings()
    firewall: FirewallSettings = FirewallSettings()
    emv: EmvSettings = EmvSettings()
    control: ControlSettings = ControlSettings()
    metrics: MetricsSettings = MetricsSettings()
    commissioning: CommissioningSettings = CommissioningSettings()
    simulator: SimulatorSettings = SimulatorSettings()
