"""Keeps to times that can be: a post's times are its author's server's word, and that server may be wrong or lie."""

from __future__ import annotations

from datetime import UTC, datetime

from chatbot.core.model import Post
from chatbot.core.value import replace

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # older than the web; zero times of programs (years 1, 1601, 1970) are not
LATEST = datetime(2200, 1, 1, tzinfo=UTC)  # for what comes from a file; every zone can show it


def believable(post: Post, now: datetime) -> Post:
    """Return a post whose times can be: one from before the web, or still to come, was written when it came in."""
    at = post.at if EARLIEST <= post.at <= now else max(min(post.came_at or now, now), EARLIEST)
    edited_at = None if post.edited_at is None else max(min(post.edited_at, now), at)
    return post if (at, edited_at) == (post.at, post.edited_at) else replace(post, at=at, edited_at=edited_at)
