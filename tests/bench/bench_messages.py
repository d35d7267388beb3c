"""What messages cost: pyiso8583, our codec, MACs, both profiles. Prints `name: value unit`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import iso8583

from cardamom.engines.iso8583.codec import Codec, Mac, Message
from cardamom.engines.iso8583.mapping import message_for
from cardamom.engines.iso8583.specification import specification
from cardamom.engines.keys.mac import retail_mac, unionpay_mac
from cardamom.settings.profile import load_message_profile
from cardamom.values.online import OnlineRequest, Purpose
from cardamom.values.secret import Key, PinBlock
from support.follow_ups import UNIONPAY, approved, follow
from support.messages import ZONE, sale

ROUNDS = 3000
REPEATS = 5
REVERSAL = follow(Purpose.REVERSAL, approved())


def rate(work: Callable[[], object]) -> float:
    """Calls a second: the best of some runs, which is the least disturbed."""
    best = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        for _ in range(ROUNDS):
            work()
        best = min(best, time.perf_counter() - began)
    return ROUNDS / best


def there_and_back(codec: Codec, request: OnlineRequest, mac: Mac) -> Message:
    """What a terminal and its host do with one message between them."""
    block = request.pin if isinstance(request.pin, PinBlock) else None
    return codec.decode(codec.encode(message_for(request, codec.profile, ZONE, block), mac), mac)


def main() -> None:
    profile = load_message_profile()
    codec = Codec(profile)
    block = PinBlock(bytes.fromhex("1B9C1845EB993A7A"))
    message = message_for(sale(), profile, ZONE, block)
    raw = codec.encode(message)
    spec = specification(profile)
    document, _ = iso8583.decode(raw, spec)
    document = {k: v for k, v in document.items() if k not in ("p", "1")}
    mac = partial(retail_mac, Key(bytes(range(16))))
    signed = codec.encode(message, mac)
    china = load_message_profile(UNIONPAY)
    packed, ecb = Codec(china), partial(unionpay_mac, Key(bytes(range(16))))
    figures = {
        "pyiso8583 decode": rate(lambda: iso8583.decode(raw, spec)),
        "pyiso8583 encode": rate(lambda: iso8583.encode(dict(document), spec)),
        "codec decode": rate(lambda: codec.decode(raw)),
        "codec encode": rate(lambda: codec.encode(message)),
        "codec decode with MAC": rate(lambda: codec.decode(signed, mac)),
        "codec encode with MAC": rate(lambda: codec.encode(message, mac)),
        "retail MAC of a request": rate(lambda: mac(raw)),
        "record to request": rate(lambda: message_for(sale(), profile, ZONE, block)),
        "request, built and parsed with MAC": rate(lambda: there_and_back(codec, sale(block), mac)),
        "reversal, built and parsed with MAC": rate(lambda: there_and_back(codec, REVERSAL, mac)),
        "UnionPay request, built and parsed with MAC": rate(
            lambda: there_and_back(packed, sale(block), ecb)
        ),
        "UnionPay reversal, built and parsed with MAC": rate(
            lambda: there_and_back(packed, REVERSAL, ecb)
        ),
    }
    for name, value in figures.items():
        sys.stdout.write(f"{name}: {value:.0f} 1/s\n")
    sys.stdout.write(f"request on the wire: {len(signed)} bytes\n")


if __name__ == "__main__":
    main()
