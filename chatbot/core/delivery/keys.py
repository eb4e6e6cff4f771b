"""The idempotency key that goes along with a post: an extra, never the reason to be sure.

Servers do four things with it (`platforms.md` A1, C): Mastodon and Hollo keep a key for an hour and give back the old
post, whatever the new text says; Mastodon 4.6 answers a replay with a 500; Pleroma keeps the *answer* for six hours,
errors too, for all accounts of the server together; GoToSocial ignores it.

So a key is nobody else's (account, newest own post, text go into it); it stays the same when an answer was lost, where
it may save us from a double; and it is a fresh one once an error was answered that can only be an old one given again,
or a refusal that may be over by the next time.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

from chatbot.core.model import Draft


class Attempted(Protocol):
    """What is read of an outbox row; `key_from` says how many attempts were made before the present key."""

    @property
    def key(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def key_from(self) -> int: ...


def idempotency_key(row: Attempted, draft: Draft, newest_own_id: str | None) -> str:
    """Return the key of an attempt: plain hexadecimal digits, which every header takes."""
    parts = (row.key, row.account, str(row.key_from), newest_own_id or "", draft.reply_to or "", draft.warning)
    return hashlib.sha256("\0".join((*parts, draft.text)).encode()).hexdigest()[:40]


def was_used(row: Attempted) -> bool:
    """Whether an earlier attempt went out under the key that the next one has."""
    return row.attempts > row.key_from
