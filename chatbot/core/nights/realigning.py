"""Holds a changed plan to what happened already: questions that were asked, and a chat that was announced.

Files count questions: take the second line out and the third becomes the second. Once a question was asked its number
is a fact, so the questions of a file are matched with those applied before, by the ids that the host wrote, by their
words, and then by their place between such; nobody's A3 moves under another question.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Collection, Iterator, Sequence

from chatbot.core.errors import ChatbotError
from chatbot.core.model import QuestionNumber
from chatbot.core.plan import Chat, Question
from chatbot.core.value import Value, replace

ALIKE = 0.5  # of two wordings, that they are of one question


class Kept(Value, frozen=True):
    """A chat as it can be applied, and the questions that the plan does not hold any more although they were asked."""

    chat: Chat
    gone: tuple[Question, ...] = ()


def keep_asked(planned: Chat, before: Chat, asked: Collection[str], written_ids: Collection[str] = ()) -> Kept:
    """Return the planned chat with each asked question under its own id and number, and none of them lost.

    `written_ids` are ids that stand in the file and were not counted.
    """
    if not asked:
        return Kept(planned)
    pairs = _pairs(planned.questions, before.questions, written_ids)
    if _shifts(planned, pairs, before, asked):
        planned = replace(planned, questions=_renamed(planned, pairs, before, asked))
    there = {question.id for question in planned.questions}
    lost = [question for question in before.questions if question.id in asked and question.id not in there]
    gone = tuple(replace(question, withdrawn=True) for question in lost)
    return Kept(replace(planned, questions=_with(planned.questions, gone, before)), gone)


def is_alike(chat: Chat, other: Chat) -> bool:
    """Whether two chats have a theme or a question in common."""
    asked = {_plain(question.text) for question in chat.questions}
    is_of_one_theme = bool(other.theme) and other.theme == chat.theme
    return chat.series == other.series and (
        is_of_one_theme or any(_plain(question.text) in asked for question in other.questions)
    )


def is_the_same(chat: Chat, other: Chat) -> bool:
    """Whether a chat on another day is this one: of its theme, or with half of its questions."""
    asked = {_plain(question.text) for question in chat.questions}
    common = sum(_plain(question.text) in asked for question in other.questions)
    is_of_one_theme = bool(other.theme) and other.theme == chat.theme
    return chat.series == other.series and (is_of_one_theme or (common > 0 and 2 * common >= len(asked)))


# which planned question is which

_Pairs = dict[int, int]  # place in the plan -> place before


def _pairs(planned: Sequence[Question], before: Sequence[Question], written_ids: Collection[str]) -> _Pairs:
    ids = {question.id: place for place, question in enumerate(before)}
    words = {_plain(question.text): place for place, question in reversed(list(enumerate(before)))}
    pairs: _Pairs = {}
    for place, question in enumerate(planned):
        if question.id in written_ids and question.id in ids:
            pairs[place] = ids[question.id]
    for place, question in enumerate(planned):
        there = words.get(_plain(question.text))
        if place not in pairs and there is not None and there not in pairs.values():
            pairs[place] = there
    return pairs | dict(_between(pairs, planned, before))


def _between(pairs: _Pairs, planned: Sequence[Question], before: Sequence[Question]) -> Iterator[tuple[int, int]]:
    """Yield reworded questions: all that stand between the same neighbours, or, of unequally many, those most alike."""
    anchors = [(-1, -1), *_rising(pairs), (len(planned), len(before))]
    for (start, first), (end, last) in itertools.pairwise(anchors):
        new = [place for place in range(start + 1, end) if place not in pairs]
        old = [place for place in range(first + 1, last) if place not in pairs.values()]
        if len(new) == len(old):
            yield from zip(new, old, strict=True)
        else:
            yield from _alike(new, old, planned, before)


def _alike(
    new: Sequence[int], old: Sequence[int], planned: Sequence[Question], before: Sequence[Question]
) -> Iterator[tuple[int, int]]:
    left = list(old)
    for place in new:
        words = _plain(planned[place].text).split()
        likeness = {
            there: difflib.SequenceMatcher(None, words, _plain(before[there].text).split()).ratio() for there in left
        }
        best = max(likeness, key=lambda there: likeness[there], default=None)
        if best is not None and likeness[best] >= ALIKE:
            left.remove(best)
            yield place, best


def _rising(pairs: _Pairs) -> Iterator[tuple[int, int]]:
    highest = -1
    for place, there in sorted(pairs.items()):
        if there > highest:
            highest = there
            yield place, there


def _shifts(planned: Chat, pairs: _Pairs, before: Chat, asked: Collection[str]) -> bool:
    """Whether an asked question would lose its id or number, or another would get it."""
    for place, question in enumerate(planned.questions):
        old = before.questions[pairs[place]] if place in pairs else None
        is_itself = old is not None and (old.id, old.number) == (question.id, question.number)
        takes = question.id in asked or question.number in _numbers(before, asked)
        if not is_itself and (takes or (old is not None and old.id in asked)):
            return True
    return False


def _renamed(planned: Chat, pairs: _Pairs, before: Chat, asked: Collection[str]) -> tuple[Question, ...]:
    kept = {place: before.questions[there] for place, there in pairs.items()}
    taken = (*kept.values(), *_of(before, asked))
    ids, numbers = {question.id for question in taken}, {question.number for question in taken}
    last_asked = max((place for place, question in kept.items() if question.id in asked), default=-1)
    made: list[Question] = []
    for place, question in enumerate(planned.questions):
        if place in kept:
            made.append(replace(question, id=kept[place].id, number=kept[place].number))
            continue
        if place < last_asked:
            raise _comes_too_late(planned, question, kept, asked)
        new = _fresh(question, ids, numbers)
        ids.add(new.id)
        numbers.add(new.number)
        made.append(new)
    return tuple(made)


def _fresh(question: Question, ids: Collection[str], numbers: Collection[QuestionNumber]) -> Question:
    """Return a new question under an id and a number that no other has."""
    number = question.number
    if isinstance(number, int) and number in numbers:
        number = 1 + max(one for one in numbers if isinstance(one, int))
    usual = number if number in ("wrap", None) else f"q{number}"
    name = question.id if question.id not in ids else str(usual or f"{question.id}-new")
    while name in ids:
        name = f"{name}-new"
    return replace(question, id=name, number=number)


def _comes_too_late(
    planned: Chat, question: Question, kept: dict[int, Question], asked: Collection[str]
) -> ChatbotError:
    place = planned.questions.index(question)
    after = next(old for there, old in sorted(kept.items()) if there > place and old.id in asked)
    name = after.label or after.id
    return ChatbotError(
        f"{name} of {planned.id} was asked already, and the file now has a new question before it, which would take its"
        f" number. Nothing was applied. Put the new question behind {name}, or mend {name}'s own line to reword it."
    )


def _with(questions: tuple[Question, ...], gone: Sequence[Question], before: Chat) -> tuple[Question, ...]:
    """Put asked questions back behind the one they stood behind."""
    made = list(questions)
    order = [question.id for question in before.questions]
    for question in gone:
        earlier = set(order[: order.index(question.id)])
        places = [place for place, other in enumerate(made) if other.id in earlier]
        made.insert(max(places, default=-1) + 1, question)
    return tuple(made)


def _of(chat: Chat, ids: Collection[str]) -> list[Question]:
    return [question for question in chat.questions if question.id in ids]


def _numbers(chat: Chat, ids: Collection[str]) -> set[QuestionNumber]:
    return {question.number for question in _of(chat, ids) if question.number is not None}


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
