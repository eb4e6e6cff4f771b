"""Atom: a chat as a feed of its answers, and the archive as a feed of its chats.

Identifiers are `tag:` URIs (RFC 4151) of the host's server and the chat's date: they survive a move of the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chatbot.core import text
from chatbot.core.pages.shown import Answer, PostShown, QuestionSection, Transcript
from chatbot.core.value import Value
from chatbot.render import html
from chatbot.render.listing import Listed


class Entry(Value, frozen=True):
    """One entry of a feed."""

    id: str
    title: str
    published: datetime
    updated: datetime
    content: str
    language: str
    author: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()


class FeedLink(Value, frozen=True):
    """A link of a whole feed."""

    rel: str
    type: str
    href: str


class Feed(Value, frozen=True):
    """A feed."""

    id: str
    title: str
    updated: datetime
    author: str
    language: str
    entries: tuple[Entry, ...]
    links: tuple[FeedLink, ...] = ()


def write(transcript: Transcript) -> bytes:
    """Return a chat as a feed of its answers, the newest first."""
    listed = Listed.of(transcript)
    said = (_answer(section, answer, listed) for section in transcript.questions for answer in section.answers)
    entries = {entry.id: entry for entry in said}.values()  # one below another may answer the same two questions
    feed = Feed(
        id=_tag(listed),
        title=f"{transcript.title} – {transcript.series}",
        updated=transcript.updated_at,
        author=transcript.operator or transcript.series,
        language=transcript.language,
        entries=tuple(sorted(entries, key=lambda entry: (entry.published, entry.id), reverse=True)),
    )
    return _written(feed)


def archive(title: str, chats: Sequence[Listed], public_url: str | None) -> bytes:
    """Return the archive as a feed of its published chats, the newest first."""
    newest = sorted(chats, key=lambda chat: (chat.starts_at, chat.chat_id), reverse=True)
    first = newest[-1] if newest else None
    links = (FeedLink("self", "application/atom+xml", f"{public_url.rstrip('/')}/feed.atom"),) if public_url else ()
    feed = Feed(
        id=_tag(first, "archive") if first else "tag:chat.invalid,2026:archive",
        title=title,
        updated=max((chat.updated_at for chat in newest), default=html.EPOCH),
        author=title,
        language="en",
        entries=tuple(map(_chat, newest)),
        links=links,
    )
    return _written(feed)


def _written(feed: Feed) -> bytes:
    return html.render("feed.xml", {"feed": feed})


def _answer(section: QuestionSection, answer: Answer, listed: Listed) -> Entry:
    post = answer.post
    said = "\n\n".join(_warning(p) or text.plain(p.spans, full_links=True) for p in (post, *answer.parts))
    return Entry(
        id=_tag(listed, answer.anchor),
        title=f"{section.label or section.text}: {post.person.name}",
        published=post.at,
        updated=post.edited_at or post.at,
        content=_warning(post) or said,  # a warning before an answer is one before all its parts
        language=post.language or listed.language,
        author=post.person.name,
        url=post.url or "",
        categories=listed.hashtags,
    )


def _warning(post: PostShown) -> str:
    """Return what a feed, which cannot fold anything away, says instead of words with a content warning."""
    return f"Content warning: {post.warning or 'sensitive'}" if post.warning or post.sensitive else ""


def _chat(chat: Listed) -> Entry:
    return Entry(
        id=_tag(chat),
        title=f"{chat.title} – {html.when(chat)}",
        published=chat.starts_at,
        updated=chat.updated_at,
        content="\n\n".join(_lines(chat)),
        language=chat.language,
        author=chat.series,
        url=chat.url,
        categories=chat.hashtags,
    )


def _lines(chat: Listed) -> Iterable[str]:
    yield from (line for line in (chat.framing, *chat.questions, chat.summary) if line)


def _tag(chat: Listed, part: str = "") -> str:
    made = f"tag:{chat.authority},{chat.starts_at:%Y-%m-%d}:{chat.chat_id}"
    return f"{made}/{part}" if part else made
