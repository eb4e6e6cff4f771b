"""Every form in which people say, or do not say, which question they answer: the 80 rows of the specification.

Each case is one evening with eight questions, a zeroth one and a wrap-up. Its lines are `name: words`; `> ` before
the words replies to the line before, `Q4> ` to the fourth question, `Q4" ` quotes it. The last line's answers are what
is expected; "queued" waits for a person, "talk" stands below another post.
"""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.model import Post, QuestionNumber
from chatbot.core.sorting import answer_number
from tests.core.evening import BOT, HOST, Evening

TAG = "#GardenChat"
ONE, TWO = (1,), (2,)
NONE: tuple[QuestionNumber, ...] = ()

ROWS: list[tuple[int, str, tuple[QuestionNumber, ...] | str]] = [
    (1, "ana: A1 broad beans, always", ONE),
    (2, "ana: A1) broad beans", ONE),
    (3, "ana: A1: broad beans", ONE),
    (4, "ana: A1. broad beans", ONE),
    (5, f"ana: {TAG} A1 broad beans", ONE),
    (6, "ana: @rosa A1 broad beans", ONE),
    (7, "ana: A1 - broad beans", ONE),
    (8, f"ana: {TAG} A1. broad beans", ONE),
    (9, "ana: .@rosa A1 broad beans", ONE),
    (10, f"ana: {TAG} #SeedSwap A1 broad beans", ONE),
    (11, f"ana: {TAG} A1: broad beans", ONE),
    (12, "ana: .@rosa @ben A1 broad beans", ONE),
    (13, "ana: @rosa A1) broad beans", ONE),
    (14, "ana: @rosa A1: broad beans", ONE),
    (15, f"ana: {TAG} a3 copper tape", (3,)),
    (15, "ana: @rosa a3 copper tape", (3,)),
    (16, "ana: a2) my hoe", TWO),
    (16, "ana: a3. copper tape", (3,)),
    (16, "ana: - a1: broad beans", ONE),
    (17, "ana: @rosa A2 - my hoe", TWO),
    (18, 'ana: A3 "nematodes", says my neighbour', (3,)),
    (19, "ana: A6 ... but my mother says she did", (6,)),
    (20, "ana: A1... broad beans, if the mice let me", ONE),
    (21, "ana: A8- the village fair", (8,)),
    (22, "ana: A1, broad beans", ONE),
    (22, "ana: @ben A2, my hoe", TWO),
    (23, "ana: A5). layers, and patience", (5,)),
    (24, "ana: A2 + a good kneeler", TWO),
    (25, "ana: A1.It's beans for me", ONE),
    (26, "ana: A1Beans, always", ONE),
    (26, "ana: A1iNaturalist told me what grows here", ONE),
    (26, "ana: A1beans, always", "queued"),
    (27, "ana: A7:my mint, never again", (7,)),
    (28, "ana: A.4 ferns", (4,)),
    (29, f"ana: {TAG}.  A4. ferns", (4,)),
    (30, f"ana: @rosa {TAG} A4 -ferns and moss", (4,)),
    (31, f"ana: {TAG} @rosa A3. beer traps", (3,)),
    (32, "ana: A0) hello from Porto", (0,)),
    (32, "ana: A0: hello from Porto", (0,)),
    (32, "ana: a0) hello from Porto", (0,)),
    (33, f"ana: {TAG} A3 copper\nana: {TAG} A3b and wool pellets", (3,)),
    (33, f"ana: {TAG} A4c and hellebores", (4,)),
    (34, "ana: A4x ivy too", (4,)),
    (35, f"ana: {TAG} A5. Cont. and turn it monthly", (5,)),
    (36, "ana: A4 Also, woodruff", (4,)),
    (36, "ana: A6 1 more - the radio", (6,)),
    (37, "ana: A4. Ferns first (1/2)\nana: 2/2 then hostas", (4,)),
    (38, "ana: A.4 Ferns first..1/2\nana: ...2/2 then hostas", (4,)),
    (39, f"ana: A5 1/3 I start with twigs\nana: {TAG} 2/3 …then leaves\nana: {TAG} 3/3 …then wait", (5,)),
    (40, f"ana: {TAG} the old hoe from my aunt, by far... A2.", TWO),
    (41, "ana: ferns and woodruff A4 #shade #GardenChat", (4,)),
    (42, "ben: A1 Leeks, under glass\nana: > Same here, and they hardly bolt! A1 #GardenChat", ONE),
    (43, "ana: Hello all A2 a hori-hori", TWO),
    (44, "ana: v late to the allotment tonight! A2 a hori-hori", TWO),
    (45, 'ana: Q2" Ooh good q! A2 a hori-hori', TWO),
    (46, 'ana: Q2" A2 a hori-hori', TWO),
    (47, 'ana: Q2" a hori-hori, and nothing else', TWO),
    (48, "ana: Q1 broad beans", ONE),
    (48, "ana: Q1. broad beans", ONE),
    (48, "ana: Q1: broad beans", ONE),
    (48, "ana: Q3) copper tape", (3,)),
    (48, "ana: q2. a hori-hori", TWO),
    (48, "ana: q7) mint", (7,)),
    (48, "ana: q2 - a hori-hori", TWO),
    (49, "ana: @rosa Q1 broad beans", ONE),
    (49, "ana: @rosa Q4: ferns", (4,)),
    (49, f"ana: {TAG} Q.1. broad beans", ONE),
    (49, "ana: q 2. a hori-hori", TWO),
    (50, "ana: @rosa Q1A: broad beans", ONE),
    (51, "ana: Q2, surely a hori-hori", TWO),
    (52, "ana: Q5 1) twigs 2) leaves 3) patience", (5,)),
    (53, "ana: Q3: copper\nQ3: wool\nQ3: ducks", (3,)),
    (54, f"ana: Q3: copper tape\n{TAG}\n*not cooper", (3,)),
    (55, "ana: A2 T2: a hori-hori", TWO),
    (55, "ana: T2 A2 a hori-hori", NONE),
    (56, f"ana: {TAG} 2. my hoe", TWO),
    (56, "ana: Q2> 2. my hoe", TWO),
    (56, f"ana: A5 twigs, leaves\nana: {TAG} 2. and patience", NONE),
    (57, "ana: A3 and A2 a hori-hori does both", (3, 2)),
    (58, "ana: A1 I feel like beans again and A2. that would be the dibber", (1, 2)),
    (59, 'ana: Q5" A5 same as A4! leaf mould', (5,)),
    (59, "ana: A5: A4 stays out of it, it only says the same", (5,)),
    (60, "ana: A2. a dibber works (in ref to Q2) if the soil is wet", TWO),
    (61, "ana: QWrap) thank you all", ("wrap",)),
    (61, "ana: Qwrap a lovely evening", ("wrap",)),
    (61, "ana: Wrap-up: a lovely evening", ("wrap",)),
    (61, "ana: And that's a wrap!", NONE),
    (61, "ana: A wrap with hummus for supper", NONE),
    (62, "rosa: A1: Here's @zoe's answer, posted on request: broad beans", ONE),
    (66, "ana: Ans 1 broad beans", ONE),
    (66, "ana: Answer 1: broad beans", ONE),
    (66, "ana: Ans1 broad beans", ONE),
    (66, "ana: A#1 broad beans", ONE),
    (66, "ana: A-1 broad beans", ONE),
    (66, "ana: A_1 broad beans", ONE),
    (66, "ana: (A1) broad beans", ONE),
    (66, "ana: [A1] broad beans", ONE),
    (66, "ana: **A1** broad beans", ONE),
    (66, "ana: A1/ broad beans", ONE),
    (66, "ana: A1| broad beans", ONE),
    (66, "ana: A1 – broad beans", ONE),
    (66, "ana: A1 — broad beans", ONE),
    (66, "ana: A1; broad beans", ONE),
    (66, "ana: A1> broad beans", ONE),
    (66, "ana: A1= broad beans", ONE),
    (66, "ana: A1~ broad beans", ONE),
    (67, "ana: A1/Q1 broad beans", ONE),
    (67, "ana: Q1/A1 broad beans", ONE),
    (67, "ana: Q1 A1 broad beans", ONE),
    (67, "ana: A1 & A2 my hands", (1, 2)),
    (67, "ana: A1+A2 my hands", (1, 2)),
    (67, "ana: A1/A2 my hands", (1, 2)),
    (67, "ana: A1-3: soil, soil, soil", (1, 2, 3)),
    (67, "ana: A1-A3 soil, soil, soil", (1, 2, 3)),
    (67, "ana: A1, A2 my hands", (1, 2)),
    (67, "ana: A1 - 3 things I always sow", ONE),
    (68, "ana: A 1. broad beans", ONE),
    (68, "ana: A 1 Broad beans", ONE),
    (69, "ana: A1️⃣ broad beans", ONE),
    (69, "ana: 1️⃣ broad beans", ONE),
    (69, "ana: 🅰️1 broad beans", ONE),
    (69, "ana: ① broad beans", ONE),
    (69, "ana: Ａ１ broad beans", ONE),
    (69, "ana: A١ broad beans", ONE),
    (69, "ana: А1 broad beans", ONE),
    (69, "ana: Α1 broad beans", ONE),
    (70, "ana: Al) broad beans", "queued"),
    (70, "ana: AI: broad beans", "queued"),
    (70, "ana: S1. broad beans", "queued"),
    (70, "ana: A11 broad beans", "queued"),
    (71, "ana: \u200bA1\u00a0broad beans", ONE),
    (71, "ana: A\u200b1 broad beans", ONE),
    (72, "rosa: Please answer with A1, A2, A3 etc", NONE),
    (72, "rosa: A1, A2, A3 etc. go in front of your answers", NONE),
    (72, "ana: welcome Ben! Start answers with A1 etc.", NONE),
    (73, "ana: RT @ben A2 a hori-hori", "repost"),
    (73, "ana: MT @ben: A5 leaves", "repost"),
    (73, "ana: RT @ben RT @rosa: Q3) How do you keep slugs away", "repost"),
    (73, "ana: “@ben: A2 a hori-hori” nice!", "repost"),
    (74, "ana: hoeing for a brain break a 1 min", NONE),
    (74, "ana: a 2nd hand mower is fine", NONE),
    (74, "ana: A 5k run round the allotments", NONE),
    (73, "ana: lovely idea, HT @ben", NONE),
    (74, "ana: a 20 year old fig tree", NONE),
    (75, "ana: the planting plan should be A3", NONE),
    (76, "ana: see section A5 of the #SoilCode for peat", NONE),
    (76, "ana: my plan is on glossy a4", NONE),
    (76, "ana: my border along the A1 is dusty", NONE),
    (76, "ana: I drew it. A4 page and all", NONE),
    (77, "ana: That's why I said ducks for A3", NONE),
    (77, "ana: my neighbour Joan, bless her\nana: That was my A6 by the way", "talk"),
    (77, "ana: Will search for your A2 ;)", NONE),
    (77, "ana: can we still use A1, etc", NONE),
    (78, "ana: a bit late :( but made it in time for Q1", NONE),
    (78, "ana: We might come back to this in Q5", NONE),
    (78, "ana: Q2 coming up", NONE),
    (78, "ana: Q5 anyone?", NONE),
    (78, "ana: What was Q5?", NONE),
    (79, "ana: A1 As I tell the hens: stop rephrasing Q1 and answer it", ONE),
    (80, "ana: A9 perhaps next time", "queued"),
]


