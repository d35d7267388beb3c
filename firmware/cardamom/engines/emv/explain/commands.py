"""What one command asked and what the card answered, with the objects on both ways by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.apdu import ApduError, parse_command
from cardamom.engines.emv.explain.objects import DecodeError, Node, listed, objects, value_node
from cardamom.engines.emv.transcript import Exchange
from cardamom.texts.chip_codes import CRYPTOGRAMS, STATUS_WORDS
from cardamom.texts.explain import SAY
from cardamom.values.merchant import Language
from cardamom.values.secret import MASK

LISTS: Final = (0x9F38, 0x8C, 0x8D, 0x9F49)
DEFAULT_DDOL: Final = b"\x9f\x37\x04"
NAMES: Final = {
    0xA4: "SELECT",
    0xB2: "READ RECORD",
    0xA8: "GET PROCESSING OPTIONS",
    0x88: "INTERNAL AUTHENTICATE",
    0xCA: "GET DATA",
    0x84: "GET CHALLENGE",
    0x20: "VERIFY",
    0xAE: "GENERATE AC",
    0x82: "EXTERNAL AUTHENTICATE",
    0x1E: "APPLICATION BLOCK",
    0x18: "APPLICATION UNBLOCK",
    0x16: "CARD BLOCK",
    0x24: "PIN CHANGE/UNBLOCK",
    0xDA: "PUT DATA",
    0xDC: "UPDATE RECORD",
}
CLAUSES: Final = {
    0xA4: "Book 1, 12.3",
    0xA8: "Book 3, 10.1",
    0xB2: "Book 3, 10.2",
    0x88: "Book 3, 10.3",
    0x84: "Book 3, 10.5",
    0x20: "Book 3, 10.5",
    0x82: "Book 3, 10.9",
}
SCRIPTS: Final = "Book 3, 10.10"


@dataclass(slots=True)
class Told:
    """One exchange in words."""

    clause: str
    lines: list[str]
    nodes: list[Node] = field(default_factory=list)


class Commands:
    """Tells one exchange after another: it remembers lists, and which cryptogram is the next."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._lists: dict[int, bytes] = {}
        self._initiated = False
        self._cryptograms = 0
        self.given: int | None = None
        """What the last exchange brought: bits 8-7 of the CID."""

    def forget(self) -> None:
        """Another application will be tried."""
        self._lists.clear()
        self._initiated = False
        self._cryptograms = 0

    def tell(self, step: Exchange) -> Told:
        """Never raises for what a transcript holds."""
        self.given = None
        header = _bytes(step.command[:8]).ljust(4, b"\0")
        ins = header[1]
        sent = _sent(step.command)
        told = Told(self._clause(header), [self._line(header, sent, step.sw)])
        told.nodes += self._sent(ins, sent)
        answer = self._answer(ins, step.data, told)
        told.nodes += answer
        self._learn(answer)
        if ins == 0xA8 and step.sw == 0x9000:
            self._initiated = True
        if ins == 0xAE:
            told.lines += self._cryptogram(header[2], answer)
        return told

    def named(self, tag: int, text: str) -> list[Node]:
        """One object that stands bare."""
        return [value_node(tag, text, self._language)]

    def chain(self, text: str) -> list[Node]:
        """Objects; nothing where they are none."""
        try:
            return list(objects(text, self._language))
        except DecodeError:
            return []

    def _clause(self, header: bytes) -> str:
        ins = header[1]
        if ins == 0xAE:
            self._cryptograms += 1
            return "Book 3, 10.8" if self._cryptograms == 1 else "Book 3, 10.11"
        if ins == 0xB2 and not self._initiated:
            return "Book 1, 12.3"
        if ins == 0xCA:
            return "Book 3, 10.5" if header[2:] == b"\x9f\x17" else "Book 3, 10.6"
        return CLAUSES.get(ins, SCRIPTS)

    def _line(self, header: bytes, sent: str, sw: int) -> str:
        ins = header[1]
        said = f"{NAMES.get(ins, self._say('command'))} {header.hex().upper()}"
        if ins == 0xA4 and sent:
            raw = _bytes(sent)
            said += f" {raw.decode('ascii')}" if raw.isascii() and raw.isalnum() else f" {sent}"
            if raw == b"1PAY.SYS.DDF01":
                said += f" {self._say('directory')}"
        if ins == 0xB2:
            said += f" SFI {header[3] >> 3} {self._say('record')} {header[2]}"
        return f"{said}: {sw:04X} {self._status(ins, sw)}".rstrip()

    def _status(self, ins: int, sw: int) -> str:
        if ins == 0x20 and sw == 0x9000:
            return self._say("right_pin")
        if ins == 0x20 and sw & 0xFFF0 == 0x63C0:
            return f"{self._say('wrong_pin')}, {self._say('tries')}: {sw & 0x0F}"
        words = STATUS_WORDS.get(sw)
        return words[self._language] if words else ""

    def _sent(self, ins: int, sent: str) -> Iterable[Node]:
        if ins == 0xA8 and sent[:2] == "83":
            size = 2 if sent[2:4] != "81" else 3
            return listed(self._lists.get(0x9F38, b""), sent[2 * size :], self._language)
        if ins == 0xAE:
            tag = 0x8C if self._cryptograms == 1 else 0x8D
            return listed(self._lists.get(tag, b""), sent, self._language)
        if ins == 0x88:
            return listed(self._lists.get(0x9F49, DEFAULT_DDOL), sent, self._language)
        if ins == 0x82 and sent:
            return self.named(0x91, sent)
        return ()

    def _answer(self, ins: int, data: str, told: Told) -> list[Node]:
        if not data or ins == 0x84:
            return []
        if not data.strip(MASK):
            told.lines.append(f"{len(data) // 2} B {self._say('hidden')}")
            return []
        try:
            nodes = list(objects(data, self._language))
        except DecodeError as e:
            told.lines.append(f"{self._say('broken')}: {e}")
            return []
        if len(nodes) == 1 and nodes[0].tag == "80":
            return self._format_1(ins, nodes[0].value) or nodes
        return nodes

    def _format_1(self, ins: int, value: str) -> list[Node]:
        """Book 3, 6.5.5.4 and 6.5.8.4: values one after another."""
        cuts = {0xA8: ((0x82, 2), (0x94, 252)), 0x88: ((0x9F4B, 255),)}.get(ins)
        if ins == 0xAE:
            cuts = ((0x9F27, 1), (0x9F36, 2), (0x9F26, 8), (0x9F10, 32))
        nodes: list[Node] = []
        at = 0
        for tag, size in cuts or ():
            part = value[2 * at : 2 * (at + size)]
            if part:
                nodes += self.named(tag, part)
            at += size
        return nodes

    def _learn(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            tag = int(node.tag, 16)
            if tag in LISTS and MASK not in node.value:
                self._lists[tag] = bytes.fromhex(node.value)
            if tlv.is_constructed(tag):
                self._learn(node.inside)

    def _cryptogram(self, p1: int, answer: list[Node]) -> list[str]:
        asked = CRYPTOGRAMS.get(p1 & 0xC0)
        signed = f" {self._say('with_cda')}" if p1 & 0x10 else ""
        said = [f"{self._say('asked')}: {asked[self._language] if asked else '?'}{signed}"]
        inside = [*answer, *(each for node in answer for each in node.inside)]
        cid = next((n.value for n in inside if n.tag == "9F27"), "")
        if len(cid) == 2 and MASK not in cid:
            self.given = int(cid, 16) & 0xC0
            words = CRYPTOGRAMS.get(self.given)
            said.append(f"{self._say('given')}: {words[self._language] if words else '?'}")
        return said

    def _say(self, key: str) -> str:
        return SAY[key][self._language]


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text.replace(MASK, "0"))
    except ValueError:
        return b""


def _sent(command: str) -> str:
    """The command's data as it stands in the transcript."""
    raw = _bytes(command)
    try:
        parts = parse_command(raw)
    except ApduError:
        return ""
    start = 14 if parts.extended else 10
    return command[start : start + 2 * len(parts.data)]
