"""Whether every post of a planned chat can be posted: its words written as if the night were here, mistakes placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chatbot.core import timetable
from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.model import Timing
from chatbot.core.plan import Chat, Question, Series
from chatbot.core.wording import EVERYWHERE, Room

_ENOUGH = 40  # characters to know a line by


def mistakes(
    series: Series, chat: Chat, rooms: Sequence[Room] = EVERYWHERE, *, file: str, source: str = ""
) -> tuple[Mistake, ...]:
    """Return each text that is too long and each template that cannot be used, of a draft as well.

    `source` is the file's text, in which the line of a question is looked for.
    """
    try:
        timetable.run_sheet(series, replace(chat, ready=True, theme=chat.theme or "?"), Timing(), rooms)
    except Mistakes as found:
        return tuple(_placed(mistake, chat, file, source) for mistake in found.mistakes)
    return ()


def line_of(source: str, words: str) -> int | None:
    """Return the first line that holds these words."""
    lines = enumerate(source.splitlines(), 1)
    return next((number for number, line in lines if words in line), None) if words else None


def _placed(mistake: Mistake, chat: Chat, file: str, source: str) -> Mistake:
    question = next((q for q in chat.questions if f"question {q.id} " in f"{mistake.what} "), None)
    return replace(mistake, file=file, line=line_of(source, _first_words(question)) if question else None)


def _first_words(question: Question) -> str:
    lines = question.text.strip().splitlines()
    return lines[0][:_ENOUGH] if lines else ""
