"""`chatbot adopt CHAT QUESTION ADDRESS`: a question that a host asked by hand counts as asked."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.stages.deliver.by_address import Adopted, Released


@click.command()
@click.argument("chat")
@click.argument("question")
@click.argument("address")
@click.option("--undo", is_flag=True, help="Take it back: the bot asks the question itself, if there is time.")
@click.option("--account", metavar="NAME", help="The bot's account it counts for (default: the series' first).")
@click.pass_obj
def adopt(config: str | None, chat: str, question: str, address: str, account: str | None, undo: bool) -> None:
    """Take the post at ADDRESS as QUESTION (3, wrap, or its id) of CHAT.

    The bot does not ask it any more, and collects the answers below that post. ADDRESS is the post's address, copied
    from any app; the post is a host's, a co-host's, a guest's, or the bot's.
    """
    from functools import partial

    from chatbot.core.errors import ChatbotError
    from chatbot.stages import keep
    from chatbot.stages.deliver import by_address
    from chatbot.store import chats
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        now = parts.clock()
        with parts.store.read() as conn:
            stored = chats.must_find(conn, chat, now)
        names = stored.series.accounts
        if account is not None and account not in names:
            raise ChatbotError(
                f"{stored.series.name} does not use an account “{account}”, so nothing was changed."
                f" It uses: {', '.join(names)}."
            )
        platform = parts.platform(account or names[0])
        word = by_address.Word(question, address, getpass.getuser())
        if undo:
            released = by_address.release_address(parts.store, platform, stored, word, parts.config.timing, now)
            click.echo(_said_of(released, stored.chat.id, now))
            return
        is_out = partial(keep.is_out, parts.store, parts.config)
        adopted = by_address.adopt_address(parts.store, platform, stored, word, parts.config.timing, now, is_out)
    click.echo(_said(adopted, stored.chat.id))


def _said(adopted: Adopted, chat: str) -> str:
    label = adopted.question.label or adopted.question.id
    if not adopted.is_new:
        return f"{adopted.post.url} was {label} of {chat} already; nothing changed."
    if adopted.is_repeat:
        return f"{adopted.post.url} counts as one more asking of {label} of {chat}; answers below it are collected."
    return f"{adopted.post.url} is now {label} of {chat}: the bot will not ask it; answers below it are collected."


def _said_of(released: Released, chat: str, now: datetime) -> str:
    from chatbot.core.talk.notices import when

    label, row = released.question.label or released.question.id, released.row
    if row is None:
        what = f"{label} counts as not asked, and its time is over"
    elif row.url is not None:
        what = f"{label} stays asked, by {row.url}"
    else:
        what = f"the bot asks {label} itself, planned for {when(row.due_at, released.zone, now)}"
    return f"Taken back: {released.url} is not {label} of {chat} any more; {what}."
