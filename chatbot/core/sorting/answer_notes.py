"""What each post says when it is read on its own, and what follows from all of an author's posts together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from chatbot.core import text
from chatbot.core.model import Post
from chatbot.core.sorting import answer_number
from chatbot.core.sorting import answer_words as around
from chatbot.core.sorting.answer_number import Reading
from chatbot.core.sorting.chatroom import Room
from chatbot.core.value import Value


class Note(Value, frozen=True):
    """A post as read on its own. `words` leave out what an old-style repost repeats of others."""

    post: Post
    words: str
    reading: Reading
    is_repost: bool
    is_conversation: bool  # a reply to somebody else, or one that names somebody else first
    names_self: bool  # it begins with the author's own name, as a reply to oneself did
    share: tuple[int, int] | None  # (2, 3) of "2/3"


def take(room: Room) -> Mapping[str, Note]:
    """Return a note on every post of a chat."""
    settings = room.chat.settings
    letters = tuple(dict.fromkeys((*settings.answer_letters, settings.question_letter)))
    return {post.uri: _note(room, post, letters, settings.question_letter) for post in room.posts}


def _note(room: Room, post: Post, letters: tuple[str, ...], asks: str) -> Note:
    whole = text.plain(post.spans, full_links=True)
    before = around.before_repost(whole)
    words = whole if before is None else before
    reading = answer_number.read(words, letters, room.numbers, asks)
    is_repost = post.is_repost or (before is not None and not reading.numbers)
    named = _named_first(words)
    names_self = named is not None and named.lower() in (post.author.handle.lower(), _user(post).lower())
    parent = room.by_uri.get(room.parent_of(post) or "")
    if parent is not None:
        is_conversation = parent.author.uri != post.author.uri
    else:
        is_conversation = room.is_reply(post) or (named is not None and not names_self)
    return Note(post, words, reading, is_repost, is_conversation, names_self, around.share(words))


def _named_first(words: str) -> str | None:
    if not words.startswith(("@", ".@")):
        return None
    return words.split(maxsplit=1)[0].lstrip(".")[1:].rstrip(":,")


def _user(post: Post) -> str:
    return post.author.handle.partition("@")[0]


def named_later(room: Room, notes: Mapping[str, Note]) -> Mapping[str, tuple[str, str]]:
    """Return (earlier post, question) by the post whose author says there what the earlier one was.

    "That was my A6 by the way" does; a number that the earlier post says itself is overruled only by owning to a slip.
    """
    found: dict[str, tuple[str, str]] = {}
    for uri, note in notes.items():
        named = None if note.reading.numbers else around.names_earlier(note.words)
        earlier = room.earlier.get(uri)
        if named is None or earlier is None or named[0] not in room.numbers:
            continue
        if named[1] or not notes[earlier].reading.numbers:
            found[uri] = (earlier, room.numbers[named[0]])
    return found


def writers_of_letters(notes: Mapping[str, Note]) -> frozenset[str]:
    """Return authors who mark answers with a letter, so that a bare "2." of theirs is the item of a list."""
    return frozenset(
        note.post.author.uri for note in notes.values() if note.reading.numbers and note.reading.place != "bare"
    )


def taking_part(room: Room, notes: Mapping[str, Note]) -> frozenset[str]:
    """Return authors who take part: by a number, a word to the bot, or a reply to or a quote of the chat.

    A reply to somebody counts when that person takes part, so a talk among people who only share the hashtag does not.
    """
    part: set[str] = set()
    answered_by: dict[str, set[str]] = defaultdict(set)
    for note in notes.values():
        author, is_numbered = note.post.author, bool(note.reading.numbers) and not note.is_repost
        if author.handle.lower() in room.at_home or is_numbered or room.calls_bot(note.post):
            part.add(author.uri)
        for other in (room.parent_of(note.post), room.quoted_by(note.post)):
            if other in room.asked_at or other in room.own or other in room.empty:
                part.add(author.uri)
            elif other in room.by_uri:
                answered_by[room.by_uri[other].author.uri].add(author.uri)
    return _spread(part, answered_by)


def _spread(part: Iterable[str], answered_by: Mapping[str, set[str]]) -> frozenset[str]:
    reached = set(part)
    waiting = list(reached)
    while waiting:
        new = answered_by.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return frozenset(reached)
