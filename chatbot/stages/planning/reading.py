"""Reads plan files: what they say, every mistake in them and in the posts they lead to, and whether they changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

from chatbot.config import Config
from chatbot.core.errors import ChatbotError, Mistake, Mistakes
from chatbot.core.files import plan_texts, planfile, toml
from chatbot.core.nights import realigning
from chatbot.core.nights.wording import Room
from chatbot.core.plan import Chat, Person, Question, Series
from chatbot.core.value import replace
from chatbot.store import chats
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store
from chatbot.store.unsent import rooms


@dataclass(frozen=True, slots=True)
class Source:
    """A plan file: as a person named it, as the database remembers it, its text, and the hash of its bytes."""

    shown: str
    name: str
    text: str
    hash: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What a file plans, all of it possible; `known` are its own series and those applied before, by short name."""

    source: Source
    series: Series | None
    chats: tuple[Chat, ...]
    known: Mapping[str, Series]
    warnings: tuple[Mistake, ...]
    written_ids: Mapping[str, frozenset[str]]  # of questions, by chat: those that were not counted


@dataclass(frozen=True, slots=True)
class Drift:
    """A plan file that is not as it was applied."""

    file: str
    what: Literal["changed", "missing", "not applied"]


def read(store: Store, plan_file: Path, config: Config, now: datetime) -> Planned:
    """Read a plan file and write each of its posts; raise every mistake at once, in the order of the file."""
    source = _source(plan_file, config)
    with store.read() as conn:
        known = {series.id: series for series in chats.all_series(conn)}
        plan = planfile.read_plan(source.text, source.shown, known, now)
        begun = _begun(conn, plan, source, now)
        if begun is not None:
            plan = planfile.read_plan(source.text, source.shown, known, begun.starts_at - _JUST_BEFORE)
        found = list(_renamed_too_late(conn, plan, source, now))
        known |= {plan.series.id: plan.series} if plan.series else {}
        room = {series.id: rooms(conn, series) for series in known.values()}
    found += [*_unknown_accounts(plan, config, source), *_missing_pictures(plan, source)]
    for place, chat in enumerate(plan.chats):
        found += _text_mistakes(plan, place, known[chat.series], room[chat.series], source)
    if found:
        raise Mistakes(sorted(dict.fromkeys(found), key=lambda mistake: mistake.line or 0))
    warnings = (*plan.warnings, *_held_already(begun, source, now))
    written = {chat.id: _written_ids(values) for chat, values in zip(plan.chats, _written_chats(plan), strict=True)}
    return Planned(source, plan.series, tuple(_placed(chat) for chat in plan.chats), known, warnings, written)


def changed_files(store: Store, config: Config) -> tuple[Drift, ...]:
    """Compare each plan file with what was applied: `run` takes nothing from them, it only warns."""
    with store.read() as conn:
        applied = {s.file: s.file_hash for s in chats.stored_series(conn) if s.file}
        applied |= {c.file: c.file_hash for c in chats.all_chats(conn) if c.file}
    home = config.file.resolve().parent
    drifts = [Drift(name, what) for name, expected in applied.items() if (what := _drift(home / name, expected))]
    new = [_remembered(path, config) for path in sorted(config.chats.glob("*.toml"))]
    return (*drifts, *(Drift(name, "not applied") for name in new if name not in applied))


# files


def _source(plan_file: Path, config: Config) -> Source:
    try:
        content = plan_file.read_bytes()
    except OSError as error:
        raise ChatbotError(
            f"{plan_file} cannot be read ({error.strerror}). Nothing was changed; check the name of the file."
        ) from error
    text = toml.decode(content, str(plan_file))
    return Source(str(plan_file), _remembered(plan_file, config), text, hashlib.sha256(content).hexdigest())


def _remembered(plan_file: Path, config: Config) -> str:
    """Return a file's name relative to the settings, so that a moved folder is still known."""
    path, home = plan_file.resolve(), config.file.resolve().parent
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else path.as_posix()


def _drift(path: Path, expected: str | None) -> Literal["changed", "missing"] | None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"
    return None if found == expected else "changed"


# a chat without a date is the next one of its series when it is first applied, and stays that one


_JUST_BEFORE = timedelta(seconds=1)


