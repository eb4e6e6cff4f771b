"""Answers "what do you have" in a few words that fit into one private message."""

from __future__ import annotations

from collections.abc import Mapping, Set

from chatbot.core.model import Word

FORGOTTEN = (
    "Nothing of you is kept. You asked to be forgotten; so that it stays so, two scrambled numbers are kept that nobody"
    " can turn back into your name. To come back, answer `start`."
)
_CHATS_NAMED = 3


def sentence(counts: Mapping[str, int], published: Set[str], word: Word | None) -> str:
    """Say how many posts are kept from which chats, what else, and how to change it."""
    said = "" if word is None else f" You told me `{word.value}`, and that is kept too."
    if not counts:
        return f"No post and no name of yours is kept.{said} To have even that erased, answer `forget me`."
    named = sorted(counts, reverse=True)[:_CHATS_NAMED]
    chats = ", ".join(f"{counts[chat]} from {chat}{_state(chat in published)}" for chat in named)
    more = f", and more from {len(counts) - len(named)} other chats" if len(counts) > len(named) else ""
    total = sum(counts.values())
    return (
        f"Kept of you: {total} {'post' if total == 1 else 'posts'} ({chats}{more}), with your name, your address, and"
        f" where your picture is.{said} To be left out, answer `stop`; to have all of it erased, `forget me`."
    )


def _state(is_published: bool) -> str:
    return " (published)" if is_published else " (not published)"
