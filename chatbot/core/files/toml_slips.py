"""What may be wrong with one line of TOML: a table of looks at it, each with what may have been meant instead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from chatbot.core.value import Value


class Guess(Value, frozen=True):
    """What may be wrong with a line; `meant` are the lines it could be instead, most likely first."""

    what: str
    todo: str
    meant: tuple[str, ...] = ()
    runs_on: bool = False  # the next line may be its continuation, and no fault of its own


KEY = re.compile(r"\s*([\w.-]+|\"[^\"]*\")\s*=\s*")
HEADING = re.compile(r"\s*(\[{1,2})\s*([\w.-]+)\s*\]{0,2}\s*(#.*)?$")


def hash_words(tag: str) -> tuple[str, str]:
    """Say that a hashtag without quotes is a comment."""
    return f"after # everything counts as a comment, so {tag} is not seen", f'put it in quotes: "{tag}"'


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


_DOUBLES, _SINGLES = "“”„‟«»＂", "‘’‚‛`´"


def _curly(line: str, said: str) -> Guess | None:
    found = next((sign for sign in line if sign in _DOUBLES), None)
    key = KEY.match(line)
    value = line[key.end() :] if key else line.strip()
    single = value.lstrip("[ ")[:1] in tuple(_SINGLES)
    if not (found or single):
        return None
    straight = re.sub(f"[{_DOUBLES}]", '"', line)
    outer = re.sub(f'[{_SINGLES}{_DOUBLES}"](.*)[{_SINGLES}{_DOUBLES}"\']', _requoted, line, count=1)
    shown = found or value.lstrip("[ ")[:1]
    what = f"curly quotes, such as {shown}, come from a word processor and do not count"
    return Guess(what, 'type straight ones: "like this"', (straight, outer))


def _requoted(match: re.Match[str]) -> str:
    return _quoted(match[1])


_INVISIBLE = {
    "\u00a0": "a no-break space",
    "\u202f": "a narrow no-break space",
    "\u2007": "a figure space",
    "\u3000": "a wide space",
    "\u200b": "a space of no width",
    "\u2060": "a word joiner",
    "\ufeff": "a byte order mark",
    "\u200e": "a mark for the writing direction",
    "\u200f": "a mark for the writing direction",
}


def _invisible(line: str, said: str) -> Guess | None:
    control = next((sign for sign in line if (ord(sign) < 32 and sign != "\t") or ord(sign) == 127), None)
    if control is not None:
        clean = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", line)
        what = f"a control character (number {ord(control)}) that no text has"
        return Guess(what, "delete the line and type it again", (clean,))
    found = next((sign for sign in line if sign in _INVISIBLE), None)
    if not found:
        return None
    spaces = line.translate({ord(sign): " " for sign in _INVISIBLE})
    what = f"something invisible is in this line: {_INVISIBLE[found]}, pasted from a web page or word processor"
    return Guess(what, "delete the space before the value, and type it again", (spaces,))


def _empty(line: str, said: str) -> Guess | None:
    match = re.match(r"(\s*([\w-]+)\s*=\s*)(#\S*)?(.*)$", line)
    if not match or (match[4].strip() and not match[3]):
        return None
    if match[3] and match[3] != "#":
        return Guess(*hash_words(match[3]), (f"{match[1]}{_quoted(match[3])}", ""))
    return Guess(f"nothing comes after `{match[2]} =`", "write a value, or delete the line", ("",))


def _clock(line: str, said: str) -> Guess | None:
    match = re.match(r"(\s*([\w-]+)\s*=\s*)(\d{1,2}[:.]\d{2})\s*(#.*)?$", line)
    if not match:
        return None
    clock = match[3].replace(".", ":")
    return Guess("a time needs quotes", f'write {match[2]} = "{clock}"', (f'{match[1]}"{clock}"',))


_WORDS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}


def _yes_or_no(line: str, said: str) -> Guess | None:
    match = re.match(r"(\s*([\w-]+)\s*=\s*)([A-Za-z]+)\s*(#.*)?$", line)
    if not match or match[3].lower() not in _WORDS:
        return None
    word = _WORDS[match[3].lower()]
    return Guess(f"{match[3]} is not a value here", f"write {match[2]} = {word}, in small letters", (match[1] + word,))


def _colon(line: str, said: str) -> Guess | None:
    match = re.match(r"\s*([\w-]+)\s*:\s*(\S.*)$", line)
    if not match or "=" in line.split(":", maxsplit=1)[0]:
        return None
    meant = (f"{match[1]} = {match[2]}", f"{match[1]} = {_quoted(match[2].strip())}")
    return Guess(f"there is a colon after `{match[1]}`", f"write an equals sign: {match[1]} = …", meant)


def _backslash(line: str, said: str) -> Guess | None:
    if "\\" not in line or not re.search(r"escape|[Hh]ex|Unescaped|surrogate|scalar", said):
        return None
    todo = "write / instead of \\, or put the value in single quotes: '…'"
    return Guess("a backslash \\ has a meaning of its own in quotes", todo, (line.replace("\\", "\\\\"),))


def _inner_quotes(line: str, said: str) -> Guess | None:
    match = re.match(r'(\s*(?:[\w-]+\s*=\s*)?)"(.*[^\\])"(\s*,?\s*(?:#[^"]*)?)$', line)
    if not match or '"' not in re.sub(r"\\.", "", match[2]):
        return None
    inner = re.sub(r'(?<!\\)"', '\\\\"', match[2])
    what = 'the text ends too early: a " stands in the middle of it'
    return Guess(what, 'write \\" in the middle, or use “ and ” there', (f'{match[1]}"{inner}"{match[3]}',))


def unclosed(line: str, said: str) -> Guess | None:
    """Look for a text that begins and does not end."""
    key = KEY.match(line)
    value = line[key.end() :] if key else line.lstrip()
    sign = value[:1]
    if sign not in ('"', "'") or value.count(sign) % 2 == 0:
        return None
    many = sign * 3
    todo = f"write {sign} after the last word; text over several lines needs {many} at both ends"
    return Guess(f"the text begins with {sign} and does not end", todo, (line.rstrip() + sign,), runs_on=True)


def _heading(line: str, said: str) -> Guess | None:
    match = HEADING.match(line)
    if not match:
        return None
    meant = f"{match[1]}{match[2]}{']' * len(match[1])}"
    return Guess(f"the heading {line.strip()[:40]} is not closed", f"write {meant}", (meant,))


def _unquoted(line: str, said: str) -> Guess | None:
    match = re.match(r"(\s*([\w-]+)\s*=\s*)([^\s\"'\[{#].*)$", line)
    if not match:
        return None
    value = re.sub(r"\s+#\s.*", "", match[3]).strip()
    if re.fullmatch(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}", value):
        todo = f"write year-month-day: {match[2]} = 2026-12-01"
        return Guess(f"{value} is not a date of the calendar", todo, (match[1] + _quoted(value),))
    closed = value[:-1].rstrip() if value[-1] in "\"'" and value.count(value[-1]) == 1 else ""
    value = closed or value  # the quotation mark at its end is there, the one before it is not
    todo = f"write {match[2]} = {_quoted(value if len(value) < 40 else value[:30] + '…')}"
    return Guess("text needs quotes around it", todo, (match[1] + _quoted(value),))


def _prose(line: str, said: str) -> Guess | None:
    if not line.strip() or "=" in line:
        return None
    return Guess(
        "this line has no name and no equals sign", 'write name = "value", or begin the line with # for a remark'
    )


LOOKS: tuple[Callable[[str, str], Guess | None], ...] = (
    _curly,
    _invisible,
    _empty,
    _clock,
    _yes_or_no,
    _colon,
    _backslash,
    _inner_quotes,
    unclosed,
    _heading,
    _unquoted,
    _prose,
)
