"""Which word a post says to the bot: only when its whole text, after mentions and hashtags, is that word.

"Stop!" is a command, "Stop digging!" is an answer. Decided here, and held by a table of traps in the tests:

- case, surrounding punctuation, quotation marks, backticks and emoji do not matter ("`pause`", "STOP!!", "stop 🛑",
  "stop :blobcat_sad:"), nor do the marks that tell which way a text runs;
- a question mark makes a question of it, never a command ("Stop?"), save for "what do you have?", which is one;
- a struck-out word (`~~stop~~`) is not said; a content warning is no part of the text, since replies inherit it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from urllib.parse import urlsplit

from chatbot.core.model import Author, Span


class HostCommand(StrEnum):
    """What a host may order by private message."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    YES_STOP = "yes stop"
    NEXT = "next"
    SKIP = "skip"
    PUBLISH = "publish"
    ALSO = "also"  # with a hashtag
    FORGET = "forget me"


class PersonWord(StrEnum):
    """What anybody may ask of the bot about themselves, in a post of any visibility."""

    STOP = "stop"
    START = "start"
    FORGET = "forget me"
    HELD = "what do you have"


_HOST_COMMANDS: Mapping[str, HostCommand] = {
    **{command.value: command for command in HostCommand},
    "yes, stop": HostCommand.YES_STOP,
}
_PERSON_WORDS: Mapping[str, PersonWord] = {
    **{word.value: word for word in PersonWord},
    **{f"what do you have {of} me": PersonWord.HELD for of in ("about", "of", "on")},
}

# Servers that do not mark up mentions and hashtags leave them in the text.
_NAMED = re.compile(r"(?<![\w@#/])[@#][\w][\w.\-]*(?:@[\w][\w.\-]*\w)?")
# Servers leave a custom emoji in the text as its shortcode; a heart is made of signs that are no punctuation.
_EMOTE = re.compile(r"(?<!\w):[a-zA-Z0-9_]{2,}:(?!\w)|(?<!\S)</?3(?!\S)")
_INVISIBLE = re.compile(
    r"[\u034f\u061c\u180e\u202a-\u202e\u200b-\u200f\u2060-\u2069\ufeff\ufe0e\ufe0f\u20e3\u00ad\U000e0020-\U000e007f]"
)


def host_command(spans: Iterable[Span]) -> HostCommand | None:
    """Return the host's command that these spans are, or None."""
    return _HOST_COMMANDS.get(whole_text(spans))


def person_word(spans: Iterable[Span]) -> PersonWord | None:
    """Return the participant's word that these spans are, or None."""
    said = whole_text(spans)
    return _PERSON_WORDS.get(said) or _asked(said)


def hashtags(spans: Iterable[Span]) -> tuple[str, ...]:
    """Return the hashtags a post names, in order; some servers do not mark them up."""
    found: list[str] = []
    for span in spans:
        if span.kind == "hashtag":
            found.append(span.text)
        elif span.kind == "text":
            found += [name for name in _NAMED.findall(unicodedata.normalize("NFKC", span.text)) if name[0] == "#"]
    return tuple(dict.fromkeys(found))


def whole_text(spans: Iterable[Span]) -> str:
    """Return what is left of a post after mentions and hashtags: folded, one space between words, edges bare."""
    text = "".join(" " if span.kind in ("mention", "hashtag") else span.text for span in spans)
    text = _NAMED.sub(" ", text)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _EMOTE.sub(" ", text)))
    return _bare(" ".join(text.casefold().split()))


def account_of(author: Author) -> str | None:
    """Return who wrote as `user@host`, folded, or None where the person's own server does not vouch for the address.

    The host of the canonical address has to be that of the handle, or one below it (servers may keep their people
    under `example.org` and run at `social.example.org`).
    """
    account = folded(author.handle)
    host, own = account.rpartition("@")[2], _ascii((urlsplit(author.uri).hostname or "").casefold())
    agrees = own == host or own.endswith(f".{host}")
    return account if account and agrees else None


def folded(handle: str) -> str:
    """Return `user@host` in the one form that can be compared, or nothing where it is no such address."""
    user, _at, host = handle.strip().lstrip("@").casefold().rpartition("@")
    host = _ascii(host)
    return f"{user}@{host}" if user and "." in host else ""


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return ""


def _asked(said: str) -> PersonWord | None:
    """Accept a question mark where the word is a question."""
    word = _PERSON_WORDS.get(_bare(said.rstrip("? ")))
    return word if word is PersonWord.HELD else None


def _bare(text: str) -> str:
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]):
        start += 1
    while end > start and _is_edge(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_edge(character: str) -> bool:
    """Tell whether a character beside the word says nothing: emoji, spaces, punctuation but `?`; never `~` or `¬`."""
    if character in "?؟¿⁇":
        return False
    return unicodedata.category(character) in _EDGES


_EDGES = frozenset({"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "So", "Sk", "Zs"})
