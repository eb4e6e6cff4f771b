"""Series, chats and questions as decided: resolved values with UTC instants, as the database keeps them.

`core.files.planfile` reads the TOML that hosts write into these; nothing after it knows that a file existed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from chatbot.core.model import PollDraft, QuestionNumber
from chatbot.core.value import Value, field

How = Literal["edit", "reply", "none"]  # what a host chooses for a post that is out and became untrue


class Person(Value, frozen=True):
    """A host, guest or co-host: a name to show, the account `user@host`, and how to reach them.

    `account` is the identity for commands: user and host, as the account's own server says.
    """

    name: str
    account: str | None = None
    email: str | None = None
    introduction: str = ""
    picture: str | None = None
    alt: str = ""


class Reading(Value, frozen=True):
    """An entry of the reading list."""

    title: str
    url: str


class Question(Value, frozen=True):
    """One question. `id` never changes; `number` is 0…n, "wrap", or None in a chat without numbers.

    `at` is the instant it is to be asked, UTC; None lets `core.nights.timetable` spread it. A past chat's question
    carries `asked_at` and `uris` (repeats too), pairwise. One that is `withdrawn` stands in no file any more and stays
    because it was asked, or may have been.
    """

    id: str
    number: QuestionNumber
    text: str
    at: datetime | None = None
    picture: str | None = None
    alt: str = ""
    warning: str = ""
    poll: PollDraft | None = None
    language: str | None = None
    asked_at: tuple[datetime, ...] = ()
    uris: tuple[str, ...] = ()
    withdrawn: bool = False

    @property
    def label(self) -> str:
        """What a reader sees: `Q3`, `Wrap-up`, or nothing for an unnumbered question."""
        if self.number == "wrap":
            return "Wrap-up"
        return "" if self.number is None else f"Q{self.number}"


class Defaults(Value, frozen=True):
    """What a series decides for all its chats.

    `consent` is "opt-out" or "opt-in"; `names` is "full", "initials", "pseudonyms" or "none"; `publish` is
    "when-approved" or "automatic"; `wording` are templates by cue kind, overriding the English defaults.
    """

    minutes: int = 60
    late_window: timedelta = timedelta(days=7)
    language: str = "en"
    consent: str = "opt-out"
    names: str = "full"
    avatars: bool = False
    introductions: bool = False
    favourite: bool = False
    publish: str = "when-approved"
    index: bool = False
    heads_up: bool = False
    last_call: bool = False
    answer_letters: tuple[str, ...] = ("A", "Q")
    question_letter: str = "Q"
    blocked_accounts: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()
    blocked_words: tuple[str, ...] = ()
    automatic: tuple[str, ...] = ()  # names of rules whose hit leaves a post out without a person
    wording: tuple[tuple[str, str], ...] = ()
    corrections: str = "ask"  # "edit" or "reply" what is out and became untrue, or "ask" whoever changes the plan


class Series(Value, frozen=True):
    """A recurring chat. `hashtags` are as people write them, without the sign; the first is the main one.

    `rhythm` is an RFC 5545 RRULE, `zone` an IANA name, `start` the local wall-clock time "HH:MM".
    `accounts` are names of accounts in the settings; `cohosts` are accounts (`user@host`) that may ask questions.
    """

    id: str  # the short name
    name: str
    hashtags: tuple[str, ...]
    zone: str
    accounts: tuple[str, ...]
    hosts: tuple[Person, ...]
    rhythm: str | None = None
    start: str = "20:00"
    first_date: str | None = None
    cohosts: tuple[str, ...] = ()
    operator: str = ""  # who runs this, a person's name, for the notice
    contact: str = ""
    defaults: Defaults = field(default_factory=Defaults)


class Chat(Value, frozen=True):
    """One dated occurrence. `id` is `<short name>-<local date>` (`-2` for a second that day).

    `starts_at`, `ends_at` and `late_until` are UTC. `settings` are the series' defaults with the chat's own on top.
    """

    id: str
    series: str
    starts_at: datetime
    ends_at: datetime
    late_until: datetime
    theme: str = ""
    questions: tuple[Question, ...] = ()
    ready: bool = False
    guests: tuple[Person, ...] = ()
    framing: str = ""
    reading: tuple[Reading, ...] = ()
    hashtags: tuple[str, ...] = ()  # all that are collected, the series' first
    unnumbered: bool = False
    slow: bool = False
    secret: bool = False  # questions are shown nowhere before they are asked
    cancelled: bool = False  # it does not take place; who read the announcement is told
    is_past: bool = False  # applied after its end: no cues, its questions carry `asked_at`
    settings: Defaults = field(default_factory=Defaults)

    def question(self, question_id: str) -> Question | None:
        """Find a question by its id."""
        return next((q for q in self.questions if q.id == question_id), None)

    def question_called(self, name: str) -> Question | None:
        """Find a question by `3`, `Q3`, `wrap` or its id, as a person names it."""
        wanted = name.strip().lower()
        for question in self.questions:
            number = "" if question.number is None else str(question.number)
            if wanted and wanted in (question.id.lower(), number, question.label.lower()):
                return question
        return None
