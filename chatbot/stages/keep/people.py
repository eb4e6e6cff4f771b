"""What people say about themselves is done: stop, start, forget me, what do you have.

Forgetting writes the list first, so that whatever is cut short is finished at the next start; then rows, then the
journal where erased rows would still stand.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime

from chatbot.config import Config
from chatbot.core.errors import ChatbotError
from chatbot.core.model import Author, Word
from chatbot.core.plan import Defaults
from chatbot.core.privacy import consent, forgetting, holdings, redaction
from chatbot.core.privacy.forgetting import ForgetList
from chatbot.store import adopted, chats, decisions, erasing, forgetfile, posts, refusals
from chatbot.store.engine import Connection, Store

log = logging.getLogger("chatbot.keep")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting a person erased: their posts, and other people's posts that named them."""

    posts: int = 0
    mentions: int = 0


def is_out(store: Store, config: Config, author: Author) -> bool:
    """Say whether somebody who runs the chat wants to be left out of what is kept of it."""
    with store.read() as conn:
        word = Word.FORGET if forgotten(config).has(author) else decisions.word_of(conn, author)
    return not consent.consents(author, word, Defaults(), role="host").collect


def forgotten(config: Config) -> ForgetList:
    """Return who asked to be forgotten."""
    return forgetfile.read(config.state)


def say(store: Store, config: Config, author: Author, word: Word, at: datetime) -> None:
    """Do what a person says about being kept; `at` is when they wrote it, and the latest word wins."""
    if word is Word.FORGET:
        forget_person(store, config, author, at)
        return
    since = forgotten(config).since(author)
    if since is not None:
        if word is Word.STOP or at <= since:
            return  # they are out already, and nothing may be written about them
        forgetfile.write(config.state, "back", _keys(config, author), at)
    with store.write() as conn:
        posts.write_alone(conn)
        decisions.say(conn, author.uri, word, at, author.handle)
        is_out = decisions.word_of(conn, author) is Word.STOP
        if not is_out:
            refusals.drop(conn, _keys(config, author))
        emptied = _empty(conn, config, author, at) if is_out else Forgotten()
    if is_out:
        erasing.clear_journal(store)
    log.info("word obeyed", extra={"word": word.value, "posts": emptied.posts})


def forget_person(store: Store, config: Config, author: Author, now: datetime) -> Forgotten:
    """Erase everything kept of a person and see that nothing new is kept; done twice it does no harm."""
    if not forgotten(config).has(author):
        forgetfile.write(config.state, "forget", _keys(config, author), now)
    erased = _erase(store, config, author, now)
    with store.write() as conn:
        chats.audit(conn, now, "person-forgotten", detail=f"posts {erased.posts}, mentions {erased.mentions}")
    erasing.clear_journal(store)
    log.info("person forgotten", extra={"posts": erased.posts, "mentions": erased.mentions})
    return erased


def _erase(store: Store, config: Config, author: Author, now: datetime) -> Forgotten:
    with store.write() as conn:
        posts.write_alone(conn)
        uris = erasing.uris_of(conn, author)  # first: with their last post people go
        erased = _empty(conn, config, author, now)
        names = redaction.names_said(author.uri, author.handle)
        decisions.erase(conn, author, uris)
        refusals.drop(conn, _keys(config, author))
        erasing.hide_addresses(conn, names, forgetfile.secret(config.state))
        erasing.erase_traces(conn, author, names)
    erasing.clear_journal(store)
    return erased


def _empty(conn: Connection, config: Config, author: Author, now: datetime) -> Forgotten:
    """Turn a person's posts into empty nodes and take their name out of other people's, and out of what was adopted."""
    own, secret = posts.of_author(conn, author), forgetfile.secret(config.state)
    names = redaction.names_of([author, *(post.author for post in own)], own)
    emptied = erasing.empty(conn, erasing.posts_by(conn, author), secret)
    said = redaction.joined([names, redaction.names_said(author.uri, author.handle)])
    adopted.hide(conn, said, secret, config.timing, now)
    return Forgotten(emptied, erasing.redact(conn, names))


def _keys(config: Config, author: Author) -> tuple[str, ...]:
    return forgetting.person_keys(forgetfile.secret(config.state), author.uri, author.handle)


def apply_forget_list(store: Store, config: Config, now: datetime) -> int:
    """Erase everybody on the forget list whom the database still knows: it may be a restored backup.

    Call it at start, before anything else is done; returns how many people were erased.
    """
    listed = forgotten(config)
    if not listed.keys:
        return 0
    with store.read() as conn:
        known = [author for author in erasing.people(conn) if listed.has(author)]
        by_hand = adopted.accounts(conn) - {author.handle.lower() for author in known}
        known += [redaction.author_of(account) for account in sorted(by_hand) if listed.has(account)]
    for author in known:
        _erase(store, config, author, now)
    if known:
        log.warning("forget list applied", extra={"people": len(known)})
    return len(known)


def tidy(store: Store, config: Config) -> int:
    """Remove private answers that went to people who are forgotten; returns how many. Call it now and then.

    It also empties the journal once more: a reader may have kept it open when somebody was erased.
    """
    listed = forgotten(config)
    with store.read() as conn:
        known = erasing.recipients(conn) if listed.keys else ()
    removed = 0
    for recipient in (one.lstrip("@") for one in known if listed.has(one.lstrip("@").lower())):
        with store.write() as conn:
            removed += erasing.drop_letters(conn, recipient)
    erasing.clear_journal(store)
    return removed


def held(store: Store, config: Config, author: Author) -> str:
    """Answer "what do you have"."""
    if forgotten(config).has(author):
        return holdings.FORGOTTEN
    with store.read() as conn:
        counts = posts.count_by_chat(conn, author)
        published = {id_ for id_ in counts if (stored := chats.find(conn, id_)) and stored.approved_at}
        return holdings.sentence(counts, published, decisions.word_of(conn, author))


def find_person(store: Store, given: str) -> Author:
    """Return the person a host names by account or profile address; of a stranger what the name itself tells.

    Raises when a stranger's name is no address: nobody could be kept out by it.
    """
    wanted = given.strip().lstrip("@")
    with store.read() as conn:
        for author in erasing.people(conn):
            if wanted.lower() == author.handle.lower() or wanted.rstrip("/") in (author.uri, author.url):
                return author
    if not re.fullmatch(r"https?://[^\s/]+/\S+|[^\s@/]+@[^\s@/]+", wanted):
        raise ChatbotError(
            f"Nobody called “{given}” is known, and it is no address, so nobody was forgotten. Name the person as"
            " user@server, or by the address of their profile."
        )
    return redaction.author_of(wanted)
