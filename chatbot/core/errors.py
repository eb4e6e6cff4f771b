"""The root of every error a person is meant to read.

    ChatbotError                  exit 2: it could not be done
    ├── Mistakes                  exit 1: something a person wrote is wrong, all of it at once
    ├── Wrong                     exit 1: one value a person wrote cannot be used
    ├── store.engine.StoreError   the database cannot be used
    └── platforms.errors.PlatformError and below: what a network did

A message says what happened, what it means for tonight's chat, and what to do; it never carries a token or a
post's text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.core.value import Value

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class ChatbotError(Exception):
    """Something a person has to know; `str()` is the sentence for them."""

    exit_code = 2


class Mistake(Value, frozen=True):
    """One thing that is wrong in a file: where, what, and what to do; `line` is 1-based, None for the whole file."""

    file: str
    line: int | None
    what: str
    todo: str = ""

    def __str__(self) -> str:
        """Return `file:line: what: what to do`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.what, self.todo) if part)


class Mistakes(ChatbotError):
    """Mistakes in something a person wrote, every one found, in the order of the file; then what that means."""

    exit_code = 1

    def __init__(self, mistakes: Sequence[Mistake], meaning: str = "") -> None:
        super().__init__("\n".join([*map(str, mistakes), *([meaning] if meaning else [])]))
        self.mistakes = tuple(mistakes)


class Wrong(ChatbotError, ValueError):
    """A value that cannot be used: what is wrong with it and what to write instead, without knowing its file.

    `at` names the one of several values that is meant.
    """

    exit_code = 1

    def __init__(self, what: str, todo: str = "", at: str = "") -> None:
        what = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", what)  # it repeats what stood there, to a terminal
        super().__init__(f"{what}: {todo}" if todo else what)
        self.what = what
        self.todo = todo
        self.at = at
