"""`chatbot plan apply`, `chatbot chats`, `chatbot preview`: take a plan in, list what there is, look the night over."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli import corrections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.core.nights.preview import Preview, Server
    from chatbot.core.plan import How
    from chatbot.wiring import Parts


@click.group()
def plan() -> None:
    """Take plans in."""


@plan.command("apply")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Let the file win over what a person changed after it was applied.")
@click.option("--offline", is_flag=True, help="Ask no server how long a post may be.")
@corrections.CORRECT
@click.pass_obj
def apply_file(config: str | None, file: Path, force: bool, offline: bool, correct: How | None) -> None:
    """Take FILE into the database: its series, its chats, and their posts.

    Doing it twice changes nothing. Every post that is not out follows the plan. One that is out and not true any more
    is edited or followed by a correction, as you choose; a reworded question is edited where that can be.
    """
    from chatbot.stages import planning
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        if not offline:
            _ask_new_servers(parts)
        applied = planning.apply(parts.store, file, parts.config, parts.clock(), force, correct)
        corrections.tell(applied.lines)
        if not applied.changed:
            click.echo(f"{file}: nothing changed.")
        for warning in (*applied.warnings, *applied.notes):
            click.echo(f"note: {warning}", err=True)
        corrections.settle(parts, applied.open, f"chatbot plan apply {file}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def chats(config: str | None, as_json: bool) -> None:
    """List every chat: when it is, where it stands, and its theme."""
    from chatbot.cli import planning_output
    from chatbot.store import chats as stored
    from chatbot.wiring import open_parts

    with open_parts(config) as parts, parts.store.read() as conn:
        found, timing, now = stored.all_chats(conn), parts.config.timing, parts.clock()
    if as_json:
        click.echo(planning_output.to_json([planning_output.chat_as_json(chat, timing, now) for chat in found]))
        return
    for line in planning_output.chat_lines(found, timing, now):
        click.echo(line)


@click.command()
@click.argument("chat", metavar="CHAT|FILE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--offline", is_flag=True, help="Ask no server; measure by what each said last.")
@click.pass_obj
def preview(config: str | None, chat: str, as_json: bool, offline: bool) -> None:
    """Show every post of CHAT before it goes out: when, to whom, its words and their length.

    CHAT is a full name (gardenchat-2026-12-01), a series' short name (its running or next chat), or the name of a plan
    file, applied or not.
    """
    from chatbot.cli import planning_output
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        file = Path(chat)
        found = _of_file(parts, file, offline) if file.is_file() else [_of_chat(parts, chat, offline)]
    if as_json:
        click.echo(planning_output.to_json([planning_output.preview_as_json(one) for one in found]))
        return
    for one in found:
        planning_output.print_preview(one, sys.stdout)


def _of_chat(parts: Parts, name: str, offline: bool) -> Preview:
    from chatbot.stages import preview as stage
    from chatbot.store import chats as stored

    with parts.store.read() as conn:
        chat = stored.must_find(conn, name, parts.clock())
    asked = _servers(parts, chat.series.accounts, offline)
    return stage.show(parts.store, chat, asked, parts.config.timing)


def _of_file(parts: Parts, file: Path, offline: bool) -> Sequence[Preview]:
    from chatbot.stages import planning
    from chatbot.stages import preview as stage

    now = parts.clock()
    plan = planning.look(parts.store, file, parts.config, now)
    planned = [(plan.known[chat.series], chat) for chat in plan.chats]
    accounts = list(dict.fromkeys(name for series, _ in planned for name in series.accounts))
    return stage.show_planned(parts.store, planned, _servers(parts, accounts, offline), parts.config.timing, now)


def _ask_new_servers(parts: Parts) -> None:
    """Ask those servers that never said how long a post may be; of a silent one, 500 characters are reckoned with."""
    from chatbot.stages import preview as stage

    known = stage.known_servers(parts.store, list(parts.config.accounts))
    new = [server.account for server in known if server.asked_at is None]
    for server in _servers(parts, new, offline=False):
        if server.trouble:
            click.echo(f"note: {server.account}: {server.trouble} Reckoned with 500 characters a post.", err=True)


def _servers(parts: Parts, accounts: Sequence[str], offline: bool) -> Sequence[Server]:
    from chatbot.core.errors import ChatbotError
    from chatbot.platforms.port import Platform
    from chatbot.stages import preview as stage

    if offline:
        return stage.known_servers(parts.store, accounts)
    platforms: dict[str, Platform | ChatbotError] = {}
    for name in accounts:
        try:
            platforms[name] = parts.platform(name)
        except ChatbotError as error:
            platforms[name] = error
    return stage.ask_servers(parts.store, platforms, parts.clock())
