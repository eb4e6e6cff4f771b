"""Shows a chat's posts before the night: asks each server what it takes, and lays out the timetable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from chatbot.core.errors import ChatbotError
from chatbot.core.model import DeliveryState
from chatbot.core.nights import preview as layout
from chatbot.core.nights import timetable
from chatbot.core.nights.preview import Preview, Server
from chatbot.core.nights.wording import Room, over
from chatbot.core.plan import Chat, Series
from chatbot.core.talk.notices import label
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.platforms.errors import PlatformError
from chatbot.platforms.port import Platform
from chatbot.store import chats, outbox, servers
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Store
from chatbot.store.outbox import Row


def ask_servers(store: Store, platforms: Mapping[str, Platform | ChatbotError], now: datetime) -> tuple[Server, ...]:
    """Ask each account's server what it takes and keep the answers; of a silent one, return what it said last.

    In place of a platform there may be the reason why there is none.
    """
    known = known_servers(store, list(platforms))
    said = tuple(_said(platforms[server.account], server, now) for server in known)
    with store.write() as conn:
        for server in said:
            if not server.trouble:
                servers.note(conn, server, now)
    return said


def known_servers(store: Store, accounts: Sequence[str]) -> tuple[Server, ...]:
    """Return what each account's server said last, without asking."""
    with store.read() as conn:
        return servers.of(conn, accounts)


def show(store: Store, stored: StoredChat, asked: Sequence[Server], timing: Timing) -> Preview:
    """Lay out an applied chat's timetable with where each post stands."""
    rows = _cues(store, stored.chat.id)
    shown = layout.preview(stored.series, stored.chat, stored.state, timing, asked, _states(rows))
    return replace(shown, notes=(*shown.notes, *_differences(shown, rows)))


def _cues(store: Store, chat_id: str) -> list[Row]:
    with store.read() as conn:
        return [row for row in outbox.of_chat(conn, chat_id) if row.is_cue]


def _states(rows: Sequence[Row]) -> dict[str, list[tuple[str, str]]]:
    states: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        state = layout.PLANNED_LATE if row.reason == outbox.PLANNED_LATE else row.state.value
        states.setdefault(row.key, []).append((row.account, "on hold" if row.hold else state))
    return states


def _differences(shown: Preview, rows: Sequence[Row]) -> Iterator[str]:
    """Say when posts wait with other words than these: a server has meanwhile said that it takes more, or less."""
    drafts = {post.cue.key: post.cue.draft for post in shown.posts}
    waiting = [row for row in rows if row.state is DeliveryState.WAITING and row.key in drafts]
    if any(row.draft != drafts[row.key] for row in waiting):
        yield "Some posts wait with other words than these; apply the plan file again to bring them up to date."


def show_planned(
    store: Store, planned: Sequence[tuple[Series, Chat]], asked: Sequence[Server], timing: Timing, now: datetime
) -> list[Preview]:
    """Lay out the timetables of chats as their file has them: applied like that, changed since, or not applied."""
    by_account = {server.account: server for server in asked}
    found = []
    for series, chat in planned:
        with store.read() as conn:
            stored = chats.find(conn, chat.id)
        of_series = [by_account[name] for name in series.accounts]
        if stored is not None and (stored.series, stored.chat) == (series, chat):
            found.append(show(store, stored, of_series, timing))
            continue
        state = "not applied" if stored is None else "changed and not applied"
        states = _late(series, chat, timing, now) | _states(_cues(store, chat.id))
        found.append(layout.preview(series, chat, state, timing, of_series, states))
    return found


def _late(series: Series, chat: Chat, timing: Timing, now: datetime) -> dict[str, list[tuple[str, str]]]:
    late = [cue.key for cue in timetable.run_sheet(series, chat, timing) if cue.due_at + cue.grace < now]
    return {key: [(name, layout.PLANNED_LATE) for name in series.accounts] for key in late}


def too_long(store: Store, platforms: Mapping[str, Platform | ChatbotError], chat_id: str, now: datetime) -> str:
    """Say which waiting posts of a chat have grown too long for what their servers take now; nothing when all fit."""
    with store.read() as conn:
        stored = chats.find(conn, chat_id)
        waiting = [row for row in outbox.of_chat(conn, chat_id) if row.is_cue and row.state is DeliveryState.WAITING]
    accounts = {name: platforms[name] for name in platforms if any(row.account == name for row in waiting)}
    if stored is None or not accounts:
        return ""
    asked = {server.account: server for server in ask_servers(store, accounts, now) if not server.trouble}
    said = []
    for row in waiting:
        server = asked.get(row.account)
        if server is not None and over(row.draft.text, row.draft.warning, [server.room]) > 0:
            name = label(stored.chat, row.kind, row.question)
            said.append(f"{name} ({server.host} takes {server.room.characters} characters)")
    return ", ".join(dict.fromkeys(said))


def _said(platform: Platform | ChatbotError, known: Server, now: datetime) -> Server:
    if isinstance(platform, ChatbotError):
        return replace(known, trouble=str(platform))
    try:
        limits = platform.limits
    except PlatformError as error:
        return replace(known, host=platform.server, trouble=str(error))
    room = Room(
        limits.characters, limits.url_weight, limits.alt_characters, limits.poll_options, limits.poll_option_characters
    )
    return Server(known.account, room, platform.server, limits.software, limits.rules, now)
