"""`chatbot also CHAT TAG …`: collect a further hashtag for a chat, from its beginning on."""

from __future__ import annotations

import getpass

import click


@click.command()
@click.argument("chat")
@click.argument("tags", metavar="TAG...", nargs=-1)
@click.option("--by", metavar="NAME", help="Who says so (default: your user name).")
@click.pass_obj
def also(config: str | None, chat: str, tags: tuple[str, ...], by: str | None) -> None:
    """Collect posts with TAG for CHAT as well, those from before included.

    Write the hashtag without its sign, or in quotes: to most shells a # begins a comment.
    """
    from chatbot import health
    from chatbot.core.talk import braking
    from chatbot.stages import planning
    from chatbot.store import chats
    from chatbot.wiring import open_parts

    if not tags:
        raise click.UsageError(
            "Which hashtag? Write it without its sign, or in quotes: to most shells a # begins a comment."
            f" For example: chatbot also {chat} othertag"
        )
    with open_parts(config) as parts:
        now = parts.clock()
        who = by or getpass.getuser()
        outcome = planning.also(parts.store, parts.config.timing, chat, tags, who, now)
        with parts.store.read() as conn:
            stored = chats.must_find(conn, chat, now)
    spoken = braking.on_terminal(stored.chat.id, is_running=health.is_running(parts.config.state, now))
    click.echo(braking.sentence(stored.series, stored.chat, outcome, spoken, now))
