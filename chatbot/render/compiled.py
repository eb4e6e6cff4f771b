"""Keeps compiled templates where Python keeps its own compiled files, so that a command need not compile them again."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import resources
from importlib.util import cache_from_source
from pathlib import Path

from jinja2.bccache import Bucket, BytecodeCache


class Compiled(BytecodeCache):
    """Compiled templates beside Python's; Jinja asks whether one is of this very template before it is used.

    Where nothing can be written, as where the program belongs to another user, templates are compiled each time.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read what was kept of a template, if anything was."""
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError), _place(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template; a reader sees all of it or none."""
        if sys.dont_write_bytecode:
            return
        place = _place(bucket)
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            new = place.with_suffix(f".{os.getpid()}")
            new.write_bytes(bucket.bytecode_to_string())
            new.replace(place)


def _place(bucket: Bucket) -> Path:
    return Path(cache_from_source(str(resources.files("chatbot.render") / "templates" / f"{bucket.key}.html")))
