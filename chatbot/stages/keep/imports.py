"""Brings posts of a file into a chat: all of them or none, through the same first door as any other post."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from chatbot.config import Config
from chatbot.core.errors import ChatbotError, Mistakes
from chatbot.core.files import importfile
from chatbot.core.model import Author, Post, Visibility, Word
from chatbot.core.privacy import consent, forgetting, redaction
from chatbot.core.privacy.forgetting import ForgetList, Unnamed
from chatbot.core.privacy.redaction import Names
from chatbot.core.value import replace
from chatbot.store import chats, decisions, erasing, forgetfile, posts, records, refusals
from chatbot.store.batch import IMPORTED
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store

log = logging.getLogger("chatbot.keep")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought. `private` lines were passed by; `unknown` are keys that were ignored."""

    chat: str
    saved: posts.Saved
    private: int = 0
    unknown: tuple[str, ...] = ()
    was_published: bool = False


def import_file(store: Store, config: Config, chat_id: str, file: Path, now: datetime) -> Imported:
    """Store the posts of a file of JSON lines under a chat; nothing of it is published before a host says so."""
    try:
        with file.open("rb") as lines:
            read = importfile.read(lines, str(file))
    except Mistakes as found:
        raise Mistakes(found.mistakes, "Nothing was imported, and what was there before stands.") from None
    except OSError as error:
        raise ChatbotError(f"{file} cannot be read ({error.strerror}). Nothing was imported.") from error
    kept = [post for post in read.posts if post.visibility in (Visibility.PUBLIC, Visibility.UNLISTED)]
    with store.write() as conn:
        posts.write_alone(conn)
        listed = forgetfile.read(config.state)
        stored = chats.find(conn, chat_id)
        if stored is None:
            raise ChatbotError(f"There is no chat “{chat_id}”, so nothing was imported. `chatbot chats` lists them.")
        saved = _save(conn, stored, kept, listed, now)
        if stored.approved_at is not None:
            chats.take_back_approval(conn, chat_id, now)
        detail = f"new {saved.new}, known {saved.known}, empty {saved.empty}"
        chats.audit(conn, now, records.FROM_FILE, chat=chat_id, detail=detail)
    log.info("posts imported", extra={"chat": chat_id, "new": saved.new, "empty": saved.empty})
    return Imported(chat_id, saved, len(read.posts) - len(kept), read.unknown, stored.approved_at is not None)


def _save(conn: Connection, stored: StoredChat, seen: list[Post], listed: ForgetList, now: datetime) -> posts.Saved:
    """Save the posts with everybody met under the address they are known by, and nobody named who refuses."""
    known = {author.handle.lower(): author for author in erasing.people(conn)}
    words = decisions.words(conn)
    seen = [replace(post, author=_met(known, post.author)) for post in seen]
    hosts = consent.hosts_of(stored.series, stored.chat)
    met = Unnamed(listed.secret, refusals.of_chat(conn, stored.chat.id))

    def refuses(post: Post) -> consent.Refusal:
        word = Word.FORGET if listed.has(post.author) else words.of(post.author)
        if word is None and met.has(post.author):
            return "here"  # a file tells no bio
        role = consent.role_of(post.author, hosts, frozenset())
        return consent.refusal(post, consent.consents(post.author, word, stored.chat.settings, role=role))

    theirs = [post for post in seen if refuses(post)]
    own = redaction.names_of([post.author for post in theirs], theirs)
    stopped = (redaction.names_said(uri, handle) for uri, handle in decisions.stopped(conn))
    away = Unnamed(listed.secret, met.keys.union(listed.keys))
    named = frozenset().union(*(redaction.accounts_named(post) for post in seen)) if away.keys else frozenset()
    names = redaction.joined([own, *stopped, Names(frozenset(handle for handle in named if away.has(handle)))])
    hidden = partial(forgetting.hidden_uri, listed.secret)
    erasing.redact(conn, own, stored.chat.id)
    return posts.save(
        conn,
        [redaction.redact(redaction.without_targets(post, names, hidden), names) for post in seen],
        chat=stored.chat.id,
        route=IMPORTED,
        now=now,
        secret=listed.secret,
        refuses=refuses,
    )


def _met(known: dict[str, Author], author: Author) -> Author:
    """Return a person as the database knows them, so that one person stays one."""
    return known.get(author.handle.lower(), author) if author.handle else author
