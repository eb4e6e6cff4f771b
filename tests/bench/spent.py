"""What `chatbot export` spends its time on: does the same by steps, and prints each step's CPU milliseconds as JSON.

`tests.bench.render` runs it, in the folder of the settings, in a process of its own: python spent.py CHAT.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

_OURS = ("cli.archive", "config", "core.files.plain_settings", "render.formats", "render.html", "stages.view", "wiring")


def main(chat: str) -> None:
    """Make the page once, with the clock of this process's CPU read after each step."""
    spent = {"Python's own start": time.process_time() * 1000}

    def step(name: str) -> None:
        spent[name] = time.process_time() * 1000 - sum(spent.values())

    importlib.import_module("click")
    step("import click")
    importlib.import_module("chatbot.cli").collect_rarely()
    for library in ("sqlalchemy", "jinja2", "msgspec"):
        importlib.import_module(library)
        step(f"import {library}")
    for module in _OURS:
        importlib.import_module(f"chatbot.{module}")
    step("import our own modules")

    from chatbot.cli.archive import _named
    from chatbot.render.formats import WRITERS
    from chatbot.stages.view import transcript_of
    from chatbot.wiring import open_parts

    with open_parts(None) as parts:
        chat_id = _named(parts, chat)
        step("settings, opening the database, finding the chat")
        view = transcript_of(parts.store, parts.config, chat_id)
        step("reading, sorting, putting together")
        Path("page.html").write_bytes(WRITERS["html"](view))
        step("the page")
    print(json.dumps(spent))


if __name__ == "__main__":
    main(sys.argv[1])
