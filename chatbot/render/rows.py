"""A transcript as a flat list, one row a post, for formats that hold no trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chatbot.core.model import Evidence, QuestionNumber
from chatbot.core.pages.shown import Answer, PostShown, State, Talk, Transcript
from chatbot.core.value import Value, replace

ONE_DAY = timedelta(days=1)


class Row(Value, frozen=True):
    """A post with where it stands; `post` is None for what is not shown."""

    id: str
    at: datetime
    state: State
    post: PostShown | None = None
    answers: tuple[QuestionNumber | str, ...] = ()
    evidence: Evidence = Evidence.NONE
    why: str = ""
    under: str | None = None  # the id of the row it replies to
    by: str = ""
    is_featured: bool = False


def rows(transcript: Transcript) -> list[Row]:
    """Return every post of a transcript once, in the order of time; of what is not shown only that and why."""
    found: dict[str, Row] = {}
    for section in transcript.questions:
        name = section.number if section.number is not None else section.id
        for answer in section.answers:
            for row in _answer(answer, name):
                known = found.get(row.id)
                found[row.id] = replace(known, answers=(*known.answers, *row.answers)) if known else row
        found.update((row.id, row) for row in _talk(section.talk, "shown"))
    found.update((row.id, row) for row in _talk(transcript.also_said, "also_said"))
    kept_back = [Row(left.id, left.at, left.state, why=left.reason, by=left.by) for left in transcript.left_out]
    return sorted((*found.values(), *kept_back), key=lambda row: (row.at, row.id))


def uris(transcript_rows: Iterable[Row]) -> Mapping[str, str]:
    """Return the address of each row's post, of those whose address may be told."""
    return {row.id: row.post.uri for row in transcript_rows if row.post is not None and row.post.uri is not None}


def _answer(answer: Answer, question: QuestionNumber | str) -> Iterator[Row]:
    evidence, why = answer.evidence, answer.why
    yield _row(answer.post, "shown", evidence, why, (question,), answer.under, is_featured=answer.is_featured)
    for part in answer.parts:
        continues = "because it continues the post before"
        yield _row(part, "shown", answer.evidence, continues, (question,), answer.post.anchor)
    yield from _talk(answer.talk, "shown")


def _talk(talk: Iterable[Talk], state: State) -> Iterator[Row]:
    for item in talk:
        if item.post is not None and not item.answers:  # one that answers is told of with the answers
            yield _row(item.post, state, item.evidence, item.why, under=item.under)
        yield from _talk(item.talk, state)


def _row(
    post: PostShown,
    state: State,
    evidence: Evidence,
    why: str,
    answers: tuple[QuestionNumber | str, ...] = (),
    under: str | None = None,
    is_featured: bool = False,
) -> Row:
    return Row(post.anchor, post.at, state, post, answers, evidence, why, under, is_featured=is_featured)


def talk_marks(item: Talk) -> list[str]:
    """Return what is to be said beside a post in the talk: whom it replies to, and which questions it answers, too."""
    to = [f"to {item.reply_to}"] if item.reply_to else []
    return [*to, *(f"answers {label}" for label in item.answers)]


def iso(at: datetime) -> str:
    """Return an instant as programs read it, in UTC to the second."""
    return at.isoformat(timespec="seconds")[:19] + "Z"


def clock(at: datetime, zone: str) -> str:
    """Return the wall-clock time in a zone: `20:03`."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def day(at: datetime, zone: str) -> str:
    """Return a date as people say it: `Tuesday 1 December 2026`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B %Y}"


def when(transcript: Transcript) -> str:
    """Say when a chat was, in its own zone and in UTC, each once."""
    return span(transcript.starts_at, transcript.ends_at, transcript.zone)


def span(starts: datetime, ends: datetime, zone: str) -> str:
    """Return a stretch of time: `Tuesday 1 December 2026, 21:00–22:00 Berlin time (20:00–21:00 UTC)`."""
    local, utc = _stretch(starts, ends, zone), _stretch(starts, ends, "UTC")
    if is_utc(zone):
        return f"{utc} UTC"
    said = f"{local} {clock_name(zone)}"
    if local == utc:
        return f"{said} (the same in UTC)"
    day_of, _, clocks = utc.partition(", ")
    return f"{said} ({clocks if local.startswith(day_of) and ends - starts < ONE_DAY else utc} UTC)"


def _stretch(starts: datetime, ends: datetime, zone: str) -> str:
    first, last = day(starts, zone), day(ends, zone)
    until = clock(ends, zone) if first == last else f"{last}, {clock(ends, zone)}"
    since = clock(starts, zone)
    return f"{first}, {since}" if since == until else f"{first}, {since}\u2013{until}"


def is_utc(zone: str) -> bool:
    """Say whether a zone is UTC itself, by whatever name."""
    return zone.rpartition("/")[2] in ("UTC", "UCT", "Universal", "Zulu")


def clock_name(zone: str) -> str:
    """Return whose time a zone's clocks show: `New York time`, or `UTC`."""
    return "UTC" if is_utc(zone) else f"{zone.rpartition('/')[2].replace('_', ' ')} time"
