"""The text of every post the bot makes: from a template, with the notice and how to answer, as long as servers take.

    length(text, warning)            as the server counts
    cue_text(kind, series, chat)     one post's text, shortened in steps until it fits
    so_far(series, chat, asked)      "Tonight so far", with links to the questions that are out
    notice_text(series, chat)        who collects what, for how long, and the word to stay out
    template_mistakes(wording)       what is wrong with a community's own templates

A text that does not fit and a template that cannot be used are `Mistakes`, found when a plan is applied; none of them
can wait until the night.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from chatbot.core import text as texts
from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.model import CueKind
from chatbot.core.nights.wording import defaults, values
from chatbot.core.nights.wording.defaults import Part
from chatbot.core.nights.wording.filling import filled, template_mistakes
from chatbot.core.nights.wording.lengths import EVERYWHERE, Room, length, over
from chatbot.core.nights.wording.parts import how_to_answer, notice_text
from chatbot.core.nights.wording.values import answer, hashtags, label
from chatbot.core.plan import Chat, Question, Series

__all__ = [
    "EVERYWHERE",
    "Part",
    "Room",
    "answer",
    "cue_text",
    "hashtags",
    "label",
    "length",
    "notice_text",
    "over",
    "so_far",
    "template_mistakes",
]

_EXCERPT = 60  # characters of a question shown beside its link


def cue_text(
    kind: CueKind,
    series: Series,
    chat: Chat,
    rooms: Sequence[Room] = EVERYWHERE,
    *,
    question: Question | None = None,
    notice: bool = False,
    named: Mapping[str, str] | None = None,
) -> str:
    """Return a post's text; raise `Mistakes` when its template is wrong or its shortest form is too long.

    `named` are values that only this kind of post has. What can be spared goes first: the reading list, the framing
    text, the long form of the notice, further hashtags, and then, in steps, how to answer.
    """
    warning = question.warning if question is not None and kind is CueKind.QUESTION else ""
    given = {**values.of_chat(series, chat), **(named or {})}
    if question is not None:
        given = {**values.of_question(chat, question), **given}
    text, excess = "", 0
    for step in _steps(kind, series, chat, question, notice):
        text = _with_hashtag(kind, filled(kind, chat, {**given, **step}), given["hashtag"])
        excess = over(text, warning, rooms)
        if excess <= 0:
            return text
    raise Mistakes([_too_long(kind, chat, question, excess, notice)])


def so_far(
    series: Series, chat: Chat, asked: Sequence[tuple[Question, str]], rooms: Sequence[Room] = EVERYWHERE
) -> str:
    """Return "Tonight so far" with a link to each question that is out: (question, its post's address).

    The words of the questions are left out when they do not fit, and then the oldest links.
    """
    for shown in (_EXCERPT, 0):
        lines = [_line(chat, question, address, shown) for question, address in asked]
        text = _so_far(series, chat, lines)
        if over(text, "", rooms) <= 0:
            return text
    while lines and over(_so_far(series, chat, ["…", *lines]), "", rooms) > 0:
        del lines[0]
    return _so_far(series, chat, ["…", *lines])


# posts


def _with_hashtag(kind: CueKind, text: str, tag: str) -> str:
    """End a public post with the hashtag if its template has none; a tag counts only after a blank."""
    has_one = re.search(rf"(?<!\S){re.escape(tag)}(?!\w)", text, re.IGNORECASE)
    return text if has_one or kind in defaults.QUIET else f"{text}\n\n{tag}"


# lengths


def _steps(
    kind: CueKind, series: Series, chat: Chat, question: Question | None, notice: bool
) -> Iterator[dict[str, str]]:
    """Yield what may become shorter, a little shorter each time."""
    brief = notice_text(series, chat, short=True) if notice else ""
    full = notice_text(series, chat) if notice and kind is CueKind.WELCOME else brief
    long, short, bare = how_to_answer(series, chat, question)
    step = {"notice": full, "how_to": long}
    for change in (
        {},
        {"reading": ""},
        {"framing": ""},
        {"notice": brief},
        {"hashtags": bare},
        {"how_to": short},
        {"how_to": bare},
    ):
        step |= change
        yield step


def _too_long(kind: CueKind, chat: Chat, question: Question | None, excess: int, notice: bool) -> Mistake:
    name = f"the question {question.id}" if question is not None and kind is CueKind.QUESTION else f"the {kind}"
    carried = "the hashtag and the notice" if notice else "the hashtag"
    characters = "1 character" if excess == 1 else f"{excess} characters"
    todo = "shorten its text or its content warning" if question is not None else "shorten the theme or the wording"
    return Mistake(chat.id, None, f"{name} is {characters} too long for the server, with {carried}", todo)


# "Tonight so far"


def _so_far(series: Series, chat: Chat, lines: Sequence[str]) -> str:
    return filled(CueKind.SO_FAR, chat, _with_all(series, chat, {"asked": "\n".join(lines)}))


def _with_all(series: Series, chat: Chat, named: Mapping[str, str]) -> dict[str, str]:
    how_to = how_to_answer(series, chat, None)[1]
    return {**values.of_chat(series, chat), "notice": "", "how_to": how_to, **named}


def _line(chat: Chat, question: Question, address: str, shown: int) -> str:
    words = _excerpt(values.of_question(chat, question)["text"], shown)
    return " ".join(part for part in (label(chat, question), words, address) if part)


def _excerpt(text: str, longest: int) -> str:
    """Return the beginning of a text, cut between words; it calls nobody by name a second time."""
    first = " ".join(re.sub(r"(?<!\S)[@#](?=\w)", "", text).split())
    if not longest or texts.graphemes(first) <= longest:
        return first if longest else ""
    words = ""
    for word in first.split(" "):
        if texts.graphemes(f"{words} {word}") > longest:
            break
        words = f"{words} {word}".strip()
    return f"{words} …" if words else ""
