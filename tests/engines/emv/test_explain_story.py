"""The story of a transcript: complete, in both languages, and never with a number in it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.emv import certificates
from cardamom.engines.emv.bits import Tsi, Tvr
from cardamom.engines.emv.explain.page import Ending, as_object, explain, page
from cardamom.engines.emv.explain.story import last_cryptogram, places, tell
from cardamom.engines.emv.masking import mask_all
from cardamom.engines.emv.notes import (
    Codes,
    Compared,
    CvmTried,
    CvmTry,
    Forgotten,
    NotAgain,
    StartedAgain,
    TsiSet,
    TvrCleared,
    TvrSet,
    Unproven,
)
from cardamom.engines.emv.requests import PinUse
from cardamom.engines.emv.transcript import (
    Answered,
    Broke,
    Chosen,
    Drawn,
    Exchange,
    PinAnswer,
    PinAsked,
    Recalled,
    Step,
    Unanswered,
    Unsent,
)
from cardamom.simulator.card.profile import load_profile, names
from cardamom.simulator.recorded import HostState, Recorded, record_sale
from cardamom.texts.explain import ADVICE, OUTCOMES, TSI_RULES, TVR_RULES
from cardamom.texts.proofs import SUBJECTS, proof_words
from cardamom.values.events import Reason, Verdict
from cardamom.values.merchant import Language
from cardamom.values.outcome import OutcomeWord
from support.emv_issuer import TODAY
from support.emv_rules import test_rules as parameters

# pyemv hands double-length keys to cryptography as they are
pytestmark = pytest.mark.filterwarnings("ignore:.*-key TripleDES:Warning")
EN, ZH = Language.EN, Language.ZH
DECLINED = Ending("declined", Reason.CARD_DECLINED, None, "masked")


@cache
def recorded(profile: str, host: HostState = "there", pin: str = "") -> Recorded:
    return record_sale(load_profile(profile), TODAY, parameters(), host=host, pin=pin)


def told(steps: list[Step], language: Language = EN, ending: Ending = DECLINED) -> str:
    return "\n".join(page(explain(steps, ending, language)))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("profile", names())
def test_every_bit_of_every_card_is_told_with_its_rule(profile: str, language: Language) -> None:
    first = recorded(profile)
    steps = mask_all(first.steps)
    story = tell(steps, language)
    tags = first.outcome.tags
    assert f"{story.tvr:010X} {story.tsi:04X}" == f"{tags[0x95].hex()} {tags[0x9B].hex()}".upper()
    lines = "\n".join(line for part in story.parts for e in part.events for line in e.lines)
    for place in places(story.tvr, 5):
        rule = TVR_RULES[place]
        assert f"{rule.words[language]} ({rule.clause})" in lines
    for byte, bit in places(story.tsi, 2):
        assert f"TSI{' 置位' if language is ZH else ''} {byte}.{bit} " in lines
    for application in load_profile(profile).applications:
        for ending in (DECLINED, Ending("approved", None, "00", "masked")):
            assert application.card_number.reveal() not in told(steps, language, ending)
            assert application.card_number.reveal() not in told(first.steps, language, ending)


def test_every_bit_that_the_kernel_sets_has_a_rule() -> None:
    assert {place for bit in Tvr for place in places(int(bit), 5)} == set(TVR_RULES)
    assert {place for bit in Tsi for place in places(int(bit), 2)} == set(TSI_RULES)


def test_every_end_of_a_card_transaction_has_advice() -> None:
    of_other_flows = {r for r in Reason if r.value.startswith(("original", "over", "other"))}
    of_tags = {Reason.CARD_EXPIRED, Reason.NOT_SIGNED, Reason.CARD_COPIED, Reason.UID_LIMIT}
    assert set(Reason) - of_other_flows - of_tags <= ADVICE.keys()
    assert {word.value for word in OutcomeWord} <= OUTCOMES.keys()


def test_the_steps_stand_in_the_order_of_the_books() -> None:
    parts = tell(recorded("debit").steps, EN).parts
    assert [part.clause for part in parts] == [
        "Book 1, 12.3",
        *(f"Book 3, 10.{n}" for n in (1, 2, 3, 5, 6, 7, 8, 9, 11)),
    ]


def test_a_wrong_pin_and_a_blocked_one() -> None:
    text = told(recorded("pin-last-try", pin="000000").steps)
    assert "PIN tries left: 1" in text
    assert "VERIFY 00200080: 63C0 wrong PIN, PIN tries left: 0" in text
    assert "TVR 3.6 PIN try limit exceeded" in text
    assert "The PIN is blocked: the issuer unblocks it." in text


def test_what_action_analysis_matched_and_by_whose_code() -> None:
    step = Compared(Codes.DENIAL, 0x40_00_00_80_00, 0x40_00_00_00_00, 0x40_00_00_80_00)
    text = told([step])
    assert "denial: TVR 4000008000, TAC 4000000000, IAC 4000008000: matches" in text
    assert "    1.7 SDA failed (TAC, IAC)" in text
    assert "    4.8 transaction exceeds the floor limit (IAC)" in text
    assert "no bit matches" in told([Compared(Codes.ONLINE, 0, 0, 0)])


def test_why_authentication_failed() -> None:
    steps: list[Step] = [Unproven("issuer certificate: expired"), TvrSet(int(Tvr.DDA_FAILED))]
    text = told(steps)
    assert "Offline data authentication (Book 3, 10.3)" in text
    assert "failed because: issuer certificate: expired" in text
    assert "the CA key is missing or old" in text


def test_every_reason_of_the_kernel_has_chinese_words() -> None:
    folder = Path(certificates.__file__).parent
    said = {
        text
        for file in folder.glob("*.py")
        for text in re.findall(
            r'(?:CertificateError|RemainderMissing)\(\s*f?"([^"]+)"', file.read_text("utf-8")
        )
    }
    assert len(said) > 20
    for text in said:
        whole = text.replace("{name}", "ICC certificate")
        assert proof_words(whole, ZH) != whole
    assert proof_words("ICC certificate: expired", EN) == "ICC certificate: expired"
    named = "".join(file.read_text("utf-8") for file in folder.glob("*.py"))
    for name in re.findall(r'name = "([^"]+ [^"]+)"', named):
        assert name in SUBJECTS


def test_each_rule_of_the_list_and_what_came_of_it() -> None:
    steps: list[Step] = [
        CvmTried(0x44, 0x03, CvmTry.NOT_SUPPORTED),
        CvmTried(0x41, 0x03, CvmTry.FAILED),
        CvmTried(0x1E, 0x04, CvmTry.NOT_MET),
        TvrSet(int(Tvr.CARDHOLDER_NOT_VERIFIED)),
    ]
    (part,) = tell(steps, ZH).parts
    lines = [line for event in part.events for line in event.lines]
    assert part.title == "持卡人验证"
    assert lines[0].endswith("终端不支持")
    assert lines[1].endswith("执行：失败")
    assert lines[2].endswith("条件不满足，跳过")
    assert "3.8 持卡人验证未成功" in lines[3]


def test_an_application_that_is_put_aside_leaves_no_bit() -> None:
    story = tell([TvrSet(int(Tvr.EXPIRED)), Forgotten(), TvrSet(int(Tvr.NEW_CARD))], EN)
    assert story.tvr == int(Tvr.NEW_CARD)
    assert tell([TvrSet(3), TvrCleared(1)], EN).tvr == 2


@pytest.mark.parametrize(
    ("profile", "host", "cid"),
    [("debit", "there", 0x40), ("debit", "away", 0x00), ("sda", "silent", 0x00)],
)
def test_the_last_cryptogram_is_found_in_either_format(
    profile: str, host: HostState, cid: int
) -> None:
    assert last_cryptogram(mask_all(recorded(profile, host).steps)) == cid
    assert last_cryptogram([]) is None


def test_a_first_cryptogram_in_format_1() -> None:
    steps: list[Step] = [Exchange("80AE400000", "800B40000A1122334455667788", 0x9000)]
    text = told(steps)
    assert "given: TC (approved)" in text
    assert "9F36 Application Transaction Counter  000A  10" in text


def test_a_malformed_answer_says_at_which_byte() -> None:
    text = told([Exchange("00B2010C00", "70105A08", 0x9000)])
    assert "the answer is malformed: byte 2: tag 70 says 16 bytes, 2 are there" in text


def test_masked_whole_is_told_as_hidden() -> None:
    assert "3 B hidden" in told([Exchange("00B2010C00", "******", 0x9000)])


def test_an_unknown_outcome_never_invites_to_charge_again() -> None:
    for language in Language:
        ending = Ending("unknown", Reason.NO_ANSWER, None, "masked")
        lines = list(page(explain([], ending, language)))
        assert ("again" in lines[-1]) or ("重复收款" in lines[-1])


def test_json_says_the_same() -> None:
    steps = mask_all(recorded("debit").steps)
    object_ = json.loads(json.dumps(as_object(explain(steps, DECLINED, EN, (("id", "7"),)))))
    assert object_["id"] == "7"
    assert object_["reason"] == "card_declined"
    assert [s["clause"] for s in object_["steps"]][-1] == "Book 3, 10.11"
    assert object_["results"][0]["value"] == recorded("debit").outcome.tags[0x95].hex().upper()
    assert object_["advice"]


hexes = st.one_of(
    st.binary(max_size=30).map(lambda b: b.hex().upper()),
    st.lists(st.sampled_from(["70", "77", "80", "9F27", "01", "40", "**", "8C", "03"])).map(
        "".join
    ),
)
numbers = st.integers(0, 0xFF)
wide = st.integers(0, 1 << 41)
steps_ = st.one_of(
    st.builds(Exchange, hexes, hexes, st.integers(0, 0xFFFF)),
    st.builds(Broke, hexes, st.booleans()),
    st.builds(Drawn, hexes),
    st.builds(Recalled, st.integers(), st.booleans()),
    st.builds(
        Chosen,
        st.lists(st.text(max_size=4), max_size=3).map(tuple),
        st.none() | st.integers(-3, 5),
    ),
    st.builds(PinAsked, st.sampled_from(PinUse), st.none() | numbers, st.sampled_from(PinAnswer)),
    st.builds(Answered, st.sampled_from(Verdict), st.text(max_size=2), hexes, hexes, hexes),
    st.builds(Unsent, st.text(), st.sampled_from(Reason)),
    st.builds(Unanswered, st.text(), st.booleans()),
    st.builds(TvrSet, wide),
    st.builds(TvrCleared, wide),
    st.builds(TsiSet, wide),
    st.builds(Forgotten),
    st.builds(StartedAgain, st.booleans()),
    st.builds(NotAgain, st.text(max_size=9)),
    st.builds(CvmTried, numbers, numbers, st.sampled_from(CvmTry)),
    st.builds(Compared, st.sampled_from(Codes), wide, wide, wide),
)


@given(st.lists(steps_, max_size=8), st.sampled_from(Language))
def test_whatever_a_transcript_holds_it_is_told(steps: list[Step], language: Language) -> None:
    assert told(steps, language)
    assert last_cryptogram(steps) in (None, 0x00, 0x40, 0x80, 0xC0)
    assert last_cryptogram(mask_all(steps_that_mask(steps))) in (None, 0x00, 0x40, 0x80, 0xC0)


def steps_that_mask(steps: list[Step]) -> list[Step]:
    """A recorder's steps have no hidden digit yet."""
    return [s for s in steps if not (isinstance(s, Exchange) and "*" in s.command + s.data)]
