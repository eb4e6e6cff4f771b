"""Which chat a unit of work is about, so that each line logged on its way carries it: `grep chat=…` tells one story.

Most lines name their chat themselves. Those of parts that know of no chat, a network's for example, get it from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_chat: ContextVar[str | None] = ContextVar("chat", default=None)


@contextmanager
def about(chat: str | None) -> Iterator[None]:
    """Let what this thread logs in the block be about a chat."""
    before = _chat.set(chat)
    try:
        yield
    finally:
        _chat.reset(before)


def chat() -> str | None:
    """Return the chat that this thread is working on, if it is one."""
    return _chat.get()
