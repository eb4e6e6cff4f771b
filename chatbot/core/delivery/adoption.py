"""Recognises a question that a host asked by hand, so that the bot does not ask it again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from chatbot.core import text
from chatbot.core.delivery import matching
from chatbot.core.model import Post, Visibility
from chatbot.core.plan import Chat, Question

_WORD = re.compile(r"\w{4,}")
_BEFORE = r"^(?:[@#]\S+\s+|[^\w@#])*"  # mentions, hashtags and ornaments may stand before the number
_OPEN = (Visibility.PUBLIC, Visibility.UNLISTED)
_LETTER = re.compile(r"\w")
_SOME = 1e-9  # a single one
ALIKE = 0.4  # of the planned question's longer words; a host who retypes it changes some


def asks(post: Post, question: Question, chat: Chat) -> bool:
    """Whether a host's post is this question: hashtag, "Q3" in front, and a question, not a word about one.

    "Q3 in five minutes! #GardenChat" must not make the bot drop its Q3, nor "Q3 is about that, can you wait?", so the
    text has to share many words with the planned one, or some of them and ask something. A question without a number
    is known by its words alone.
    """
    if post.is_repost or post.visibility not in _OPEN or not _has_tag(post, chat.hashtags):
        return False
    words = text.readable(text.plain(post.spans)).strip()
    if question.number is None:
        alike = _alike(words, question.text)
        return alike >= max(2 * ALIKE, *(_alike(words, other.text) for other in chat.questions))
    rest = _label(question, chat.settings.question_letter).sub("", words, count=1)
    return rest != words and _alike(rest, question.text) >= (_SOME if "?" in rest or "؟" in rest else ALIKE)


def is_for_all(post: Post, people: Collection[str], posts: Collection[str]) -> bool:
    """Whether a host's post is meant for everybody: no reply to a participant, and none addressed in its first words.

    `people` are the accounts (`user@host`) of the bot, the hosts and the guests, `posts` the local ids of what the bot
    and the hosts posted.
    """
    if post.parent_local_id is not None and post.parent_local_id not in posts:
        return False
    known = {handle.lower().lstrip("@") for handle in people}
    known |= {handle.partition("@")[0] for handle in known}
    return known.issuperset(_addressed(text.readable(text.plain(post.spans))))


def _addressed(words: str) -> Iterator[str]:
    """Yield the names that a text begins with; hashtags and ornaments may stand between."""
    for word in words.split():
        if word.startswith("@"):
            yield word.strip("@:,;.!").lower()
        elif not word.startswith("#") and _LETTER.search(word):
            return


def _label(question: Question, letter: str) -> re.Pattern[str]:
    if question.number == "wrap":
        return re.compile(_BEFORE + r"wrap(?:[- ]?up)?\b", re.IGNORECASE)
    number = rf"(?:{re.escape(letter)}|question)\s?[#.]?\s?0?{question.number}(?!\w)"
    return re.compile(_BEFORE + number, re.IGNORECASE)


def _has_tag(post: Post, hashtags: Collection[str]) -> bool:
    wanted = {text.normalise_tag(tag) for tag in hashtags}
    return any(text.normalise_tag(tag) in wanted for tag in post.hashtags)


def _alike(written: str, planned: str) -> float:
    """Return how much of the planned question's longer words the written one holds."""
    wanted = {_fold(word) for word in _WORD.findall(planned)}
    found = {_fold(word) for word in _WORD.findall(written)}
    return len(wanted & found) / len(wanted) if wanted else float(_fold(planned) == _fold(written))


def _fold(word: str) -> str:
    return matching.fingerprint(text.spans_from_text(word))
