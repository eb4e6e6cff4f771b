"""What the pages show, as frozen values: the view that every writer is given and none may look behind.

Whatever stands here may be read by everyone for ever: names are as the community decided, people who refuse are not
in it, and each value is ready to be written down. `core.pages.transcript` fills it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from chatbot.core.model import Evidence, Poll, QuestionNumber, Span
from chatbot.core.plan import Reading
from chatbot.core.value import Value

State = Literal["shown", "left_out", "queued", "also_said"]
Edition = Literal["preview", "provisional", "final"]


class PersonShown(Value, frozen=True):
    """A person as the community shows them; `handle` and `url` are None where only a name (or less) is shown.

    `avatar` is the copy of their picture beside the page, None where there is none or none may be shown.
    """

    key: str  # the place on the page: `person-3`
    name: str
    handle: str | None
    url: str | None
    initials: str
    role: Literal["host", "guest", "participant"] = "participant"
    indexable: bool = False
    avatar: str | None = None


class Introduced(Value, frozen=True):
    """A host or guest as the plan introduces them."""

    name: str
    account: str | None
    introduction: str
    picture: str | None
    alt: str
    avatar: str | None = None  # as of a person who took part


class MediaShown(Value, frozen=True):
    """A picture, video or sound; `file` is its copy beside the page, None where there is none."""

    kind: str
    url: str
    alt: str | None
    file: str | None = None
    width: int | None = None
    height: int | None = None


class QuoteShown(Value, frozen=True):
    """The post that a post quotes: whose it is ("[someone]" for a person who refuses), and where to find it."""

    name: str
    anchor: str | None = None
    url: str | None = None


class PostShown(Value, frozen=True):
    """A post as it is shown. `uri` and `url` are None where they would name a person who is not to be named."""

    anchor: str
    uri: str | None
    url: str | None
    at: datetime
    person: PersonShown
    spans: tuple[Span, ...]
    language: str | None
    warning: str
    sensitive: bool
    media: tuple[MediaShown, ...]
    poll: Poll | None
    quote: QuoteShown | None
    edited_at: datetime | None
    is_late: bool
    is_first_time: bool
    is_flagged: bool
    boosts: int
    favourites: int
    replies: int


class Talk(Value, frozen=True):
    """A post below another. `post` is None where somebody is not in the archive but what was said below is.

    `under` is the anchor of the post it replies to, if that is shown; `reply_to` names whom it answers where deep talk
    stands flat. `answers` are the labels of questions that it answers, too, in reply to another answer.
    """

    post: PostShown | None
    why: str
    evidence: Evidence = Evidence.THREAD
    talk: tuple[Talk, ...] = ()
    under: str | None = None
    reply_to: str | None = None
    answers: tuple[str, ...] = ()
    is_featured: bool = False


class Answer(Value, frozen=True):
    """An answer under one question, with the reason it stands there, its further parts, and the talk beneath.

    A post that answers several questions stands under each; `anchor` is unique, the talk is under the first, and
    `talk_at` says where that is. One that replies to another answer stands below it, in the talk; `under` is the anchor
    of the post it hangs on.
    """

    anchor: str
    post: PostShown
    evidence: Evidence
    why: str
    parts: tuple[PostShown, ...] = ()
    also_answers: tuple[str, ...] = ()
    is_featured: bool = False
    talk: tuple[Talk, ...] = ()
    talk_at: str | None = None
    under: str | None = None


class AskedShown(Value, frozen=True):
    """One time a question was asked."""

    uri: str
    at: datetime
    account: str
    url: str


class QuestionSection(Value, frozen=True):
    """A question with its answers, in the order of a night; `not_asked` says why, if it was not asked.

    `text` is its final wording; `first_asked_as` are the words of the first asking where it was reworded since.
    """

    id: str
    anchor: str
    number: QuestionNumber
    label: str
    text: str
    language: str | None
    warning: str
    picture: str | None
    alt: str
    asked: tuple[AskedShown, ...]
    answers: tuple[Answer, ...]
    talk: tuple[Talk, ...]  # below the question, but no answer to it
    not_asked: str = ""
    first_asked_as: str = ""

    @property
    def title(self) -> str:
        """The label and the text as one line."""
        return f"{self.label}: {self.text}" if self.label else self.text

    @property
    def standing(self) -> tuple[Answer, ...]:
        """The answers that stand directly under the question; others stand in the talk, below what they reply to."""
        return tuple(answer for answer in self.answers if answer.under is None)


class LinkShown(Value, frozen=True):
    """An address people pointed to, who first shared it, under which questions, and how many shared it."""

    url: str
    title: str
    anchor: str
    name: str
    questions: tuple[str, ...]
    times: int


class QuestionCount(Value, frozen=True):
    """How much a question was answered."""

    label: str
    anchor: str
    answers: int
    people: int
    talk: int


class PersonCount(Value, frozen=True):
    """A person with what they wrote that is shown here."""

    person: PersonShown
    posts: int
    answers: int
    first_anchor: str


class Bin(Value, frozen=True):
    """Five minutes of the chat and the posts shown in them."""

    at: datetime
    posts: int


class Numbers(Value, frozen=True):
    """What was counted, of what is shown; never a reach that nobody can know."""

    people: int
    posts: int
    answers: int
    talk: int
    late: int
    boosts: int
    favourites: int
    languages: tuple[tuple[str, int], ...]
    per_question: tuple[QuestionCount, ...]
    bins: tuple[Bin, ...]
    busiest: Bin | None


class MissingLine(Value, frozen=True):
    """One kind of thing that is not here: how many, a stable `name` for programs, and a sentence for people."""

    name: str
    count: int
    says: str


class LeftOut(Value, frozen=True):
    """A post that is not shown: its time, its state, and who decided when and why; nothing of the post itself."""

    id: str
    at: datetime
    state: State
    by: str
    decided_at: datetime | None
    reason: str


class Transcript(Value, frozen=True):
    """A whole chat as everyone may read it."""

    chat_id: str
    series_id: str
    series: str
    theme: str
    hashtags: tuple[str, ...]
    language: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    late_until: datetime
    edition: Edition
    hosts: tuple[Introduced, ...]
    guests: tuple[Introduced, ...]
    framing: str
    reading: tuple[Reading, ...]
    questions: tuple[QuestionSection, ...]
    also_said: tuple[Talk, ...]
    people: tuple[PersonCount, ...]
    links: tuple[LinkShown, ...]
    numbers: Numbers
    missing: tuple[MissingLine, ...]
    left_out: tuple[LeftOut, ...]
    operator: str
    contact: str
    index: bool
    updated_at: datetime  # the newest instant that anything here rests on, never a clock
    letters: tuple[str, ...] = ("A", "Q")  # that mark an answer's number in this chat

    @property
    def title(self) -> str:
        """The theme, or the name of the series and its hashtag where a chat has none."""
        return self.theme or f"{self.series} #{self.hashtags[0]}"


class Chosen(Value, frozen=True):
    """An answer chosen for the digest, and by whom: a host, or the program as a suggestion.

    `posts` are the answer and its further parts in their own words: without the number, and hashtags at the end.
    """

    answer: Answer
    by_host: bool
    posts: tuple[PostShown, ...]


class DigestSection(Value, frozen=True):
    """A question in the digest: the host's words, chosen answers, links, and counts."""

    question: QuestionSection
    chosen: tuple[Chosen, ...]
    links: tuple[LinkShown, ...]
    count: QuestionCount

    @property
    def is_chosen_by_hosts(self) -> bool:
        """Say whether hosts chose what stands here; a section never mixes their choice with suggestions."""
        return any(chosen.by_host for chosen in self.chosen)


class Digest(Value, frozen=True):
    """The short readable account of a chat."""

    sections: tuple[DigestSection, ...]
    summary: str
