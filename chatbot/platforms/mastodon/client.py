"""One account on a server that speaks the Mastodon API: the port, over `reading`, `posting`, `stream` and `care`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote, urlsplit

from chatbot.core.delivery import budget
from chatbot.core.delivery.budget import Allowance
from chatbot.core.model import Author, Draft, Post, Visibility
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NotFound, PlatformError, Rejected, Unavailable
from chatbot.platforms.mastodon import addresses, limits, to_post
from chatbot.platforms.mastodon.care import Care
from chatbot.platforms.mastodon.http import Http
from chatbot.platforms.mastodon.posting import Writer
from chatbot.platforms.mastodon.reading import PAGE, Reader, path_of
from chatbot.platforms.mastodon.stream import Streams
from chatbot.platforms.port import AccountFinding, Event, Found, Gone, Limits, PostRef, Unsure


class Mastodon:
    """An account on a server that speaks the Mastodon API; threads may share it.

    Nothing is asked when it is made: what the server allows is found when it is first needed, and kept.
    """

    def __init__(
        self,
        name: str,
        server_url: str,
        token: str | None,
        timing: Timing = Timing(),  # noqa: B008 - a frozen value
        *,
        contact: str | None = None,
        stopped: threading.Event | None = None,
        find_token: Callable[[], str | None] = lambda: None,
    ) -> None:
        url = server_url.rstrip("/") if "://" in server_url else f"https://{server_url.rstrip('/')}"
        self.name = name
        self.server = urlsplit(url).netloc
        self._http = Http(
            url,
            self.server,
            token,
            timing.request_deadline,
            contact,
            account=name,
            paged=budget.paged(timing.budget_window),
            single=budget.single(timing.budget_window),
            stopped=stopped or threading.Event(),
            find_token=self._token_now,
        )
        self._timing = timing
        self._find_token = find_token
        self._reader = Reader(self._http, self._domain)
        self._writer = Writer(self._http)
        self._streams = Streams(self._http, timing)
        self._lock = threading.Lock()
        self._instance: object = None
        self._ask_again_at = float("-inf")
        self._account_id: str | None = None
        self._people: dict[str, str] = {}
        self._strangers: dict[str, float] = {}  # whom the server did not know, and until when it is not asked again

    def __repr__(self) -> str:
        """Say which account this is, and nothing secret."""
        return f"Mastodon({self.name!r}, {self.server!r})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _token_now(self) -> str | None:
        """Return the token as it is now, after the present one was refused; it may be another account's."""
        self._account_id = None
        return self._find_token()

    # what the server allows

    def allowance(self) -> Allowance:
        """Return what is left of our budgets, and of the server's own limit, just now."""
        return self._http.allowance()

    @property
    def limits(self) -> Limits:
        """What the server allows; raises the port's errors while it cannot be asked."""
        return limits.limits_of(self._description())

    def _description(self) -> object:
        """Return what the server says of itself, asked now and then; after a failure not again at once.

        An administrator may change it meanwhile; what a server said last counts for as long as it says nothing new.
        """
        with self._lock:
            if time.monotonic() >= self._ask_again_at:
                self._ask_again_at = time.monotonic() + self._timing.lease.total_seconds()
                try:
                    self._instance = self._asked_description()
                    self._ask_again_at = time.monotonic() + self._timing.limits_kept.total_seconds()
                except PlatformError:
                    if self._instance is None:
                        raise
            if self._instance is None:
                raise Unavailable(f"{self.server} could not be asked what it allows.")
            return self._instance

    def _asked_description(self) -> object:
        for path in ("/api/v2/instance", "/api/v1/instance"):
            try:
                return self._http.get(path).json
            except Rejected:
                continue  # an older server, or one that tells only whom it knows
        return {}

    def _domain(self) -> str:
        """Return the host in the handles of the server's own people."""
        return limits.domain_of(self._description()) or self.server

    # reading

    def me(self) -> Author:
        """Return who we are; raises `NotSignedIn` when the token does not serve."""
        return self._author(self._credentials())

    def _credentials(self) -> Mapping[str, Any]:
        self._http.must_have_token()
        account = self._http.get("/api/v1/accounts/verify_credentials").json
        if not isinstance(account, dict) or not isinstance(account.get("id"), str | int):
            raise Unavailable(f"{self.server} did not say whose token this is.")
        self._account_id = str(account["id"])
        return account

    def _author(self, account: object) -> Author:
        try:
            return to_post.to_author(account, self._domain())
        except to_post.Malformed:
            raise Unavailable(f"{self.server} answered with something that is not an account.") from None

    def _own_id(self) -> str:
        if self._account_id is None:
            self._credentials()
        return cast(str, self._account_id)

    def own_posts(self, after: PostRef | None = None) -> Iterator[Post]:
        """Yield our own posts, newest first, of every visibility, back to `after` or one older, or to the end."""
        self._writer.get_ready()  # they are read before something is posted, which is then to be punctual
        return self._reader.own_posts(self._own_id(), after)

    def tag_timeline(self, tag: str, back_to: datetime) -> Iterator[Post]:
        """Yield public posts with the tag, walking back until a whole page is older than `back_to`."""
        path = f"/api/v1/timelines/tag/{quote(tag.lstrip('#'), safe='')}"
        return self._reader.tagged(back_to, path, [("limit", str(PAGE))])

    def thread(self, ref: PostRef) -> Iterator[Post]:
        """Yield everything below a post that this account may see."""
        return self._reader.thread(ref.local_id)

    def mentions(self, back_to: datetime) -> Iterator[Post]:
        """Yield posts that mention us, private and filtered ones included, back to an instant."""
        return self._reader.mentions(back_to)

    def posts_of(self, account: str, back_to: datetime) -> Iterator[Post]:
        """Yield the public posts of `user@host`, newest first, back to an instant.

        It never waits for the budget, as a question waits for it: what there is no room for is `Unavailable`. Nor is
        the server asked again tonight for somebody whom it does not know.
        """
        if time.monotonic() < self._strangers.get(account, float("-inf")):
            raise NotFound(f"{self.server} did not know this account a while ago.")
        try:
            local_id = self._id_of(account, waits=False)
        except NotFound:
            self._strangers[account] = time.monotonic() + self._timing.limits_kept.total_seconds()
            raise
        path = f"/api/v1/accounts/{quote(local_id, safe='')}/statuses"
        params = [("limit", str(PAGE)), ("exclude_reblogs", "true")]
        posts = self._reader.back_to(back_to, path, params, waits=False)
        return (post for post in posts if post.visibility is Visibility.PUBLIC)

    def _id_of(self, account: str, *, waits: bool = True) -> str:
        """Return a person's id on our server, which learns of them by a search if it must."""
        account = account.lstrip("@")
        if account not in self._people:
            self._people[account] = self._asked_id(account, waits=waits)
        return self._people[account]

    def _asked_id(self, account: str, *, waits: bool) -> str:
        user, _, host = account.partition("@")
        acct = user if host == self._domain() else account  # some servers know their own people by that alone
        try:
            found = [self._http.get("/api/v1/accounts/lookup", [("acct", acct)]).json]
        except Rejected:
            query = [("q", f"@{account}"), ("type", "accounts"), ("resolve", "true"), ("limit", "5")]
            answer = self._http.get("/api/v2/search", query, waits=waits).json
            found = answer.get("accounts") or [] if isinstance(answer, dict) else []
        for row in found:
            if isinstance(row, dict) and self._author(row).handle.lower() == account.lower():
                return str(row.get("id"))
        raise NotFound(f"{self.server} does not know this account.")

    def look_up(self, refs: Sequence[PostRef]) -> Mapping[str, Found | Gone | Unsure]:
        """Look posts up again; only a 404 for the post alone is `Gone`."""
        return self._reader.look_up(refs)

    def resolve(self, address: str) -> Post | None:
        """Find the post behind a copied address, letting the server fetch it if need be."""
        place = addresses.place_of(address, {self.server, self._domain()})
        if place is None:
            return None
        if place.local_id is not None:
            try:
                return self._reader.post(self._http.get(path_of(place.local_id)).json)
            except NotFound:
                pass  # the search may know it under another id
        query = [("q", place.address), ("type", "statuses"), ("resolve", "true"), ("limit", "1")]
        answer = self._http.get("/api/v2/search", query).json
        found = answer.get("statuses") if isinstance(answer, dict) else None
        posts = self._reader.posts(found if isinstance(found, list) else [])
        return posts[0] if posts else None

    def is_blocked_by(self, account: str) -> bool:
        """Say whether `user@host` blocks this account."""
        asked = [("id[]", self._id_of(account))]
        found = self._http.get("/api/v1/accounts/relationships", asked).json
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        return any(row.get("blocked_by") is True for row in rows)

    # writing

    def publish(self, draft: Draft, key: str) -> PostRef:
        """Make a post once; the ref says with which visibility it stands, which may be less than was asked."""
        return self._writer.publish(draft, key)

    def prepare(self, draft: Draft) -> None:
        """Upload the draft's picture, so that it is ready when the post is due."""
        self._writer.prepare(draft)

    def edit(self, ref: PostRef, draft: Draft) -> PostRef:
        """Replace a post's text, keeping everything the draft does not speak of."""
        return self._writer.edit(ref, draft)

    def delete(self, ref: PostRef) -> None:
        """Delete one of our own posts; one that is not there is deleted."""
        try:
            self._http.ask("DELETE", path_of(ref.local_id))
        except NotFound:
            return

    def favourite(self, ref: PostRef) -> None:
        """Mark a post as a favourite; its server then tells ours when it is edited or deleted."""
        self._http.ask("POST", path_of(ref.local_id, "/favourite"))

    def report(self, ref: PostRef, comment: str) -> None:
        """Report a post to the server's moderators."""
        self._writer.report(ref, comment)

    # pushed events, and the account's own settings

    def listen(self, tags: Sequence[str], stopped: threading.Event) -> Iterator[Sequence[Event]]:
        """Yield events, all that wait at once, until a connection ends, falls silent, or `stopped` is set."""
        address = limits.stream_of(self._description())
        return self._streams.listen(address, self._domain(), tags, stopped)

    def findings(self) -> Sequence[AccountFinding]:
        """Look at the account's own settings."""
        return self._care.findings()

    def mend(self, name: str, value: str = "") -> AccountFinding:
        """Mend one finding and look again."""
        return self._care.mend(name, value)

    @property
    def _care(self) -> Care:
        return Care(self._http, self._credentials)
