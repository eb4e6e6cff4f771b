"""What the demo shows while it runs: the question, the countdown, people, posts, and what was sorted where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chatbot.core import text
from chatbot.core.model import CueKind, Placement, Post
from chatbot.core.record import Record
from chatbot.core.sorting import answers


@dataclass(frozen=True, slots=True)
class Line:
    """A post and where it was put."""

    uri: str
    who: str
    says: str
    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Board:
    """The state of the evening at one moment."""

    asked: str
    next_in: float | None  # seconds
    people: int
    posts: int
    refused: int
    sorted_to: tuple[tuple[str, int], ...]
    lines: tuple[Line, ...]


def read(record: Record, now: datetime, due: Sequence[datetime]) -> Board:
    """Compute the board; `due` are the instants of the posts still to come."""
    placed = answers.place(record)
    own = {post.uri for post in record.own_posts} | {a.uri for asking in record.asked.values() for a in asking}
    theirs = [post for post in record.posts if post.uri not in own]
    lines = tuple(_line(record, post, placed[post.uri]) for post in theirs if post.uri in placed)
    ahead = [(at - now).total_seconds() for at in due if at > now]
    return Board(
        asked=_asked(record),
        next_in=min(ahead) if ahead else None,
        people=len({post.author.uri for post in theirs}),
        posts=len(theirs),
        refused=len(record.empty),
        sorted_to=tuple(sorted(Counter(line.where for line in lines).items())),
        lines=lines,
    )


def _asked(record: Record) -> str:
    last = max((post for post in record.own_posts if post.question), key=lambda post: post.at, default=None)
    question = record.chat.question(last.question) if last and last.question else None
    if any(post.kind is CueKind.THANKS for post in record.own_posts):
        return "The chat is over; late answers still count"
    return f"{question.label}  {question.text}" if question else "Before the first question"


def _line(record: Record, post: Post, placement: Placement) -> Line:
    return Line(
        uri=post.uri,
        who=post.author.name,
        says=" ".join(text.plain(post.spans).split()),
        where=_where(record, placement),
        why=placement.why,
    )


def _where(record: Record, placement: Placement) -> str:
    if placement.answers and placement.role == "answer":
        questions = (record.chat.question(name) for name in placement.answers)
        return "+".join(question.label or "?" for question in questions if question)
    return {"talk": "talk", "also_said": "also said", "introduction": "hello"}.get(placement.role, placement.role)
