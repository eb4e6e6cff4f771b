"""Writes a folder beside the one that is read and puts it in its place in one step: nobody reads half a site."""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chatbot.core.errors import ChatbotError

log = logging.getLogger("chatbot.publish")

MARK = ".made-by-chatbot"  # a folder without it is not ours to replace

_AT_FDCWD, _EXCHANGE = -100, 2  # of renameat2(2)
_SEARCH_TAKES = 300  # seconds, at most
_WRITING_TAKES = 3600  # the same of a whole writing


@contextmanager
def replacing(place: Path, *, is_private: bool = False) -> Iterator[Path]:
    """Yield a new folder to write into; when the block ends well it stands where `place` was."""
    _refuse_what_is_not_ours(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _drop_leftovers(place)
        new = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    except OSError as error:
        raise _cannot(place, error) from error
    try:
        (new / MARK).write_text("This folder is replaced whole at each writing; what you put here goes.\n", "utf-8")
        yield new
        new.chmod(0o700 if is_private else 0o755)
        _put_in_place(new, place)
    except OSError as error:
        raise _cannot(place, error) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def put(new: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files, each given with its path below the folder."""
    for name, content in files:
        file = new / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def is_ours(place: Path) -> bool:
    """Say whether a folder stands there that we wrote."""
    return (place / MARK).exists()


def has_pagefind() -> bool:
    """Say whether the search index for a search box can be made here."""
    return importlib.util.find_spec("pagefind") is not None


def run_pagefind(new: Path) -> None:
    """Make the index for the search box; without it the words index still finds everything."""
    command = [sys.executable, "-m", "pagefind", "--site", str(new), "--silent"]
    try:
        subprocess.run(command, check=True, timeout=_SEARCH_TAKES, capture_output=True)
    except (subprocess.SubprocessError, OSError) as error:
        log.warning("search box left out", extra={"error": type(error).__name__})


def _drop_leftovers(place: Path) -> None:
    """Remove what a writing that was killed left behind: it may show people who have withdrawn since."""
    for left in place.parent.glob(f".{place.name}-*"):
        if left.is_dir() and (left / MARK).exists() and time.time() - left.stat().st_mtime > _WRITING_TAKES:
            shutil.rmtree(left, ignore_errors=True)


def _refuse_what_is_not_ours(place: Path) -> None:
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise ChatbotError(f"{place} is no folder, so nothing was written. Name another one for the archive.")
    if place.is_dir() and any(place.iterdir()) and not is_ours(place):
        raise ChatbotError(
            f"{place} holds files that chatbot did not write, so nothing was written. Name an empty or new folder for"
            " the archive: it is replaced whole each time."
        )


def _put_in_place(new: Path, place: Path) -> None:
    """Exchange the two folders in one step; where the system cannot, in two steps a moment apart."""
    if not place.exists():
        new.rename(place)
        return
    if _exchange(new, place):
        return  # what was there is now under the new folder's name, and goes
    old = new.with_name(f"{new.name}-old")
    place.rename(old)
    try:
        new.rename(place)
    except OSError:
        old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    done: int = renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_EXCHANGE))
    return done == 0


def _cannot(place: Path, error: OSError) -> ChatbotError:
    return ChatbotError(
        f"The pages could not be written to {place} ({error.strerror or type(error).__name__}). What was published"
        " before stands as it was. See that the folder's parent belongs to this user and has room, and that the folder"
        " is not itself a mounted disk; then run `chatbot render`."
    )
