"""TOML text -> values, with the line of every value: neither `tomllib` nor `tomlkit` knows where a value stands.

`tomllib` decides what is right. Only then the text is walked once more for the lines; what is wrong is explained, and
where possible read as it was meant, by `core.files.toml_faults`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.files import toml_faults

Path = tuple[str | int, ...]
LONGEST = 1_000_000  # characters; the longest real plan has some thousands


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. `mistakes` are slips that could be read as they were meant; they are mistakes all the same."""

    file: str
    text: str
    values: Mapping[str, Any]
    lines: Mapping[Path, int] = field(repr=False)
    mistakes: tuple[Mistake, ...] = ()

    def line(self, path: Sequence[str | int]) -> int | None:
        """Return the line of a value, or of the nearest thing around it; what is not in the file is stepped over."""
        known: Path = ()
        for step in path:
            if (*known, step) in self.lines:
                known = (*known, step)
        return self.lines.get(known)

    def mistake(self, path: Sequence[str | int], what: str, todo: str = "") -> Mistake:
        """Say that a value is wrong, at its line."""
        return Mistake(self.file, self.line(path), what, todo)


def decode(data: bytes, file: str) -> str:
    """Turn a file's bytes into text; what Windows editors put before it and between its lines is no mistake."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = "a character here is not in UTF-8"
        raise Mistakes([Mistake(file, line, what, "save the file with the encoding UTF-8 in your editor")]) from None


def plain(text: str) -> str:
    """Return text as it is counted in lines: whatever ended them, a newline does now."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read(text: str, file: str) -> Document:
    """Read a file, or raise every mistake of its form; slips that can be read as meant are left in `mistakes`."""
    text = plain(text)
    if len(text) > LONGEST:
        raise Mistakes([Mistake(file, None, f"the file has {len(text):,} characters", "a plan has some thousands")])
    meant = toml_faults.read_as_meant(text)
    mistakes = tuple(Mistake(file, fault.line, fault.what, fault.todo) for fault in meant.faults)
    if meant.values is None:
        raise Mistakes(mistakes)
    return Document(file, text, meant.values, _lines(meant.text), mistakes)


_TOKEN = re.compile(
    r"""
    (?P<space>[ \t]+|\#[^\n]*)
  | (?P<newline>\n)
  | (?P<text>\"\"\"(?:[^\\]|\\.)*?\"\"\"\"{0,2} | '''.*?''''{0,2} | "(?:[^"\\\n]|\\.)*" | '[^'\n]*')
  | (?P<sign>[\[\]{}=,])
  | (?P<bare>[^\s\[\]{}=,"'\#]+)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class _Walk:
    """A walk over well-formed text; a token is (name of its pattern, text, line), `at` the one in hand."""

    tokens: Iterator[tuple[str, str, int]]
    lines: dict[Path, int] = field(default_factory=dict)
    lengths: dict[Path, int] = field(default_factory=dict)  # how often an [[array]] was opened
    at: tuple[str, str, int] = ("newline", "", 1)

    def step(self) -> tuple[str, str, int]:
        before, self.at = self.at, next(self.tokens, ("end", "", 0))
        return before

    def skip_newlines(self) -> None:
        while self.at[0] == "newline":
            self.step()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup or "", match.group()
        if kind != "space":
            yield kind, token, line
        line += token.count("\n")


def _lines(text: str) -> dict[Path, int]:
    walk = _Walk(_tokens(text), lines={(): 1})
    table: Path = ()
    walk.step()
    while walk.at[0] != "end":
        if walk.at[0] == "newline":
            walk.step()
        elif walk.at[1] == "[" and walk.at[0] == "sign":
            table = _header(walk)
        else:
            _pair(walk, table)
    return walk.lines


def _header(walk: _Walk) -> Path:
    line = walk.step()[2]
    is_array = walk.at[:2] == ("sign", "[")
    if is_array:
        walk.step()
    path: Path = ()
    *above, last = _key(walk)
    for name in above:
        path = (*path, name)
        walk.lines.setdefault(path, line)
        if path in walk.lengths:
            path = (*path, walk.lengths[path] - 1)
    path = (*path, last)
    walk.lines.setdefault(path, line)
    if is_array:
        number = walk.lengths.get(path, 0)
        walk.lengths[path] = number + 1
        path = (*path, number)
        walk.lines[path] = line
    while walk.at[:2] == ("sign", "]"):
        walk.step()
    return path


def _key(walk: _Walk) -> list[str]:
    """Read a key: bare, quoted, dotted; `a . "b.c"` is two names. A bare token may hold dots and may end in one."""
    names: list[str] = []
    while walk.at[0] in ("bare", "text"):
        kind, token, _ = walk.step()
        if kind == "text":
            names.append(str(tomllib.loads(f"key = {token}")["key"]))
        else:
            names.extend(name for name in token.split(".") if name)
    return names


def _pair(walk: _Walk, table: Path) -> None:
    line = walk.at[2]
    path = table
    for name in _key(walk):
        path = (*path, name)
        walk.lines.setdefault(path, line)
    walk.step()  # the equals sign
    _value(walk, path)


def _value(walk: _Walk, path: Path) -> None:
    walk.lines.setdefault(path, walk.at[2])
    kind, token, _ = walk.step()
    if (kind, token) == ("sign", "["):
        _items(walk, path)
    elif (kind, token) == ("sign", "{"):
        _inline_table(walk, path)
    else:
        while walk.at[0] == "bare":  # a date and its time, with a space between
            walk.step()


def _items(walk: _Walk, path: Path) -> None:
    number = 0
    walk.skip_newlines()
    while walk.at[:2] != ("sign", "]") and walk.at[0] != "end":
        _value(walk, (*path, number))
        number += 1
        walk.skip_newlines()
        if walk.at[:2] == ("sign", ","):
            walk.step()
        walk.skip_newlines()
    walk.step()


def _inline_table(walk: _Walk, path: Path) -> None:
    walk.skip_newlines()
    while walk.at[:2] != ("sign", "}") and walk.at[0] != "end":
        _pair(walk, path)
        walk.skip_newlines()
        if walk.at[:2] == ("sign", ","):
            walk.step()
        walk.skip_newlines()
    walk.step()
