"""What rules say of posts and what people decided: rules flag or hold, people leave out, and people outrank rules.

A rule is one function of a post and the record's `Scene`: it returns what it found, or None. A new rule is one more
function and its line in `RULES`. Hosts, guests and co-hosting accounts are under no rule.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from chatbot.core import text
from chatbot.core.model import Decision, DecisionKind, Post
from chatbot.core.record import Record
from chatbot.core.value import Value, replace

Effect = Literal["flag", "hold", "leave-out"]

MANY_TAGS = 8  # real answers carry one to three
UNTAGGED = "untagged"


class Verdict(Value, frozen=True):
    """What one rule says of a post: it only flags it, holds it for a person, or leaves it out."""

    rule: str
    effect: Effect
    reason: str


class Scene(Value, frozen=True):
    """What rules may look at besides the post itself."""

    record: Record
    repeated: frozenset[str]  # bodies with a link that were posted more than once
    accounts: frozenset[str]  # that the series blocks
    domains: tuple[str, ...]
    words: re.Pattern[str] | None
    tags: frozenset[str]  # the chat's own


class Rule(Value, frozen=True):
    """A named check; `effect` is what a hit does unless the community switched the rule to automatic."""

    name: str
    effect: Effect
    finds: Callable[[Post, Scene], str | None]


def judge(record: Record) -> Mapping[str, tuple[Verdict, ...]]:
    """Return what the rules say, for posts of which any says something."""
    scene = _scene(record)
    spared = record.host_handles | record.bot_handles
    automatic = frozenset(record.chat.settings.automatic)
    judged = {
        post.uri: _verdicts(post, scene, automatic)
        for post in record.posts
        if not post.is_repost and post.author.handle.lower() not in spared
    }
    return {uri: verdicts for uri, verdicts in judged.items() if verdicts}


def _verdicts(post: Post, scene: Scene, automatic: frozenset[str]) -> tuple[Verdict, ...]:
    found = []
    for rule in RULES:
        if reason := rule.finds(post, scene):
            found.append(Verdict(rule.name, "leave-out" if rule.name in automatic else rule.effect, reason))
    return tuple(found)


def _scene(record: Record) -> Scene:
    settings = record.chat.settings
    bodies = Counter(body for body in map(_linked_body, record.posts) if body)
    return Scene(
        record,
        frozenset(body for body, times in bodies.items() if times > 1),
        frozenset(account.lstrip("@").lower() for account in settings.blocked_accounts),
        tuple(domain.lower().lstrip("@").removeprefix("*.").strip(".") for domain in settings.blocked_domains),
        _word_pattern(settings.blocked_words),
        frozenset(map(text.normalise_tag, (*record.chat.hashtags, *record.series.hashtags))),
    )


# the rules


def _blocked_account(post: Post, scene: Scene) -> str | None:
    blocked = post.author.handle.lower() in scene.accounts
    return "The community blocks this account." if blocked else None


def _blocked_domain(post: Post, scene: Scene) -> str | None:
    host = post.author.handle.rpartition("@")[2].lower()
    return "The community blocks this account's server." if _is_under(host, scene.domains) else None


def _linked_domain(post: Post, scene: Scene) -> str | None:
    hosts = (urlsplit(link.url).hostname or "" for link in text.links(post.spans)) if scene.domains else ()
    blocked = any(_is_under(host, scene.domains) for host in hosts)
    return "It links to a site that the community blocks." if blocked else None


def _blocked_word(post: Post, scene: Scene) -> str | None:
    if scene.words is None:
        return None
    said = "\n".join((text.plain(post.spans), post.warning, *(media.alt or "" for media in post.media)))
    match = scene.words.search(_for_words(said))
    return f"It has a word that the community blocks: \u201c{match[0]}\u201d." if match else None


def _bot(post: Post, scene: Scene) -> str | None:
    return "Its account says that it is a bot, and it is none of the hosts' or co-hosts'." if post.author.bot else None


def _many_tags(post: Post, scene: Scene) -> str | None:
    count = len({text.normalise_tag(tag) for tag in post.hashtags} - scene.tags)
    return f"It carries {count} other hashtags." if count >= MANY_TAGS else None


def _only_a_link(post: Post, scene: Scene) -> str | None:
    if post.author.uri not in scene.record.first_timers or not text.links(post.spans):
        return None
    said = "".join(span.text for span in post.spans if span.kind == "text")
    return "It is only a link, from somebody new." if len(re.findall(r"\w{2,}", said)) < 3 else None


def _repeated(post: Post, scene: Scene) -> str | None:
    body = _linked_body(post)
    return "The same words with a link were posted more than once." if body in scene.repeated else None


def _untagged(post: Post, scene: Scene) -> str | None:
    """Know a post whose author took the hashtag out, which is how one leaves a chat without a word to the bot.

    What hangs on another post, or names the bot, is part of the chat without the hashtag.
    """
    if post.edited_at is None or not scene.tags.isdisjoint(map(text.normalise_tag, post.hashtags)):
        return None
    hangs = (post.parent_uri, post.parent_local_id, post.quote_uri, post.quote_local_id)
    calls = any(mention.handle.lower() in scene.record.bot_handles for mention in post.mentions)
    return None if any(hangs) or calls else "The hashtag was taken out by an edit."


RULES: tuple[Rule, ...] = (
    Rule("blocked-account", "leave-out", _blocked_account),
    Rule("blocked-domain", "leave-out", _blocked_domain),
    Rule("bot", "leave-out", _bot),
    Rule("blocked-word", "hold", _blocked_word),
    Rule("linked-domain", "hold", _linked_domain),
    Rule(UNTAGGED, "hold", _untagged),
    Rule("many-tags", "flag", _many_tags),
    Rule("only-a-link", "flag", _only_a_link),
    Rule("repeated", "flag", _repeated),
)


def _is_under(host: str, domains: Iterable[str]) -> bool:
    """Tell whether a host is one of the domains or below one: `far.test` covers `www.far.test`."""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains if domain)


def _linked_body(post: Post) -> str | None:
    if post.is_repost or not text.links(post.spans):
        return None
    return " ".join(text.plain(post.spans, full_links=True).lower().split())


def _for_words(said: str) -> str:
    """Return text as blocked words are looked for in it: NFKC, lower case, without zero-width characters."""
    return text.readable(said).casefold()


@lru_cache(maxsize=32)
def _word_pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return an expression for whole words; "spaaam" is found as "spam", but "hoop" is not taken for "hop"."""
    wanted = sorted({_for_words(word.strip()) for word in words if word.strip()}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_stretched, wanted))})(?!\w)") if wanted else None


