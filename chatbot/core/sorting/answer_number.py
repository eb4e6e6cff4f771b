"""Reads from a post's own words which question they say they answer: `A3`, `Q3:`, `a3b)`, `A1 & A2`, `QWrap`.

The order is start, then end, then middle. A number in the middle counts only where a sentence begins, one at the end
only where the sentence before could have ended without it. What may be a slip of the hand is never guessed: it is a
doubt for a person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Literal

from chatbot.core.sorting import answer_words as around
from chatbot.core.value import Value

Number = int | Literal["wrap"]
Place = Literal["start", "end", "middle", "bare", ""]


class Reading(Value, frozen=True):
    """What a post says of itself; `numbers` are only such as the chat has.

    `says` is the mark as written, `rest` the words after it. `is_part` tells a further part ("A3b", "A4 Also"),
    `asks` a Q-number, and `doubt` why a person should look.
    """

    numbers: tuple[Number, ...] = ()
    says: str = ""
    place: Place = ""
    rest: str = ""
    is_part: bool = False
    asks: bool = False
    doubt: str = ""


NOTHING = Reading()
LONGEST = 5_000  # characters that are read for a number; posts have some hundreds

# Words that stand for a letter when written out.
_WRITTEN_OUT = {
    "A": "answer|antwort|ans",
    "Q": "question",
    "R": "réponse|reponse|respuesta|resposta|risposta",
    "F": "frage",
    "P": "pregunta|pergunta",
}
_HAS_NUMBER = re.compile(r"\d|wrap", re.I)
_AFTER_SPACE = re.compile(r"\s?[).:;,\u2013\u2014-](?!\d)")
_CAPITAL = re.compile(r"\s?[^\W\d_a-z]")
_PART_LETTER = re.compile(r"([a-z])(?![^\W_])|[A-H](?=\s?[).:])")
_GLUED = re.compile(r"i[A-Z]|[^\W\d_]")
_DECIMAL = re.compile(r"[.,:]\d")
_BETWEEN = re.compile(r"[\s).:\]]*(?:[,/&+]|(?:and|y|et|und|e)\b)?\s*", re.I)
_STOPS = re.compile(r"[\s).:\]]*[).:\]]\s*")
_RANGE = re.compile(r"\s?(?:[-\u2013]|\.\.\.?)\s?|\s(?:to|through)\s", re.I)
_BARE_SECOND = re.compile(r"\s?(?:[&+,]|and\b)\s?(\d{1,2})(?=\s?[:.)])(?!\s?[:.)]\d)", re.I)
_BARE_LAST = re.compile(r"[-\u2013](\d{1,2})(?=\s?[:.)\]\u2013\u2014]|\s[^\W\d_a-z]|\s*\Z)(?![.:]\d)")
_AND = re.compile(r"(?:\band|&|[.!?\u2026])\s*\Z", re.I)
_SEPARATED = re.compile(r"\s?[).:-](?=\s)")
_BARE = re.compile(r"(\d{1,2})\s?[.):](?![\d/])\s*(?=\S)")
_WRAP = re.compile(r"(wrap(?:[ -]?up)?)\s?[:.)\u2013\u2014-]", re.I)
_INNER = re.compile(r"(?<!\w)\d{1,2}\s?[.)](?=\s)")


class _Mark(Value, frozen=True):
    number: Number
    letter: str
    start: int
    end: int
    says: str
    is_part: bool = False
    is_loose: bool = False  # "A 1", "A.1", "A-1": only at a line's start
    doubt: str = ""


@lru_cache(maxsize=64)
def _pattern(letters: tuple[str, ...]) -> re.Pattern[str]:
    """Return the expression that finds a mark with one of these letters."""
    words = [_WRITTEN_OUT[letter.upper()] for letter in letters if letter.upper() in _WRITTEN_OUT]
    words += sorted((re.escape(letter) for letter in letters), key=len, reverse=True)
    return re.compile(
        rf"(?<![\w@])(?<!\D[/&])#?(?P<letter>{'|'.join(words) or '(?!)'})(?P<gap>[.#_\u2013-]|\s?)"
        r"(?P<number>\d{1,3}(?!\d)|[ -]?wrap(?:[ -]?up)?\b)",
        re.IGNORECASE,
    )


def read(words: str, letters: tuple[str, ...], known: Collection[Number], asks: str = "Q") -> Reading:
    """Read which of the `known` questions a post says it answers.

    `letters` are those that mark an answer in this chat, `asks` the one that marks a question.
    """
    words = around.normal(words[:LONGEST])
    if _HAS_NUMBER.search(words):
        marks = _marks(words, letters)
        found = _at_start(words, marks, known, asks) or _further_in(words, marks, known, asks) or _bare(words, known)
        if found is not None:
            return found
    return Reading(doubt="it may be a slip for an answer's number") if around.looks_mistyped(words) else NOTHING


def _marks(words: str, letters: tuple[str, ...]) -> list[_Mark]:
    return [mark for match in _pattern(letters).finditer(words) if (mark := _mark(words, match)) is not None]


def _mark(words: str, match: re.Match[str]) -> _Mark | None:
    """Read what follows a letter and a number: nothing, a part's letter, a glued word, or proof that it is no mark."""
    letter, gap, number, end = match["letter"], match["gap"], match["number"], match.end()
    says = match[0].strip("#").strip()
    is_word = len(letter) > 1
    if not number.isdigit():  # "QWrap", "Q wrap", "A-wrap"; but "that's a wrap!" is no mark
        return None if " " in says[:2] and letter != "Q" else _Mark("wrap", letter, match.start(), end, says)
    value = int(number)
    if _DECIMAL.match(words, end):
        return None
    if gap.isspace() and not is_word:
        spaced = _AFTER_SPACE.match(words, end) or (letter.isupper() and _CAPITAL.match(words, end))
        return _Mark(value, letter, match.start(), end, says, is_loose=True) if spaced else None
    loose = bool(gap) and not is_word
    if part := _PART_LETTER.match(words, end):
        is_part = part[1] is not None
        return _Mark(value, letter, match.start(), part.end(), says + part[0] * is_part, is_part, loose)
    if glued := _GLUED.match(words, end):
        doubt = f"\u201c{says}\u201d is joined to a word" if len(glued[0]) == 1 and glued[0].islower() else ""
        return _Mark(value, letter, match.start(), end, says, is_loose=True, doubt=doubt)
    return _Mark(value, letter, match.start(), end, says, is_loose=loose)


