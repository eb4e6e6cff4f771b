"""The pages: one file each, styled from within, readable without JavaScript, from a disk, and for ever.

Nothing is requested from anywhere: the style stands in the page, under a content security policy that names its hash.
People's words reach a page through autoescape or `markupsafe.escape`, and in no other way.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup, escape

from chatbot.core.model import Span
from chatbot.core.pages.digest import digest
from chatbot.core.pages.naming import monogram
from chatbot.core.pages.shown import PostShown, QuestionSection, Transcript
from chatbot.core.value import Value
from chatbot.render import rows
from chatbot.render.compiled import Compiled
from chatbot.render.listing import Listed

RIGHT_TO_LEFT = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"))
EDITIONS = {
    "preview": "Preview, not published",
    "provisional": "First edition: late answers are added until {}",
    "final": "Final edition",
}
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # the date of an archive that holds nothing yet
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


class File(Value, frozen=True):
    """Another form of the same page."""

    href: str
    title: str
    type: str


class Place(Value, frozen=True):
    """Where a page will stand: the way home, its full address if it has one, and the files beside it."""

    archive: str = ""
    home: str = ""
    address: str = ""
    files: tuple[File, ...] = ()


class Page(Value, frozen=True):
    """What a page says of itself."""

    title: str
    description: str
    index: bool
    policy: str
    language: str = "en"
    direction: str = "ltr"
    archive: str = ""
    home: str = ""
    address: str = ""
    alternates: tuple[File, ...] = ()
    files: tuple[File, ...] = ()
    when: str = ""
    clocks: str = ""  # whose time is told: "Lisbon time"
    edition: str = ""
    as_of: str = ""
    names_people: bool = True


class Bar(Value, frozen=True):
    """A row of the chart: `size` is 0 to 100."""

    at: datetime
    label: str
    posts: int
    size: int


class Moment(Value, frozen=True):
    """Something that happened: a question was asked, or somebody posted, in answer to the questions in `labels`."""

    at: datetime
    question: QuestionSection | None
    post: PostShown | None = None
    labels: str = ""


def write(transcript: Transcript) -> bytes:
    """Return the transcript as one page that needs nothing beside it."""
    return page(transcript, Place())


def page(transcript: Transcript, place: Place) -> bytes:
    """Return the page of a chat."""
    context = {
        "page": _page_of(transcript, place),
        "chat": transcript,
        "digest": digest(transcript),
        "bars": _bars(transcript),
    }
    return render("chat.html", context, transcript)


def by_time(transcript: Transcript, place: Place) -> bytes:
    """Return the page that shows everything as it happened, in stretches of five minutes."""
    context = {"page": _page_of(transcript, place), "chat": transcript, "groups": _groups(transcript)}
    return render("by_time.html", context, transcript)


def render(template: str, context: dict[str, Any], transcript: Transcript | None = None) -> bytes:
    """Return a page made from a template; times are told in the zone of the transcript's chat."""
    environment = _environment()
    moment = _clock_of(transcript) if transcript is not None else rows.iso
    made = environment.get_template(template).render({"style": _style(), "moment_of": moment, **context})
    return _UNFIT.sub("", made).encode("utf-8", "replace")


def plain_page(title: str, description: str, place: Place, *, index: bool = False, own_policy: str = "") -> Page:
    """Return what a page says of itself that is not one chat's."""
    return Page(
        title=title,
        description=description,
        index=index,
        policy=own_policy or policy(),
        archive=place.archive,
        home=place.home,
        address=place.address,
        alternates=place.files,
    )


def when(chat: Listed) -> str:
    """Say when a chat in a list is, in its own zone."""
    starts = chat.starts_at
    return f"{rows.day(starts, chat.zone)}, {rows.clock(starts, chat.zone)} {rows.clock_name(chat.zone)}"


def hours(chat: Listed) -> str:
    """Say from when to when a chat in a list is, in its own zone and in UTC."""
    return rows.span(chat.starts_at, chat.ends_at, chat.zone)


def _page_of(transcript: Transcript, place: Place) -> Page:
    starts, zone = transcript.starts_at, transcript.zone
    summary = digest(transcript).summary
    return Page(
        title=f"{transcript.title} – {transcript.series}, {rows.day(starts, zone).partition(' ')[2]}",
        description=summary,
        index=transcript.index,
        policy=policy(),
        language=transcript.language,
        direction="rtl" if direction(transcript.language) == "rtl" else "ltr",
        archive=place.archive,
        home=place.home,
        address=place.address,
        alternates=place.files,
        files=place.files,
        when=rows.when(transcript),
        clocks=rows.clock_name(zone),
        edition=EDITIONS[transcript.edition].format(rows.day(transcript.late_until, zone)),
        as_of=f"{rows.day(transcript.updated_at, zone)}, {rows.clock(transcript.updated_at, zone)}",
        names_people=not transcript.people or any(entry.person.name != "A participant" for entry in transcript.people),
    )


