"""From raw pages of statuses to committed rows, against bare sqlite3 and mastodon-to-sqlite, in one interleaved run.

    uv run python -m tests.bench.ingest [--posts 10000] [--runs 5]

Ours reads JSON, makes posts, asks consent, and saves; the peer and the bare upsert store less of each post. Pages are
synthetic: 40 statuses each with every field of Mastodon 4.6, 3.3 KB a status, one author per twelve posts, 55 %
replies, 7 % with a picture.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from tests.bench.peers import installed

_STARTS = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
_PAGE = 40
_WORDS = re.findall(
    r"\w+", "compost beans slugs spade frost seedlings neighbour allotment mulch rhubarb terrace watering"
)
_NOTE = "<p>Gardener. Writes about soil, worms, weather and what the slugs left over. Allotment 12, clay.</p>"
_LINK = (
    '<a href="https://garden.test" target="_blank" rel="nofollow noopener me" translate="no">'
    '<span class="invisible">https://</span><span class="">garden.test</span><span class="invisible"></span></a>'
)
_ALLOWED = {"automatic": ["public"], "manual": [], "current_user": "automatic"}
_PEER = "mastodon-to-sqlite==0.2.1"


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
        "created_at": (_STARTS + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
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


def _pages(count: int) -> list[bytes]:
    """Make raw pages as a server sends them."""
    chance = random.Random(1)
    statuses = [_status(number, max(count // 12, 1), chance) for number in range(count)]
    return [orjson.dumps(statuses[start : start + _PAGE]) for start in range(0, count, _PAGE)]


def _joined(pages: list[bytes], rows: int) -> Iterator[list[Any]]:
    """Yield statuses in batches of so many rows."""
    waiting: list[Any] = []
    for page in pages:
        waiting += orjson.loads(page)
        if len(waiting) >= rows:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def ours(pages: list[bytes], rows: int, folder: Path) -> None:
    """Read pages as the collector does: parse, ask the first door, save."""
    from chatbot.core.plan import Defaults
    from chatbot.core.privacy import consent
    from chatbot.platforms.mastodon import to_post
    from chatbot.store import posts
    from chatbot.store.engine import open_store

    settings, secret = Defaults(), b"s" * 32
    store = open_store(f"sqlite:///{folder / 'ours.db'}")

    def refuses(post: Any) -> bool:
        return not consent.may_store(post, consent.consents(post.author, None, settings))

    for batch in _joined(pages, rows):
        seen, _malformed = to_post.to_posts(batch, "home.test", "home.test")
        with store.write(durable=False) as conn:
            posts.save(conn, seen, chat="garden", route="tag", now=_STARTS, secret=secret, refuses=refuses)
    store.close()


_BARE = """
CREATE TABLE account (id TEXT PRIMARY KEY, acct TEXT, display_name TEXT, url TEXT, note TEXT, bot INTEGER);
CREATE TABLE status (
    id TEXT PRIMARY KEY, uri TEXT UNIQUE, url TEXT, account TEXT, created_at TEXT, in_reply_to TEXT, visibility TEXT,
    language TEXT, spoiler TEXT, sensitive INTEGER, content TEXT, question INTEGER, replies INTEGER, boosts INTEGER,
    favourites INTEGER, edited_at TEXT, media TEXT);
