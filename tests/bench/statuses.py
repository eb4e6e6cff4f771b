"""Made-up pages of statuses, 40 each, with every field of Mastodon 4.6: 3.3 KB a status, one author per twelve posts,
55 % replies, 7 % with a picture. The same each time.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

STARTS = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
PAGE = 40
_WORDS = re.findall(
    r"\w+", "compost beans slugs spade frost seedlings neighbour allotment mulch rhubarb terrace watering"
)
_NOTE = "<p>Gardener. Writes about soil, worms, weather and what the slugs left over. Allotment 12, clay.</p>"
_LINK = (
    '<a href="https://garden.test" target="_blank" rel="nofollow noopener me" translate="no">'
    '<span class="invisible">https://</span><span class="">garden.test</span><span class="invisible"></span></a>'
)
_ALLOWED = {"automatic": ["public"], "manual": [], "current_user": "automatic"}


def _account(number: int) -> dict[str, Any]:
    host = f"s{number % 40}.test"
    return {
        "id": str(109000000000000000 + number),
        "username": f"user{number}",
        "acct": f"user{number}@{host}",
        "uri": f"https://{host}/users/user{number}",
        "url": f"https://{host}/@user{number}",
        "display_name": f"User {number} \U0001f331",
        "note": _NOTE * 3,
        "avatar": f"https://files.test/avatars/{number}.png",
        "avatar_static": f"https://files.test/avatars/{number}.png",
        "avatar_description": "",
        "header": f"https://files.test/headers/{number}.png",
        "header_static": f"https://files.test/headers/{number}.png",
        "header_description": "",
        "bot": False,
        "group": False,
        "locked": False,
        "discoverable": True,
        "indexable": True,
        "created_at": "2022-11-05T00:00:00.000Z",
        "last_status_at": "2026-11-30",
        "followers_count": 120,
        "following_count": 80,
        "statuses_count": 900,
        "hide_collections": None,
        "show_media": True,
        "show_media_replies": True,
        "show_featured": True,
        "noindex": False,
        "feature_approval": _ALLOWED,
        "emojis": [],
        "roles": [],
        "fields": [{"name": name, "value": _LINK, "verified_at": None} for name in ("Garden", "Code")],
    }


def _status(number: int, authors: int, chance: random.Random) -> dict[str, Any]:
    account = _account(number % authors)
    tag = '<a href="https://home.test/tags/gardenchat" class="mention hashtag" rel="tag">#<span>GardenChat</span></a>'
    words = " ".join(chance.choices(_WORDS, k=75))
    uri = f"{account['uri']}/statuses/{115000000000000000 + number}"
    replies = chance.random() < 0.55 and number > 0
    return {
        "id": str(115000000000000000 + number),
        "created_at": (STARTS + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "in_reply_to_id": str(115000000000000000 + chance.randrange(number)) if replies else None,
        "in_reply_to_account_id": "109000000000000001" if replies else None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": uri,
        "url": f"{account['url']}/{115000000000000000 + number}",
        "replies_count": chance.randrange(4),
        "reblogs_count": chance.randrange(5),
        "favourites_count": chance.randrange(9),
        "quotes_count": 0,
        "edited_at": None,
        "favourited": False,
        "reblogged": False,
        "muted": False,
        "bookmarked": False,
        "pinned": False,
        "content": f"<p>A{number % 6 + 1} {words}</p><p>{tag}</p>",
        "filtered": [],
        "reblog": None,
        "application": None,
        "account": account,
        "media_attachments": [_picture(number)] if chance.random() < 0.07 else [],
        "mentions": [],
        "tags": [{"name": "gardenchat", "url": "https://home.test/tags/gardenchat"}],
        "emojis": [],
        "tagged_collections": [],
        "card": None,
        "poll": None,
        "quote": None,
        "quote_approval": _ALLOWED,
    }


def _picture(number: int) -> dict[str, Any]:
    url = f"https://files.test/media/{number}.png"
    size = {"width": 1200, "height": 800, "size": "1200x800", "aspect": 1.5}
    return {
        "id": str(number),
        "type": "image",
        "url": url,
        "preview_url": url,
        "remote_url": url,
        "meta": {"original": size},
        "description": "A raised bed with rhubarb",
        "blurhash": "UKO2?V%2Tw=w]~RBVZRi};RPxuwH",
    }


def pages(count: int) -> Iterator[bytes]:
    """Yield raw pages as a server sends them."""
    chance = random.Random(1)
    authors = max(count // 12, 1)
    for start in range(0, count, PAGE):
        yield orjson.dumps([_status(number, authors, chance) for number in range(start, min(start + PAGE, count))])
