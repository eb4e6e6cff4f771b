"""A host lowers what is shown of a person, in every chat, or takes that back; never above what the person allows."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Literal

from chatbot.core.errors import ChatbotError
from chatbot.core.model import Author
from chatbot.store import chats, decisions, erasing
from chatbot.store.engine import Store

log = logging.getLogger("chatbot.keep")

What = Literal["name", "picture", "text"]


def lower(store: Store, given: str, what: What, by: str, now: datetime) -> tuple[Author, bool]:
    """Show less of a person; returns who it is, and False when it was so already."""
    person = _known(store, given)
    with store.write() as conn:
        changed = sum(decisions.lower(conn, uri, what, by, now) for uri in erasing.uris_of(conn, person)) > 0
        if changed:
            chats.audit(conn, now, "person-lowered", by=by, detail=what)
    log.info("person lowered", extra={"what": what, "changed": changed})
    return person, changed


def lift(store: Store, given: str, what: What, by: str, now: datetime) -> tuple[Author, bool]:
    """Take a lowering back: what the person and the community allow is shown again."""
    person = _known(store, given)
    with store.write() as conn:
        changed = sum(decisions.lift(conn, uri, what) for uri in erasing.uris_of(conn, person)) > 0
        if changed:
            chats.audit(conn, now, "person-lifted", by=by, detail=what)
    log.info("person lifted", extra={"what": what, "changed": changed})
    return person, changed


def _known(store: Store, given: str) -> Author:
    """Find somebody of whom something is kept: a slip in a name must not leave the right person shown."""
    wanted = given.strip().lstrip("@")
    with store.read() as conn:
        for author in erasing.people(conn):
            if wanted.lower() == author.handle.lower() or wanted.rstrip("/") in (author.uri, author.url):
                return author
        alike = [one.handle for one in erasing.people(conn) if one.handle.lower().split("@")[0] == wanted.lower()]
    if "@" not in wanted and "/" not in wanted:
        meant = f" Do you mean {' or '.join(sorted(set(alike)))}?" if alike else ""
        raise ChatbotError(
            f"“{given}” is no address, as its server is missing, so nothing was changed.{meant} Name the person as"
            " user@server, or by the address of their profile."
        )
    raise ChatbotError(
        f"Nothing of “{given}” is kept, so there is nothing to show less of, and nothing was changed. Is the name"
        " right? Name the person as user@server, or by the address of their profile."
    )