CREATE INDEX status_account ON status (account);
CREATE INDEX status_parent ON status (in_reply_to);
CREATE TABLE status_tag (status TEXT, tag TEXT, PRIMARY KEY (status, tag)) WITHOUT ROWID;
"""
_MARKUP, _ANSWER = re.compile(r"<[^>]+>"), re.compile(r"\bA(\d)\b")


def bare(pages: list[bytes], rows: int, folder: Path) -> None:
    """Upsert the same pages with sqlite3 and nothing else: the yardstick, in three tables with text and number."""
    conn = sqlite3.connect(folder / "bare.db", isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=NORMAL")
    conn.executescript(_BARE)
    marks = ", ".join("?" * 17)
    for batch in _joined(pages, rows):
        conn.execute("BEGIN")
        conn.executemany(
            "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET acct = excluded.acct,"
            " display_name = excluded.display_name, url = excluded.url, note = excluded.note, bot = excluded.bot",
            [_bare_account(status["account"]) for status in batch],
        )
        conn.executemany(
            f"INSERT INTO status VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET content = excluded.content,"
            " edited_at = excluded.edited_at, replies = excluded.replies, boosts = excluded.boosts,"
            " favourites = excluded.favourites, question = excluded.question, in_reply_to = excluded.in_reply_to",
            [_bare_status(status) for status in batch],
        )
        conn.executemany(
            "INSERT INTO status_tag VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(status["id"], tag["name"]) for status in batch for tag in status["tags"]],
        )
        conn.execute("COMMIT")
    conn.close()


def _bare_account(a: dict[str, Any]) -> tuple[Any, ...]:
    return (a["id"], a["acct"], a["display_name"], a["url"], a["note"], a["bot"])


def _bare_status(s: dict[str, Any]) -> tuple[Any, ...]:
    text = _MARKUP.sub("", s["content"])
    answer = _ANSWER.search(text)
    media = orjson.dumps([m["url"] for m in s["media_attachments"]]).decode() if s["media_attachments"] else None
    return (
        *(s["id"], s["uri"], s["url"], s["account"]["id"], s["created_at"], s["in_reply_to_id"], s["visibility"]),
        *(s["language"], s["spoiler_text"], s["sensitive"], text, int(answer[1]) if answer else None),
        *(s["replies_count"], s["reblogs_count"], s["favourites_count"], s["edited_at"], media),
    )


_PEER_SCRIPT = """
import json, pathlib, sys, time
from mastodon_to_sqlite import service
pages, rows = pathlib.Path(sys.argv[1]).read_bytes().splitlines(), int(sys.argv[2])
began = time.perf_counter()
database = service.open_database(pathlib.Path(sys.argv[3]))
waiting = []
def save(batch):
    service.save_accounts(database, [status["account"] for status in batch])
    service.save_statuses(database, batch)
for page in pages:
    waiting += json.loads(page)
    if len(waiting) >= rows:
        save(waiting)
        waiting = []
if waiting:
    save(waiting)
print(time.perf_counter() - began)
"""


def peer(raw: Path, rows: int, folder: Path) -> float:
    """Let mastodon-to-sqlite save the same pages with its own functions; its start-up is not counted."""
    python = installed(_PEER) / "python"
    words = [str(python), "-c", _PEER_SCRIPT, str(raw), str(rows), str(folder / "peer.db")]
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def _timed(case: Callable[[list[bytes], int, Path], None], pages: list[bytes], rows: int, folder: Path) -> float:
    began = time.perf_counter()
    case(pages, rows, folder)
    return time.perf_counter() - began


def _case(name: str, pages: list[bytes], raw: Path, rows: int) -> float:
    """Run one case in a fresh folder and return its seconds."""
    folder = Path(tempfile.mkdtemp(prefix="ingest-"))
    try:
        if name == "mastodon-to-sqlite":
            return peer(raw, rows, folder)
        if name == "chatbot, again":
            ours(pages, rows, folder)
        return _timed(bare if name == "sqlite3" else ours, pages, rows, folder)
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Print posts per second of every case, and ours as a ratio to each."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--posts", type=int, default=10_000)
    asked.add_argument("--runs", type=int, default=5)
    given = asked.parse_args()
    pages = _pages(given.posts)
    raw = Path(tempfile.mkdtemp()) / "pages.ndjson"
    raw.write_bytes(b"\n".join(pages))
    for rows in (_PAGE, 1000):
        names = ("chatbot", "chatbot, again", "sqlite3", "mastodon-to-sqlite")
        seconds: dict[str, list[float]] = {name: [] for name in names}
        for turn in range(given.runs + 1):
            for name in names:
                took = _case(name, pages, raw, rows)
                if turn:
                    seconds[name].append(took)
        _tell(f"{given.posts:,} posts, {rows} in a transaction", given.posts, seconds)


def _tell(title: str, count: int, seconds: dict[str, list[float]]) -> None:
    goals = {"sqlite3": 0.6, "mastodon-to-sqlite": 2.0}
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    print(title)
    for name, median in medians.items():
        goal = f" (goal: at least {goals[name]:g}x)" if name in goals else ""
        print(f"  {name:20} {count / median:9,.0f} posts/s   chatbot stores {median / medians['chatbot']:.2f}x{goal}")


if __name__ == "__main__":
    main()
