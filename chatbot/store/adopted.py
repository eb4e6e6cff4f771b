"""Lets questions that were asked by hand lead to nobody who wants out: they stay asked, in the words of the plan.

For the post stands the keyed hash that its empty node has, so that answers below it stay where they were.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from chatbot.core.model import CueKind
from chatbot.core.privacy import forgetting, pointers
from chatbot.core.privacy.redaction import SOMEONE, Names
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.store import outbox, rows, so_far, sql, tables
from chatbot.store.codec import to_json
from chatbot.store.rows import EDIT, Row

_T = tables.outbox


def hide(conn: sa.Connection, names: Names, secret: bytes, timing: Timing, now: datetime) -> int:
    """Take what leads to these people out of the outbox, and out of "Tonight so far"; return from how many posts."""
    found = [row for row in _that_lead_somewhere(conn) if names.has_address(row.uri) or names.has_address(row.url)]
    for row in found:
        hidden = {"uri": forgetting.hidden_uri(secret, row.uri or ""), "url": None, "local_id": None}
        conn.execute(sa.update(_T).where(_T.c.id == row.id).values(**hidden))
        sql.run(conn, "DELETE FROM cursor WHERE route = ?", f"thread:{row.local_id}")
        if _unlink(conn, row):
            so_far.put_edit(conn, row.chat or "", row.account, timing, now, until=now + timing.grace_notice)
    return len(found)


def accounts(conn: sa.Connection) -> frozenset[str]:
    """Return the accounts that addresses of questions asked by hand tell."""
    found = {address for row in _that_lead_somewhere(conn) for address in (row.uri, row.url) if address}
    return frozenset(account for address in found for account in pointers.accounts_in(address))


def _that_lead_somewhere(conn: sa.Connection) -> list[Row]:
    found = rows.select(conn, _T.c.adopted, _T.c.uri.is_not(None))
    return [row for row in found if not (row.uri or "").startswith(forgetting.HIDDEN)]


def _unlink(conn: sa.Connection, adopted: Row) -> bool:
    """Take a post's address out of what the bot wrote or is to write; whether "Tonight so far" led there."""
    addresses = [address for address in (adopted.url, adopted.uri) if address]
    is_edited = False
    for row in outbox.of_chat(conn, adopted.chat or ""):
        text = row.draft.text
        for address in addresses:
            text = text.replace(address, SOMEONE)
        if text != row.draft.text:
            conn.execute(sa.update(_T).where(_T.c.id == row.id).values(draft=to_json(replace(row.draft, text=text))))
            is_edited |= row.account == adopted.account and row.kind in (EDIT, CueKind.SO_FAR.value)
    return is_edited
