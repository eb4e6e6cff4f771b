"""Makes posts through Mastodon.py: pictures first, then the post, once, with its idempotency key."""

from __future__ import annotations

import math
import mimetypes
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from chatbot.core.model import Draft, PollDraft
from chatbot.platforms.errors import NoPicture, NotSignedIn, OutcomeUnknown, PlatformError, Rejected, Unavailable
from chatbot.platforms.mastodon import failures, to_post
from chatbot.platforms.mastodon.connection import Exchange
from chatbot.platforms.mastodon.http import Http, user_agent
from chatbot.platforms.mastodon.reading import path_of
from chatbot.platforms.port import PostRef

if TYPE_CHECKING:
    import mastodon

Result = TypeVar("Result")

SHORTEST_POLL = 300  # seconds, of every server known


class Writer:
    """Posts and edits as one account."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._client: mastodon.Mastodon | None = None
        self._media: dict[tuple[str, str], str] = {}  # pictures that are there and stand in no post yet

    def prepare(self, draft: Draft) -> None:
        """Upload the draft's picture if it is not there yet."""
        if draft.picture:
            self._picture_of(draft)

    def publish(self, draft: Draft, key: str) -> PostRef:
        """Upload the picture if there is one and it was not prepared, then make the post."""
        media = [self._picture_of(draft)] if draft.picture else None
        self._media.pop((draft.picture or "", draft.alt), None)  # a picture stands in one post
        exchange = Exchange(self._http.deadline.total_seconds())
        self._library(
            lambda client: client.status_post(
                draft.text,
                in_reply_to_id=draft.reply_to,
                media_ids=media,
                visibility=draft.visibility.value,  # always said: servers' defaults differ
                spoiler_text=draft.warning or None,
                language=draft.language,
                idempotency_key=key,
                poll=_poll(client, draft.poll),
            ),
            writing=True,
            exchange=exchange,
        )
        return self._ref(exchange.json())

    def edit(self, ref: PostRef, draft: Draft) -> PostRef:
        """Replace the text; what the draft does not speak of is fetched and said again, or servers remove it."""
        answer = self._http.get(path_of(ref.local_id))
        body = kept(answer.json, failures.served_at(answer.headers)) | {"status": draft.text}
        if draft.warning:
            body["spoiler_text"] = draft.warning
        if draft.language:
            body["language"] = draft.language
        return self._ref(self._http.ask("PUT", path_of(ref.local_id), body=body).json)

    def report(self, ref: PostRef, comment: str) -> None:
        """Report a post to the moderators of our server, and of its author's."""
        post = self._http.get(path_of(ref.local_id)).json
        account = post.get("account") if isinstance(post, dict) else None
        if not isinstance(account, dict):
            raise Unavailable(f"{self._http.server} did not say who wrote the post; it was not reported.")
        self._library(
            lambda client: client.report(account["id"], [ref.local_id], comment=comment, forward=True), writing=True
        )

    def _picture_of(self, draft: Draft) -> str:
        """Return the id of a draft's picture, which is ready to stand in a post.

        Nothing of the post itself exists yet, so a lost answer here is no lost post; and no picture is worth a
        question, so whatever the server says against the picture is not said against the post.
        """
        try:
            return self._ready(draft, Exchange(self._http.deadline.total_seconds()))
        except NotSignedIn:
            raise
        except TimeoutError:
            raise NoPicture(f"{self._http.server} is still working on the picture; the post was not made.") from None
        except PlatformError as error:
            self._media.pop((draft.picture or "", draft.alt), None)
            raise NoPicture(f"The picture could not be uploaded, so the post was not made. {error}") from None

    def _ready(self, draft: Draft, exchange: Exchange) -> str:
        """Upload a picture unless that was done, and wait until the server has worked on it, all in one deadline."""
        place = (draft.picture or "", draft.alt)
        media_id = self._media.get(place)
        media = None if media_id else self._uploaded(draft, exchange)
        if media is not None:
            media_id = self._media[place] = str(media.id)
        while media is None or media.url is None:
            if media is not None:
                exchange.patience()
                time.sleep(min(1.0, exchange.seconds / 20))
            media = self._library(lambda client: client.media(media_id), writing=False, exchange=exchange)
        return self._media[place]

    def _uploaded(self, draft: Draft, exchange: Exchange) -> Any:
        content, kind = _picture(Path(draft.picture or ""))
        return self._library(
            lambda client: client.media_post(content, mime_type=kind, description=draft.alt or None),
            writing=True,
            exchange=exchange,
        )

    def _library(
        self, work: Callable[[mastodon.Mastodon], Result], *, writing: bool, exchange: Exchange | None = None
    ) -> Result:
        """Let Mastodon.py make a request through our own session."""
        from mastodon import MastodonError

        client = self.get_ready()
        also = (MastodonError, LookupError, TypeError, AttributeError)  # what its casting may raise of an odd answer
        return self._http.through(lambda: work(client), writing=writing, exchange=exchange, also=also)

    def get_ready(self) -> mastodon.Mastodon:
        """Make Mastodon.py's client once; it never sees the token, which our session adds for the server alone."""
        if self._client is None:
            import mastodon  # 170 ms: loaded only when something is posted

            self._client = mastodon.Mastodon(
                api_base_url=self._http.url,
                session=self._http.session,
                ratelimit_method="throw",
                request_timeout=self._http.deadline.total_seconds(),
                user_agent=user_agent(self._http.contact),
                version_check_mode="created",
                mastodon_version="4.6.0",  # said, so that it asks no server about it
            )
        return self._client

    def _ref(self, status: object) -> PostRef:
        """Name the post of an answer; one that cannot be read may be of a post that was made."""
        server = self._http.server
        try:
            post = to_post.to_post(status, server, server)
        except to_post.Malformed:
            raise OutcomeUnknown(f"{server} said yes, but not which post it made; it was probably made.") from None
        return PostRef(server, post.local_id, post.uri, post.url, post.at, post.visibility)


