"""An answer's words as a digest quotes them: without its number, whom a reply addresses, and the hashtags at its end.

Nothing else is ever left away, and nothing reworded: where it is not certain what is a mark and what is a word, the
text stays as it was posted. The transcript always shows it so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from chatbot.core import text
from chatbot.core.model import Span
from chatbot.core.sorting import answer_number
from chatbot.core.sorting import answer_words as around
from chatbot.core.sorting.answer_number import Number
from chatbot.core.value import replace

_BEFORE_MARK = re.compile(r"[\s.,:;#()\[\]'\"\u2018\u2019\u201c\u201d-]*")  # no word, and no emoji
_AFTER_MARK = re.compile(r"\s?(?:\.(?!\.)|[):\],;]){0,2}\s*(?:[-\u2013\u2014|]\s+)?")
_LETTER = re.compile(r"\w")
_FURTHEST = 200  # characters in which a number at the front is looked for


def quoted(
    spans: Sequence[Span],
    letters: tuple[str, ...],
    known: Collection[Number],
    tags: Collection[str],
    *,
    is_reply: bool = False,
) -> tuple[Span, ...]:
    """Return an answer's own words; `letters` mark answers in the chat, `known` are its numbers, `tags` its hashtags.

    `is_reply` says that the answer stands below what it replies to, so that names at its front only address somebody.
    """
    words = "".join(span.text for span in spans)
    own = {text.normalise_tag(tag) for tag in tags}
    reading = answer_number.read(words, letters, known)
    says = reading.says if len(reading.numbers) == 1 else ""
    end = _without_tags(spans, words, own)
    begin = _after_number(spans, words, says, reading.rest, own) if says and reading.place == "start" else 0
    if says and reading.place == "end":
        end = _before_number(words[:end], says)
    if not begin and is_reply:
        begin = _after_names(spans)
    kept = _slice(spans, begin, end)
    return kept if any(_LETTER.search(span.text) for span in kept) else tuple(spans)


def _without_tags(spans: Sequence[Span], words: str, own: Collection[str]) -> int:
    """Return where the words end before the chat's hashtags, and before others that stand after a sentence's end."""
    run = list(_tags_at_end(spans, len(words)))
    end = len(words)
    for at, tag in run:
        if tag not in own or around.leans_on(words, at):
            break
        end = at
    first = run[-1][0] if run else 0
    if _LETTER.search(words[:first]) and around.begins_sentence(words, first):
        end = first
    return len(words[:end].rstrip()) if run else end


def _tags_at_end(spans: Sequence[Span], at: int) -> Iterator[tuple[int, str]]:
    """Yield the hashtags at the end, each with its place, the last one first."""
    for span in reversed(spans):
        at -= len(span.text)
        if span.kind == "hashtag":
            yield at, text.normalise_tag(span.text)
        elif span.text.strip(" \n\t,\u00b7"):
            return


def _after_number(spans: Sequence[Span], words: str, says: str, rest: str, own: Collection[str]) -> int:
    """Return where the words begin after a number that nothing but names and the chat's tags precedes, else 0."""
    places = range(1, min(len(words), _FURTHEST))
    after = next((at for at in places if around.normal(words[at:]).strip() == rest.strip()), 0)
    before = "".join(span.text for span in _slice(spans, 0, after) if not _is_passed_over(span, own))
    if (
        not after
        or around.is_compound(words, after)
        or not _BEFORE_MARK.fullmatch(around.normal(before).replace(says, "", 1))
    ):
        return 0
    found = _AFTER_MARK.match(words, after)
    return found.end() if found else after


def _is_passed_over(span: Span, own: Collection[str]) -> bool:
    return span.kind == "mention" or (span.kind == "hashtag" and text.normalise_tag(span.text) in own)


def _before_number(words: str, says: str) -> int:
    """Return where the words end before a number that stands last."""
    found = re.search(rf"(?<!\S)[(\[]?#?{re.escape(says)}[)\].:]*\s*\Z", words, re.IGNORECASE)
    return len(words[: found.start()].rstrip()) if found else len(words)


def _after_names(spans: Sequence[Span]) -> int:
    """Return where the words begin after names that a reply addresses; "@ana and I" is no address."""
    at, named = 0, 0
    for span in spans:
        if span.kind != "mention" and (span.kind != "text" or span.text.strip()):
            first = span.text.lstrip()[:1]
            begins = span.kind == "text" and first.isalnum() and not first.islower()
            return at + len(span.text) - len(span.text.lstrip()) if named and begins else 0
        named += span.kind == "mention"
        at += len(span.text)
    return 0


def _slice(spans: Sequence[Span], begin: int, end: int) -> tuple[Span, ...]:
    return tuple(_pieces(spans, begin, end))


def _pieces(spans: Sequence[Span], begin: int, end: int) -> Iterator[Span]:
    """Yield what of each span lies between two places; a link, a tag or a name only whole."""
    at = 0
    for span in spans:
        first, last = max(begin - at, 0), min(end - at, len(span.text))
        at += len(span.text)
        if first < last:
            yield span if span.kind != "text" else replace(span, text=span.text[first:last])
