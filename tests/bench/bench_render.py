"""Rendering a chat's page from its database, against mastodon-archive: `uv run python -m tests.bench.bench_render`.

Ours is measured twice: from the record to the page, as `chatbot run` does it, and as a whole process with all that it
loads (more than half of that is the database library). The peer is a whole process.
"""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from chatbot.core import text, transcript
from chatbot.core.model import Post
from chatbot.core.record import Record
from chatbot.render.html import Place, page
from chatbot.store import chats, posts, records
from chatbot.store.engine import open_store
from tests import people
from tests.bench import big
from tests.bench.peers import installed, interleaved, quiet, report

PEER = "mastodon-archive==1.4.8"
PEERS_ACCOUNT = "gardener@a.test"

_OURS = """
import sys
from pathlib import Path
from chatbot.core import transcript
from chatbot.render.html import Place, page
from chatbot.store import records
from chatbot.store.engine import Store
store = Store(sys.argv[1])
with store.read() as conn:
    record = records.load(conn, sys.argv[2])
Path(sys.argv[3]).write_bytes(page(transcript.build(record), Place()))
"""


def main() -> None:
    """Print medians, ratios and peak memory for 2,000 and 20,000 posts."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as installed: nobody compiles a library at each start
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        for count in (2_000, 20_000):
            _compare(Path(folder) / str(count), count)


def _compare(folder: Path, count: int) -> None:
    folder.mkdir()
    made = list(big.posts(count))
    ours, peers = _stored(folder, made), _peers_archive(folder, made)
    record = _record(folder)
    cases = {
        "build and page": lambda: page(transcript.build(record), Place()),
        "mastodon-archive html": _in(folder, peers),
        "our whole process": quiet(ours),
    }
    goal = "(goal: at most 0.9x)" if count == 2_000 else "(goal: at most 0.6x)"
    report(f"{count:,} posts", interleaved(cases, runs=5), "build and page", {"mastodon-archive html": goal})
    print(f"  peak memory of our whole process: {_peak(ours)} MB   (goal: at most 200 MB at 20,000)")


def _stored(folder: Path, made: Sequence[Post]) -> list[str]:
    series, chat = people.garden_series(), people.garden_chat()
    store = open_store(f"sqlite:///{folder / 'chat.db'}")
    with store.write() as conn:
        chats.save_series(conn, series, file=None, file_hash=None, now=people.STARTS)
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=people.STARTS)
        posts.save(
            conn, made, chat=chat.id, route="tag", now=people.STARTS, secret=b"bench", refuses=lambda post: False
        )
    store.close()
    return [sys.executable, "-c", _OURS, f"sqlite:///{folder / 'chat.db'}", chat.id, str(folder / "page.html")]


def _record(folder: Path) -> Record:
    store = open_store(f"sqlite:///{folder / 'chat.db'}")
    with store.read() as conn:
        record = records.load(conn, people.garden_chat().id)
    store.close()
    return record


def _peers_archive(folder: Path, made: Sequence[Post]) -> list[str]:
    """Write the posts as mastodon-archive keeps them; all as one person's, which is all it knows."""
    account = {
        "id": 1, "username": "gardener", "acct": "gardener", "display_name": "Gardener", "avatar": "",
        "url": "https://a.test/@gardener", "note": "", "header": "", "emojis": [], "fields": [],
        "statuses_count": len(made),
    }  # fmt: skip
    statuses = [_status(nth, post, account) for nth, post in enumerate(made)]
    archive = {"account": account, "statuses": statuses, "favourites": [], "bookmarks": [], "mentions": []}
    (folder / "a.test.user.gardener.json").write_text(json.dumps(archive), "utf-8")
    return [str(installed(PEER) / "mastodon-archive"), "html", "--toots-per-page", str(len(made)), PEERS_ACCOUNT]


def _status(nth: int, post: Post, account: dict[str, object]) -> dict[str, object]:
    return {
        "id": nth, "uri": post.uri, "url": post.url, "account": account, "created_at": post.at.isoformat(),
        "content": f"<p>{html.escape(text.plain(post.spans))}</p>", "visibility": "public", "sensitive": False,
        "spoiler_text": "", "media_attachments": [], "reblog": None, "in_reply_to_id": None, "tags": [], "emojis": [],
        "mentions": [], "favourites_count": post.favourites, "reblogs_count": post.boosts, "replies_count": 0,
        "poll": None, "card": None, "language": "en",
    }  # fmt: skip


def _in(folder: Path, command: Sequence[str]) -> Callable[[], object]:
    return lambda: subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _peak(command: Sequence[str]) -> int:
    """Return the largest memory that one run takes, in megabytes."""
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    return int(subprocess.run([sys.executable, "-c", code, *command], check=True, capture_output=True).stdout)


if __name__ == "__main__":
    main()