def _picture(file: Path) -> tuple[bytes, str]:
    """Read a picture and tell its kind from its name; Mastodon.py would leave the file open."""
    kind = mimetypes.guess_type(file.name)[0]
    if kind is None:
        raise Rejected(f"What kind of picture “{file.name}” is cannot be told from its name.")
    try:
        return file.read_bytes(), kind
    except OSError as error:
        raise Rejected(
            f"The picture “{file.name}” cannot be read ({error.strerror}), so the post cannot be made with it."
        ) from None


def _poll(client: mastodon.Mastodon, poll: PollDraft | None) -> Any:
    if poll is None:
        return None
    return client.make_poll(list(poll.options), int(poll.open_for.total_seconds()), multiple=poll.multiple)


def kept(status: Any, now: datetime | None) -> dict[str, Any]:
    """Return what an edit must say again: pictures, warning, language and poll (`platforms.md` A1). Pure."""
    try:
        body = {
            "media_ids": [row["id"] for row in status.get("media_attachments") or ()],
            "spoiler_text": status.get("spoiler_text") or "",
            "sensitive": status.get("sensitive") is True,
            "language": status.get("language"),
            "poll": _kept_poll(status.get("poll"), now),
        }
    except (LookupError, TypeError, AttributeError):
        raise Rejected("The post cannot be edited: what it has besides its text could not be read.") from None
    return {name: value for name, value in body.items() if value is not None}


def _kept_poll(poll: Any, now: datetime | None) -> dict[str, Any] | None:
    if poll is None:
        return None
    return {
        "options": [row["title"] for row in poll["options"]],
        "multiple": poll.get("multiple") is True,
        "expires_in": _left(poll, now),
    }


def _left(poll: Mapping[str, Any], now: datetime | None) -> int:
    ends = failures.instant(str(poll.get("expires_at") or ""))
    if ends is None or now is None or (ends - now).total_seconds() < SHORTEST_POLL:
        raise Rejected("A post whose poll has ended, or is about to, cannot be edited without changing the poll.")
    return math.ceil((ends - now).total_seconds())
