"""From the database to one page, against mastodon-archive: `uv run python -m tests.bench.render`.

Two figures are told apart. As a whole process: a person types `chatbot export`, as they would type the peer's command,
and waits for Python and every library too. In a running program: what the same page costs `chatbot run`, which makes it
again and again. `chatbot render` is told beside them: it writes that page twice (by question, by time), six more forms
of it, feeds, a calendar, words to find, and the index of a search box. All times are the processor's: each of these
commands keeps one core busy from its start to its end.
"""

from __future__ import annotations

import html
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from chatbot.cli import collect_rarely
from chatbot.config import load
from chatbot.core import text
from chatbot.core.model import Post, Visibility
from chatbot.render import formats
from chatbot.stages.view import transcript_of
from chatbot.store import chats, posts
from chatbot.store.engine import open_store
from tests import people
from tests.bench.peers import cpu_seconds, installed, interleaved, report
from tests.fakes import person

PEER = "mastodon-archive==1.4.8"
PEERS_ACCOUNT = "gardener@a.test"

_RUNNING = "the page"
_LEAST = "Click, SQLAlchemy, Jinja alone"  # `least.py`
_RUNS = {2_000: 9, 20_000: 3}
_GOALS = {2_000: "(goal: at most 0.9x)", 20_000: "(goal: at most 0.6x)"}
_MOST_MEMORY = 200  # MB at 20,000 posts

_WORDS = (
    "soil compost beans frost heap worms leaves spade rain seed tomato garden winter spring slug bucket straw mulch"
    " roots neighbour balcony river kitchen peel shade light night patience harvest pear apple fence hedge bed plan"
)


def main() -> None:
    """Print medians, ratios and peak memory for 2,000 and 20,000 posts."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as installed: nobody compiles a library at each start
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        for count in _RUNS:
            _compare(Path(folder) / str(count), count)


def _compare(folder: Path, count: int) -> None:
    folder.mkdir()
    made = list(_made_up(count))
    ours = shutil.which("chatbot") or sys.exit("chatbot is not installed here: uv sync")
    chat = _stored(folder, made)
    commands = {
        "chatbot export": [ours, "export", chat, "--format", "html", "--out", "page.html"],
        "mastodon-archive html": _peers_archive(folder, made),
        "chatbot render": [ours, "render"],
        _LEAST: [sys.executable, str(Path(__file__).with_name("least.py")), chat],
    }
    cases = {name: _in(folder, command) for name, command in commands.items()}
    medians = interleaved({**cases, _RUNNING: _running(folder, chat)}, runs=_RUNS[count], clock=cpu_seconds)
    running = medians.pop(_RUNNING)
    report(f"{count:,} posts, whole process", medians, "chatbot export", {"mastodon-archive html": _GOALS[count]})
    for name, command in commands.items():
        print(f"  {name:32} {_peak(folder, command):6} MB at most   {_goal_of_memory(name, count)}".rstrip())
    print(f"  {_LEAST} take {medians[_LEAST] / medians['mastodon-archive html']:.2f}x of mastodon-archive html")
    print(f"{count:,} posts, in a running program")
    ratio = running / medians["mastodon-archive html"]
    print(f"  {_RUNNING:32} {running * 1000:9.1f} ms   takes {ratio:.2f}x of mastodon-archive html, its start counted")
    if count == min(_RUNS):
        _tell_what_is_spent(folder, chat)


def _tell_what_is_spent(folder: Path, chat: str) -> None:
    """Print what the whole process of `chatbot export` spends its time on."""
    command = [sys.executable, str(Path(__file__).with_name("spent.py")), chat]
    runs = [
        json.loads(subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE).stdout)
        for _ in range(_RUNS[min(_RUNS)])
    ]
    print("of `chatbot export`, whole process")
    for name in runs[0]:
        print(f"  {name:50} {statistics.median(run[name] for run in runs):7.1f} ms")


def _running(folder: Path, chat: str) -> Callable[[], object]:
    """Make a case of what a running program does for one page: read, sort, build, write."""
    collect_rarely()
    config = load(str(folder / "chatbot.toml"))
    store = open_store(config.database)
    return lambda: formats.WRITERS["html"](transcript_of(store, config, chat))


def _goal_of_memory(name: str, count: int) -> str:
    return f"(goal: {_MOST_MEMORY} MB)" if count == max(_RUNS) and name.startswith("chatbot") else ""


def _made_up(count: int, seed: int = 7) -> Iterator[Post]:
    """Make posts of an hour, the same each time: two in five answer by number, the rest reply to one another."""
    dice = random.Random(seed)
    words = _WORDS.split()
    authors = [person(f"@p{n}@s{n % 12}.test", name=f"Person Number {n}") for n in range(max(count // 12, 5))]
    made: list[str] = []
    for nth in range(count):
        author = dice.choice(authors)
        said = " ".join(dice.choices(words, k=dice.randint(6, 40)))
        is_answer = nth < 20 or dice.random() < 0.4
        words_of_post = f"A{dice.randint(1, 6)} {said} #GardenChat" if is_answer else said
        if dice.random() < 0.08:
            words_of_post += f" https://example.test/{nth}"
        uri = f"{author.uri}/statuses/{nth}"
        yield Post(
            uri=uri,
            url=f"{author.url}/{nth}",
            at=people.STARTS + timedelta(milliseconds=3_600_000 * nth // count),
            author=author,
            spans=text.spans_from_text(words_of_post),
            visibility=Visibility.PUBLIC,
            server="a.test",
            local_id=str(nth),
            parent_uri=None if is_answer else dice.choice(made[-200:]),
            language="en",
            hashtags=("gardenchat",) if is_answer else (),
            favourites=dice.randint(0, 9),
            boosts=dice.randint(0, 3),
        )
        made.append(uri)


def _stored(folder: Path, made: Sequence[Post]) -> str:
    """Store the posts as those of a published chat, with settings beside them, and return the chat's id."""
    (folder / "chatbot.toml").write_text('[accounts.gardenbot]\nserver = "https://a.test"\n', "utf-8")
    series, chat = people.garden_series(), people.garden_chat()
    store = open_store(f"sqlite:///{folder / 'chatbot.db'}")
    with store.write() as conn:
        chats.save_series(conn, series, file=None, file_hash=None, now=people.STARTS)
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=people.STARTS)
        posts.save(
            conn, made, chat=chat.id, route="tag", now=people.STARTS, secret=b"bench", refuses=lambda post: False
        )
        chats.approve(conn, chat.id, "bench", people.STARTS)
    store.close()
    return chat.id


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


def _peak(folder: Path, command: Sequence[str]) -> int:
    """Return the largest memory that one run takes, in megabytes."""
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    said = subprocess.run([sys.executable, "-c", code, *command], cwd=folder, check=True, capture_output=True)
    return int(said.stdout)


if __name__ == "__main__":
    main()
