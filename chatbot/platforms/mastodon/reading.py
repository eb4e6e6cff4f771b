"""Walks back through a server's lists, page after page, and looks posts up again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson

from chatbot.core.model import Post
from chatbot.core.value import replace
from chatbot.platforms.errors import NoAnswer, NotFound, NotSignedIn, PlatformError, Rejected, Unavailable
from chatbot.platforms.mastodon import to_post, wire
from chatbot.platforms.mastodon.http import Http, Params, Read
from chatbot.platforms.port import Found, Gone, PostRef, Unsure, is_silent

PAGE = 40
AT_ONCE = 20  # ids in one look-up
SILENT = 2  # requests in a row without an answer, and the rest of a look-up is not asked for
NAMES_OF_IDS = ("id[]", "ids[]")  # Mastodon's name for several ids, Pleroma's

log = logging.getLogger("chatbot.mastodon")


def path_of(local_id: str, rest: str = "") -> str:
    """Return the path of a status; an id is an opaque word of the server."""
    return f"/api/v1/statuses/{quote(local_id, safe='')}{rest}"


class Reader:
    """Reads one server as one account; `domain` finds what stands in the handles of the server's own people."""

    def __init__(self, http: Http, domain: Callable[[], str]) -> None:
        self.http = http
        self.domain = domain
        self._names_of_ids: tuple[str, ...] = NAMES_OF_IDS  # those that the server has not refused yet

    def pages(
        self, path: str, params: Params = (), *, proves: bool = False, waits: bool = True, read: Read = wire.page
    ) -> Iterator[list[Any]]:
        """Yield the pages of a list of statuses, or of what `read` makes of them, newest first.

        It ends where there is no page, or where the server repeats itself.

        A `Link` header without a next page ends the list too, unless the list `proves` something: such a reading
        trusts an empty page alone, and does not wait behind others for the budget. One that never `waits` ends with
        `Unavailable` where the budget has no room for the next page.
        """
        cursor: Params = ()
        last_ids: set[str] = set()
        while True:
            answer = self.http.get(path, [*params, *cursor], urgent=proves, waits=waits, read=read)
            page = answer.json
            if not isinstance(page, list):
                raise Unavailable(f"{self.http.server} answered with something else than a list.")
            if not page:
                return
            yield page
            if not proves and _is_last(answer.headers):
                return
            last = page[-1]
            last_id = last.id if isinstance(last, wire.Status) else last.get("id") if isinstance(last, dict) else None
            if last_id is None or str(last_id) in last_ids:
                if proves:
                    raise Unavailable(f"{self.http.server} repeats itself; what its list ends with is not known.")
                return
            last_ids.add(str(last_id))
            cursor = [("max_id", str(last_id))]

    def back_to(self, instant: datetime, path: str, params: Params = (), *, waits: bool = True) -> Iterator[Post]:
        """Yield posts back to an instant: until a whole page is older, as ids are not in the order of time."""
        for page in self.pages(path, params, waits=waits):
            young = [post for post in self.posts(page) if reached_at(post) >= instant]
            yield from young
            if not young:
                return

    def tagged(self, instant: datetime, path: str, params: Params) -> Iterator[Post]:
        """Yield a hashtag's posts; one that nobody there has used yet is a 404 at GoToSocial, and empty elsewhere."""
        try:
            yield from self.back_to(instant, path, params)
        except NotFound as error:
            if not error.said:
                raise

    def posts(self, statuses: Sequence[object]) -> list[Post]:
        """Read statuses; what cannot be read is skipped and counted in the log."""
        posts, malformed = to_post.to_posts(statuses, self.http.server, self.domain())
        if malformed:
            log.warning("skipped malformed statuses", extra={"count": malformed})
        return posts

    def post(self, status: object) -> Post:
        """Read the one status of an answer."""
        try:
            return to_post.to_post(status, self.http.server, self.domain())
        except to_post.Malformed:
            raise Unavailable(f"{self.http.server} answered with something that is not a post.") from None

    def own_posts(self, account_id: str, after: PostRef | None) -> Iterator[Post]:
        """Yield an account's own posts back to `after`, or to one older than it, or to the end.

        A post that cannot be read is an error here, not a gap: what a lane concludes from an absence must hold.
        """
        path = f"/api/v1/accounts/{quote(account_id, safe='')}/statuses"
        for page in self.pages(path, [("limit", str(PAGE)), ("exclude_reblogs", "true")], proves=True):
            for status in page:
                post = self.post(status)
                yield post
                if after is not None and (
                    post.local_id == after.local_id or (after.at is not None and post.at < after.at)
                ):
                    return

    def thread(self, local_id: str) -> Iterator[Post]:
        """Yield everything below a post that is shown to us."""
        context = self.http.get(path_of(local_id, "/context")).json
        below = context.get("descendants") if isinstance(context, dict) else None
        if not isinstance(below, list):
            raise Unavailable(f"{self.http.server} answered with something that is not a thread.")
        yield from self.posts(below)

    def mentions(self, instant: datetime) -> Iterator[Post]:
        """Yield posts of the mention notifications, those that the account's policy filters included.

        What is recent by its notification counts as what is by itself: on many servers a post that was long under way,
        as a `stop` may be, carries the time when it was written.
        """
        params = [("limit", str(PAGE)), ("types[]", "mention"), ("include_filtered", "true")]
        for page in self.pages("/api/v1/notifications", params, read=orjson.loads):
            rows = [row for row in page if isinstance(row, dict)]
            young = [post for post in self._mentioning(rows) if reached_at(post) >= instant]
            yield from young
            if not young and not any(at >= instant for row in rows if (at := _notified_at(row))):
                return

    def _mentioning(self, notifications: Sequence[Mapping[str, Any]]) -> Iterator[Post]:
        for row in notifications:
            if row.get("type") == "mention":
                for post in self.posts([row.get("status")]):
                    yield replace(post, came_at=_notified_at(row) or post.came_at)

    def look_up(self, refs: Sequence[PostRef]) -> Mapping[str, Found | Gone | Unsure]:
        """Look posts up, many at once where the server can; an absence counts only when the post alone is a 404."""
        here = [ref for ref in refs if ref.server == self.http.server]
        result: dict[str, Found | Gone | Unsure] = {
            ref.local_id: Unsure("it was seen on another server") for ref in refs if ref.server != self.http.server
        }
        for start in range(0, len(here), AT_ONCE):
            ids = [ref.local_id for ref in here[start : start + AT_ONCE]]
            looks = self._looks(ids)
            result.update(looks)
            if is_silent(looks.values()):
                why = next(iter(looks.values()))
                return {**{ref.local_id: why for ref in here}, **result}
        return result

    def _looks(self, ids: Sequence[str]) -> dict[str, Found | Gone | Unsure]:
        """Look some up together, and alone what does not come; of a server that stays silent nothing more is asked."""
        try:
            looks: dict[str, Found | Gone | Unsure] = {**self._found_at_once(ids)}
        except NoAnswer as error:
            return dict.fromkeys(ids, Unsure(str(error), answered=False))
        silent = 0
        for local_id in ids:
            if local_id not in looks:
                look = looks[local_id] = self._look(local_id)
                silent = silent + 1 if is_silent([look]) else 0
                if silent == SILENT:
                    return {**dict.fromkeys(ids, look), **looks}
        return looks

    def _found_at_once(self, ids: Sequence[str]) -> dict[str, Found]:
        """Look many up in one request, by whichever name the server takes; GoToSocial answers 405 to either."""
        names = self._names_of_ids if len(ids) > 1 else ()
        for place, name in enumerate(names):
            try:
                asked = [(name, local_id) for local_id in ids]
                statuses = self.http.get("/api/v1/statuses", asked, read=wire.page).json
            except NotSignedIn:
                return {}
            except NoAnswer:
                raise
            except Rejected:
                self._names_of_ids = names[place + 1 :]
                continue
            except PlatformError:
                return {}
            posts = self.posts(statuses if isinstance(statuses, list) else [])
            return {post.local_id: Found(post) for post in posts if post.local_id in ids}
        return {}

    def _look(self, local_id: str) -> Found | Gone | Unsure:
        try:
            return Found(self.post(self.http.get(path_of(local_id)).json))
        except NotFound:
            return Gone()
        except PlatformError as error:
            return Unsure(str(error), answered=not isinstance(error, NoAnswer))


def reached_at(post: Post) -> datetime:
    """Return the later of the author's clock and of when the post came in, where its server tells that.

    A post whose author's clock is years behind is still of tonight (`platforms.md` A2).
    """
    return post.at if post.came_at is None else max(post.at, post.came_at)


def _notified_at(notification: Mapping[str, Any]) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(notification.get("created_at")))
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError:
        return None


def _is_last(headers: Mapping[str, str]) -> bool:
    """Whether the server speaks of pages and names no next one (Mastodon does when a page is not full)."""
    link = headers.get("Link", "")
    return bool(link) and 'rel="next"' not in link
