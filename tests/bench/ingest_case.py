"""One case of the ingest benchmark in a process of its own.

It prints the seconds it took, those of them that it computed itself, and its largest memory in megabytes.

    python -m tests.bench.ingest_case CASE PAGES.NDJSON ROWS FOLDER

The clocks run from opening the file of pages to the last commit; an empty database was opened before, in every case.
The bare upsert is the yardstick: three tables, text without markup, question number; nothing is asked or protected.
"""

from __future__ import annotations

import re
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from tests.bench.statuses import PAGE, STARTS

Clocks = tuple[tuple[float, float], tuple[float, float]]  # wall and processor, at the beginning and at the end


def _batches(raw: Path, rows: int) -> Iterator[list[bytes]]:
    """Yield the raw pages of each transaction."""
    with raw.open("rb") as lines:
        while pages := list(islice(lines, rows // PAGE)):
            yield pages


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def ours(raw: Path, rows: int, folder: Path, *, again: bool = False) -> Clocks:
    """Read pages as the collector does: parse, ask the first door, save; `again` times the second time."""
    from chatbot.core.plan import Defaults
    from chatbot.core.privacy import consent
    from chatbot.platforms.mastodon import to_post, wire
    from chatbot.store import posts
    from chatbot.store.engine import open_store

    settings, secret = Defaults(), b"s" * 32
    store = open_store(f"sqlite:///{folder / 'ours.db'}")

    def refuses(post: Any) -> bool:
        return consent.refusal(post, consent.consents(post.author, None, settings))

    for _ in range(2 if again else 1):
        began = _clocks()
        for pages in _batches(raw, rows):
            statuses = [status for page in pages for status in wire.page(page)]
            seen, _malformed = to_post.to_posts(statuses, "home.test", "home.test")
            with store.write(durable=False) as conn:
                posts.save(conn, seen, chat="garden", route="tag", now=STARTS, secret=secret, refuses=refuses)
        ended = _clocks()
    store.close()
    return began, ended


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


def bare(raw: Path, rows: int, folder: Path) -> Clocks:
    """Upsert the same pages with sqlite3 and nothing else."""
    conn = sqlite3.connect(folder / "bare.db", isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=NORMAL")
    conn.executescript(_BARE)
    marks = ", ".join("?" * 17)
    began = _clocks()
    for pages in _batches(raw, rows):
        batch = [status for page in pages for status in orjson.loads(page)]
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
    ended = _clocks()
    conn.close()
    return began, ended


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


def main() -> None:
    """Run the case that was asked for."""
    case, raw, rows, folder = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    began, ended = (
        bare(raw, rows, folder) if case == "sqlite3" else ours(raw, rows, folder, again=case.endswith("again"))
    )
    print(ended[0] - began[0], ended[1] - began[1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


if __name__ == "__main__":
    main()
