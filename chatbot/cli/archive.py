"""`chatbot render`, `chatbot publish`, `chatbot export`: make pages from what is stored, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chatbot.stages.publish import Written
    from chatbot.wiring import Parts

FORMATS = ("html", "md", "txt", "json", "csv", "atom", "ics")  # as `render.formats.WRITERS` has them


@click.command()
@click.argument("chat", required=False)
@click.pass_obj
def render(config: str | None, chat: str | None) -> None:
    """Write the archive of every published chat anew; CHAT that nobody published yet becomes a private preview."""
    from chatbot.stages import publish as publishing
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        chat_id = None if chat is None else _named(parts, chat)
        written = publishing.write(parts.store, parts.config, chat_id, parts.clock())
        _say(written)
        if written.is_preview and chat_id is not None:
            click.echo(_next_step(parts, chat_id))


@click.command()
@click.argument("chat")
@click.option("--by", default="command line", help="Who says so, for the record.")
@click.pass_obj
def publish(config: str | None, chat: str, by: str) -> None:
    """Publish CHAT: it is in the archive from now on, grows while late answers come, and is told once."""
    from chatbot.stages import publish as publishing
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        chat_id = _named(parts, chat)
        publishing.say_yes(parts.store, chat_id, by, parts.clock())
        if not _is_verified(parts, chat_id):
            return
        written = publishing.write(parts.store, parts.config, chat_id, parts.clock())
        _say(written)
        if written.is_announced:
            click.echo("The bot will tell about it once; `chatbot run` sends it.")
        elif parts.config.archive.public_url is None:
            click.echo("Nothing is told: without `public_url` in the settings there is no address to tell.")


@click.command()
@click.argument("chat")
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="The form to write.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file (default: standard output).")
@click.pass_obj
def export(config: str | None, chat: str, form: str, out: Path | None) -> None:
    """Write CHAT as one file. It holds what a page would show, and nothing of people who refuse."""
    from chatbot.core.errors import ChatbotError
    from chatbot.render.formats import WRITERS
    from chatbot.stages.view import transcript_of
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        content = WRITERS[form](transcript_of(parts.store, parts.config, _named(parts, chat)))
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise ChatbotError(f"{out} could not be written ({error.strerror}). Name another file with --out.") from error
    click.echo(f"{out}: {len(content):,} bytes")


def _named(parts: Parts, chat: str) -> str:
    """Return the id of a chat; a series' name means its latest chat that has begun."""
    from chatbot.store import chats

    now = parts.clock()
    with parts.store.read() as conn:
        begun = [c for c in chats.all_chats(conn) if c.series.id == chat.strip().lower() and c.chat.starts_at <= now]
        return begun[-1].chat.id if begun else chats.must_find(conn, chat, now).chat.id


def _is_verified(parts: Parts, chat_id: str) -> bool:
    """Look at every post again before anything is written; say what happens instead when that is not possible."""
    from chatbot.wiring import collector

    verified = collector(parts, listens=False).make_sure(chat_id)
    if verified.is_answered and not verified.doubtful:
        return True
    reason = (
        f"{verified.doubtful:,} posts vanished at once, more likely by trouble with a server than by people"
        if verified.doubtful
        else f"no server answers for {verified.unsure:,} posts just now"
    )
    click.echo(f"Noted, but nothing is written yet: before that every post is looked at again, and {reason}.")
    click.echo(
        "`chatbot run` tries again by itself and writes the pages then, after a day in any case."
        " `chatbot render` writes them now, from what is stored."
    )
    return False


def _next_step(parts: Parts, chat_id: str) -> str:
    """Say how a preview becomes a page: of a chat that is not over, only after its end."""
    from chatbot.core.talk.notices import when
    from chatbot.store import chats

    now = parts.clock()
    with parts.store.read() as conn:
        stored = chats.must_find(conn, chat_id, now)
    if now >= stored.chat.ends_at:
        return f"Look it over, then publish it: chatbot publish {chat_id}"
    end = when(stored.chat.ends_at, stored.series.zone, now)
    return f"It can be published when the chat is over ({end}): chatbot publish {chat_id}"


def _say(written: Written) -> None:
    posts = f"{written.posts:,} {'post' if written.posts == 1 else 'posts'}"
    if written.is_preview:
        click.echo(f"Not published yet: a private preview is in {written.folder / 'index.html'} ({posts}).")
    else:
        chats = f"{written.chats:,} {'chat' if written.chats == 1 else 'chats'}"
        click.echo(f"{written.folder / 'index.html'}: {chats}, {posts}.")
