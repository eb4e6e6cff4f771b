"""The bot's own account: what is right, wrong or cannot be seen from outside, and mending it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatbot.core import text
from chatbot.platforms.errors import NotFound, PlatformError, Rejected
from chatbot.platforms.mastodon.http import Http
from chatbot.platforms.port import AccountFinding

SCOPES = (
    "read:accounts",
    "read:notifications",
    "read:search",
    "read:statuses",
    "write:accounts",
    "write:favourites",
    "write:media",
    "write:notifications",
    "write:reports",
    "write:statuses",
)

WHEN_CHOSEN = ("write:favourites",)  # of these: only where a community switched it on, so that none lacks it

_CONTACT = re.compile(r"@[\w.-]+@[\w.-]+\.\w+|[\w.+-]+@[\w-]+(?:\.\w+|:\d+)|https?://|(?<!\w)@\w{2,}")
_LEAVE = re.compile(r"\bstop\b", re.IGNORECASE)
_RUN_BY = re.compile(r"\b(run|operated|hosted|maintained|looked after|kept) by\b", re.IGNORECASE)
_POLICY = ("for_not_following", "for_not_followers", "for_new_accounts", "for_private_mentions", "for_limited_accounts")
_OLD_POLICY = ("filter_not_following", "filter_not_followers", "filter_new_accounts", "filter_private_mentions")


@dataclass(frozen=True, slots=True)
class Care:
    """Looks at one account's settings; `credentials` reads the account as its owner sees it."""

    http: Http
    credentials: Callable[[], Mapping[str, Any]]

    def findings(self) -> Sequence[AccountFinding]:
        """Look at everything; raises only when the account itself cannot be read."""
        account = self.credentials()
        return (
            bot_flag(account),
            bio(account),
            self._seen("mentions", self._mentions),
            _unseen_languages(),
            deletion(account),
            self._seen("scopes", self._scopes),
        )

    def mend(self, name: str, value: str = "") -> AccountFinding:
        """Mend one thing and look again."""
        if name == "bot-flag":
            return bot_flag(self._update("bot", "true"))
        if name == "bio" and value.strip():
            return bio(self._update("note", value))
        if name == "mentions":
            return self._accept_mentions()
        raise Rejected(f"There is nothing that can be mended about “{name}” from here.")

    def _update(self, name: str, value: str) -> Mapping[str, Any]:
        answer = self.http.ask("PATCH", "/api/v1/accounts/update_credentials", form=[(name, value)]).json
        return answer if isinstance(answer, dict) else self.credentials()

    def _seen(self, name: str, look: Callable[[], AccountFinding]) -> AccountFinding:
        """Let one failed look be an unknown, not the end of the others."""
        try:
            return look()
        except PlatformError as error:
            return AccountFinding(name, "unknown", f"It could not be looked at. {error}")

    def _mentions(self) -> AccountFinding:
        try:
            return mentions(self.http.get("/api/v2/notifications/policy").json)
        except NotFound:
            pass
        try:
            return mentions(self.http.get("/api/v1/notifications/policy").json)
        except NotFound:
            return AccountFinding("mentions", "fine", "The server filters no mentions.")

    def _accept_mentions(self) -> AccountFinding:
        try:
            accepted = dict.fromkeys(_POLICY, "accept")
            return mentions(self.http.ask("PATCH", "/api/v2/notifications/policy", body=accepted).json)
        except NotFound:
            kept = dict.fromkeys(_OLD_POLICY, False)
            return mentions(self.http.ask("PUT", "/api/v1/notifications/policy", body=kept).json)

    def _scopes(self) -> AccountFinding:
        try:
            return scopes(self.http.get("/api/v1/apps/verify_credentials").json)
        except Rejected:
            return scopes(None)


