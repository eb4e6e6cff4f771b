"""A transcript as CSV for spreadsheets, one row a post; no cell can turn into a formula."""

from __future__ import annotations

import csv
import io

from chatbot.core import text
from chatbot.core.pages.shown import Transcript
from chatbot.render.rows import Row, clock, iso, rows, uris

HEADER = (
    "nr",
    "at_utc",
    "at_local",
    "state",
    "questions",
    "evidence",
    "why",
    "name",
    "handle",
    "text",
    "content_warning",
    "language",
    "pictures",
    "boosts",
    "favourites",
    "replies",
    "late",
    "edited_at_utc",
    "url",
    "uri",
    "in_reply_to",
    "id",
)

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def write(transcript: Transcript) -> bytes:
    """Return the transcript as CSV in UTF-8, with the mark that lets spreadsheets see that it is."""
    every = rows(transcript)
    addresses = uris(every)
    page = io.StringIO(newline="")
    lines = csv.writer(page, lineterminator="\r\n")
    lines.writerow(HEADER)
    for nth, row in enumerate(every, 1):
        under = addresses.get(row.under or "", row.under or "")
        lines.writerow([nth, *map(harmless, _cells(row, transcript.zone)), harmless(under), row.id])
    return page.getvalue().encode("utf-8-sig", "replace")


def harmless(cell: str | int) -> str | int:
    """Return a cell that a spreadsheet reads as text, whatever it begins with."""
    if isinstance(cell, int):
        return cell
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff").startswith(_DANGEROUS) else cell


def _cells(row: Row, zone: str) -> list[str | int]:
    start: list[str | int] = [
        iso(row.at),
        clock(row.at, zone),
        row.state,
        " ".join(map(str, row.answers)),
        row.evidence.value,
        row.why,
    ]
    post = row.post
    if post is None:
        return [*start, *[""] * 13]
    return [
        *start,
        post.person.name,
        post.person.handle or "",
        text.plain(post.spans, full_links=True),
        post.warning,
        post.language or "",
        "\n".join(media.alt or f"({media.kind} without description)" for media in post.media),
        post.boosts,
        post.favourites,
        post.replies,
        "yes" if post.is_late else "",
        iso(post.edited_at) if post.edited_at else "",
        post.url or "",
        post.uri or "",
    ]
