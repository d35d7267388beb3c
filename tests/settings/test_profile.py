"""Message profiles: what is wrong is named by file and key."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from cardamom.faults import SettingsError
from cardamom.settings.profile import DEFAULT, find_message_profile, load_message_profile

SHIPPED = files("cardamom").joinpath("data", "acquirers", f"{DEFAULT}.toml").read_text("utf-8")
SETTLEMENT = SHIPPED[SHIPPED.index("[settlement]") : SHIPPED.index("[network]")]
EXAMPLE = Path(__file__).parents[2] / "config" / "acquirers" / f"{DEFAULT}.toml"


@pytest.mark.parametrize("name", ["iso8583-1987", "unionpay", "dukpt-tdes", "dukpt-aes"])
def test_the_examples_to_copy_are_those_that_come_along(name: str) -> None:
    shipped = files("cardamom").joinpath("data", "acquirers", f"{name}.toml").read_text("utf-8")
    example = EXAMPLE.with_name(f"{name}.toml")
    assert example.read_text("utf-8") == shipped
    assert load_message_profile(example) == find_message_profile(name)


def test_a_profile_is_found_by_file_or_by_name(tmp_path: Path) -> None:
    path = tmp_path / "host.toml"
    path.write_text(SHIPPED.replace('name = "iso8583-1987"', 'name = "host"'), "utf-8")
    assert find_message_profile(str(path)).name == "host"
    assert find_message_profile(DEFAULT) == load_message_profile()
    with pytest.raises(SettingsError, match="or one of dukpt-aes, dukpt-tdes, iso8583-1987, un"):
        find_message_profile("host")


def test_a_file_beside_the_settings_goes_before_a_name(tmp_path: Path) -> None:
    settings = tmp_path / "terminal.toml"
    assert find_message_profile("unionpay", settings).name == "unionpay"
    assert find_message_profile("", settings) == load_message_profile()
    text = SHIPPED.replace('name = "iso8583-1987"', 'name = "own"')
    (tmp_path / "unionpay").write_text(text, "utf-8")
    assert find_message_profile("unionpay", settings).name == "own"


def test_a_profile_may_say_only_where_it_differs(tmp_path: Path) -> None:
    path = tmp_path / "host.toml"
    path.write_text(
        """like = "iso8583-1987"
        name = "host"
        codes = { approved = ["00", "08"] }
        switches = { echo = false }
        """,
        "utf-8",
    )
    base, found = load_message_profile(), load_message_profile(path)
    switches = msgspec.structs.replace(base.switches, echo=False)
    codes = msgspec.structs.replace(base.codes, approved=["00", "08"])
    assert found == msgspec.structs.replace(base, name="host", switches=switches, codes=codes)


@pytest.mark.parametrize("like", ['"host"', "1", '"../unionpay"', '"dukpt-aes"', "[]"])
def test_what_a_profile_is_like_comes_along(tmp_path: Path, like: str) -> None:
    path = tmp_path / "host.toml"
    path.write_text(f'like = {like}\nname = "host"\n', "utf-8")
    with pytest.raises(SettingsError, match="like: expected one of iso8583-1987, unionpay"):
        load_message_profile(path)


def test_what_differs_is_checked_with_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "host.toml"
    path.write_text('like = "iso8583-1987"\nname = "host"\n[match]\nechoed = [11]\n', "utf-8")
    with pytest.raises(SettingsError, match=r"host.toml: match.echoed: field 4 is missing"):
        load_message_profile(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('recourse = "reverse"', 'recourse = "query"'),
        ('message = "0420"', 'message = "0400"'),
        ('repeat = "0421"', 'repeat = ""'),
        ('[follow.scripts]       # issuer-script results\nmessage = "0620"', ""),
        ('scheme = "x9.19"', 'scheme = "dukpt-aes"'),
        ('scheme = "x9.19"', 'scheme = "cmac"'),
        ("reversal_keeps_stan = false", "reversal_keeps_stan = true"),
        (SETTLEMENT, ""),
    ],
)
def test_what_a_host_may_want_otherwise(tmp_path: Path, old: str, new: str) -> None:
    assert old in SHIPPED
    path = tmp_path / "host.toml"
    path.write_text(SHIPPED.replace(old, new), "utf-8")
    assert load_message_profile(path) != load_message_profile()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('mti = "ascii"', 'mti = "ebcdic"', "encoding.mti: 'ebcdic' is not allowed; expected one"),
        ('approved = ["00"]', "", "codes.approved: missing"),
        ('length = "binary2"', 'length = "binary4"', "framing.length: 'binary4'"),
        ("mac = true ", 'mac = "yes" ', "switches.mac: 'yes' is not allowed; expected true or"),
        ("sign_on = true", "sign_on = false", "switches.mac: needs switches.sign_on"),
        ("echoed = [3, 4, 7,", "echoed = [3, 7,", "match.echoed: field 4 is missing"),
        ("[reasons]", "[reason]", "reason: unknown key; allowed: name"),
        ('request = "0200"', 'request = "0100"', "kinds.sale.request: there is no [messages.0100]"),
        ("optional = [128]", "optional = [99]", "messages.0800: field 99 is not among [fields]"),
        ("required = [11, 39, 41, 70]", "required = [11, 41]", "messages.0810.required: field 39"),
        ('partial = ["10"]', 'partial = ["00"]', "codes.partial: 00 is in another list"),
        ('bad_mac = ["A0"]', 'bad_mac = ["25"]', "codes.bad_mac: 25 is in another list"),
        ('connection = "held"', 'connection = "dial"', "switches.connection: 'dial' is not"),
        ("[kinds.sale]", "[kinds.gift]", "kinds.gift"),
        ("\n[follow.query]", "\n[follow.question]", "follow.question"),
        ('[follow.reversal]\nmessage = "0420"', '[follow.reversal]\nmessage = "0999"',
         "follow.reversal.message: there is no [messages.0999]"),
        ('repeat = "0221"', 'repeat = "0222"', "follow.advice.repeat: there is no [messages.0222]"),
        ('recourse = "reverse"', 'recourse = "repeat"',
         "kinds.sale.recourse: no repeat can have field 35 of 0200"),
        ('recourse = "reverse"', 'recourse = "wait"', "kinds.sale.recourse: 'wait' is not"),
        ('again = ["30",', 'again = ["25",', "codes.again: 25 is in another list, too"),
        ('done = ["00", "25"]', "done = []", "codes.reversal_done: empty"),
        ('60 = "{batch:6}"', '60 = "{bunch:6}"', "compose.60: there is no part bunch"),
        ('60 = "{batch:6}"', '60 = "{batch:6"', "compose.60: a part is written as {name}"),
        ('60 = "{batch:6}"', '59 = "{batch:6}"', "compose.59: the field is not among [fields]"),
        ("agreed = { field = 66,", "agreed = { field = 38,", "settlement.agreed.field: 0510 has"),
        ("[follow.upload]", "[follow.uploaded]", "follow.uploaded"),
        ('scheme = "x9.19"', 'scheme = "des"', "keys.scheme: 'des' is not"),
        ('scheme = "x9.19"', 'scheme = "unionpay"', "keys: scheme and delivery must both"),
        ('{ "sign" = 1,', '{ "sign" = 9,', "fields.97.split: the parts are longer"),
        ("echo = {", "sign_of = {", "network.sign_of"),
        ("required = [3, 4, 11, 12, 13, 39,", "required = [3, 11, 12, 13, 39,",
         "messages.0210.required: field 4 is missing"),
        ("\n64 = ", "\n164 = ", "fields.164: expected a field number"),
        ('64 = { name = "message authentication code", type = "b", max = 8',
         '64 = { name = "message authentication code", type = "b", max = 4', "fields.64: expected"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in SHIPPED
    path = tmp_path / "host.toml"
    path.write_text(SHIPPED.replace(old, new, 1), "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_message_profile(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_a_plain_host_needs_no_keys(tmp_path: Path) -> None:
    path = tmp_path / "plain.toml"
    text = SHIPPED
    for switch in ("sign_on", "mac", "pin_key"):
        text = text.replace(f"{switch} = true", f"{switch} = false")
    text = "\n".join(line for line in text.splitlines() if not line.startswith(("64 =", "128 =")))
    path.write_text(re.sub(r", (64|128)\b", "", text).replace("[128]", "[]"), "utf-8")
    switches = load_message_profile(path).switches
    assert (switches.sign_on, switches.mac, switches.pin_key) == (False, False, False)