@pytest.mark.parametrize(("row", "lines", "expected"), ROWS, ids=[f"{row}-{lines[:40]}" for row, lines, _ in ROWS])
def test_a_form_counts_as_the_specification_says(
    row: int, lines: str, expected: tuple[QuestionNumber, ...] | str
) -> None:
    evening, last = told(lines)

    placed = evening.places()[last.uri]

    if isinstance(expected, str):
        assert (expected, ()) == (placed.role, placed.answers)
    else:
        assert expected == evening.numbers(placed)


@pytest.mark.parametrize(
    ("row", "letters", "question_letter", "line", "expected"),
    [
        (55, ("A", "Q", "T"), "Q", "ana: T2 A2 a hori-hori", TWO),
        (55, ("A", "Q", "T"), "Q", "ana: A2 T2: a hori-hori", TWO),
        (63, ("A",), "F", "ana: F1 Ackerbohnen", ONE),
        (63, ("A",), "F", "ana: A1 Ackerbohnen", ONE),
        (63, ("A",), "F", "ana: Frage 1: Ackerbohnen", ONE),
        (64, ("R",), "P", "ana: R1 habas", ONE),
        (64, ("R",), "P", "ana: Respuesta 1: habas", ONE),
        (65, ("R",), "Q", "ana: R1 : des fèves", ONE),
        (65, ("R",), "Q", "ana: Réponse 1 : des fèves", ONE),
        (65, ("A", "Q"), "Q", "ana: R1 is the road to my allotment", NONE),
        (65, ("R",), "Q", "ana: my border along the R1 is dusty", NONE),
        (64, ("R",), "P", "ana: A1 habas", NONE),
    ],
)
def test_letters_are_those_of_the_chat(
    row: int, letters: tuple[str, ...], question_letter: str, line: str, expected: tuple[QuestionNumber, ...]
) -> None:
    evening, last = told(line, answer_letters=letters, question_letter=question_letter)

    assert expected == evening.numbers(evening.places()[last.uri])


