"""Sentences that stand in several posts: the notice of what is collected, and how to answer."""

from __future__ import annotations

from chatbot.core.nights.wording import values
from chatbot.core.nights.wording.defaults import Part
from chatbot.core.nights.wording.filling import filled
from chatbot.core.plan import Chat, Question, Series

_NAMES = {
    "full": "with your name",
    "initials": "with your initials",
    "pseudonyms": "under a made-up name",
    "none": "without your name",
}


def notice_text(series: Series, chat: Chat, *, short: bool = False) -> str:
    """Return the notice: who runs this, what is kept, for how long, that no AI is fed, the one word to stay out."""
    given = {
        **values.of_chat(series, chat),
        "word": "start" if chat.settings.consent == "opt-in" else "stop",
        "names": _NAMES.get(chat.settings.names, _NAMES["full"]),
    }
    return filled(Part.NOTICE_SHORT if short else Part.NOTICE, chat, given)


def how_to_answer(series: Series, chat: Chat, question: Question | None) -> tuple[str, str, str]:
    """Return how to answer a question, or any of the chat's: in full, in short, and as the hashtag alone."""
    tag = values.hashtags(series, chat)[0]
    if question is not None:
        given = {**values.of_chat(series, chat), **values.of_question(chat, question)}
        return filled(Part.HOW_TO, chat, given), filled(Part.HOW_TO_SHORT, chat, given), tag
    if not values.is_numbered(chat):
        return f"Answer by replying to a question, or post with {tag}", f"Answer with {tag}", tag
    q, a = chat.settings.question_letter, values.answer_letter(chat)
    return (
        f"Questions are numbered {q}1, {q}2 and so on: answer with {a}1, {a}2 and so on, and always with {tag}",
        f"Answer {q}1 with {a}1 and {tag}",
        tag,
    )
