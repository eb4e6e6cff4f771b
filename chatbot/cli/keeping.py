"""`chatbot import`, `chatbot forget`, `chatbot backup`: bring posts in, let a person go, keep a copy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli import asking

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.stages.keep import Imported


@click.command("import")
@click.argument("chat")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def import_(config: str | None, chat: str, file: Path) -> None:
    """Take posts from FILE into CHAT: JSON, one post a line.

    Each line needs uri, at, author, and text or html. If a line is wrong, nothing of the file is stored.
    Nothing that came from a file is published before a host says so.
    """
    from chatbot.stages import keep, publish
    from chatbot.store import chats
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        now = parts.clock()
        with parts.store.read() as conn:
            found = chats.must_find(conn, chat, now).chat
        imported = keep.import_file(parts.store, parts.config, found.id, file, now)
        publish.heed(parts.store, parts.config, now)
    _tell_import(imported, found.ends_at if now < found.ends_at else None)


def _tell_import(imported: Imported, ends_at: datetime | None) -> None:
    """Say what came in and what is next; `ends_at` is the end of a chat that is not over yet."""
    if imported.unknown:
        click.echo(f"note: unknown keys were ignored: {', '.join(imported.unknown)}", err=True)
    saved = imported.saved
    click.echo(f"{imported.chat}: {_posts(saved.new)} new, {saved.edited} changed, {saved.known} known already.")
    if saved.empty:
        click.echo(f"Of {_posts(saved.empty)} only the place is kept: their authors said no, or did not say yes.")
    if imported.private:
        click.echo(f"Not taken: {_posts(imported.private)} written to few people.")
    if imported.was_published:
        click.echo("The chat was published before; its page is out of the archive until a host says so again.")
    if ends_at is None:
        click.echo(f"Nothing is published yet. To do so: chatbot publish {imported.chat}")
    else:
        click.echo(
            f"Nothing is published yet. To do so when the chat is over ({ends_at:%Y-%m-%d %H:%M} UTC):"
            f" chatbot publish {imported.chat}"
        )


def _posts(count: int) -> str:
    return f"{count} {'post' if count == 1 else 'posts'}"


@click.command()
@click.argument("person")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(config: str | None, person: str, yes: bool) -> None:
    """Erase everything kept of PERSON (user@host, or their profile's address), for good.

    Their posts become empty places in the threads, their name goes from other people's posts, and nothing new of
    them is kept.
    """
    from chatbot.stages import keep, publish
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        author = keep.find_person(parts.store, person)
        name = author.handle or author.uri
        if not yes:
            asking.sure(f"Erase everything kept of {name}? It cannot be undone")
        erased = keep.forget_person(parts.store, parts.config, author, parts.clock())
        written = publish.heed(parts.store, parts.config, parts.clock())
    if not (erased.posts or erased.mentions):
        click.echo(f"No post by or about {name} was found, so none was erased. Is the name right?")
        click.echo("It is on the forget list now: nothing new of this person will be kept.")
        return
    click.echo(f"Forgotten: {_posts(erased.posts)} erased, the name taken out of {_posts(erased.mentions)} of others.")
    if written is not None:
        click.echo("The pages are written anew without them; where you copied pages to, copy them again.")
    click.echo("Backups made before still hold them; a restored one is cleaned at the next start.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace an older backup of that name.")
@click.pass_obj
def backup(config: str | None, file: Path, overwrite: bool) -> None:
    """Copy the database to FILE while everything runs on."""
    from chatbot.stages import keep
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        size = keep.backup(parts.store, file.absolute(), overwrite=overwrite)
        state = parts.config.state
    click.echo(f"{file}: {size:,} bytes.")
    click.echo(f"Keep the newest `secret` and `forgotten` from {state} too, apart from it: they keep people forgotten.")
