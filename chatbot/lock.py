"""One `chatbot run` a database: a lock that the operating system takes away when the process ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from chatbot.core.errors import ChatbotError

FILE = "run.lock"


class RunsAlready(ChatbotError):
    """Another process runs this chatbot."""


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of a state folder, or raise `RunsAlready` naming the process that holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("a+", encoding="utf-8") as file:
        if not _locked(file):
            raise RunsAlready(
                f"A chatbot runs here already{_named(folder)}, so this one does not start: nothing was changed, and"
                " tonight's chat goes on there. Stop that one first, or name other settings with --config."
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 20  # beyond the text, which others may read

    def _locked(file: IO[str]) -> bool:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(0)
        return True

else:
    import fcntl

    def _locked(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _named(folder: Path) -> str:
    try:
        pid = (folder / FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
    return f" (process {pid})" if pid.isdecimal() else ""
