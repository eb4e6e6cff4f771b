"""Questions out of a pasted list, as hosts have them in mails: `1. …`, `Q1: …`, `1) …`, bullets, wrapped lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from chatbot.core.errors import Wrong
from chatbot.core.model import QuestionNumber
from chatbot.core.plan import Question

MOST = 100  # questions; a longer paste is something else
LONGEST = 5_000  # characters of one question

_BULLET = r"[-–—*•‣◦▪●∙·o]"
_SEPARATOR = r"[.):\]\-–—]"
_ITEM = re.compile(
    rf"""
    \s*(?:{_BULLET}\s+)?                                            # a bullet may stand before a number
    (?:
        [(\[]?\s*(?:q(?:uestion)?|f(?:rage)?|p(?:ergunta|regunta)?)\s*\.?\s*(?P<named>\d{{1,3}})\s*{_SEPARATOR}*(?:\s+|$)
      | [(\[]?(?P<number>\d{{1,3}})\s*{_SEPARATOR}+\s*(?!\d)
      | (?:q?\s*wrap(?:[\s-]?up)?)\s*{_SEPARATOR}+\s*(?P<wrap>)
    )
    (?P<rest>.*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BULLETED = re.compile(rf"\s*{_BULLET}\s+(?P<rest>\S.*)")
_QUOTED = re.compile(r"^(?:>\s?)+")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff]")
_WIDE = re.compile(r"[Ｑｑ０-９．）：（]+")
_MARKDOWN = re.compile(r"^(?:\*\*|__)(.*?)(?:\*\*|__)", re.DOTALL)


@dataclass(slots=True)
class _Found:
    number: QuestionNumber
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.lines)).strip()


def questions_from_paste(text: str) -> tuple[Question, ...]:
    """Find the questions of a pasted list, in its order; what stands before the first one is left aside.

    Numbers are taken as written while they are unlike each other, otherwise the questions are counted from one.
    Without numbers every bullet is a question, and without bullets every paragraph, or else every line.
    """
    lines = [_QUOTED.sub("", line).rstrip() for line in _UNSEEN.sub("", text).splitlines()]
    found = _numbered(lines) or _bulleted(lines) or _paragraphs(lines)
    found = [item for item in found if item.text]
    _refuse_what_is_no_list(found)
    numbers = [item.number for item in found]
    if None in numbers or len(set(numbers)) < len(numbers):
        numbers = list(range(1, len(found) + 1))
    return tuple(
        Question(id="wrap" if number == "wrap" else f"q{number}", number=number, text=item.text)
        for number, item in zip(numbers, found, strict=True)
    )


def _refuse_what_is_no_list(found: list[_Found]) -> None:
    if len(found) > MOST:
        raise Wrong(f"that would be {len(found)} questions", f"paste at most {MOST}, one a line, with their numbers")
    longest = max((len(item.text) for item in found), default=0)
    if longest > LONGEST:
        raise Wrong(f"one question would have {longest} characters", "paste a list, with a number before each question")


def _numbered(lines: list[str]) -> list[_Found]:
    found: list[_Found] = []
    ended = False
    for line in lines:
        match = _ITEM.fullmatch(_plain(line))
        if match:
            number: QuestionNumber = "wrap" if match["wrap"] is not None else int(match["named"] or match["number"])
            found.append(_Found(number, [match["rest"]]))
            ended = False
        elif not line.strip():
            ended = bool(found and found[-1].text)  # "Question 1" may be a heading, with its text further down
        elif found and not ended:
            found[-1].lines.append(line.strip())
    return found


def _bulleted(lines: list[str]) -> list[_Found]:
    found: list[_Found] = []
    ended = False
    for line in lines:
        match = _BULLETED.fullmatch(line)
        if match:
            found.append(_Found(None, [match["rest"]]))
            ended = False
        elif not line.strip():
            ended = True
        elif found and not ended:
            found[-1].lines.append(line.strip())
    return found


def _paragraphs(lines: list[str]) -> list[_Found]:
    """Take paragraphs when there are several; in a single one every line is a question."""
    paragraphs = list(_split(lines))
    if len(paragraphs) > 1:
        return [_Found(None, paragraph) for paragraph in paragraphs]
    return [_Found(None, [line]) for line in lines if line.strip()]


def _split(lines: list[str]) -> Iterator[list[str]]:
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            paragraph.append(line.strip())
        elif paragraph:
            yield paragraph
            paragraph = []


def _plain(line: str) -> str:
    """Return a line as it is looked at for a number: full-width digits as plain ones, `**1.**` without its stars."""
    bare = _MARKDOWN.sub(r"\1", line.strip())
    head = _WIDE.match(bare)
    return unicodedata.normalize("NFKC", head[0]) + bare[head.end() :] if head else bare
