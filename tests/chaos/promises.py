"""What must be so after a night, seen from the server's side and in the bytes of the files."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.folk import SECRET, Folk
from tests.servers import Member, Post, Server

OPEN = ("waiting", "sending", "unknown")
_GIVEN_UP = ("failed", "skipped")


@dataclass(frozen=True)
class Night:
    """A night that is over: both servers, the bot, the people and the program's folder."""

    home: Server
    far: Server
    bot: Member
    folk: Folk
    folder: Path


@dataclass(frozen=True)
class Cue:
    """A cue as the database has it at the end."""

    key: str
    kind: str
    state: str
    reason: str | None
    local_id: str | None


def cues(folder: Path) -> list[Cue]:
    """Return every cue in the order of the night."""
    query = (
        "SELECT key, kind, state, reason, local_id FROM outbox"
        " WHERE kind NOT IN ('notice', 'reply', 'edit') ORDER BY due_at, id"
    )
    with closing(sqlite3.connect(folder / "chatbot.db")) as conn:
        return [Cue(*row) for row in conn.execute(query)]


def broken(night: Night) -> list[str]:
    """Return every promise that was broken, one sentence each."""
    return [*_each_cue_once(night), *_in_order(night), *_nothing_lost(night), *_nothing_private(night)]


def _each_cue_once(night: Night) -> Iterator[str]:
    """Every due cue is visible exactly once, or it is not and a person was told; nothing else is visible."""
    shown = {post.local_id: post for post in _public(night)}
    stands_for = Counter(cue.local_id for cue in cues(night.folder) if cue.local_id)
    for cue in cues(night.folder):
        if cue.state in OPEN:
            yield f"{cue.key} was still {cue.state} when the night was long over"
        elif cue.state == "sent" and cue.local_id not in shown:
            yield f"{cue.key} is called sent, and nobody can see it"
        elif cue.state in _GIVEN_UP and not (cue.reason and _is_told(night)):
            yield f"{cue.key} was given up ({cue.reason}), and no host was told"
    for local_id, post in shown.items():
        if stands_for[local_id] != 1:
            yield f"a post is visible for which {stands_for[local_id]} cues stand: “{post.text[:40]}”"


def _is_told(night: Night) -> bool:
    """Whether a host got a private word."""
    return any(post.visibility == "direct" for post in night.home.posts_of(night.bot))


def _public(night: Night) -> list[Post]:
    return [post for post in night.home.posts_of(night.bot) if post.visibility in ("public", "unlisted")]


def _in_order(night: Night) -> Iterator[str]:
    """Questions go out in order, or a host was told that one could not wait any longer for another."""
    asked = [post.text.split()[0] for post in sorted(_public(night), key=lambda p: p.at) if post.text.startswith("Q")]
    if asked != sorted(asked) and not (_went_ahead(night) and _is_told(night)):
        yield f"questions went out in the order {asked}"


def _went_ahead(night: Night) -> bool:
    with closing(sqlite3.connect(night.folder / "chatbot.db")) as conn:
        return bool(conn.execute("SELECT count(*) FROM audit WHERE event = 'went-ahead'").fetchone()[0])


def unstored(night: Night) -> list[Post]:
    """Return public posts of the chat that the home server shows and the database lacks."""
    with closing(sqlite3.connect(night.folder / "chatbot.db")) as conn:
        known = {uri for (uri,) in conn.execute("SELECT uri FROM post")}
    return [post for post in night.folk.said if post.uri not in known and night.home.by_uri(post.uri) is not None]


def _nothing_lost(night: Night) -> Iterator[str]:
    for post in unstored(night):
        yield f"a public answer is not in the database: “{post.text}”"


def _nothing_private(night: Night) -> Iterator[str]:
    for file in sorted(night.folder.rglob("*")):
        if file.is_file() and SECRET.encode() in file.read_bytes():
            yield f"words of a private post stand in {file.relative_to(night.folder)}"
    archive = night.folder / "archive"
    if not any(archive.rglob("index.html")):
        yield "nothing was published"
