"""Every form a transcript can take: a dict of functions, each of which turns the whole view into one file's bytes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TypeAlias

from chatbot.core.pages.shown import Transcript

Writer: TypeAlias = Callable[[Transcript], bytes]


def _writer(module: str) -> Writer:
    """Return `write` of a module beside this one, which is loaded when the first transcript is written."""

    def write(transcript: Transcript) -> bytes:
        written: bytes = importlib.import_module(f"chatbot.render.{module}").write(transcript)
        return written

    return write


WRITERS: Mapping[str, Writer] = {
    "html": _writer("html"),
    "md": _writer("markdown"),
    "txt": _writer("text"),
    "json": _writer("data"),
    "csv": _writer("table"),
    "atom": _writer("feed"),
    "ics": _writer("ics"),
}
