"""Finds a question that a host asked by hand, on the host's account or on the bot's, and counts it as asked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from chatbot.core.delivery import adoption
from chatbot.core.model import Post
from chatbot.platforms.errors import PlatformError
from chatbot.platforms.port import Platform
from chatbot.stages.deliver import so_far
from chatbot.stages.deliver.desk import Desk, Done
from chatbot.stages.deliver.queue import Queue
from chatbot.store import claims, own_posts
from chatbot.store.chats import StoredChat
from chatbot.store.rows import Row


def adopt(desk: Desk, queue: Queue, row: Row, own: Iterable[Post] = ()) -> Done | None:
    """Adopt the first post of a host, or of ours in `own`, that asks this question; None when there is none."""
    question = queue.stored.chat.question(row.question or "") if queue.stored else None
    if not row.is_question or queue.stored is None or question is None or desk.network is None:
        return None
    since = _since(desk, queue.stored, row)
    ours = [post for post in own if post.at >= since]
    by_hand = ours + list(_of_hosts(desk.network, queue.stored, desk, row))
    asking = [post for post in by_hand if adoption.asks(post, question, queue.stored.chat)]
    people = {*_handles(queue.stored), *(post.author.handle for post in ours)}
    people |= {guest.account for guest in queue.stored.chat.guests if guest.account}
    return _record(desk, row, asking, people, {post.local_id for post in by_hand})


def _record(desk: Desk, row: Row, asking: list[Post], people: set[str], theirs: set[str]) -> Done | None:
    """Adopt the first post that asks the question of everybody, and that no row stands for yet."""
    with desk.store.write() as conn:
        known = own_posts.known(conn, desk.account)
        for_all = [post for post in asking if adoption.is_for_all(post, people, known | theirs)]
        new = sorted((post for post in for_all if post.local_id not in known), key=lambda post: post.at)
        if not new or not claims.adopt(conn, row.id, new[0], desk.clock()):
            return None
        desk.audit(conn, "adopted", [row])
        if desk.edits:
            so_far.put_edit(conn, row.chat or "", desk.account, desk.timing, desk.clock())
    return Done("adopted", row.id, row.chat)


def _of_hosts(network: Platform, stored: StoredChat, desk: Desk, row: Row) -> Iterator[Post]:
    """Yield hosts' recent posts; a host whose posts cannot be read now keeps no question back.

    What was read of that host before has to do then: a later question may have been asked ahead by hand.
    """
    since = _since(desk, stored, row)
    for handle in _handles(stored):
        with contextlib.suppress(PlatformError):
            desk.of_hosts[handle] = tuple(network.posts_of(handle, since))
        yield from (post for post in desk.of_hosts.get(handle, ()) if post.at >= since)


def _handles(stored: StoredChat) -> list[str]:
    accounts = [person.account for person in stored.series.hosts] + list(stored.series.cohosts)
    return list(dict.fromkeys(account.lstrip("@") for account in accounts if account))


def _since(desk: Desk, stored: StoredChat, row: Row) -> datetime:
    if row.nth > 1 and row.at_once:
        return row.due_at  # a host wants it asked again: what was posted by hand before that is not it
    return stored.chat.starts_at - desk.timing.welcome_before