def told(lines: str, **settings: object) -> tuple[Evening, Post]:
    """Let people say the lines after all questions; return the evening and the last post."""
    evening = Evening((0, 1, 2, 3, 4, 5, 6, 7, 8, "wrap"), **settings)
    asked = evening.asks_all()
    evening.says("ana", "so glad to be here", reply_to=asked[0])  # she takes part, whatever she says below
    last = None
    for who, how, words in re.findall(r"(?:^|\n)([a-z]+): (?:((?:Q\d)?[>\"]) )?(.*(?:\n(?![a-z]+: ).*)*)", lines):
        at = asked[int(how[1])] if how[:1] == "Q" else last
        name = {"rosa": HOST, "bot": BOT}.get(who, who)
        last = evening.says(
            name, words, reply_to=at if how.endswith(">") else None, quotes=at if how.endswith('"') else None
        )
    assert last is not None
    return evening, last


@given(st.text(alphabet=st.sampled_from("AaQq12349.):-/&,# \n@Rwrap…①А"), max_size=80))
def test_whatever_is_written_is_read_and_only_questions_of_the_chat_come_out(words: str) -> None:
    reading = answer_number.read(words, ("A", "Q"), {1, 2, 3, "wrap"})

    assert set(reading.numbers) <= {1, 2, 3, "wrap"}
    assert len(set(reading.numbers)) == len(reading.numbers)
    assert bool(reading.numbers) == bool(reading.place)


@pytest.mark.parametrize(
    "piece", ["A1 ", "#A1 ", "A1\n", "A1, ", "A1. ", "A1-", "1/2 ", "@a ", "RT ", "and A2. ", "“@a: "]
)
def test_a_long_row_of_signs_is_read_in_no_time(piece: str) -> None:
    started = time.process_time()
    answer_number.read(piece * 20_000, ("A", "Q"), {1, 2, 3})

    assert time.process_time() - started < 2.0
