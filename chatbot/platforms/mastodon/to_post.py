"""A status of the Mastodon API as our own value. Pure.

What every post must have, or it is skipped and counted: id, uri, time, visibility and author. Everything else may be
missing, null or of another type; unknown fields are ignored. Text is only ever text: HTML becomes spans here.
A status comes as `wire.page` read it, or as plain JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import orjson

from chatbot.core import text
from chatbot.core.model import Author, Link, Media, Mention, Poll, Post, Span, Visibility
from chatbot.platforms.mastodon import wire

_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_PLAIN_ADDRESS = re.compile(r"https?://[a-zA-Z0-9.-]+(?::\d+)?(?:[/?#][!-~]{0,3000})?")  # nearly all of them
_CANONICAL = re.compile(r"https?://[a-z0-9.-]+/[!-~]*")
_PROFILE = re.compile(r"(https?://[^/?#\s]+)/@(\w[\w.-]*)")
_NARROW = ("local", "list", "mutuals_only", "followers_only", "circle", "limited", "self", "none")
_VISIBILITIES = {**{seen.value: seen for seen in Visibility}, **dict.fromkeys(_NARROW, Visibility.PRIVATE)}

Json = Mapping[str, Any]


class Malformed(ValueError):
    """A status that lacks what every post must have."""


def to_posts(statuses: Iterable[object], server: str, domain: str) -> tuple[list[Post], int]:
    """Read statuses; returns the posts and how many could not be read. Null (a hole in a page) is no post."""
    posts, malformed = [], 0
    for status in statuses:
        try:
            posts.append(to_post(status, server, domain))
        except Malformed:
            malformed += 1
    return posts, malformed


def to_post(status: object, server: str, domain: str) -> Post:
    """Read one status seen on `server`, whose own accounts are `user@domain`; raises `Malformed`."""
    said = wire.status(status)
    if said is None:
        raise Malformed("not an object")
    uri, local_id = _canonical(_must(_address(said.uri), "uri")), _must(_id(said.id), "id")
    mentions = _mentions(said.mentions, domain) if said.mentions else ()
    quoted_id, quoted_uri = _quote(said)
    spans = text.spans_from_html(said.content or "", mentions, keep_quote=quoted_id is None)
    return Post(
        uri=uri,
        url=_address(said.url) or uri,
        at=_must(_instant(said.created_at), "created_at"),
        author=_author(bytes(said.account), domain, _writer(uri)),
        spans=spans,
        visibility=_visibility(said.visibility),
        server=server,
        local_id=local_id,
        parent_local_id=_id(said.in_reply_to_id),
        quote_local_id=quoted_id,
        quote_uri=quoted_uri,
        language=_clean(said.language or "", " ") or None,
        warning=_clean(said.spoiler_text or "", " "),
        sensitive=said.sensitive is True,
        media=tuple(_media(said.media_attachments)) if said.media_attachments else (),
        poll=_poll(said.poll),
        links=_links(spans, said.card),
        mentions=mentions,
        hashtags=_hashtags(bytes(said.tags), spans),
        edited_at=_instant(said.edited_at),
        boosts=_counted(said.reblogs_count),
        favourites=_counted(said.favourites_count),
        replies=_counted(said.replies_count),
        is_repost=said.reblog is not None,
        came_at=_time_in(local_id),
    )


def to_author(account: object, domain: str) -> Author:
    """Read an account that stands alone; raises `Malformed`."""
    try:
        return _author(orjson.dumps(account), domain, "")
    except orjson.JSONEncodeError:
        raise Malformed("account") from None


@lru_cache(maxsize=2048)
def _author(raw: bytes, domain: str, known_as: str) -> Author:
    """Read an account from its JSON: the same people write all evening, and every status of theirs carries it.

    `known_as` names the person where the account does not.
    """
    try:
        account = orjson.loads(raw)
    except orjson.JSONDecodeError:
        account = None
    if not isinstance(account, dict):
        raise Malformed("no account")
    url = _address(account.get("url")) or ""
    name = _must(_words(account, "username") or _words(account, "acct").partition("@")[0], "username")
    uri = _must(_person(account, url, known_as), "account uri")
    return Author(
        uri=uri,
        handle=handle(_words(account, "acct") or name, domain),
        name=_words(account, "display_name") or name,
        url=url or uri,
        avatar=_address(account.get("avatar_static")) or _address(account.get("avatar")),
        bot=account.get("bot") is True,
        bio=_bio(account),
        indexable=_flag(account, "indexable"),
        discoverable=_flag(account, "discoverable"),
        noindex=_flag(account, "noindex"),
    )


def _writer(status_uri: str) -> str:
    """Return whose status it is, as many servers' addresses tell, or nothing."""
    before, found, _ = status_uri.partition("/statuses/")
    return before if found else ""


