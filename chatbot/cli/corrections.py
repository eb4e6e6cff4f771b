"""`chatbot cancel CHAT`, `chatbot ask-again CHAT QUESTION`, and the choice about posts that are out and untrue."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from chatbot.cli import asking

if TYPE_CHECKING:
    from chatbot.core.plan import How
    from chatbot.stages.planning import Repeated, Untrue
    from chatbot.store.chats import StoredChat
    from chatbot.wiring import Parts

_CHOICES = {
    "edit": "changes it in place; people who boosted it are told by their server",
    "reply": "posts a correction below it",
    "none": "lets it stand as it is",
}

CORRECT = click.option(
    "--correct",
    type=click.Choice(list(_CHOICES)),
    help="What becomes of posts that are out and not true any more: edit them, reply with a correction, or nothing.",
)


@click.command()
@click.argument("chat")
@CORRECT
@click.option("--yes", is_flag=True, help="Do not ask a second time.")
@click.pass_obj
def cancel(config: str | None, chat: str, correct: How | None, yes: bool) -> None:
    """Let CHAT not take place: nothing more goes out, and who read the announcement is told.

    The same as `cancelled = true` in its plan. To stop a chat at once and tell nobody, use `chatbot stop`.
    """
    from chatbot.core.talk.notices import counted, title, when
    from chatbot.stages import planning
    from chatbot.store import brake
    from chatbot.store import chats as stored_chats
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        now = parts.clock()
        with parts.store.read() as conn:
            stored = stored_chats.must_find(conn, chat, now)
            count = brake.unsent(conn, stored.chat.id)
        planning.refuse_to_cancel(stored, now)
        name = title(stored.series, stored.chat)
        if not (yes or stored.chat.cancelled):
            start = when(stored.chat.starts_at, stored.series.zone, now)
            asking.sure(f"Cancel {name}, {start}? {counted(count, 'post').capitalize()} will not go out")
        removed, corrected = planning.cancel(parts.store, stored, getpass.getuser(), correct, parts.config.timing, now)
        if stored.chat.cancelled:
            click.echo(f"{name} was cancelled before.")
        else:
            click.echo(f"Cancelled {name}; {counted(removed, 'post')} taken back. Its plan file does not know of it:")
            click.echo("write cancelled = true there, or the next `chatbot plan apply` stops and asks.")
        tell(corrected.lines)
        settle(parts, corrected.open, f"chatbot cancel {stored.chat.id}")


@click.command("ask-again")
@click.argument("chat")
@click.argument("question")
@click.option("--yes", is_flag=True, help="Also when it was asked only minutes ago.")
@click.pass_obj
def ask_again(config: str | None, chat: str, question: str, yes: bool) -> None:
    """Ask QUESTION (3, wrap, or its id) of CHAT once more, now.

    It is a post of its own that links the first one; answers below either are collected. The other questions keep
    their times, with room between them.
    """
    from chatbot import health
    from chatbot.core.talk import braking
    from chatbot.stages import planning
    from chatbot.stages.planning.repeating import Wish
    from chatbot.store import chats as stored_chats
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        now, timing = parts.clock(), parts.config.timing
        with parts.store.read() as conn:
            stored = stored_chats.must_find(conn, chat, now)
        by = getpass.getuser()
        repeated = planning.ask_again(parts.store, stored, Wish(question, by, sure=yes), timing, now)
        if repeated.why_not == "just asked":
            asking.sure(f"{_asked(stored, repeated)} Ask it again all the same?")
            repeated = planning.ask_again(parts.store, stored, Wish(question, by, sure=True), timing, now)
        spoken = braking.on_terminal(stored.chat.id, is_running=health.is_running(parts.config.state, now))
    for line in _said(stored, repeated, spoken.now):
        click.echo(line)


def _said(stored: StoredChat, repeated: Repeated, when: str) -> Iterable[str]:
    name = repeated.question.label or repeated.question.id
    if repeated.why_not:
        return [f"{name} of {stored.chat.id} is on its way already; nothing was changed."]
    goes_out = f"{name} of {stored.chat.id} is asked again {when}:"
    return [goes_out, *(f"  {line}".rstrip() for line in repeated.text.splitlines())]


def _asked(stored: StoredChat, repeated: Repeated) -> str:
    from chatbot.core.talk.notices import clock_time

    name = repeated.question.label or repeated.question.id
    return f"{name} was asked at {clock_time(repeated.asked_at, stored.series.zone)}, only minutes ago."


# what is out and not true any more


def tell(lines: Iterable[str]) -> None:
    """Print what is done about posts that are out."""
    for line in lines:
        click.echo(line)


def settle(parts: Parts, untrue: Sequence[Untrue], command: str) -> None:
    """Name what is out and untrue; at a terminal ask what to do about it, elsewhere say how to choose."""
    if not untrue:
        return
    click.echo("Out already, and not true any more:")
    for one in untrue:
        click.echo(f"  {one.chat}: {one.name} ({one.what})")
    if not sys.stdin.isatty():
        click.echo("Nothing is done about that until you choose:")
        width = max(len(choice) for choice in _CHOICES)
        for name, what in _CHOICES.items():
            click.echo(f"  {command} --correct {name:<{width}}  {what}")
        return
    from chatbot.stages import planning

    choice: Any = click.prompt("What now", type=click.Choice([*_CHOICES, "later"]), default="later")
    if choice == "later":
        click.echo(f"Nothing is done about it now. Later: {command} --correct edit|reply|none")
        return
    ids = list(dict.fromkeys(one.chat for one in untrue))
    tell(planning.correct(parts.store, ids, choice, parts.config.timing, parts.clock()).lines)
