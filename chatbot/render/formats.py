"""Every form a transcript can take: a dict of functions, each of which turns the whole view into one file's bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from chatbot.core.pages.shown import Transcript
from chatbot.render import data, feed, html, ics, markdown, table, text

Writer: TypeAlias = Callable[[Transcript], bytes]

WRITERS: Mapping[str, Writer] = {
    "html": html.write,
    "md": markdown.write,
    "txt": text.write,
    "json": data.write,
    "csv": table.write,
    "atom": feed.write,
    "ics": ics.write,
}