def _stretched(word: str) -> str:
    runs = re.findall(r"\s+|(\S)(\1*)", word)
    return "".join(rf"(?:{re.escape(c)}{{{len(more) + 1}}}|{re.escape(c)}{{3,}})" if c else r"\s+" for c, more in runs)


# what people decided


class Standing(Value, frozen=True):
    """What people's decisions about one post come to; `by`, `at` and `reason` are those of the latest that stands.

    `assigned` is a question's id, or "none".
    """

    included: bool = False
    left_out: bool = False
    assigned: str | None = None
    featured: bool = False
    by: str = ""
    at: datetime | None = None
    reason: str = ""


def standing(decisions: Sequence[Decision]) -> Mapping[str, Standing]:
    """Return what stands of people's decisions, by post; posts of which nothing stands are left out."""
    return {uri: _summed(stands) for uri, stands in _not_undone(decisions).items() if stands}


def latest(decisions: Sequence[Decision], post_uri: str) -> Decision | None:
    """Return the last decision on a post that was not undone: the one that an undo would take back."""
    stands = _not_undone(decisions).get(post_uri)
    return stands[-1] if stands else None


def is_overtaken(post: Post, stands: Standing, verdicts: Iterable[Verdict]) -> bool:
    """Say whether a post's author took it out of the chat after a person had decided about it."""
    untagged = any(verdict.rule == UNTAGGED for verdict in verdicts)
    return untagged and stands.at is not None and post.edited_at is not None and stands.at < post.edited_at


def _not_undone(decisions: Sequence[Decision]) -> Mapping[str, list[Decision]]:
    """Return the decisions that stand, by post, oldest first; each undo takes the last one back."""
    stands: dict[str, list[Decision]] = {}
    for decision in sorted(decisions, key=lambda d: (d.id is None, d.id or 0, d.at)):
        of_post = stands.setdefault(decision.post_uri, [])
        if decision.kind is DecisionKind.UNDO:
            del of_post[-1:]
        else:
            of_post.append(decision)
    return stands


def _summed(stands: Sequence[Decision]) -> Standing:
    whole = Standing()
    for decision in stands:
        whole = replace(_with(whole, decision), by=decision.by, at=decision.at, reason=decision.reason)
    return whole


def _with(whole: Standing, decision: Decision) -> Standing:
    if decision.kind is DecisionKind.LEAVE_OUT:
        return replace(whole, included=False, left_out=True, featured=False)
    if decision.kind is DecisionKind.ASSIGN:
        return replace(whole, assigned=decision.value)
    featured = whole.featured or decision.kind is DecisionKind.FEATURE
    return replace(whole, included=True, left_out=False, featured=featured)
