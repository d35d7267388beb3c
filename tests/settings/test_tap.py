"""The file of contactless applications: what comes with the package, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cardamom.engines.emv.contactless.qualifiers import Ttq
from cardamom.faults import SettingsError
from cardamom.settings.load import load
from cardamom.settings.tap import load_combinations, published_combinations, tap_rules_for
from support.emv_rules import test_rules as parameters
from support.settings import TERMINAL

ONE = '[[combination]]\naid = "A0000000031010"\nkernel = 3\nttq = "36004000"\n'


def read(folder: Path, text: str) -> Path:
    file = folder / "contactless.toml"
    file.write_text(text, "utf-8")
    return file


def test_what_comes_with_the_package() -> None:
    found = load_combinations(published_combinations())
    assert [c.kernel for c in found] == [3, 2, 7]
    assert all(c.transaction_limit and c.cvm_limit and c.floor_limit == 0 for c in found)


def test_the_example_is_the_same() -> None:
    example = Path(__file__).parents[2] / "config/emv/contactless.toml"
    assert example.read_text("utf-8") == published_combinations().read_text("utf-8")


def test_all_of_one(tmp_path: Path) -> None:
    text = '[[combination]]\naid = "A0000000041010"\nkernel = 2\ncvm_limit = 5\n'
    text += "[combination.mchip]\non_device_limit = 7\n[combination.mchip.relay]\nmin_grace = 9\n"
    (c,) = load_combinations(read(tmp_path, text))
    assert (c.kernel, c.ttq, c.cvm_limit, c.transaction_limit) == (2, b"", 5, None)
    assert c.mchip.on_device_limit == 7
    assert c.mchip.relay is not None
    assert c.mchip.relay.min_grace == 9


def test_relay_resistance_switched_off(tmp_path: Path) -> None:
    text = '[[combination]]\naid = "A0000000041010"\nkernel = 2\n'
    text += "[combination.mchip]\nrelay_resistance = false\n"
    (c,) = load_combinations(read(tmp_path, text))
    assert c.mchip.relay is None


def test_no_application_at_all(tmp_path: Path) -> None:
    assert load_combinations(read(tmp_path, "")) == ()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (ONE.replace("kernel = 3", "kernel = 4"), "combination[0].kernel"),
        (ONE.replace('ttq = "36004000"', ""), "combination[0].ttq"),
        (ONE.replace("36004000", "B6004000"), "combination[0].ttq"),
        (ONE.replace("36004000", "37004000"), "combination[0].ttq"),
        (ONE.replace("36004000", "36008000"), "combination[0].ttq"),
        (ONE.replace("36004000", "16004000"), "combination[0].ttq"),
        (ONE.replace("36004000", "36"), "combination[0].ttq"),
        (ONE + "limit = 5\n", "combination[0].limit"),
        (ONE + "cvm_limit = -1\n", "combination[0].cvm_limit"),
        (ONE + "[combination.mchip]\n", "combination[0].mchip"),
        (
            ONE.replace("kernel = 3", "kernel = 7") + "issuer_update = true\n",
            "combination[0].issuer_update",
        ),
        (ONE + ONE, "the same aid and kernel"),
        ('[[combination]]\nkernel = 3\nttq = "36004000"\n', "combination[0].aid"),
        (ONE.replace("kernel = 3", "kernel = 2"), "combination[0].ttq"),
    ],
)
def test_refused(tmp_path: Path, changed: str, told: str) -> None:
    with pytest.raises(SettingsError, match=r"contactless\.toml: ") as caught:
        load_combinations(read(tmp_path, changed))
    assert told in str(caught.value)


def test_issuer_updates_are_offered_by_an_option_alone(tmp_path: Path) -> None:
    offered = [
        load_combinations(read(tmp_path, ONE + more))[0].issuer_update
        for more in ("", "issuer_update = false\n", "issuer_update = true\n")
    ]
    assert offered == [False, False, True]


def test_the_settings_name_the_file(tmp_path: Path) -> None:
    read(tmp_path, ONE)
    toml = tmp_path / "terminal.toml"
    toml.write_text(TERMINAL + '[emv]\ncontactless_file = "contactless.toml"\n', "utf-8")
    rules = tap_rules_for(load(toml), toml, parameters())
    assert [c.rule.aid.hex().upper() for c in rules.combinations] == ["A0000000031010"]


def test_without_a_pin_key_no_pin_is_offered(tmp_path: Path) -> None:
    toml = tmp_path / "terminal.toml"
    toml.write_text(TERMINAL, "utf-8")
    able = tap_rules_for(load(toml), toml, parameters())
    rules = replace(parameters(), capabilities=bytes.fromhex("E0B8C8"))
    unable = tap_rules_for(load(toml), toml, rules)
    for one, other in zip(able.combinations, unable.combinations, strict=True):
        if one.kernel == 2:
            assert (one.mchip.cvm_required, other.mchip.cvm_required) == (0x60, 0x20)
        else:
            assert int.from_bytes(one.ttq) ^ int.from_bytes(other.ttq) == Ttq.ONLINE_PIN
