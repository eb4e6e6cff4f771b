"""The demo checks itself: from the server's side, and from the bytes of every file it wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.demo.community import Community, Phone
from chatbot.demo.moves import Move
from chatbot.demo.people import BOT, HOST
from chatbot.demo.script import QUESTIONS, SCRIPT


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, whether it was kept, and what was seen."""

    promise: str
    kept: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Account:
    """What happened to one awkward post and why."""

    what: str
    text: str
    where: str
    why: str
    as_expected: bool


@dataclass(frozen=True, slots=True)
class Evening:
    """What the checks look at: the server, what the community did there, and the folder of the demo."""

    server: str
    community: Community
    folder: Path

    @property
    def transcript(self) -> dict[str, Any]:
        """Return the published JSON of the chat."""
        file = next((self.folder / "archive").rglob("transcript.json"))
        published: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return published

    def entry(self, move: str) -> dict[str, Any] | None:
        """Find the published entry of the post a move made."""
        uri = self.community.made[move]["uri"]
        return next((post for post in self.transcript["posts"] if post["uri"] == uri), None)


def check(evening: Evening) -> list[Check]:
    """Look at every promise the demo shows."""
    return [
        _every_question_once(evening),
        _questions_in_order(evening),
        _nothing_lost(evening),
        *_no_bytes(evening),
        _asked_to_forget(evening),
    ]


def accounts(evening: Evening) -> list[Account]:
    """Tell what happened to each awkward post."""
    return [_account(evening, move) for move in SCRIPT if move.awkward and move.expects] + [_edited(evening)]


def made_again(folder: Path, render: Callable[[], object]) -> Check:
    """Render the archive once more from what is stored, and compare every byte."""
    before = _contents(folder / "archive")
    render()
    other = [name for name, content in _contents(folder / "archive").items() if before.get(name) != content]
    return Check(
        "Everything can be made again from what is stored",
        not other,
        f"rendered once more: {len(before)} files, "
        + (f"different: {', '.join(other)}" if other else "the same bytes"),
    )


def _contents(folder: Path) -> dict[str, bytes]:
    pages = (file for file in _files(folder) if "pagefind" not in file.parts)  # an index of another program's making
    return {str(file.relative_to(folder)): file.read_bytes() for file in pages}


def unexpected(evening: Evening) -> list[str]:
    """Name every other post that does not stand where it should."""
    moves = [move for move in SCRIPT if move.expects and move.name in evening.community.made]
    return [f"{move.name}: {_where(evening, move)}" for move in moves if not _stands_right(evening, move)]


def _every_question_once(evening: Evening) -> Check:
    phone = Phone(evening.server)
    posts = phone.bot_posts() + phone.posts_of(HOST)
    phone.close()
    times = [sum(text in post["content"] for post in posts if _asks(post)) for text in QUESTIONS]
    return Check(
        "Every question is visible exactly once",
        times == [1] * len(QUESTIONS),
        f"the server shows them {', '.join(map(str, times))} times; Q2's answer was lost, Q4 is Rosa's own post",
    )


def _asks(post: dict[str, Any]) -> bool:
    return post["visibility"] == "public" and post["in_reply_to_id"] is None


def _questions_in_order(evening: Evening) -> Check:
    at = [evening.community.anchors[f"Q{n}"]["created_at"] for n in range(1, len(QUESTIONS) + 1)]
    return Check("The questions went out in order", at == sorted(at), "by the server's own times")


def _nothing_lost(evening: Evening) -> Check:
    known = {post["uri"] for post in evening.transcript["posts"]}
    hidden = {move.name for move in SCRIPT if move.expects and move.expects.where in ("absent", "left_out", "queued")}
    public = [m for m in SCRIPT if m.act == "post" and m.name and m.name not in hidden]
    lost = [m.name for m in public if evening.community.made[m.name]["uri"] not in known]
    return Check(
        "Every public answer is in the archive",
        not lost,
        f"{len(public)} posts looked for, tagged or not" + (f"; missing: {', '.join(lost)}" if lost else ""),
    )


def _no_bytes(evening: Evening) -> Iterator[Check]:
    everywhere, archive = evening.folder, evening.folder / "archive"
    for promise, folder, words in (
        ("Not a word of the person who said #nobot is in any file", everywhere, ("celeriac",)),
        ("Nobody else's post names her in the archive", archive, ("@june", "june@")),
        ("Nothing of the person who wrote “forget me” is in any file", everywhere, ("Mill Lane", "@lena", "lena@")),
        ("Nothing of the deleted post is in any file", everywhere, ("told my boss",)),
        ("No quiet public post and no left-out post is published", archive, ("stairwell", "CHEAP SEEDS")),
        ("No private message is in any file", everywhere, ("@gardenbot forget me",)),
    ):
        found = sorted({f"“{word}” in {file.name}" for file, word in files_with(folder, words)})
        yield Check(
            promise, not found, "; ".join(found) or f"{sum(1 for _ in _files(folder))} files read, byte by byte"
        )


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def files_with(folder: Path, words: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Yield each file below a folder whose bytes hold one of the words, with the word."""
    for file in _files(folder):
        content = file.read_bytes()
        yield from ((file, word) for word in words if word.encode() in content)


def _asked_to_forget(evening: Evening) -> Check:
    phone = Phone(evening.server)
    me = phone.call("lena", "GET", "/api/v1/notifications", params={"types[]": "mention"})
    told = [n for n in me if n["account"]["username"] == BOT and n["status"]["visibility"] == "direct"]
    phone.close()
    return Check("She was told so, privately", bool(told), f"{len(told)} private answer from the bot")


def _account(evening: Evening, move: Move) -> Account:
    assert move.expects is not None
    return Account(move.awkward, move.text, _where(evening, move), move.expects.why, _stands_right(evening, move))


def _edited(evening: Evening) -> Account:
    entry = evening.entry("barrow") or {}
    right = "patience" in entry.get("text", "")
    return Account(
        "an edit", "… And patience.", "the new wording", "an edit replaces the text; the old one is not kept", right
    )


def _stands_right(evening: Evening, move: Move) -> bool:
    assert move.expects is not None
    entry, expected = evening.entry(move.name), move.expects
    match expected.where:
        case "absent":
            return entry is None
        case "left_out" | "queued":
            return entry is None or (entry["state"] == expected.where and not entry.get("text"))
        case "also_said":
            return entry is not None and entry["state"] == "also_said"
        case "under":
            return entry is not None and entry["under"] == evening.community.made[expected.under]["uri"]
        case _:
            return entry is not None and entry["state"] == "shown" and entry["answers"] == list(expected.questions)


def _where(evening: Evening, move: Move) -> str:
    entry = evening.entry(move.name)
    if entry is None or not entry.get("text"):
        return "not in the archive"
    if entry["answers"]:
        return "under " + " and ".join(f"Q{n}" if isinstance(n, int) else str(n) for n in entry["answers"])
    if entry["under"]:
        return "in the talk below an answer"
    return "under “Also said”" if entry["state"] == "also_said" else str(entry["state"])
