"""`chatbot stop|pause|resume|next|skip CHAT`: the brake, at the computer; each says what will happen now."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from chatbot.cli import asking

if TYPE_CHECKING:
    from chatbot.core.talk.braking import Outcome
    from chatbot.core.timing import Timing
    from chatbot.store.chats import StoredChat

    Act = Callable[[Any, StoredChat, str, Timing, datetime], Outcome]


@click.command()
@click.argument("chat")
@click.pass_obj
def pause(config: str | None, chat: str) -> None:
    """Let nothing of CHAT go out until `chatbot resume`."""
    from chatbot.store import brake

    _brake(config, chat, lambda conn, stored, by, timing, now: brake.pause(conn, stored, by, now))


@click.command()
@click.argument("chat")
@click.pass_obj
def resume(config: str | None, chat: str) -> None:
    """Let a paused CHAT go on; posts that are late by now go out one after the other."""
    from chatbot.store import brake

    _brake(config, chat, lambda conn, stored, by, timing, now: brake.resume(conn, stored, by, now))


@click.command(name="next")
@click.argument("chat")
@click.pass_obj
def next_(config: str | None, chat: str) -> None:
    """Post the next question of CHAT now."""
    from chatbot.store import brake

    _brake(config, chat, lambda conn, stored, by, timing, now: brake.next_question(conn, stored, timing, now))


@click.command()
@click.argument("chat")
@click.pass_obj
def skip(config: str | None, chat: str) -> None:
    """Drop the next question of CHAT, for good."""
    from chatbot.store import brake

    _brake(config, chat, lambda conn, stored, by, timing, now: brake.skip_question(conn, stored, by, timing, now))


@click.command()
@click.argument("chat")
@click.option("--yes", is_flag=True, help="Do not ask a second time.")
@click.pass_obj
def stop(config: str | None, chat: str, yes: bool) -> None:
    """Cancel every post of CHAT that is not out yet, for good."""
    from chatbot.core.talk.notices import counted, title, when
    from chatbot.store import brake
    from chatbot.store import chats as stored_chats
    from chatbot.wiring import open_parts

    with open_parts(config) as parts, parts.store.read() as conn:
        stored, now = stored_chats.must_find(conn, chat, parts.clock()), parts.clock()
        count = brake.unsent(conn, stored.chat.id)
    if count and not yes:
        start = when(stored.chat.starts_at, stored.series.zone, now)
        asking.sure(
            f"Cancel what is not out yet of {title(stored.series, stored.chat)}, {start}: {counted(count, 'post')},"
            " for good?"
        )
    _brake(config, stored.chat.id, lambda conn, stored, by, timing, now: brake.stop(conn, stored, by, now))


def _brake(config: str | None, name: str, act: Act) -> None:
    """Find the chat, act on it in one transaction, and say what will happen now."""
    from chatbot import health
    from chatbot.core.talk import braking
    from chatbot.store import brake
    from chatbot.store import chats as stored_chats
    from chatbot.wiring import open_parts

    with open_parts(config) as parts, parts.store.write() as conn:
        now = parts.clock()
        stored = stored_chats.must_find(conn, name, now)
        outcome = act(conn, stored, _person(), parts.config.timing, now)
        if outcome.result is braking.Result.DONE:
            brake.note(conn, stored.chat.id, outcome.command, _person(), now, now)
    spoken = braking.on_terminal(name, is_running=health.is_running(parts.config.state, now))
    click.echo(braking.sentence(stored.series, stored.chat, outcome, spoken, now))


def _person() -> str:
    """Name who sits at the computer."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody at the computer"
