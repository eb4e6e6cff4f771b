"""The community at work: a thread for the people of `script`, who act on the server as anybody's app would."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chatbot.demo import pictures
from chatbot.demo.moves import Move
from chatbot.demo.people import BOT, BY_USER, HASHTAG, HOST
from chatbot.demo.script import QUESTIONS, SCRIPT


class Phone:
    """Anybody's app: acts on the server as one of the members and reads what everybody may read."""

    def __init__(self, server: str) -> None:
        import httpx2

        self._http = httpx2.Client(base_url=server, timeout=20)

    def call(self, who: str, method: str, path: str, **what: Any) -> Any:
        """Make a call as a member and return the decoded answer; raises on any error."""
        answer = self._http.request(method, path, headers={"Authorization": f"Bearer {BY_USER[who].token}"}, **what)
        answer.raise_for_status()
        return answer.json()

    def bot_posts(self) -> list[dict[str, Any]]:
        """Return every post of the bot that anybody may see, newest first."""
        me = self.call(BOT, "GET", "/api/v1/accounts/verify_credentials")
        posts: list[dict[str, Any]] = self.call(
            HOST, "GET", f"/api/v1/accounts/{me['id']}/statuses", params={"limit": 40}
        )
        return posts

    def posts_of(self, user: str) -> list[dict[str, Any]]:
        """Return a member's newest posts."""
        account = self.call(HOST, "GET", "/api/v1/accounts/lookup", params={"acct": user})
        posts: list[dict[str, Any]] = self.call(
            HOST, "GET", f"/api/v1/accounts/{account['id']}/statuses", params={"limit": 40}
        )
        return posts

    def close(self) -> None:
        """Hang up."""
        self._http.close()


@dataclass
class Community:
    """Plays the script. `made` maps a move's name to what the server returned for it; `log` tells what happened."""

    server: str
    spacing: float  # seconds between two questions
    said: Callable[[str, str], None] = lambda who, what: None
    host_leaves_out: Callable[[str], None] = lambda address: None
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    anchors: dict[str, dict[str, Any]] = field(default_factory=dict)  # "Q1" -> the bot's post
    appeared: dict[str, float] = field(default_factory=dict)
    left: list[Move] = field(default_factory=lambda: list(SCRIPT))
    by_hand: bool = False

    def run(self, stopped: threading.Event) -> None:
        """Play until every move is made or the night is over."""
        phone = Phone(self.server)
        try:
            while self.left and not stopped.wait(0.1):
                self._look(phone)
                self._help_with_q4(phone)
                for move in [m for m in self.left if self._is_time_for(m)]:
                    self._make(phone, move)
                    self.left.remove(move)
        finally:
            phone.close()

    def _look(self, phone: Phone) -> None:
        for post in reversed(phone.bot_posts()):
            name = _anchor(post)
            if name and name not in self.anchors:
                self._note(name, post)

    def _note(self, name: str, post: dict[str, Any]) -> None:
        self.anchors[name] = post
        self.appeared[name] = time.monotonic()

    def _help_with_q4(self, phone: Phone) -> None:
        """Rosa sees that Q4 does not come, and posts it by hand."""
        if self.by_hand or "Q3" not in self.appeared or "Q4" in self.anchors:
            return
        if time.monotonic() - self.appeared["Q3"] > 1.35 * self.spacing:
            self.by_hand = True
            text = f"Q4 {QUESTIONS[3]} (the server is slow tonight, so I ask this one by hand) #{HASHTAG}"
            post = phone.call(HOST, "POST", "/api/v1/statuses", json={"status": text, "visibility": "public"})
            self._note("Q4", post)
            self.made["by-hand"] = post
            self.said(HOST, text)

    def _is_time_for(self, move: Move) -> bool:
        since = self.appeared.get(move.when)
        return since is not None and time.monotonic() - since >= move.after * self.spacing

    def _make(self, phone: Phone, move: Move) -> None:
        if move.act == "post":
            self._post(phone, move)
            return
        target = self.made[move.reply_to]
        path = f"/api/v1/statuses/{target['id']}"
        match move.act:
            case "edit":
                self.made[f"{move.reply_to} edited"] = phone.call(move.who, "PUT", path, json={"status": move.text})
            case "delete":
                phone.call(move.who, "DELETE", path)
            case "boost":
                phone.call(move.who, "POST", f"{path}/reblog")
            case "leave out":
                self.host_leaves_out(target["url"])
            case "favourite":
                phone.call(move.who, "POST", f"{path}/favourite")

    def _post(self, phone: Phone, move: Move) -> None:
        body: dict[str, Any] = {"status": move.text, "visibility": str(move.visibility), "language": move.language}
        if move.reply_to:
            body["in_reply_to_id"] = (self.made.get(move.reply_to) or self.anchors[move.reply_to])["id"]
        if move.warning:
            body |= {"spoiler_text": move.warning, "sensitive": True}
        if move.picture:
            file = ("picture.png", pictures.draw(move.picture), "image/png")
            described = {"description": move.alt} if move.alt else {}
            media = phone.call(move.who, "POST", "/api/v2/media", files={"file": file}, data=described)
            body["media_ids"] = [media["id"]]
        made = phone.call(move.who, "POST", "/api/v1/statuses", json=body)
        self.made[move.name or f"{move.who} {move.when} {move.after}"] = made
        self.said(move.who, move.text)


def _anchor(post: dict[str, Any]) -> str | None:
    """Name a post of the bot by how it begins: Q1 … Q6, welcome or thanks."""
    text = re.sub(r"<[^>]+>", " ", post["content"]).strip()
    if asked := re.match(r"Q[1-6]\b", text):
        return asked[0]
    return next(
        (name for name, begins in (("welcome", "Welcome"), ("thanks", "Thank")) if text.startswith(begins)), None
    )
