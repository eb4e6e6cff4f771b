"""What a plan file may hold: the forms of a series, its chats and their questions, and with them the JSON Schema."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from chatbot.core import rhythm, zones
from chatbot.core.errors import Wrong
from chatbot.core.fields import Account, Address, Clock, Date, Duration, Email, Hashtag, Language, Line, Text
from chatbot.core.forms import Form, did_you_mean, short
from chatbot.core.model import CueKind

SHORT_NAME = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*", re.ASCII)
QUESTION_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
MOST_QUESTIONS = 100


def _short_name(text: str) -> str:
    if not SHORT_NAME.fullmatch(text):
        raise Wrong(f'"{text[:40]}" cannot be a short name', 'use small letters and digits, for example "gardenchat"')
    return text


def _question_id(text: str) -> str:
    if not QUESTION_ID.fullmatch(text):
        raise Wrong(f'"{text[:40]}" cannot be an id', 'use small letters, digits and hyphens, for example "q3"')
    return text


def _rule(text: str) -> str:
    rhythm.read(text)
    return text


ShortName = Annotated[str, Field(max_length=40), AfterValidator(_short_name)]
QuestionId = Annotated[str, Field(max_length=40), AfterValidator(_question_id)]
Letter = Annotated[str, Field(min_length=1, max_length=3)]
Rule = Annotated[str, AfterValidator(_rule)]


class PersonForm(Form):
    """A host or guest."""

    name: Line = Field(examples=['"Rita Fontes"'])
    """The name to show."""
    account: Account | None = None
    """Their address: user@server. A host's private messages are obeyed from there."""
    email: Email | None = None
    """Where the bot may write to them."""
    introduction: Text | None = None
    """A sentence or two about them."""
    picture: Line | None = None
    """A picture of them: a file beside this one."""
    alt: Text | None = None
    """What the picture shows, for those who do not see it."""


class ReadingForm(Form):
    """An entry of the reading list."""

    title: Line = Field(examples=['"Soil, in ten minutes"'])
    """What it is called."""
    url: Address
    """Where it is."""


class SettingsForm(Form):
    """What a series decides for all its chats, and a chat may decide for itself."""

    length: Duration | None = None
    """How long a chat lasts: "60m"."""
    late_window: Duration | None = None
    """How long after its end late answers still count: "7d"."""
    language: Language | None = None
    """The language of the posts, as a code."""
    consent: Literal["opt-out", "opt-in"] | None = None
    """Whether people say stop to stay out of the archive, or start to come in."""
    names: Literal["full", "initials", "pseudonyms", "none"] | None = None
    """How people are named in the archive."""
    show_unlisted: bool | None = None
    """Show quiet public posts of people who said yes."""
    avatars: bool | None = None
    """Show people's own pictures instead of their initials."""
    introductions: bool | None = None
    """Publish people's introductions, not only count them."""
    publish: Literal["when-approved", "automatic"] | None = None
    """Whether a host says publish, or it happens by itself."""
    index: bool | None = None
    """Let search engines list the archive."""
    heads_up: bool | None = None
    """A short post before each question."""
    last_call: bool | None = None
    """A short post before the end."""
    question_letter: Letter | None = None
    """The letter before a question's number: "Q"."""
    answer_letters: Annotated[list[Letter], Field(min_length=1, max_length=5)] | None = None
    """The letters people may put before an answer's number: ["A", "Q"]."""
    blocked_accounts: list[Account] | None = None
    """Accounts whose posts are left out."""
    blocked_domains: list[Line] | None = None
    """Servers whose posts are left out."""
    blocked_words: list[Line] | None = None
    """Words whose posts wait for a host."""
    automatic: list[Line] | None = None
    """Rules that leave posts out without asking a host."""
    off_the_record: bool | None = None
    """Not possible yet."""
    wording: dict[CueKind, Text] | None = None
    """Your own words for the bot's posts, by their kind."""

    @field_validator("off_the_record")
    @classmethod
    def _is_on_the_record(cls, value: bool | None) -> bool | None:
        if value:
            what = "off-the-record chats do not exist yet, and this one would be collected and archived like any other"
            raise Wrong(what, "take the line out, or hold this chat without the bot")
        return value

    @field_validator("wording", mode="before")
    @classmethod
    def _has_known_kinds(cls, value: object) -> object:
        if isinstance(value, dict):
            return {_kind(name): template for name, template in value.items()}
        return value


