"""Questions out of a pasted list, as hosts have them in mails: `1. …`, `Q1: …`, `1) …`, bullets, wrapped lines."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from chatbot.core.errors import Wrong
from chatbot.core.model import QuestionNumber
from chatbot.core.plan import Question
from chatbot.core.value import Value

MOST = 100  # questions; a longer paste is something else
LONGEST = 5_000  # characters of one question

_SHOWN = 3  # lines that are left aside, of this many characters
_LONGEST_SHOWN = 60
_ASKS = "?？؟\u037e"
_ENDS = _ASKS + ".!…。！"

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


class Pasted(Value, frozen=True):
    """The questions of a pasted list, those made of several of its lines, and the lines that are in none."""

    questions: tuple[Question, ...]
    joined: tuple[Question, ...] = ()
    left_aside: tuple[str, ...] = ()

    @property
    def notes(self) -> Iterator[str]:
        """Yield what a host should look at, in a sentence each."""
        if self.joined:
            names = ", ".join(question.label or question.id for question in self.joined)
            yield f"lines were joined into one question: {names}. If one holds several, put a number before each."
        if self.left_aside:
            shown = ", ".join(f"“{_short(line)}”" for line in self.left_aside[:_SHOWN])
            more = f" and {len(self.left_aside) - _SHOWN} more" if len(self.left_aside) > _SHOWN else ""
            yield f"left aside: {shown}{more}. If one is a question, put a number before it."


@dataclass(slots=True)
class _Found:
    number: QuestionNumber
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.lines)).strip()

    @property
    def is_joined(self) -> bool:
        return sum(bool(line.strip()) for line in self.lines) > 1


def read_paste(text: str) -> Pasted:
    """Find the questions of a pasted list, in its order; what stands before the first one is left aside.

    Numbers are taken as written while they are unlike each other, otherwise the questions are counted from one.
    Without numbers every bullet is a question, and without bullets every line that does not go on with the last.
    """
    lines = [_QUOTED.sub("", line).rstrip() for line in _UNSEEN.sub("", text).splitlines()]
    found, aside = _items(lines, _numbered)
    if not found:
        found, aside = _items(lines, _bulleted)
    if not found:
        found, aside = _lines(lines), []
    found = [item for item in found if item.text]
    _refuse_what_is_no_list(found)
    questions = tuple(
        Question(id="wrap" if number == "wrap" else f"q{number}", number=number, text=item.text)
        for number, item in zip(_numbers(found), found, strict=True)
    )
    joined = (question for question, item in zip(questions, found, strict=True) if item.is_joined)
    return Pasted(questions, tuple(joined), tuple(aside) if questions else ())


def _numbers(found: list[_Found]) -> list[QuestionNumber]:
    """Return the numbers as written, going on behind the last, unless none or one twice is written."""
    written = [item.number for item in found if item.number is not None]
    if not written or len(set(written)) < len(written):
        return list(range(1, len(found) + 1))
    counted = itertools.count(1 + max((number for number in written if isinstance(number, int)), default=0))
    return [next(counted) if item.number is None else item.number for item in found]


def _refuse_what_is_no_list(found: list[_Found]) -> None:
    if len(found) > MOST:
        raise Wrong(f"that would be {len(found)} questions", f"paste at most {MOST}, one a line, with their numbers")
    longest = max((len(item.text) for item in found), default=0)
    if longest > LONGEST:
        raise Wrong(f"one question would have {longest} characters", "paste a list, with a number before each question")


# a list with numbers or bullets


def _items(lines: list[str], read: Callable[[str], _Found | None]) -> tuple[list[_Found], list[str]]:
    """Return the items of a list, each with the lines up to the next or to a blank one, and the lines in no item."""
    found: list[_Found] = []
    aside: list[str] = []
    ended = False
    for line in lines:
        item = read(line)
        if item is not None:
            found.append(item)
            ended = False
        elif not line.strip():
            ended = bool(found and found[-1].text)  # "Question 1" may be a heading, with its text further down
        elif found and not ended:
            found[-1].lines.append(line)
        else:
            aside.append(line.strip())
    return [*found[:-1], *(_apart(found[-1]) if found else ())], aside


def _numbered(line: str) -> _Found | None:
    match = _ITEM.fullmatch(_plain(line))
    if match is None:
        return None
    return _Found("wrap" if match["wrap"] is not None else int(match["named"] or match["number"]), [match["rest"]])


def _bulleted(line: str) -> _Found | None:
    match = _BULLETED.fullmatch(line)
    return _Found(None, [match["rest"]]) if match else None


def _apart(last: _Found) -> Iterator[_Found]:
    """Part the last item of a list from whole questions below it that lack a number; others' numbers tell of them."""
    item = _Found(last.number, last.lines[:1])
    for line in last.lines[1:]:
        if _ends_with(item.lines[-1], _ASKS) and _ends_with(line, _ASKS) and not line[:1].isspace():
            yield item
            item = _bulleted(line) or _Found(None, [line])
        else:
            item.lines.append(line)
    yield item


# a list without either


def _lines(lines: list[str]) -> list[_Found]:
    """Take every line for a question, but those that plainly go on with the one above."""
    written = [line.strip() for line in lines if line.strip()]
    wraps = any(_ends_with(line, _ENDS) for line in written) and "" in (line.strip() for line in _trimmed(lines))
    small_goes_on = bool(written) and not written[0][0].islower()
    found: list[_Found] = []
    before = ""
    for line in (line.strip() for line in lines):
        if before and line and not _ends_with(before, _ENDS) and (wraps or (small_goes_on and line[0].islower())):
            found[-1].lines.append(line)
        elif line:
            found.append(_Found(None, [line]))
        before = line
    return found


def _trimmed(lines: list[str]) -> list[str]:
    return "\n".join(lines).strip().split("\n")


def _ends_with(text: str, signs: str) -> bool:
    """Whether one of these signs is behind the last word, among quotation marks and the like."""
    return any(sign in signs for sign in itertools.takewhile(lambda sign: not sign.isalnum(), reversed(text)))


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}…"


def _plain(line: str) -> str:
    """Return a line as it is looked at for a number: full-width digits as plain ones, `**1.**` without its stars."""
    bare = _MARKDOWN.sub(r"\1", line.strip())
    head = _WIDE.match(bare)
    return unicodedata.normalize("NFKC", head[0]) + bare[head.end() :] if head else bare