def handle(acct: str, domain: str) -> str:
    """Return `user@host`; a server names its own people without the host."""
    return acct if "@" in acct else f"{acct}@{domain}"


def _person(account: Json, url: str, known_as: str) -> str | None:
    """Return who this is for the whole network.

    GoToSocial and old servers give accounts no `uri`: then it stands before `/statuses/` in the status' own, and in
    the last resort is guessed from the profile address as both write it.
    """
    known = _address(account.get("uri")) or _address(_object(account, "pleroma").get("ap_id")) or known_as
    if known:
        return known
    profile = _PROFILE.fullmatch(url)
    return f"{profile[1]}/users/{profile[2]}" if profile else url or None


def _bio(account: Json) -> str:
    """Return the bio with its table of fields as lines: `#nobot` stands in either."""
    lines = [text.plain(text.spans_from_html(_string(account, "note")))]
    for row in _objects(account, "fields"):
        lines.append(": ".join(text.plain(text.spans_from_html(_string(row, key))) for key in ("name", "value")))
    return "\n".join(line for line in lines if line)


def _visibility(said: str | None) -> Visibility:
    """Return who may see it; what other servers call otherwise is always narrower than quiet public."""
    if said is None or said not in _VISIBILITIES:
        raise Malformed("visibility")
    return _VISIBILITIES[said]


def _quote(status: wire.Status) -> tuple[str | None, str | None]:
    """Return id and uri of the quoted post, where its author accepted that."""
    quote = status.quote
    if not quote:
        return _id(status.quote_id), None
    if quote.get("state", "accepted") != "accepted":
        return None, None
    quoted = _object(quote, "quoted_status")
    local_id = _id(quoted.get("id")) or _id(quote.get("quoted_status_id")) or _id(quote.get("id"))
    uri = _address(quoted.get("uri"))
    return local_id or _id(status.quote_id), uri and _canonical(uri)


def _mentions(rows: Iterable[object], domain: str) -> tuple[Mention, ...]:
    found = [(_words(row, "acct"), _address(row.get("url"))) for row in rows if isinstance(row, dict)]
    return tuple(Mention(handle(acct, domain), url) for acct, url in found if acct and url)


def _hashtags(raw: bytes, spans: tuple[Span, ...]) -> tuple[str, ...]:
    listed = _listed_tags(raw)
    return _normalised(span.text for span in spans if span.kind == "hashtag") if listed is None else listed


@lru_cache(maxsize=4096)
def _listed_tags(raw: bytes) -> tuple[str, ...] | None:
    """Read a status' own list of hashtags, or None where it has none; a night's posts carry the same few."""
    try:
        rows = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return _normalised(_words(row, "name") for row in rows if isinstance(row, dict)) if isinstance(rows, list) else None


def _normalised(names: Iterable[str]) -> tuple[str, ...]:
    """Return hashtags as they are compared, each once."""
    return tuple(dict.fromkeys(tag for tag in map(text.normalise_tag, names) if tag))


