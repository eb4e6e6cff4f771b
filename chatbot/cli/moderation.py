"""`chatbot leave-out|include|assign|feature|undo POST …` and `chatbot queue CHAT`: what people decide about posts."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from chatbot.core.model import Decision, Post
    from chatbot.platforms.port import Platform
    from chatbot.stages.moderate import Decided, Order
    from chatbot.wiring import Parts

_SHOWN = 160  # characters of a post that are printed

_POSTS = click.argument("posts", metavar="POST...", nargs=-1, required=True)


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every decision may carry."""
    for option in (
        click.option("--chat", metavar="CHAT", help="Needed only when the post belongs to several chats."),
        click.option("--by", metavar="NAME", help="Who decides (default: your user name)."),
        click.option(
            "--because", default="", metavar="REASON", help="Kept in the log, and shown where it is left out."
        ),
    ):
        command = option(command)
    return command


@click.command("leave-out")
@_POSTS
@_options
@click.pass_obj
def leave_out(config: str | None, /, posts: tuple[str, ...], **how: str | None) -> None:
    """Leave POST out of the archive; it stays visible on its network.

    POST is the post's address, copied from any app.
    """
    _decide(config, posts, "leave-out", None, how)


@click.command()
@_POSTS
@_options
@click.pass_obj
def include(config: str | None, /, posts: tuple[str, ...], **how: str | None) -> None:
    """Take POST into the archive: out of the queue, or back in after it was left out.

    A person who does not want to be archived stays out all the same.
    """
    _decide(config, posts, "include", None, how)


@click.command()
@click.argument("post", metavar="POST")
@click.argument("question", metavar="3|wrap|none")
@_options
@click.pass_obj
def assign(config: str | None, /, post: str, question: str, **how: str | None) -> None:
    """Put POST under a question, by its number; `none` says that it answers no question."""
    _decide(config, (post,), "assign", question, how)


@click.command()
@_POSTS
@_options
@click.pass_obj
def feature(config: str | None, /, posts: tuple[str, ...], **how: str | None) -> None:
    """Choose POST for the digest."""
    _decide(config, posts, "feature", None, how)


@click.command()
@_POSTS
@_options
@click.pass_obj
def undo(config: str | None, /, posts: tuple[str, ...], **how: str | None) -> None:
    """Take back the last decision about POST that still stands."""
    _decide(config, posts, "undo", None, how)


@click.command()
@click.argument("chat", metavar="CHAT")
@click.pass_obj
def queue(config: str | None, chat: str) -> None:
    """List the posts of CHAT that wait for a person, each with its reason; an untouched queue blocks nothing."""
    from chatbot.stages import moderate
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        record, waiting = moderate.waiting(parts.store, chat, parts.clock())
    if not waiting:
        click.echo(f"Nothing waits in {record.chat.id}.")
        return
    one = len(waiting) == 1
    count = "1 post waits" if one else f"{len(waiting)} posts wait"
    click.echo(f"{count} in {record.chat.id}; until you decide, {'it is' if one else 'they are'} not shown.")
    for item in waiting:
        click.echo(f"\n{_heading(item.post, record.series.zone)}\n  {_one_line(item.why)}\n  {item.post.url}")
    click.echo("\nTo decide: chatbot include POST, chatbot assign POST 3, or chatbot leave-out POST.")


def _decide(
    config: str | None, posts: tuple[str, ...], kind: str, value: str | None, how: dict[str, str | None]
) -> None:
    """Decide about each post; one that cannot be is told, and stops no other."""
    from chatbot.core.model import DecisionKind
    from chatbot.stages import publish
    from chatbot.stages.moderate import Order
    from chatbot.wiring import open_parts

    by = how["by"] or getpass.getuser()
    order = Order(DecisionKind(kind), by, how["because"] or "", value, chat=how["chat"])
    with open_parts(config) as parts:
        exit_codes = [_decide_one(parts, post, order) for post in posts]
        written = publish.heed(parts.store, parts.config, parts.clock())
    if written is not None:
        click.echo("The published pages are written anew.")
    if any(exit_codes):
        sys.exit(max(exit_codes))


def _decide_one(parts: Parts, address: str, order: Order) -> int:
    from chatbot.core.errors import ChatbotError
    from chatbot.stages import moderate
    from chatbot.wiring import collector

    take = collector(parts, listens=False).take
    try:
        decided = moderate.decide(parts.store, _platforms(parts), address, order, parts.clock(), take)
    except ChatbotError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    for line in _lines(decided):
        click.echo(line)
    return 0


def _platforms(parts: Parts) -> Iterator[Platform]:
    """Yield the accounts that could be asked; none is set up before it is needed."""
    from chatbot.core.errors import ChatbotError

    for name in parts.config.accounts:
        try:
            yield parts.platform(name)
        except ChatbotError:  # without a token: the others may still know the post
            continue


def _lines(decided: Decided) -> list[str]:
    """Say what was decided, about which post, over whose head, and how to undo it."""
    lines = [f"{_said(decided)} ({decided.chat.id}):", f"  {_heading(decided.post, decided.zone)}"]
    if decided.overruled is not None and decided.overruled.by != decided.decision.by:
        lines.append(f"  Before that: {_by(decided.overruled, decided.zone)}.")
    if decided.undone is None:
        lines.append(f"  To undo: chatbot undo {decided.post.url}")
    return lines


def _said(decided: Decided) -> str:
    if decided.undone is not None:
        return f"Undone: {_by(decided.undone, decided.zone)}"
    match decided.decision.kind.value:
        case "leave-out":
            return "Left out of the archive; still visible on its network"
        case "include":
            return "Included in the archive"
        case "feature":
            return "Chosen for the digest"
        case _ if decided.question is None:
            return "Put under no question"
        case _:
            return f"Put under {decided.question.label or decided.question.text}"


def _by(decision: Decision, zone: str) -> str:
    value = f" {decision.value}" if decision.value else ""
    return f"{decision.kind.value}{value}, by {decision.by} at {decision.at.astimezone(ZoneInfo(zone)):%H:%M}"


def _heading(post: Post, zone: str) -> str:
    from chatbot.core import text

    words = _one_line(text.plain(post.spans))
    shown = words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "\u2026"
    at = post.at.astimezone(ZoneInfo(zone))
    return f"{at:%Y-%m-%d %H:%M} {_one_line(post.author.name)} (@{_one_line(post.author.handle)}): {shown}"


def _one_line(words: str) -> str:
    """Return text that can do a terminal no harm."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())
