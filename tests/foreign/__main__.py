"""`python -m foreign COMMAND ...` (from tests/): a sale with a virtual card of somebody else's.

COMMAND starts a card that connects to vpcd's port; `{port}` in it becomes the port of the
in-process reader. Prints what came of it and the story of its transcript. With Debian's
vsmartcard-vpicc: `python -m foreign vicc --type iso7816 --hostname 127.0.0.1 --port {port}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.explain.page import Ending, explain, page
from cardamom.engines.emv.masking import mask_all
from cardamom.engines.emv.requests import (
    Answer,
    CardHistory,
    Choose,
    EnterPin,
    GoOnline,
    Outcome,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.engines.emv.transcript import Recorder, Step
from cardamom.faults import CardFault
from cardamom.ports import Card
from cardamom.simulator.reader import InProcessReader
from cardamom.values.events import Verdict
from cardamom.values.merchant import Language
from cardamom.values.online import OnlineAnswer
from cardamom.values.secret import Pin
from support.emv_issuer import TODAY
from support.emv_rules import test_rules as parameters

CARD_S = 30.0


async def answer(card: Card, request: Request) -> Answer:
    """A customer with PIN 1234 and a host that approves."""
    match request:
        case Transmit(apdu):
            reply = await card.transmit(apdu)
            return Reply(reply.data, reply.sw, reply.took_us)
        case Random(size):
            return bytes(range(0x51, 0x51 + size))
        case Recall():
            return CardHistory()
        case Choose(among):
            return among[0]
        case EnterPin():
            return Pin(b"1234")
        case GoOnline():
            return OnlineAnswer(Verdict.APPROVED, "00", arc=b"00")


async def sale(card: Card) -> tuple[Outcome, list[Step]]:
    """The outcome, and what was said, masked."""
    recorder = Recorder()
    kernel = contact_kernel(TODAY, parameters(), recorder.note)
    try:
        request = next(kernel)
        while True:
            try:
                given = await answer(card, request)
            except CardFault as fault:
                recorder.broke(request, gone=fault.gone)
                request = kernel.throw(fault)
            else:
                recorder.answered(request, given)
                request = kernel.send(given)
    except StopIteration as end:
        return end.value, mask_all(recorder.take())


async def run(command: list[str]) -> int:
    reader = InProcessReader()
    port = await reader.open()
    filled = [part.replace("{port}", str(port)) for part in command]
    started = await asyncio.create_subprocess_exec(*filled)
    try:
        card = await asyncio.wait_for(reader.inserted(), CARD_S)
    except (CardFault, TimeoutError) as e:
        sys.stdout.write(f"no card came: {str(e) or 'nothing connected'}\n")
        return 1
    else:
        outcome, steps = await sale(card)
        sys.stdout.write(f"ATR {card.atr.hex().upper()}\n")
        ending = Ending(outcome.decision.value, outcome.reason, None, "masked")
        lines = page(explain(steps, ending, Language.EN))
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        await card.close()
        started.terminate()
        await card.removed()
        return 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.terminate()
        await started.wait()
        await reader.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(run(sys.argv[1:])))
