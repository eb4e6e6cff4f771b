"""What a reading is counted as: which budget it is taken from, and for which use. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

from chatbot.core.delivery import budget

_PAGING = ("max_id", "min_id", "since_id")  # what a Mastodon server counts more strictly (`platforms.md` A5)


class Spending(NamedTuple):
    """One request: "paged" or "single", and the use that has a share there."""

    kind: Literal["paged", "single"]
    use: str


def spending_of(path: str, names: set[str], *, urgent: bool = False, guest: bool = False) -> Spending | None:
    """Return what a reading is counted as, by its path and the names of its parameters; None for what is free.

    Of a guest everything counts. Only our own posts are read urgently.
    """
    if guest or not names.isdisjoint(_PAGING):
        return Spending("paged", _use_of_pages(path, urgent))
    if path.endswith("/context"):
        return Spending("single", budget.THREADS)
    if path == "/api/v2/search" and "resolve" in names:
        return Spending("single", budget.RESOLVING)
    return None


def _use_of_pages(path: str, urgent: bool) -> str:
    if path.startswith("/api/v1/timelines/"):
        return budget.TAGS
    if path == "/api/v1/notifications":
        return budget.MENTIONS
    if path.endswith("/statuses"):
        return budget.OWN if urgent else budget.HOSTS
    return ""
