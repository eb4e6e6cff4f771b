"""An evening of GardenChat, told in a few words: who said what, in reply to what; then read as a record.

evening = Evening()
evening.asks_all()
leeks = evening.says("ana", "A1 Leeks! #GardenChat")
evening.says("ben", "mine bolted", reply_to=leeks)
evening.places()[leeks.uri].answers
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chatbot.core import text
from chatbot.core.model import (
    Asking,
    CueKind,
    Decision,
    DecisionKind,
    EmptyNode,
    Placement,
    Post,
    QuestionNumber,
    Visibility,
)
from chatbot.core.plan import Chat, Defaults, Person, Question, Series
from chatbot.core.record import OwnPost, Record
from chatbot.core.sorting import answers
from chatbot.core.value import replace
from tests.fakes import person

STARTS = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
BOT = "gardenbot@a.test"
HOST = "rosa@a.test"
GUEST = "gil@b.test"

TEXTS = (
    "What will you sow first next spring?",
    "Which tool could you not garden without?",
    "How do you keep slugs away from lettuce?",
    "What grows well in a shady corner?",
    "How do you make your compost?",
    "Who taught you most about gardening?",
    "What will you never plant again?",
    "Where do you buy or swap seeds?",
)


class Evening:
    """Eight numbered questions (or as given), a bot, the host Rosa, the guest Gil; anybody else takes part by name."""

    def __init__(self, numbers: tuple[QuestionNumber, ...] = (1, 2, 3, 4, 5, 6, 7, 8), **settings: object) -> None:
        texts = (TEXTS * 2)[: len(numbers)]
        self.questions = tuple(
            Question(f"id-{n if n is not None else place}", n, words)
            for place, (n, words) in enumerate(zip(numbers, texts, strict=True), start=1)
        )
        self.settings = Defaults(**settings)  # type: ignore[arg-type]
        self.asked: dict[str, tuple[Asking, ...]] = {}
        self.own: list[OwnPost] = []
        self.posts: list[Post] = []
        self.empty: list[EmptyNode] = []
        self.decisions: list[Decision] = []
        self.now = STARTS
        self._ids = itertools.count(1)

    def says(
        self,
        who: str,
        words: str,
        *,
        reply_to: Post | str | None = None,
        quotes: Post | str | None = None,
        after: float = 60,
        **changes: object,
    ) -> Post:
        """Let somebody post `after` seconds; a name without a server lives on c.test."""
        self.now += timedelta(seconds=after)
        author = person(who if "@" in who else f"{who}@c.test")
        local_id = str(next(self._ids))
        spans = text.spans_from_text(words)
        post = Post(
            uri=f"{author.uri}/statuses/{local_id}",
            url=f"{author.url}/{local_id}",
            at=self.now,
            author=author,
            spans=spans,
            visibility=Visibility.PUBLIC,
            server="a.test",
            local_id=local_id,
            parent_uri=reply_to.uri if isinstance(reply_to, Post) else reply_to,
            quote_uri=quotes.uri if isinstance(quotes, Post) else quotes,
            hashtags=tuple(text.normalise_tag(span.text) for span in spans if span.kind == "hashtag"),
        )
        post = replace(post, **changes)  # type: ignore[arg-type]
        self.posts.append(post)
        return post

    def bot_says(self, kind: CueKind, words: str, question: str | None = None, **how: object) -> Post:
        """Let the chat's own account post a cue."""
        post = self.says(BOT, words, **how)  # type: ignore[arg-type]
        self.own.append(OwnPost(post.uri, post.url, post.at, kind, "garden", question))
        return post

    def asks(self, number: QuestionNumber, after: float = 60) -> Post:
        """Ask a question as the bot does."""
        question = next(q for q in self.questions if q.number == number)
        return self.asks_by_id(question.id, after)

    def asks_by_id(self, question_id: str, after: float = 60) -> Post:
        """Ask a question that may have no number."""
        question = next(q for q in self.questions if q.id == question_id)
        words = f"{question.label}: {question.text} #GardenChat"
        post = self.bot_says(CueKind.QUESTION, words, question.id, after=after)
        again = Asking(post.uri, post.at, "garden", post.local_id)
        self.asked[question.id] = (*self.asked.get(question.id, ()), again)
        return post

    def asks_all(self) -> Mapping[QuestionNumber, Post]:
        """Ask every question, a second apart."""
        return {question.number: self.asks_by_id(question.id, after=1) for question in self.questions}

    def decides(self, post: Post, kind: DecisionKind, value: str | None = None, by: str = "rosa") -> None:
        """Let a host decide about a post."""
        self.decisions.append(Decision(post.uri, kind, by, self.now, "", value, len(self.decisions) + 1))

    def record(self) -> Record:
        """Return the evening as the store would give it."""
        series = Series(
            "gardenchat", "GardenChat", ("GardenChat",), "Europe/Lisbon", ("garden",), (Person("Rosa", HOST),)
        )
        chat = Chat(
            "gardenchat-2026-12-01",
            "gardenchat",
            STARTS,
            STARTS + timedelta(hours=1),
            STARTS + timedelta(days=7),
            questions=self.questions,
            guests=(Person("Gil", GUEST),),
            hashtags=("GardenChat",),
            unnumbered=all(question.number is None for question in self.questions),
            settings=self.settings,
        )
        return Record(
            series,
            chat,
            {question.id: self.asked.get(question.id, ()) for question in self.questions},
            own_posts=tuple(self.own),
            posts=tuple(sorted(self.posts, key=lambda post: (post.at, post.uri))),
            empty=tuple(self.empty),
            decisions=tuple(self.decisions),
            host_handles=frozenset((HOST, GUEST)),
            bot_handles=frozenset((BOT,)),
        )

    def places(self) -> Mapping[str, Placement]:
        """Sort the evening."""
        return answers.place(self.record())

    def numbers(self, placement: Placement) -> tuple[QuestionNumber, ...]:
        """Return what a placement answers, as numbers."""
        numbers = {question.id: question.number for question in self.questions}
        return tuple(numbers[question] for question in placement.answers)