def _bars(transcript: Transcript) -> list[Bar]:
    bins = transcript.numbers.bins
    most = max((b.posts for b in bins), default=0)
    zone = transcript.zone
    whole_days = transcript.ends_at - transcript.starts_at > rows.ONE_DAY
    return [
        Bar(b.at, _day_and_clock(b.at, zone) if whole_days else rows.clock(b.at, zone), b.posts, b.posts * 100 // most)
        for b in bins
        if most
    ]


def _day_and_clock(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %H:%M}"


def _groups(transcript: Transcript) -> list[dict[str, Any]]:
    """Return everything by time, in stretches of five minutes during the chat and of a day after it."""
    labels = {section.number if section.number is not None else section.id: section for section in transcript.questions}
    moments = [Moment(asked.at, section) for section in transcript.questions for asked in section.asked]
    for row in rows.rows(transcript):
        if row.post is not None:
            answered = [labels[name].label or labels[name].text for name in row.answers if name in labels]
            moments.append(Moment(row.at, None, row.post, ", ".join(answered)))
    groups: dict[str, list[Moment]] = {}
    for moment in sorted(moments, key=lambda m: (m.at, m.post is not None)):
        groups.setdefault(_stretch(transcript, moment.at), []).append(moment)
    return [{"anchor": f"t-{nth}", "title": title, "rows": group} for nth, (title, group) in enumerate(groups.items())]


def _stretch(transcript: Transcript, at: datetime) -> str:
    zone = transcript.zone
    if at < transcript.starts_at:
        return "Before the chat"
    if at >= transcript.ends_at:
        return f"After the chat, {rows.day(at, zone)}"
    local = at.astimezone(ZoneInfo(zone))
    start = f"{local:%H}:{local.minute // 5 * 5:02}"
    return start if rows.day(at, zone) == rows.day(transcript.starts_at, zone) else f"{rows.day(at, zone)}, {start}"


def _clock_of(transcript: Transcript) -> Callable[[datetime], str]:
    """Return what tells a time of day in the chat's zone; with its date where it is not the day of the chat."""
    zone = ZoneInfo(transcript.zone)
    day = transcript.starts_at.astimezone(zone).date()

    def moment(at: datetime) -> str:
        local = at.astimezone(zone)
        clock = f"{local.hour:02}:{local.minute:02}"
        return clock if local.date() == day else f"{local.day} {local:%b} {clock}"

    return moment


def words(spans: Sequence[Span]) -> Markup:
    """Return a post's text as markup: each piece escaped, links told apart from text."""
    return Markup("".join(map(_escaped, spans)))


def _escaped(span: Span) -> str:
    shown = escape(span.text)
    if span.kind == "link" and span.href:
        whole = ' class="whole"' if span.text == span.href else ""  # needs no address beside it on paper
        return f'<a{whole} href="{escape(span.href)}" rel="nofollow noopener">{shown}</a>'
    if span.kind == "hashtag":
        return f'<span class="tag">{shown}</span>'
    return f"<bdi>{shown}</bdi>" if span.kind == "mention" else shown


def direction(language: str | None) -> str:
    """Return which way a text runs: its language's, where that is certain, else by its first letter."""
    return "rtl" if (language or "").partition("-")[0].lower() in RIGHT_TO_LEFT else "auto"


def _one_or_many(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


def _count_of(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}" if number else f"no {many}"


@jinja2.pass_context
def _told(context: jinja2.runtime.Context, at: datetime) -> str:
    told: str = context["moment_of"](at)
    return told


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("chatbot.render"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        auto_reload=False,
        bytecode_cache=Compiled(),
    )
    environment.filters |= {
        "iso": rows.iso,
        "moment": _told,
        "number": "{:,}".format,
        "count_of": _count_of,
        "one_or_many": _one_or_many,
        "monogram": monogram,
        "when": when,
        "hours": hours,
        "talk_marks": rows.talk_marks,
        "direction": direction,
        "words": words,
    }
    return environment


@lru_cache(maxsize=1)
def _style() -> Markup:
    """Return our own style sheet, without comments, with the classes that set the size of a bar."""
    sheet = resources.files("chatbot.render").joinpath("static/archive.css").read_text("utf-8")
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    sheet = re.sub(r"\s*\n\s*", "\n", sheet).strip()
    return Markup(sheet + "\n" + "".join(f".s{n}{{--s:{n}}}" for n in range(101)) + "\n")


def policy(scripts: str = "") -> str:
    """Return the content security policy of a page: our own style and pictures, and nothing else."""
    style = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    allowed = f"default-src 'none'; style-src 'sha256-{style}'; img-src 'self' data:"
    return "; ".join(part for part in (allowed, scripts, "base-uri 'none'; form-action 'none'") if part)