def _links(spans: tuple[Span, ...], card: Json | None) -> tuple[Link, ...]:
    """Return the addresses in the text; the card's title goes to its address, or to the only one there is."""
    found, card_url = text.links(spans), _address(card.get("url")) if card else None
    if card is None or card_url is None:
        return found
    urls, title = [link.url for link in found], _words(card, "title") or None
    if card_url not in urls:
        urls, card_url = (urls, urls[0]) if len(urls) == 1 else ([*urls, card_url], card_url)
    return tuple(Link(url, title if url == card_url else None) for url in urls)


def _media(rows: Iterable[object]) -> Iterable[Media]:
    for row in rows:
        if not isinstance(row, dict):
            continue
        url = _address(row.get("url")) or _address(row.get("remote_url"))
        size = _object(_object(row, "meta"), "original")
        if url:
            yield Media(
                kind=_words(row, "type") or "unknown",
                url=url,
                alt=_clean(_string(row, "description"), "\n") or None,
                preview_url=_address(row.get("preview_url")),
                width=_count(size, "width") or None,
                height=_count(size, "height") or None,
            )


def _poll(poll: Json | None) -> Poll | None:
    if poll is None:
        return None
    rows = _objects(poll, "options")
    options = tuple((_words(row, "title"), _votes(row)) for row in rows)
    return Poll(options, poll.get("multiple") is True, _instant(poll.get("expires_at"))) if options else None


def _votes(row: Json) -> int | None:
    return _count(row, "votes_count") if isinstance(row.get("votes_count"), int) else None


# single values, whatever is found in their place


def _must(value: Any, name: str) -> Any:
    if not value:
        raise Malformed(name)
    return value


def _object(parent: Json, key: str) -> Json:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _objects(parent: Json, key: str) -> list[Json]:
    value = parent.get(key)
    return [row for row in value if isinstance(row, dict)] if value and isinstance(value, list) else []


def _string(parent: Json, key: str) -> str:
    value = parent.get(key)
    return value if isinstance(value, str) else ""


def _words(parent: Json, key: str) -> str:
    """Return one line of plain text."""
    value = parent.get(key)
    return _clean(value, " ") if value and isinstance(value, str) else ""


def _clean(value: str, instead: str) -> str:
    return (value if value.isprintable() else _UNFIT.sub(instead, value)).strip()


def _count(parent: Json, key: str) -> int:
    value = parent.get(key)
    return _counted(value) if isinstance(value, int) and not isinstance(value, bool) else 0


def _counted(value: int | None) -> int:
    return value if value and 0 < value < 2**31 else 0


def _flag(parent: Json, key: str) -> bool | None:
    value = parent.get(key)
    return value if isinstance(value, bool) else None


def _id(value: object) -> str | None:
    """Return an id as an opaque word; some servers send numbers."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        return None
    return value if value.isprintable() or not _UNFIT.search(value) else None


_FIRST = datetime(2016, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)


def _time_in(local_id: str) -> datetime | None:
    """Return the time in a Mastodon id (milliseconds, shifted by 16 bits); other kinds of ids hold none."""
    if not (local_id.isdecimal() and local_id.isascii() and 15 <= len(local_id) <= 20):
        return None
    milliseconds = int(local_id) >> 16
    if not _FIRST.timestamp() * 1000 <= milliseconds <= _LAST.timestamp() * 1000:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _canonical(uri: str) -> str:
    """Write a post's address as every server writes it: the host in small letters, and no port that goes without."""
    if _CANONICAL.fullmatch(uri):
        return uri
    parts = urlsplit(uri)
    host = parts.netloc.lower().removesuffix({"https": ":443", "http": ":80"}[parts.scheme])
    return parts._replace(netloc=host).geturl()


def _address(value: object) -> str | None:
    """Return an http or https address, and nothing of any other kind."""
    if not isinstance(value, str):
        return None
    if _PLAIN_ADDRESS.fullmatch(value):
        return value
    if len(value) > 4000 or _UNFIT.search(value) or " " in value:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.netloc else None


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return at if at.tzinfo is UTC else (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
