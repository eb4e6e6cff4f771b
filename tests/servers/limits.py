"""Rate limits: fixed windows, aligned to the epoch, of which the headers show the tightest only (fact sheet A5)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from tests.servers.messages import Answer, Request
from tests.servers.shape import written

PAGING = ("min_id", "max_id", "since_id", "page")


@dataclass(frozen=True)
class Bucket:
    """So many requests of a kind in a window."""

    name: str
    limit: int
    window: timedelta
    counts: Callable[[Request], bool] = lambda _: True
    by: Literal["member", "address"] = "member"  # GoToSocial counts by address

    def whose(self, request: Request) -> str:
        return request.member.name if request.member and self.by == "member" else "a stranger"


def is_paged(request: Request) -> bool:
    """Whether it pages through a list: 300 in 15 minutes, which no documentation tells (A5)."""
    return any(name in request.query for name in PAGING)


def makes_or_edits(request: Request) -> bool:
    return request.is_posting or (request.method == "PUT" and request.path.startswith("/api/v1/statuses/"))


class Limits:
    """The windows of one server; `says_reset` False leaves the headers out of a 429, as proxies do."""

    def __init__(self, buckets: Sequence[Bucket], now: Callable[[], datetime]) -> None:
        self.buckets = list(buckets)
        self.says_reset = True
        self._now = now
        self._counts: dict[tuple[str, str, int], int] = {}
        self._lock = threading.Lock()

    def refuses(self, request: Request) -> tuple[dict[str, str], bool]:
        """Count a request; returns the headers of its answer, and whether it is one too many."""
        now = self._now().timestamp()
        rows: list[tuple[int, Bucket, float]] = []
        with self._lock:
            for bucket in self.buckets:
                if not bucket.counts(request):
                    continue
                window = int(now // bucket.window.total_seconds())
                name = (bucket.name, bucket.whose(request), window)
                self._counts[name] = self._counts.get(name, 0) + 1
                left = bucket.limit - self._counts[name]
                rows.append((left, bucket, (window + 1) * bucket.window.total_seconds()))
        if not rows:
            return {}, False
        left, tightest, reset = min(rows, key=lambda row: row[0])
        headers = {
            "X-RateLimit-Limit": str(tightest.limit),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": str(written(datetime.fromtimestamp(reset, UTC))),
        }
        return headers, left < 0

    def refusal(self, headers: dict[str, str]) -> Answer:
        """A 429 has no Retry-After (A5)."""
        return Answer(429, {"error": "Too many requests"}, headers if self.says_reset else {})