def bot_flag(account: Mapping[str, Any]) -> AccountFinding:
    """Say whether the account is marked as automated, which decency and most servers ask for."""
    if account.get("bot") is True:
        return AccountFinding("bot-flag", "fine", "The account is marked as automated.")
    return AccountFinding(
        "bot-flag",
        "wrong",
        "The account is not marked as automated; many servers require that of bots.",
        "Mark it as automated.",
        can_mend=True,
    )


def bio(account: Mapping[str, Any]) -> AccountFinding:
    """Say whether the bio names who runs this, whom to write to, and the word to stay out."""
    source = account.get("source")
    note = source.get("note") if isinstance(source, dict) else None
    return bio_of(note if isinstance(note, str) else text.plain(text.spans_from_html(str(account.get("note") or ""))))


def bio_of(words: str) -> AccountFinding:
    """Say what a bio lacks, before it is written or after."""
    missing = [
        what
        for what, sign in (
            ("who runs it (“Run by …”)", _RUN_BY),
            ("whom to write to", _CONTACT),
            ("how to stay out (“write me stop”)", _LEAVE),
        )
        if not sign.search(words)
    ]
    if not missing:
        return AccountFinding("bio", "fine", "The bio says who runs this, whom to write to, and how to stay out.")
    return AccountFinding(
        "bio",
        "wrong",
        f"The bio does not say {_and(missing)}.",
        "Write a bio that does; participants look there first.",
        can_mend=True,
    )


def mentions(policy: object) -> AccountFinding:
    """Say whether every mention reaches the bot: a filtered private message is a `stop` that nobody hears."""
    rows = policy if isinstance(policy, dict) else {}
    filtered = [key for key in _POLICY if rows.get(key, "accept") != "accept"]
    filtered += [key for key in _OLD_POLICY if rows.get(key) is True]
    if not filtered:
        return AccountFinding("mentions", "fine", "Mentions from everybody reach the bot.")
    from_whom = _and([key.partition("_")[2].replace("_", " ") for key in filtered])
    return AccountFinding(
        "mentions",
        "wrong",
        f"The server filters what reaches the bot ({from_whom}).",
        "Accept mentions and private messages from everybody.",
        can_mend=True,
    )


def deletion(account: Mapping[str, Any]) -> AccountFinding:
    """Say whether the account deletes its old posts; Akkoma alone shows it."""
    akkoma = account.get("akkoma")
    if isinstance(akkoma, dict) and "status_ttl_days" in akkoma:
        if akkoma["status_ttl_days"] is None:
            return AccountFinding("automatic-deletion", "fine", "The account keeps its posts.")
        return AccountFinding(
            "automatic-deletion",
            "wrong",
            f"The account deletes its posts after {akkoma['status_ttl_days']} days, and every question with them.",
            "Switch that off in the account's settings.",
        )
    return AccountFinding(
        "automatic-deletion",
        "unknown",
        "The server does not tell apps whether old posts are deleted automatically.",
        "Look under Preferences > Automated post deletion: it must be off, or the questions vanish from the network.",
    )


def _unseen_languages() -> AccountFinding:
    return AccountFinding(
        "language-filter",
        "unknown",
        "The server does not tell apps whether the account hides languages.",
        "Look under Preferences > Other > Filter languages: nothing may be ticked, or answers arrive late.",
    )


def scopes(app: object) -> AccountFinding:
    """Say whether the token may do all the bot needs."""
    granted = app.get("scopes") if isinstance(app, dict) else None
    if not isinstance(granted, list):
        return AccountFinding("scopes", "unknown", "The server does not say what the token may do.")
    needed = [scope for scope in SCOPES if scope not in WHEN_CHOSEN]
    missing = [scope for scope in needed if not {scope, scope.partition(":")[0]} & set(map(str, granted))]
    if not missing:
        return AccountFinding("scopes", "fine", "The token may do all that the bot needs.")
    return AccountFinding(
        "scopes",
        "wrong",
        f"The token may not do all that the bot needs ({', '.join(missing)} is missing).",
        "Sign in again with `chatbot login`, and say yes to all it asks for.",
    )


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
