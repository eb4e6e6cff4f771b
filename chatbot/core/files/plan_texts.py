"""Whether every post of a planned chat can be posted: its words written as if the night were here, draft or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.nights import timetable
from chatbot.core.nights.wording import EVERYWHERE, Room
from chatbot.core.plan import Chat, Question, Series
from chatbot.core.text import graphemes
from chatbot.core.timing import Timing
from chatbot.core.value import replace


def mistakes(
    series: Series, chat: Chat, rooms: Sequence[Room] = EVERYWHERE
) -> tuple[tuple[Question | None, Mistake], ...]:
    """Return each text that is too long and each template that cannot be used, with the question it belongs to."""
    found: list[tuple[Question | None, Mistake]] = [
        (question, Mistake(chat.id, None, *wrong))
        for question in chat.questions
        for wrong in _beside_the_text(question, rooms)
    ]
    try:
        timetable.run_sheet(series, replace(chat, ready=True, theme=chat.theme or "?"), Timing(), rooms)
    except Mistakes as raised:
        found += [(_question(chat, mistake), mistake) for mistake in raised.mistakes]
    return tuple(found)


def _beside_the_text(question: Question, rooms: Sequence[Room]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a question's description of its picture, and with its poll: (what, what to do)."""
    alt = max(graphemes(question.alt) - room.alt_characters for room in rooms)
    if alt > 0:
        yield f"the question {question.id} describes its picture with {alt} characters too many", "shorten `alt`"
    options = question.poll.options if question.poll else ()
    most = min(room.poll_options for room in rooms)
    if len(options) > most:
        yield f"the question {question.id} has {len(options)} answers to choose from", f"the server takes {most}"
    longest = min(room.poll_option_characters for room in rooms)
    for option in options:
        if graphemes(option) > longest:
            what = f"the question {question.id} has an answer to choose of {graphemes(option)} characters"
            yield what, f"the server takes {longest}"


def _question(chat: Chat, mistake: Mistake) -> Question | None:
    return next((q for q in chat.questions if mistake.what.startswith(f"the question {q.id} ")), None)
