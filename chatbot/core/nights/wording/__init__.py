"""The text of every post the bot makes: from a template, with the notice and how to answer, as long as servers take.

    length(text, warning)            as the server counts
    cue_text(kind, series, chat)     one post's text, shortened in steps until it fits
    asked_again(series, chat, …)     a question once more, with the address of the first time
    correction(series, chat, …)      what became untrue of a post that is out, or a question's new words
    so_far(series, chat, asked)      "Tonight so far", with links to the questions that are out
    so_far_opening(series, chat)     what it begins with, whatever it links
    notice_text(series, chat)        who collects what, for how long, and the word to stay out
    template_mistakes(wording)       what is wrong with a community's own templates

A text that does not fit and a template that cannot be used are `Mistakes`, found when a plan is applied; none of them
can wait until the night.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence

from chatbot.core import text as texts
from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.model import CueKind
from chatbot.core.nights.wording import defaults, values
from chatbot.core.nights.wording.defaults import Part
from chatbot.core.nights.wording.filling import filled, named, template_mistakes
from chatbot.core.nights.wording.lengths import EVERYWHERE, Room, length, over
from chatbot.core.nights.wording.parts import how_to_answer, notice_text
from chatbot.core.nights.wording.values import answer, hashtags, label
from chatbot.core.plan import Chat, Question, Series
from chatbot.core.value import replace

__all__ = [
    "EVERYWHERE",
    "Part",
    "Room",
    "answer",
    "asked_again",
    "correction",
    "cue_text",
    "hashtags",
    "label",
    "length",
    "named",
    "notice_text",
    "over",
    "so_far",
    "so_far_opening",
    "template_mistakes",
]

_EXCERPT = 60  # characters of a question shown beside its link
_LINKS = "\ue000"  # stands for the links; nobody writes it


def cue_text(
    kind: CueKind,
    series: Series,
    chat: Chat,
    rooms: Sequence[Room] = EVERYWHERE,
    *,
    question: Question | None = None,
    notice: bool | str = False,
    named: Mapping[str, str] | None = None,
) -> str:
    """Return a post's text; raise `Mistakes` when its template is wrong or its shortest form is too long.

    `named` are values that only this kind of post has; `notice` may be other words in its place. What can be spared
    goes first: the reading list, the framing text, the long form of the notice, further hashtags, and then, in steps,
    how to answer.
    """
    warned = question if kind in (CueKind.QUESTION, CueKind.CORRECTION) else None
    warning = warned.warning if warned is not None else ""
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


def asked_again(series: Series, chat: Chat, question: Question, url: str, rooms: Sequence[Room] = EVERYWHERE) -> str:
    """Return a question as it is asked once more: with the address of the first time in place of the notice."""
    given = {**values.of_chat(series, chat), "label": values.label(chat, question), "url": url}
    again = filled(Part.ASKED_AGAIN, chat, given)
    for words in (again, url):
        with contextlib.suppress(Mistakes):
            return cue_text(CueKind.QUESTION, series, chat, rooms, question=question, notice=words)
    return cue_text(CueKind.QUESTION, series, chat, rooms, question=question)


def correction(
    series: Series,
    chat: Chat,
    rooms: Sequence[Room] = EVERYWHERE,
    *,
    question: Question | None = None,
    changes: str = "",
) -> str:
    """Return a correction: a question's new words, or sentences about what became untrue.

    A question whose words leave no room for more is said as it would be asked, sentences without the chat's theme.
    """
    told = {"label": "", "answer": "", "text": "", "changes": changes}
    told |= {} if question is None else values.of_question(chat, question)
    try:
        return cue_text(CueKind.CORRECTION, series, chat, rooms, question=question, named=told)
    except Mistakes:
        if question is None:
            return cue_text(CueKind.CORRECTION, series, replace(chat, theme=""), rooms, named=told)
        return cue_text(CueKind.QUESTION, series, chat, rooms, question=question)


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


def so_far_opening(series: Series, chat: Chat) -> str:
    """Return what "Tonight so far" begins with, whatever questions it links; empty where the links come first."""
    return _so_far(series, chat, [_LINKS]).partition(_LINKS)[0]


# posts


def _with_hashtag(kind: CueKind, text: str, tag: str) -> str:
    """End a public post with the hashtag if its template has none; a tag counts only after a blank."""
    has_one = re.search(rf"(?<!\S){re.escape(tag)}(?!\w)", text, re.IGNORECASE)
    return text if has_one or kind in defaults.QUIET else f"{text}\n\n{tag}"


# lengths


def _steps(
    kind: CueKind, series: Series, chat: Chat, question: Question | None, notice: bool | str
) -> Iterator[dict[str, str]]:
    """Yield what may become shorter, a little shorter each time."""
    full, brief = _notices(kind, series, chat, notice)
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


def _notices(kind: CueKind, series: Series, chat: Chat, notice: bool | str) -> tuple[str, str]:
    """Return the notice in its long and its short form, or the words that stand in its place."""
    if isinstance(notice, str) or not notice:
        words = notice or ""
        return words, words
    brief = notice_text(series, chat, short=True)
    return notice_text(series, chat) if kind is CueKind.WELCOME else brief, brief


def _too_long(kind: CueKind, chat: Chat, question: Question | None, excess: int, notice: bool | str) -> Mistake:
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
