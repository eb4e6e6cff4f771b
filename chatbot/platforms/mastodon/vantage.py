"""Another server's view of a hashtag: read only, within its limits and its `robots.txt`, with or without a token.

What it shows is found by asking, not by its name: what it says of itself at first, then its answers. A server that
keeps hashtags for its own people answers 401, 403 or 422 alike (`platforms.md` A2, D); that is no failure to be tried
again, but `NotShown`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

from chatbot.core.delivery import budget
from chatbot.core.delivery.budget import Allowance
from chatbot.core.model import Post
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NotFound, NotShown
from chatbot.platforms.mastodon import limits
from chatbot.platforms.mastodon.guest import GuestHttp
from chatbot.platforms.mastodon.reading import PAGE, Reader
from chatbot.platforms.port import Found, Gone, Limits, PostRef, Unsure

_LOCAL, _REMOTE = frozenset({"local"}), frozenset({"remote"})


class MastodonVantage:
    """A server that speaks the Mastodon API, asked as a guest; nothing is asked when it is made.

    `find_contact` says whom its people can ask about us; it is needed before the first request.
    """

    def __init__(
        self,
        server_url: str,
        token: str | None,
        timing: Timing,
        find_contact: Callable[[], str],
        stopped: threading.Event | None = None,
    ) -> None:
        url = server_url.rstrip("/") if "://" in server_url else f"https://{server_url.rstrip('/')}"
        self.server = urlsplit(url).netloc.lower()
        self._http = GuestHttp(
            url,
            self.server,
            token,
            timing.request_deadline,
            paged=budget.as_a_guest(timing.budget_window),
            stopped=stopped or threading.Event(),
            robots_kept=timing.robots_every.total_seconds(),
            find_contact=find_contact,
        )
        self._reader = Reader(self._http, self._domain)
        self._instance: object = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Say which server this is, and nothing secret."""
        return f"MastodonVantage({self.server!r})"

    def allowance(self) -> Allowance:
        """Return what is left of our budget there, just now."""
        return self._http.allowance()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def limits(self) -> Limits:
        """What the server allows."""
        return limits.limits_of(self._description())

    def sees(self) -> str:
        """Say in a sentence what the server shows us, by its own words; raises `NotShown` when that is nothing."""
        self._http.must_be_welcome(_timeline("hashtag"))
        self._instance = None  # asked anew: it may have changed its mind
        shown = self._shown()
        if not shown and self._http.token:
            raise NotShown(f"{self.server} shows no hashtags.")
        if not shown:
            raise NotShown(f"{self.server} shows hashtags only to people who are signed in there.")
        whose = {_LOCAL: "its own people's posts", _REMOTE: "other servers' posts"}
        return f"{self.server} shows {whose.get(shown, 'the posts of every server it knows')}."

    def _shown(self) -> frozenset[str]:
        """Return which of its own people's posts and others' posts the server shows us under a hashtag."""
        local, remote = limits.hashtags_of(self._description())
        open_to_us = ("public", "authenticated") if self._http.token else ("public",)
        return frozenset(name for name, access in (("local", local), ("remote", remote)) if access in open_to_us)

    def tag_timeline(self, tag: str, back_to: datetime) -> Iterator[Post]:
        """Yield public posts with the tag as this server knows them, walking back to an instant.

        Half of a timeline may be open while the whole is not: then that half is asked for (`platforms.md` A2).
        """
        half = [(name, "true") for name in self._shown()]
        return self._reader.tagged(back_to, _timeline(tag), [("limit", str(PAGE)), *(half if len(half) == 1 else ())])

    def thread(self, ref: PostRef) -> Iterator[Post]:
        """Yield what hangs below a post there; without a token Mastodon shows 60 posts, 20 deep."""
        return self._reader.thread(ref.local_id)

    def look_up(self, refs: Sequence[PostRef]) -> Mapping[str, Found | Gone | Unsure]:
        """Look posts up again; what the budget does not allow at once is not known."""
        return self._reader.look_up(refs)

    def _domain(self) -> str:
        """Return the host in the handles of the server's own people."""
        return limits.domain_of(self._description()) or self.server

    def _description(self) -> object:
        """Return what the server says of itself; one that tells only whom it knows says nothing."""
        with self._lock:
            if self._instance is None:
                self._instance = self._asked_description()
            return self._instance

    def _asked_description(self) -> object:
        for path in ("/api/v2/instance", "/api/v1/instance"):
            try:
                return self._http.get(path).json
            except (NotFound, NotShown):
                continue  # an older server
        return {}


def _timeline(tag: str) -> str:
    return f"/api/v1/timelines/tag/{quote(tag.lstrip('#'), safe='')}"
