"""The data a kernel holds, kept apart by where it came from."""

from __future__ import annotations

from cardamom.engines.emv.dictionary import DICTIONARY, FORGIVEN, LETTERS, Source
from cardamom.engines.emv.requests import EmvOrder
from cardamom.engines.emv.rules import Rules
from cardamom.values.tags import Tags


class DataError(ValueError):
    """A data object has a wrong length or stands twice. The text names the tag, never the value."""


class Store:
    """Five provenances: `config` and `transaction` are known at the start, `terminal` is what the
    kernel works out, `card` what the card said, `issuer` what the host brought.

    A tag is only ever answered from where the dictionary says it comes from, so that a card cannot
    override the terminal's own data; a tag the dictionary lacks can only be the card's.
    """

    __slots__ = ("card", "config", "issuer", "terminal", "transaction")

    def __init__(self, config: dict[int, bytes], transaction: dict[int, bytes]) -> None:
        self.config = config
        self.transaction = transaction
        self.terminal: dict[int, bytes] = {}
        self.card: dict[int, bytes] = {}
        self.issuer: dict[int, bytes] = {}

    def get(self, tag: int) -> bytes | None:
        row = DICTIONARY.get(tag)
        if row is None or row.source is Source.CARD:
            return self.card.get(tag)
        if row.source is Source.ISSUER:
            return self.issuer.get(tag)
        for place in (self.terminal, self.transaction, self.config):
            if tag in place:
                return place[tag]
        return None

    def take(self, tag: int, value: bytes) -> None:
        """Keeps a card object once. Raises DataError for a second one, or a length or format that
        the dictionary forbids (Book 3, 7.5 and 10.2)."""
        if tag in self.card:
            raise DataError(f"tag {tag:X} stands twice")
        self.replace(tag, value)

    def replace(self, tag: int, value: bytes) -> None:
        """Keeps a card object that may change within a transaction: 9F27, 9F36, 9F26, 9F10."""
        row = DICTIONARY.get(tag)
        if row and row.source is not Source.CARD:
            return
        if row and row.format not in LETTERS:
            good = row.fits(value) and row.well_formed(value)
            if not good and tag in FORGIVEN:
                return
            if not good:
                raise DataError(f"tag {tag:X} has a wrong length or format")
        self.card[tag] = value

    def tags(self) -> Tags:
        """Everything held; where two claim a tag, the one with the right to it."""
        held = {
            tag
            for place in (self.config, self.transaction, self.terminal, self.card, self.issuer)
            for tag in place
        }
        return Tags({tag: value for tag in sorted(held) if (value := self.get(tag)) is not None})


def bcd(number: int, size: int) -> bytes:
    """Format n: right-justified decimal digits in `size` bytes."""
    return bytes.fromhex(f"{number:0{2 * size}d}")


def config_data(rules: Rules) -> dict[int, bytes]:
    """Terminal data that no transaction changes (Book 4, Annex A and 10)."""
    data = {
        0x9F15: bytes.fromhex(rules.merchant_category.zfill(4)),
        0x9F1A: bytes.fromhex(rules.country.zfill(4)),
        0x9F1E: rules.interface_serial.encode("ascii").ljust(8),
        0x9F33: rules.capabilities,
        0x9F35: bytes((rules.terminal_type,)),
        0x9F40: rules.additional_capabilities,
    }
    if rules.terminal_id:
        data[0x9F1C] = rules.terminal_id.encode("ascii").ljust(8)
    if rules.merchant_id:
        data[0x9F16] = rules.merchant_id.encode("ascii").ljust(15)
    if rules.merchant_name:
        data[0x9F4E] = rules.merchant_name.encode("utf-8")
    if rules.acquirer_id:
        data[0x9F01] = bytes.fromhex(rules.acquirer_id.zfill(12))
    return data


def transaction_data(order: EmvOrder) -> dict[int, bytes]:
    """What is bought. The binary amounts are absent where 4 bytes cannot hold them."""
    data = {
        0x5F2A: bytes.fromhex(order.currency.zfill(4)),
        0x5F36: bcd(order.currency_exponent, 1),
        0x9A: order.date,
        0x9C: bytes((order.transaction_type,)),
        0x9F02: bcd(order.amount_minor, 6),
        0x9F03: bcd(order.other_minor, 6),
        0x9F21: order.time,
        0x9F39: b"\x05",
        0x9F41: bcd(order.sequence, 4),
    }
    if order.amount_minor <= 0xFFFFFFFF:
        data[0x81] = order.amount_minor.to_bytes(4)
    if order.other_minor <= 0xFFFFFFFF:
        data[0x9F04] = order.other_minor.to_bytes(4)
    return data
