"""What a server allows, read from its own description (`/api/v2/instance`, or v1 of older servers). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatbot.platforms.port import Limits


def limits_of(instance: object) -> Limits:
    """Read a server's description; whatever it does not say is as Mastodon has it."""
    said = _object(instance)
    configuration = _object(said.get("configuration"))
    statuses, polls = _object(configuration.get("statuses")), _object(configuration.get("polls"))
    media = _object(configuration.get("media_attachments"))
    usual = Limits()
    return Limits(
        characters=_number(statuses, "max_characters") or _number(said, "max_toot_chars") or usual.characters,
        url_weight=_number(statuses, "characters_reserved_per_url") or usual.url_weight,
        alt_characters=_number(media, "description_limit") or usual.alt_characters,
        pictures=_number(statuses, "max_media_attachments") or usual.pictures,
        poll_options=_number(polls, "max_options") or usual.poll_options,
        poll_option_characters=_number(polls, "max_characters_per_option") or usual.poll_option_characters,
        streams=stream_of(instance) is not None,
        rules=tuple(_rules(said.get("rules"))),
        software=str(said.get("version") or "")[:100],
    )


def domain_of(instance: object) -> str | None:
    """Return the host in the handles of the server's own people, which need not be the server's address."""
    said = _object(instance)
    for key in ("account_domain", "domain", "uri"):
        host = said.get(key)
        if isinstance(host, str) and host and "/" not in host:
            return host
    return None


def hashtags_of(instance: object) -> tuple[str, str]:
    """Return who is shown hashtags with the server's own posts, and with others' posts: "public" where it is silent."""
    access = _object(_object(_object(instance).get("configuration")).get("timelines_access"))
    feeds = _object(access.get("hashtag_feeds"))
    local, remote = (str(feeds.get(whose) or "public") for whose in ("local", "remote"))
    return local, remote


def stream_of(instance: object) -> str | None:
    """Return the address of the event streams as the server gives it (`wss://…`), or None."""
    said = _object(instance)
    for urls, key in (
        (_object(_object(said.get("configuration")).get("urls")), "streaming"),
        (_object(said.get("urls")), "streaming_api"),
    ):
        if isinstance(urls.get(key), str) and urls[key]:
            return str(urls[key])
    return None


def _rules(rows: object) -> list[str]:
    """Return the texts of the server's rules."""
    rows = rows if isinstance(rows, list) else []
    return [row["text"] for row in rows if isinstance(row, dict) and isinstance(row.get("text"), str)]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(parent: Mapping[str, Any], key: str) -> int | None:
    value = parent.get(key)
    return value if isinstance(value, int) and value > 0 else None