def _at_start(words: str, marks: list[_Mark], known: Collection[Number], asks: str) -> Reading | None:
    """Read marks at the front of the post, and of its further lines."""
    starts = _line_starts(words, marks)
    if not starts:
        return None
    first = starts[0]
    if first.doubt:
        return Reading(doubt=first.doubt)
    said = [first, *_joined(words, marks, first, known)]
    if len(said) > 1 and around.is_rule(words[said[-1].end :][:40]):
        return None  # "A1, A2, A3 etc": how to answer, not an answer
    rest = words[said[-1].end :]
    if _is_question(first, asks) and around.is_chatter(rest) and not _NAMED.search(rest):
        return NOTHING
    more = [mark for mark in starts[1:] if mark.start >= said[-1].end and not mark.doubt]
    more += _sentences(words, marks, said[-1], starts)
    numbers = _of_chat([*said, *more], known)
    if not numbers:
        return Reading(doubt=f"it says {first.says}, and this chat has no such question", rest=rest)
    is_part = first.is_part or around.is_further_part(rest)
    return Reading(numbers, _says([*said, *more], known), "start", rest, is_part, _is_question(first, asks))


_NAMED = re.compile(r"@\w|https?://")


def _line_starts(words: str, marks: list[_Mark]) -> list[_Mark]:
    """Return the marks that begin the post, or a line of it when it begins otherwise."""
    found, at, upcoming = [], 0, iter(marks)
    mark = next(upcoming, None)
    for line in words.split("\n"):
        begin = at + around.front(line)
        while mark is not None and mark.start < at:
            mark = next(upcoming, None)
        if mark is not None and mark.start <= begin:  # "#A3 text" is passed over as a tag
            found.append(mark)
        at += len(line) + 1
    return found


def _joined(words: str, marks: list[_Mark], first: _Mark, known: Collection[Number]) -> list[_Mark]:
    """Return what is named together with the first mark: `A1 & A2`, `A1/Q1`, `A1-A3`, `A1-3`, `A1 & 2:`."""
    after = {mark.start: mark for mark in marks}
    found: list[_Mark] = []
    last = first
    while True:
        if (second := _bare_partner(words, last, known)) is not None:
            found += second
            return found
        gap = _RANGE.match(words, last.end)
        if gap and (upto := after.get(gap.end())) and not upto.is_loose:
            found += [*_between(last, upto), upto]
        elif (gap := _BETWEEN.match(words, last.end)) and (upto := after.get(gap.end())) and not upto.is_loose:
            if upto.number != last.number and _STOPS.fullmatch(gap[0]):
                return found  # "A5: A4 stays out of it" answers one
            found.append(upto)
        else:
            return found
        last = found[-1]


