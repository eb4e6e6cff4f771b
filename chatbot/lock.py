"""One `chatbot run` a database: a lock that is taken away when the process ends, however it ends.

Of a SQLite database the lock is a file beside it, which the operating system lets go of at the process's death; of a
PostgreSQL database it is an advisory lock (`store.advisory`), which ends with its connection.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from chatbot.core.delivery.holder import Holder
from chatbot.core.errors import ChatbotError


class RunsAlready(ChatbotError):
    """Another process runs this chatbot."""


class Lock(Protocol):
    """A lock that one process has at a time. All may raise `ChatbotError` when it cannot be asked for."""

    def take(self, who: Holder) -> bool:
        """Take it if nobody has it, without waiting; True when it is ours now."""
        ...

    def is_held(self) -> bool:
        """Whether it is still ours; asked again and again."""
        ...

    def holder(self) -> Holder | None:
        """Say who has it, where that can be known."""
        ...

    def let_go(self) -> None:
        """Give it back; nothing happens when it is not ours."""
        ...


class FileLock:
    """A lock on a file; the file itself stays and says who has it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self, who: Holder) -> bool:
        """Take it if nobody has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="utf-8")
        if not _locked(file) or not self._is_the_one(file):
            file.close()
            return False
        file.truncate(0)
        file.write(json.dumps({"pid": who.pid, "host": who.host, "since": who.since.isoformat()}))
        file.flush()
        self._file = file
        return True

    def is_held(self) -> bool:
        """Whether it is still ours: a file that somebody removed lets another process lock a new one."""
        return self._file is not None and self._is_the_one(self._file)

    def holder(self) -> Holder | None:
        """Say who wrote itself into the file."""
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            return Holder(int(said["pid"]), str(said["host"]), datetime.fromisoformat(said["since"]))
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def let_go(self) -> None:
        """Give it back."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _is_the_one(self, file: IO[str]) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), self.path.stat())
        except OSError:
            return False


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
