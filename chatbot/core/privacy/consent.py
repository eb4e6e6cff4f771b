"""What a person allows: one table, asked at three doors. A deletion is absolute and never reaches this module.

    word to the bot   bio                     community   collect  text   unlisted text
    stop, forget me   (anything)              (either)    no       no     no
    start             (anything)              (either)    yes      yes    yes
    none              #nobot, #noarchive, …   (either)    no       no     no
    none              nothing of the kind     opt-in      no       no     no
    none              nothing of the kind     opt-out     yes      yes    no

The latest own word wins. `indexable` and `discoverable`, false or absent, only keep a person out of the search index.
A host may lower what is shown of anybody and raise nothing. Whoever blocks the bot or deletes a post is simply no
longer seen: two confirmed absences bury the post for good (`stages.collect`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from functools import lru_cache
from typing import Literal

from chatbot.core.model import Author, Post, Visibility, Word
from chatbot.core.plan import Chat, Defaults, Series
from chatbot.core.record import Record
from chatbot.core.value import Value

Role = Literal["participant", "host", "bot"]
Refusal = bool | Literal["here"]

_BREAK = re.compile(r"<\s*/?\s*(?:br|p|div|li|ul|ol|dd|dt|td|tr)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_NO = re.compile(r"(?<!\w)#?no[-_]?(bot|archive|archiving|index)s?(?!\w)", re.IGNORECASE)


class Consents(Value, frozen=True):
    """What a person allows, and why in one sentence a person understands.

    `collect`: more than an empty node is kept. `text`: what they posted in public is shown; `unlisted` the same for
    quiet-public posts. `name` is "full", "initials", "pseudonyms" or "none"; only with "full" may a link lead to the
    post. `picture`: their avatar is shown. `index`: they are in the search index. `own_no`: they said no themselves,
    by word or bio, and so in every chat, while a community's rule is that of its chats alone.
    """

    collect: bool
    text: bool
    name: str
    index: bool
    why: str
    unlisted: bool = False
    picture: bool = False
    own_no: bool = False

    @property
    def link(self) -> bool:
        """Say whether the post's own address may be given: it tells the name."""
        return self.text and self.name == "full"


class Answer(Value, frozen=True):
    """What a door says, and why; true when it is open."""

    is_open: bool
    why: str

    def __bool__(self) -> bool:
        """Say whether the door is open."""
        return self.is_open


@lru_cache(maxsize=4096)
def words_in_bio(bio: str) -> tuple[str, ...]:
    """Return the words against bots and archives in a bio, normalised: `#nobot`, `#noarchive`, `#noindex`."""
    if "no" not in bio.lower() and bio.isascii():
        return ()
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _TAG.sub("", _BREAK.sub("\n", bio))))
    found = {match[1].lower().replace("archiving", "archive") for match in _NO.finditer(plain)}
    return tuple(sorted(f"#no{word}" for word in found))


def consents(
    author: Author,
    word: Word | None,
    settings: Defaults,
    lowered: Set[str] = frozenset(),
    role: Role = "participant",
) -> Consents:
    """Return what a person allows in a chat with these settings; `word` is their latest own word to the bot."""
    yes, own, why = _decide(author, word, settings, role)
    if not yes:
        return Consents(collect=False, text=False, name="none", index=False, why=why, own_no=own)
    return Consents(
        collect=True,
        text="text" not in lowered,
        name="none" if "name" in lowered else settings.names if role == "participant" else "full",
        index=_in_search(author) and not lowered,
        why=why if not lowered else f"{why} A host lowered what is shown of them: {', '.join(sorted(lowered))}.",
        unlisted=own and "text" not in lowered,
        picture=settings.avatars and not lowered & {"picture", "name"},
    )


def _decide(author: Author, word: Word | None, settings: Defaults, role: Role) -> tuple[bool, bool, str]:
    """Return whether they are in, whether by their own saying, and why; the first row of the table that fits."""
    if role == "bot":
        return True, True, "It is the chat's own account."
    if word is Word.STOP:
        return False, True, "They told the bot to leave them out."
    if word is Word.FORGET:
        return False, True, "They asked to be forgotten."
    if word is Word.START:
        return True, True, "They told the bot they want to be in."
    if said := words_in_bio(author.bio):
        return False, True, f"Their bio says {' and '.join(said)}."
    if role == "host":
        return True, False, "They host this chat or are its guest."
    if settings.consent == "opt-in":
        return False, False, "This community keeps only what people said yes to, and they have not."
    return True, False, "They were told how to stay out and did not."


def _in_search(author: Author) -> bool:
    told = author.indexable is True and author.discoverable is True and author.noindex is not True
    return told and not words_in_bio(author.bio)


def of(record: Record, author: Author) -> Consents:
    """Return what a person allows in a chat as recorded."""
    word, lowered = record.words.of(author), record.lowered.get(author.uri, frozenset())
    role = role_of(author, record.host_handles, record.bot_handles)
    return consents(author, word, record.chat.settings, lowered, role)


def role_of(author: Author, hosts: Set[str], bots: Set[str]) -> Role:
    """Say as what a person takes part; handles are `user@host` in lower case."""
    handle = author.handle.lower()
    return "bot" if handle in bots else "host" if handle in hosts else "participant"


def hosts_of(series: Series, chat: Chat) -> frozenset[str]:
    """Return the accounts of everybody who runs a chat or is its guest, `user@host` in lower case."""
    people = (person.account for person in (*series.hosts, *chat.guests))
    return frozenset(account.lstrip("@").lower() for account in (*people, *series.cohosts) if account)


def may_store(post: Post, allowed: Consents) -> Answer:
    """The first door: may the content be kept? If not, at most an empty node is."""
    if post.visibility not in (Visibility.PUBLIC, Visibility.UNLISTED):
        return Answer(False, "It was written to few people and is read for commands only.")
    return Answer(allowed.collect, allowed.why)


def refusal(post: Post, allowed: Consents) -> Refusal:
    """Say whether of a post an empty node is kept at most: in every chat, or, by the community's rule, only "here"."""
    if may_store(post, allowed):
        return False
    return True if allowed.own_no else "here"


def may_show(post: Post, allowed: Consents) -> Answer:
    """The second door: may hosts and readers see the text?"""
    if not (stored := may_store(post, allowed)):
        return stored
    if not allowed.text:
        return Answer(False, allowed.why)
    if post.visibility is Visibility.UNLISTED and not allowed.unlisted:
        return Answer(False, "It is a quiet public post, and its author has not said yes to showing those.")
    return Answer(True, allowed.why)


def may_publish(post: Post, allowed: Consents, *, edit_is_held: bool = False) -> Answer:
    """The third door: may it be in a page, feed, export or index that leaves the house?"""
    if not (shown := may_show(post, allowed)):
        return shown
    if edit_is_held:
        return Answer(False, "It was edited after it was published, and a host has not looked at the edit yet.")
    return shown
