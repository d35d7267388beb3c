"""Setting a terminal up: its steps, and why an answer or a file is refused."""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    """A question. Its value is the key of an answers file."""

    LANGUAGE = "language"
    TIMEZONE = "timezone"
    NETWORK = "network"
    WIFI_COUNTRY = "wifi_country"
    WIFI_NAME = "wifi_name"
    WIFI_PASSWORD = "wifi_password"  # noqa: S105 a name
    ADDRESSING = "addressing"
    ADDRESS = "address"
    GATEWAY = "gateway"
    DNS = "dns"
    MODE = "mode"
    PROFILE = "profile"
    HOST = "host"
    PORT = "port"
    MERCHANT = "merchant"
    TERMINAL = "terminal"
    PASSCODE = "passcode"
    CERTIFICATE = "certificate"
    KEYS = "keys"


class Answering(StrEnum):
    """How a question is answered."""

    CHOICE = "choice"
    TEXT = "text"
    DIGITS = "digits"
    SECRET = "secret"  # noqa: S105 a name
    """Text that is shown as stars, its newest character apart."""
    SECRET_DIGITS = "secret_digits"  # noqa: S105 a name


class Letters(StrEnum):
    """What the keys type now."""

    DIGITS = "123"
    LOWER = "abc"
    UPPER = "ABC"
    SIGNS = "#+="
    HEX = "0-F"


class Refusal(StrEnum):
    """Why an answer will not do."""

    EMPTY = "empty"
    CHOICE = "choice"
    TIMEZONE = "timezone"
    COUNTRY = "country"
    WIFI_NAME = "wifi_name"
    WIFI_PASSWORD = "wifi_password"  # noqa: S105 a name
    ADDRESS = "address"
    GATEWAY = "gateway"
    DNS = "dns"
    PROFILE = "profile"
    HOST = "host"
    PORT = "port"
    MERCHANT = "merchant"
    TERMINAL = "terminal"
    PASSCODE = "passcode"
    PASSCODE_DIFFERS = "passcode_differs"
    PASSCODE_SIMPLE = "passcode_simple"


class Trouble(StrEnum):
    """What a technician is told of, beside an answer that will not do."""

    BOOT_FILE = "boot_file"
    """The file on the boot partition was refused."""
    NO_NETWORK = "no_network"
    CLOCK = "clock"
    """Before the firmware was built: nobody has told the time yet."""
    SETTINGS = "settings"
    """The answers together make no settings."""
    HELPER = "helper"
    """What is done as root could not be asked for."""
    CERTIFICATE = "certificate"
    """It was refused, or there is none."""
    KEYS = "keys"


class KeyField(StrEnum):
    """What a person types of a key's component."""

    PERSON = "person"
    COMPONENT = "component"
    CHECK = "check"
    """Its check value, as on the person's sheet."""


class KeyRefusal(StrEnum):
    """Why what was typed of a component will not do."""

    NOBODY = "nobody"
    SAME_PERSON = "same_person"
    """Nobody types two components."""
    LENGTH = "length"
    CHECK_LENGTH = "check_length"
    CHECK = "check"
    """The check value is another component's: a typing error in one of the two."""


class Stage(StrEnum):
    """Where a terminal stands."""

    NEW = "new"
    """Never set up: no sale until it is."""
    AGAIN = "again"
    """A technician asked for it once more; the settings hold until it is done or left."""
    DONE = "done"


class Doing(StrEnum):
    """What takes a while."""

    NETWORK = "network"
    WRITING = "writing"
    CERTIFICATE = "certificate"
    KEYS = "keys"
