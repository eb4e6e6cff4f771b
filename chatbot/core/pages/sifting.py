"""Which posts of a chat everybody may read, and what became of each of the others.

Every post gets exactly one fate. A person's own will outranks a host's decision, which outranks a rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from chatbot.core.model import Placement, Post, Visibility
from chatbot.core.privacy import consent
from chatbot.core.record import Record
from chatbot.core.sorting import answers, moderation
from chatbot.core.value import Value

Fate = Literal[
    "shown",
    "own",  # the chat's own posts: questions, welcome, thanks
    "elsewhere",  # another chat with the same hashtag shows it
    "repost",
    "private",
    "refused",
    "lowered",  # a host shows no text of this person
    "unlisted",
    "edit_held",
    "left_out",
    "queued",
    "introduction",
    "word",  # to the bot: "start" is no answer
]


class Sifted(Value, frozen=True):
    """A post with what became of it; `by`, `decided_at` and `why` say whose doing it is where it is not shown."""

    post: Post
    placement: Placement
    fate: Fate
    by: str = ""
    decided_at: datetime | None = None
    why: str = ""
    is_featured: bool = False
    is_flagged: bool = False


def sift(record: Record) -> Mapping[str, Sifted]:
    """Return the fate of every post of a chat, by uri, in the record's order."""
    sieve = _Sieve(record)
    return {post.uri: sieve.sifted(post) for post in record.posts}


class _Sieve:
    """What the fates of all posts of a record are read from, computed once."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.placed = answers.place(record)
        self.judged = moderation.judge(record)
        self.standing = moderation.standing(record.decisions)
        asked = {asking.uri for askings in record.asked.values() for asking in askings}
        self.own = asked | {post.uri for post in record.own_posts}
        self.allowed: dict[str, consent.Consents] = {}

    def sifted(self, post: Post) -> Sifted:
        """Return a post with its fate."""
        placement = self.placed.get(post.uri) or Placement(post.uri, "queued", why="nothing says that it takes part")
        standing = self.standing.get(post.uri)
        verdicts = self.judged.get(post.uri, ())
        featured = standing is not None and standing.featured
        fate = self._will(post, placement)
        if fate is not None:
            return Sifted(post, placement, fate)
        if standing is not None and standing.left_out:
            return Sifted(post, placement, "left_out", standing.by, standing.at, standing.reason)
        if standing is None or not _stands(post, standing, verdicts):
            ruled = self._ruled(post, placement, verdicts)
            if ruled is not None:
                return ruled
        return Sifted(post, placement, "shown", is_featured=featured, is_flagged=bool(verdicts))

    def _will(self, post: Post, placement: Placement) -> Fate | None:
        """Return the fate that no host can change, or None."""
        if post.uri in self.own or post.author.handle.lower() in self.record.bot_handles:
            return "own"
        if post.visibility in (Visibility.DIRECT, Visibility.PRIVATE):
            return "private"
        if placement.role == "elsewhere":
            return "elsewhere"
        allowed = self._allowed(post)
        if not allowed.text:
            return "lowered" if allowed.collect else "refused"
        if not consent.may_show(post, allowed):
            return "unlisted"
        if post.is_repost or placement.role == "repost":
            return "repost"
        held = post.uri in self.record.held_edits
        return None if consent.may_publish(post, allowed, edit_is_held=held) else "edit_held"

    def _ruled(self, post: Post, placement: Placement, verdicts: Sequence[moderation.Verdict]) -> Sifted | None:
        """Return the fate that rules give, unless a host decided otherwise."""
        fates: tuple[tuple[str, Fate], ...] = (("leave-out", "left_out"), ("hold", "queued"))
        for effect, fate in fates:
            for verdict in verdicts:
                if verdict.effect == effect:
                    return Sifted(post, placement, fate, f"rule:{verdict.rule}", None, verdict.reason, is_flagged=True)
        if placement.role == "queued":
            return Sifted(post, placement, "queued", "rule:placing", None, placement.why)
        if placement.role == "word":
            return Sifted(post, placement, "word")
        if placement.role == "introduction" and not self.record.chat.settings.introductions:
            return Sifted(post, placement, "introduction")
        return None

    def _allowed(self, post: Post) -> consent.Consents:
        uri = post.author.uri
        if uri not in self.allowed:
            self.allowed[uri] = consent.of(self.record, post.author)
        return self.allowed[uri]


def _stands(post: Post, standing: moderation.Standing, verdicts: Sequence[moderation.Verdict]) -> bool:
    """Say whether a person took a post in, and its author did not take it out again since."""
    taken = standing.included or standing.featured or standing.assigned is not None
    return taken and not moderation.is_overtaken(post, standing, verdicts)
