"""`python -m cardamom.simulator.pki new FOLDER | digests`: makes and lists the test keys.

`new` writes fresh rsa.toml, issuer.toml and the CA table of an EMV file into FOLDER; `digests`
prints the lines of digests.txt that belong to what the package holds, those of the TLS set too
(which simulator/acquirer/certificates.py makes).
"""

from __future__ import annotations

import hashlib
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from cardamom.settings.testkeys import base_derivation_keys
from cardamom.simulator.pki.rsa import RsaKey
from cardamom.simulator.testdata import RID, chain, issuer_keys

CHAINS = {
    "ca1984": (1, {"ca": (1984, 3), "issuer": (1408, 3), "icc": (1152, 3)}),
    "ca1408": (2, {"ca": (1408, 65537), "issuer": (1152, 65537), "icc": (1024, 3)}),
}
"""Sizes chosen so that one issuer key leaves a remainder (tag 92) and one does not."""


def digest_lines() -> Iterator[str]:
    """`SHA-256, name` of everything that production must refuse."""
    for name in CHAINS:
        keys = chain(name)
        ca = RID + bytes((keys.index,)) + keys.ca.modulus
        yield _line(ca, f"{name} CA key: RID, index, modulus")
        for part, key in (("CA", keys.ca), ("issuer", keys.issuer), ("ICC", keys.icc)):
            yield _line(key.modulus, f"{name} {part} key: modulus")
    masters = issuer_keys()
    for use, master in (("AC", masters.ac), ("SMI", masters.smi), ("SMC", masters.smc)):
        yield _line(master.reveal(), f"issuer master key {use}")
    for use, base in base_derivation_keys().items():
        yield _line(base.reveal(), f"base derivation key {use}")


def new(folder: Path) -> None:
    """Writes fresh keys."""
    rsa: list[str] = [_HEAD]
    table: list[str] = []
    for name, (index, parts) in CHAINS.items():
        rsa.append(f"[{name}]\nindex = {index}\n")
        for part, (bits, exponent) in parts.items():
            key = _generate(bits, exponent)
            rsa.append(
                f'[{name}.{part}]\nexponent = {exponent}\np = "{key.p:X}"\nq = "{key.q:X}"\n'
            )
            if part == "ca":
                table.append(_ca_table(index, key))
    masters = "\n".join(
        f'imk_{use} = "{secrets.token_hex(16).upper()}"' for use in ("ac", "smi", "smc")
    )
    (folder / "rsa.toml").write_text("\n".join(rsa), "utf-8")
    (folder / "issuer.toml").write_text(f"{_HEAD}{masters}\n", "utf-8")
    (folder / "ca_keys.toml").write_text("\n".join(table), "utf-8")


_HEAD = "# PUBLIC TEST KEYS of the Cardamom project. Never load them into anything real.\n\n"


def _generate(bits: int, exponent: int) -> RsaKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    numbers = rsa.generate_private_key(exponent, bits).private_numbers()
    return RsaKey(numbers.p, numbers.q, exponent)


def _ca_table(index: int, key: RsaKey) -> str:
    body = RID + bytes((index,)) + key.modulus + key.exponent_bytes
    checksum = hashlib.sha1(body).hexdigest().upper()  # noqa: S324 Book 2, 11.2.2
    return (
        f'[[ca_key]]\nrid = "{RID.hex().upper()}"\nindex = "{index:02X}"\n'
        f'modulus = "{key.modulus.hex().upper()}"\nexponent = {key.exponent}\n'
        f'checksum = "{checksum}"\n'
    )


def _line(material: bytes, name: str) -> str:
    return f"{hashlib.sha256(material).hexdigest()}  {name}"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["new", folder]:
            new(Path(folder))
        case ["digests"]:
            from cardamom.simulator.acquirer import certificates

            lines = (*digest_lines(), *certificates.digest_lines())
            sys.stdout.write("\n".join(lines) + "\n")
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