def _begun(conn: Connection, plan: planfile.Plan, source: Source, now: datetime) -> Chat | None:
    """Return the chat that this file made before and that has begun, if the file gives it no date.

    Read by today's clock, it would be next month's: a word mended at half past eight would lose the night and hold it
    again a month later.
    """
    each = _written_chats(plan)
    undated = [chat for chat, values in zip(plan.chats, each, strict=True) if "date" not in values]
    made_here = [stored.chat for stored in chats.all_chats(conn) if stored.file == source.name]
    begun = [
        made
        for made in made_here
        if made.starts_at <= now and not made.is_past and any(realigning.is_alike(made, chat) for chat in undated)
    ]
    return begun[-1] if begun else None


def _written_chats(plan: planfile.Plan) -> Sequence[Mapping[str, Any]]:
    """Return each chat as its file writes it."""
    return _several(plan.document.values.get("chat", ()) if plan.document else ())


def _written_ids(chat: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(question["id"] for question in _several(chat.get("question", ())) if "id" in question)


def _several(written: Any) -> Sequence[Mapping[str, Any]]:
    return [written] if isinstance(written, dict) else written  # [chat] and [[chat]] are both right


def _held_already(begun: Chat | None, source: Source, now: datetime) -> Iterator[Mistake]:
    if begun is not None and begun.ends_at <= now:
        what = f"a chat here has no date and is the one already held, {begun.id}"
        yield Mistake(source.shown, None, what, "give it a date to hold it again")


# a series' short name is in the names of its chats and of their posts


def _renamed_too_late(conn: Connection, plan: planfile.Plan, source: Source, now: datetime) -> Iterator[Mistake]:
    """Find chats to come that a new short name in their file would leave behind, to be held beside the new ones."""
    if plan.series is None:
        return
    here = {plan.series.id, *(chat.series for chat in plan.chats)}
    before = {one.series.id for one in chats.stored_series(conn) if one.file == source.name} - here
    for stored in chats.all_chats(conn):
        is_coming = stored.chat.ends_at > now and stored.state != "cancelled"
        if stored.file != source.name or stored.series.id not in before or not is_coming:
            continue
        if (did := _what_happened(conn, stored)) is not None:
            what = f'{stored.chat.id} {did} under the old short name "{stored.series.id}", and would be held twice'
            todo = f"keep that short_name until it is over, or run `chatbot cancel {stored.chat.id}` first"
            yield Mistake(source.shown, _line(plan, "series", "short_name"), what, todo)


def _what_happened(conn: Connection, stored: StoredChat) -> str | None:
    """Say why a chat stays although its file leaves it out; None when it is simply taken back."""
    if chats.has_begun(conn, stored.chat.id):
        return "was announced"
    return "was changed by a person" if stored.edited_at is not None or stored.state == "paused" else None


# mistakes that only the settings, the disk and the servers' limits show


def _unknown_accounts(plan: planfile.Plan, config: Config, source: Source) -> Iterator[Mistake]:
    names = plan.series.accounts if plan.series else ()
    for name in names:
        if name not in config.accounts:
            known = ", ".join(config.accounts) or "none"
            todo = f"name one of {config.file.name} (known: {known}), or add it there"
            yield Mistake(source.shown, _line(plan, "series", "accounts"), f'there is no account "{name}"', todo)


def _missing_pictures(plan: planfile.Plan, source: Source) -> Iterator[Mistake]:
    for place, chat in enumerate(plan.chats):
        for number, question in enumerate(chat.questions):
            if question.picture and not Path(question.picture).is_file():
                line = _line(plan, "chat", place, "question", number, "picture")
                what = f"there is no picture {Path(question.picture).name} beside this file"
                yield Mistake(source.shown, line, what, "put it there, or correct its name")


def _text_mistakes(
    plan: planfile.Plan, place: int, series: Series, room: tuple[Room, ...], source: Source
) -> Iterator[Mistake]:
    chat = plan.chats[place]
    for question, mistake in plan_texts.mistakes(series, chat, room):
        number = chat.questions.index(question) if question else None
        where = ("chat", place) if number is None else ("chat", place, "question", number, "text")
        yield replace(mistake, file=source.shown, line=_line(plan, *where))


def _line(plan: planfile.Plan, *path: str | int) -> int | None:
    return plan.document.line(path) if plan.document else None


# pictures are named as seen from here; a delivery may run elsewhere


def _placed(chat: Chat) -> Chat:
    return replace(
        chat,
        questions=tuple(_with_full_path(question) for question in chat.questions),
        guests=tuple(_with_full_path(guest) for guest in chat.guests),
    )


_Part = TypeVar("_Part", Question, Person)


def _with_full_path(part: _Part) -> _Part:
    return replace(part, picture=str(Path(part.picture).resolve())) if part.picture else part
