"""What a plan file may hold: the forms of a series, its chats and their questions, and with them the JSON Schema."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from chatbot.core.errors import Wrong
from chatbot.core.files.fields import (
    Account,
    Address,
    Clock,
    Date,
    Duration,
    Email,
    Hashtag,
    Language,
    Letter,
    Line,
    Moment,
    Number,
    Offset,
    QuestionId,
    Rule,
    Several,
    ShortName,
    Text,
)
from chatbot.core.files.forms import Form, did_you_mean, short
from chatbot.core.files.zones import Zone
from chatbot.core.model import CueKind
from chatbot.core.nights.wording.defaults import Part, kind_named

MOST_QUESTIONS = 100
MOST_CHATS = 1000  # in one file: nearly twenty years of a weekly chat


class PictureForm(Form):
    """A part that may have a picture."""

    picture: Line | None = None
    """A picture: a file beside this one."""
    alt: Text | None = None
    """What the picture shows, for those who do not see it."""

    @model_validator(mode="after")
    def _is_described(self) -> Self:
        if self.picture and not self.alt:
            todo = 'add alt = "what it shows, for those who do not see it"'
            raise Wrong("the picture has no description", todo, "picture")
        if self.alt and not self.picture:
            raise Wrong("there is no picture to describe", 'add picture = "file.jpg", or take the line out', "alt")
        if self.picture and "://" in self.picture:
            raise Wrong("the picture is an address", "save it as a file beside this one, and name the file", "picture")
        return self


class PersonForm(PictureForm):
    """A host or guest."""

    name: Line = Field(examples=['"Rita Fontes"'])
    """The name to show."""
    account: Account | None = None
    """Their address: user@server. A host's private messages are obeyed from there."""
    email: Email | None = None
    """Where the bot may write to them."""
    introduction: Text | None = None
    """A sentence or two about them."""


class ReadingForm(Form):
    """An entry of the reading list."""

    title: Line = Field(examples=['"Soil, in ten minutes"'])
    """What it is called."""
    url: Address
    """Where it is."""


def _name_the_posts(schema: dict[str, Any]) -> None:
    """Let editors offer the kinds of posts: the schema of a dictionary with two kinds of keys does not name them."""
    schema["anyOf"][0]["propertyNames"] = {"enum": [kind.value for kind in (*CueKind, *Part)]}


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
    avatars: bool | None = None
    """Show people's own pictures instead of their initials."""
    introductions: bool | None = None
    """Publish people's introductions, not only count them."""
    favourite: bool | None = None
    """Mark the answers that are shown as favourites, so that people see they were heard."""
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
    corrections: Literal["edit", "reply", "ask"] | None = None
    """When the plan changes what a post tells that is out: edit it, reply with a correction, or ask you."""
    off_the_record: bool | None = None
    """Not possible yet."""
    wording: dict[CueKind | Part, Text] | None = Field(default=None, json_schema_extra=_name_the_posts)
    """Your own words for the bot's posts, by their kind, and for the notice and how to answer in them."""

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


def _kind(name: object) -> CueKind | Part:
    kind = kind_named(str(name))
    if kind is None:
        known = (*CueKind, *Part)
        todo = did_you_mean(str(name), known) or f"write one of {', '.join(known)}"
        raise Wrong(f'there is no post called "{short(name)}"', todo)
    return kind


class SeriesForm(Form):
    """A recurring chat."""

    name: Line = Field(examples=['"Garden Chat"'])
    """The name people know."""
    short_name: ShortName = Field(examples=['"gardenchat"'])
    """Its name in commands and addresses; never change it."""
    hashtags: list[Hashtag] = Field(min_length=1, max_length=10, examples=['["GardenChat"]'])
    """The hashtags, the main one first."""
    zone: Zone = Field(examples=['"Europe/Lisbon"'])
    """The time zone everybody reckons by: continent and city."""
    start: Clock = "20:00"
    """The time of day, there."""
    rhythm: Rule | None = None
    """When it comes round, as an RRULE (RFC 5545): "FREQ=MONTHLY;BYDAY=1TU" is the first Tuesday of each month."""
    first_date: Date | None = None
    """The date of the first chat, where the counting begins."""
    accounts: list[Line] = Field(min_length=1, examples=['["gardenbot"]'])
    """Names of accounts in chatbot.toml that post."""
    cohosts: list[Account] = Field(default_factory=list)
    """Other accounts that may ask questions."""
    operator: Line | None = None
    """Who runs this: a person's name, for the notice."""
    contact: Line | None = None
    """How to reach them."""
    host: Several[PersonForm] = Field(default_factory=list)
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

    @field_validator("options")
    @classmethod
    def _differ(cls, value: list[str]) -> list[str]:
        if len({option.strip().casefold() for option in value}) < len(value):
            raise Wrong("two of the answers are the same", "make them different")
        return value

    @field_validator("open_for")
    @classmethod
    def _is_long_enough(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and not timedelta(minutes=5) <= value <= timedelta(days=30):
            raise Wrong("a poll is open for 5 minutes to 30 days", 'write for example "1d"')
        return value


class QuestionForm(PictureForm):
    """A question."""

    text: Text = Field(examples=['"What grows in your garden?"'])
    """The question, without its number."""
    id: QuestionId | None = None
    """What the program knows it by; never change it once the plan was applied."""
    number: Number | None = None
    """Its number; "wrap" for the last round, "none" for no number. Counted up when left out."""
    at: Offset | None = None
    """When it is asked: "+12m" after the start, "20:12" by the local clock; spread over the chat when left out."""
    warning: Line | None = None
    """A content warning to put before it."""
    language: Language | None = None
    """Its language, when it is not the chat's."""
    poll: PollForm | None = None
    """A poll under the question."""
    asked_at: list[Moment] = Field(default_factory=list)
    """When it was asked, each time: only in a past chat."""
    uris: list[Address] = Field(default_factory=list)
    """The posts that asked it, in the order of asked_at."""

    @model_validator(mode="after")
    def _fits_in_one_post(self) -> Self:
        if self.poll and self.picture:
            raise Wrong("a post cannot have both a poll and a picture", "take one of them out", "poll")
        if self.uris and len(self.uris) != len(self.asked_at):
            what = f"there are {len(self.uris)} posts and {len(self.asked_at)} times"
            raise Wrong(what, "write as many times in asked_at as posts in uris", "uris")
        return self


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
    cancelled: bool = False
    """It does not take place: nothing more is posted, and who read the announcement is told."""
    framing: Text | None = None
    """A few sentences that set the scene."""
    hashtags: list[Hashtag] = Field(default_factory=list, max_length=10)
    """Further hashtags, for this chat alone."""
    unnumbered: bool = False
    """Ask without numbers."""
    slow: bool = False
    """A chat over days, one question a day or so."""
    secret: bool = False
    """Show no question anywhere before it is asked."""
    guest: Several[PersonForm] = Field(default_factory=list)
    """A guest."""
    reading: Several[ReadingForm] = Field(default_factory=list)
    """An entry of the reading list."""
    question: Several[QuestionForm] = Field(default_factory=list, max_length=MOST_QUESTIONS)
    """A question; they are asked in this order."""


class PlanForm(Form):
    """A file: a series, its chats, or both."""

    series: SeriesForm | None = None
    """The series."""
    chat: Several[ChatForm] = Field(default_factory=list, max_length=MOST_CHATS)
    """A chat of the series."""


class OutlineForm(Form):
    """The parts of a file; each is checked by itself, so that one mistake hides no other."""

    series: dict[str, Any] | None = None
    chat: Several[dict[str, Any]] = Field(default_factory=list, max_length=MOST_CHATS)