def _kind(name: object) -> CueKind:
    try:
        return CueKind(str(name))
    except ValueError:
        todo = did_you_mean(str(name), CueKind) or f"write one of {', '.join(CueKind)}"
        raise Wrong(f'there is no post called "{short(name)}"', todo) from None


class SeriesForm(Form):
    """A recurring chat."""

    name: Line = Field(examples=['"Garden Chat"'])
    """The name people know."""
    short_name: ShortName = Field(examples=['"gardenchat"'])
    """Its name in commands and addresses; never change it."""
    hashtags: list[Hashtag] = Field(min_length=1, max_length=10, examples=['["GardenChat"]'])
    """The hashtags, the main one first."""
    zone: zones.Zone = Field(examples=['"Europe/Lisbon"'])
    """The time zone everybody reckons by: continent and city."""
    start: Clock = "20:00"
    """The time of day, there."""
    rhythm: Rule | None = None
    """When it comes round, as an RRULE (RFC 5545): "FREQ=MONTHLY;BYDAY=1TU" is the first Tuesday of each month."""
    first_date: Date | None = None
    """The date of the first chat, where the counting begins."""
    accounts: list[Line] = Field(min_length=1, examples=['["gardenbot"]'])
    """Names of accounts in chatbot.toml that post."""
    cohosts: list[Account] = []
    """Other accounts that may ask questions."""
    operator: Line | None = None
    """Who runs this: a person's name, for the notice."""
    contact: Line | None = None
    """How to reach them."""
    host: list[PersonForm] = []
    """A host; the bot obeys their private messages."""
    defaults: SettingsForm = SettingsForm()
    """What holds for all chats of the series."""


class PollForm(Form):
    """A poll under a question."""

    options: list[Line] = Field(min_length=2, max_length=4, examples=['["Yes", "No"]'])
    """Two to four answers to choose from."""
    open_for: Duration | None = None
    """How long one may vote; a day when left out."""
    multiple: bool = False
    """Let people choose several."""


class QuestionForm(Form):
    """A question."""

    text: Text = Field(examples=['"What grows in your garden?"'])
    """The question, without its number."""
    id: QuestionId | None = None
    """What the program knows it by; never change it once the plan was applied."""
    number: Annotated[int, Field(ge=0, le=999)] | Literal["wrap", "none"] | None = None
    """Its number; "wrap" for the last round, "none" for no number. Counted up when left out."""
    at: Line | None = None
    """When it is asked: "+12m" after the start, "20:12" by the local clock; spread over the chat when left out."""
    picture: Line | None = None
    """A picture: a file beside this one."""
    alt: Text | None = None
    """What the picture shows, for those who do not see it."""
    warning: Line | None = None
    """A content warning to put before it."""
    language: Language | None = None
    """Its language, when it is not the chat's."""
    poll: PollForm | None = None
    """A poll under the question."""
    asked_at: list[datetime | Line] = []
    """When it was asked, each time: only in a past chat."""
    uris: list[Address] = []
    """The posts that asked it, in the order of asked_at."""


class ChatForm(SettingsForm):
    """One dated chat; anything that stands in the series' defaults may stand here too."""

    series: Line | None = None
    """The short name of its series, when that is in another file."""
    theme: Line | None = None
    """What it is about."""
    date: Date | None = None
    """Its date; the next one of the series when left out."""
    start: Clock | None = None
    """Its time of day, when it is not that of the series."""
    session: Annotated[int, Field(ge=1, le=20)] | None = None
    """2 for a second chat on the same day, when the first is in another file."""
    ready: bool = False
    """Nothing is posted before this says true."""
    framing: Text | None = None
    """A few sentences that set the scene."""
    hashtags: list[Hashtag] = Field(default=[], max_length=10)
    """Further hashtags, for this chat alone."""
    unnumbered: bool = False
    """Ask without numbers."""
    slow: bool = False
    """A chat over days, one question a day or so."""
    secret: bool = False
    """Show no question anywhere before it is asked."""
    guest: list[PersonForm] = []
    """A guest."""
    reading: list[ReadingForm] = []
    """An entry of the reading list."""
    question: list[QuestionForm] = Field(default=[], max_length=MOST_QUESTIONS)
    """A question; they are asked in this order."""


class PlanForm(Form):
    """A file: a series, its chats, or both."""

    series: SeriesForm | None = None
    """The series."""
    chat: list[ChatForm] = []
    """A chat of the series."""