def _bare_partner(words: str, last: _Mark, known: Collection[Number]) -> list[_Mark] | None:
    for pattern in (_BARE_SECOND, _BARE_LAST):
        match = pattern.match(words, last.end)
        if match and (number := int(match[1])) in known:
            end = _Mark(number, last.letter, match.start(1), match.end(1), last.letter + match[1])
            return [*_between(last, end), end] if pattern is _BARE_LAST else [end]
    return None


def _between(first: _Mark, last: _Mark) -> list[_Mark]:
    """Return the marks that a range leaves out; a range that runs backwards, or too far, has none."""
    if not (isinstance(first.number, int) and isinstance(last.number, int) and last.number - first.number < 20):
        return []
    numbers = range(first.number + 1, last.number)
    return [_Mark(number, last.letter, last.start, last.end, f"{last.letter}{number}") for number in numbers]


def _sentences(words: str, marks: list[_Mark], after: _Mark, but: list[_Mark]) -> list[_Mark]:
    """Return further answers in the same post: "A1 I feel like x and A2. That seems …"."""
    found, taken = [], {mark.start for mark in but}
    for mark in marks:
        clear = mark.start >= after.end and mark.start not in taken and not (mark.is_loose or mark.doubt)
        if clear and mark.letter.isupper() and mark.letter == after.letter and _SEPARATED.match(words, mark.end):
            before = words[max(0, mark.start - 12) : mark.start]
            if _AND.search(before) and not around.is_end(words, mark.end):
                found.append(mark)
    return found


def _further_in(words: str, marks: list[_Mark], known: Collection[Number], asks: str) -> Reading | None:
    """Read a mark at the end of the post, else one where a sentence begins."""
    alone = [mark for mark, last in zip(marks, [None, *marks], strict=False) if not _is_chained(words, last, mark)]
    usable = [mark for mark in alone if mark.number in known and not (mark.is_loose or mark.doubt)]
    for mark in reversed(usable):
        if around.is_end(words, mark.end) and _may_close(words, mark, asks):
            return Reading((mark.number,), mark.says, "end")
    for mark in usable:
        if _may_open(words, mark, asks):
            return Reading((mark.number,), mark.says, "middle", words[mark.end :], mark.is_part)
    return None


def _is_chained(words: str, last: _Mark | None, mark: _Mark) -> bool:
    """Tell whether a mark only goes on from another: "start with A1..A7" names seven, and says none."""
    gap = words[last.end : mark.start] if last is not None else None
    return gap is not None and (_BETWEEN.fullmatch(gap) or _RANGE.fullmatch(gap)) is not None


def _may_close(words: str, mark: _Mark, asks: str) -> bool:
    """Tell whether a mark at the end stands on its own; "What was Q5?" and "I will try Q4" do not."""
    if _is_question(mark, asks):
        return words[mark.start] == "#" or (
            around.begins_sentence(words, mark.start) and "?" not in words[mark.end :][:3]
        )
    if mark.says[0].islower():
        return around.begins_sentence(words, mark.start)
    return not around.leans_on(words, mark.start)


def _may_open(words: str, mark: _Mark, asks: str) -> bool:
    """Tell whether a sentence begins with the mark, and is not about paper or a road."""
    if not mark.says[0].isupper() or around.is_compound(words, mark.end):
        return False
    if _is_question(mark, asks) and not _SEPARATED.match(words, mark.end):
        return False
    return around.begins_sentence(words, mark.start) and not around.is_rule(words[mark.end :][:40])


def _bare(words: str, known: Collection[Number]) -> Reading | None:
    """Read "Wrap-up: text", and "2. text", which is weak: the caller looks for other signs."""
    begin = around.front(words)
    if "wrap" in known and (wrap := _WRAP.match(words, begin)):
        return Reading(("wrap",), wrap[1], "start", words[wrap.end() :])
    match = _BARE.match(words, begin)
    if match is None or int(match[1]) not in known or _INNER.search(words, match.end()):
        return None
    return Reading((int(match[1]),), match[1], "bare", words[match.end() :])


def _is_question(mark: _Mark, asks: str) -> bool:
    return mark.letter[:1].upper() == asks[:1].upper()


def _of_chat(marks: Iterable[_Mark], known: Collection[Number]) -> tuple[Number, ...]:
    return tuple(dict.fromkeys(mark.number for mark in marks if mark.number in known))


def _says(marks: Iterable[_Mark], known: Collection[Number]) -> str:
    """Return the marks as written, each number once."""
    first_of = {mark.number: mark.says for mark in reversed(list(marks)) if mark.number in known}
    return " and ".join(first_of[number] for number in reversed(first_of))
