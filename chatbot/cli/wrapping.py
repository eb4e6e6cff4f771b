"""Messages as wide as a terminal: broken between words, and neither in an address nor in a command."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap

_COMMAND = re.compile(r"`[^`\n]+`")
_STAYS = "\x00"  # stands for a space that no line ends at


def for_terminal(words: str) -> str:
    """Return a message wrapped to the terminal that errors go to; into a file or another program it goes as it is."""
    return fitted(words, shutil.get_terminal_size().columns) if sys.stderr.isatty() else words


def fitted(words: str, width: int) -> str:
    """Wrap each line of a message; a command in backticks is broken only where it is wider than a line."""
    return "\n".join(_line(line, width) for line in words.split("\n"))


def _line(line: str, width: int) -> str:
    def kept(command: re.Match[str]) -> str:
        return command[0].replace(" ", _STAYS) if len(command[0]) < width else command[0]

    indent = line[: len(line) - len(line.lstrip())]
    wrapped = textwrap.wrap(
        _COMMAND.sub(kept, line),
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(wrapped).replace(_STAYS, " ")
