"""What is wrong with a file's form, in the words of somebody who never heard of TOML, and what was probably meant.

A parser stops at the first fault, which for a volunteer is ten rounds. Here the faulty line is mended as it was
probably meant and the reading goes on, so that every mistake of a file is found in one.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MOST = 20  # faults that are told of one file


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that is not in form: what is wrong and what to do."""

    line: int | None
    what: str
    todo: str


@dataclass(frozen=True, slots=True)
class Meant:
    """A file as it was probably meant. `values` is None where that cannot be told."""

    text: str
    values: Mapping[str, Any] | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """What may be wrong with a line; `meant` are the lines it could be instead, most likely first."""

    what: str
    todo: str
    meant: tuple[str, ...] = ()
    runs_on: bool = False  # the next line may be its continuation, and no fault of its own


@dataclass(frozen=True, slots=True)
class _Failure:
    line: int
    said: str


def read_as_meant(text: str) -> Meant:
    """Read a file, mending line after line; `values` is None when a line could not be mended."""
    faults: list[Fault] = []
    is_whole = True
    runs_on_from = -1
    while len(faults) < MOST:
        try:
            values = _parse(text)
        except (RecursionError, OverflowError, _Unplaced) as error:
            what = str(error) if isinstance(error, _Unplaced) else "brackets stand in brackets, hundreds deep"
            return Meant(text, None, (*faults, Fault(None, what, "start again from the sample file")))
        if not isinstance(values, _Failure):
            return Meant(text, values if is_whole else None, tuple(faults))
        number, guess = _explain(text.split("\n"), values)
        mended = _mend(text, number, values.line, guess)
        if mended is not None or number != runs_on_from + 1:
            faults.append(Fault(number, guess.what, guess.todo))
        runs_on_from = number if guess.runs_on else -1
        is_whole = is_whole and mended is not None
        text = mended if mended is not None else _blank(text, number, values.line)
    return Meant(text, None, (*faults, Fault(None, "there may be more", "mend these first")))


class _Unplaced(Exception):
    """The parser failed without saying where."""


def _parse(text: str) -> dict[str, Any] | _Failure:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        place = re.search(r"\(at (?:line (\d+), column \d+|end of document)\)$", said)
        line = int(place[1]) if place and place[1] else text.rstrip("\n").count("\n") + 1
        return _Failure(line, said[: place.start()].strip() if place else said)
    except ValueError:  # thousands of digits
        raise _Unplaced("a number is far too long") from None


def _mend(text: str, number: int, failed_at: int, guess: Guess) -> str | None:
    """Put in the first meaning that lets the reading get further, or return None."""
    lines = text.split("\n")
    for meant in guess.meant:
        mended = "\n".join((*lines[: number - 1], meant, *lines[number:]))
        try:
            outcome = _parse(mended)
        except (RecursionError, _Unplaced):
            continue
        if not isinstance(outcome, _Failure) or outcome.line > failed_at:
            return mended
    return None


def _blank(text: str, number: int, failed_at: int) -> str:
    lines = text.split("\n")
    for index in {number - 1, failed_at - 1}:
        lines[min(index, len(lines) - 1)] = ""
    return "\n".join(lines)


def _explain(lines: list[str], failure: _Failure) -> tuple[int, Guess]:
    """Return the line to look at, which may be before the one where the parser gave up, and what is wrong with it."""
    number = min(failure.line, len(lines))
    line = lines[number - 1]
    if failure.said.startswith(("Cannot overwrite", "Cannot declare", "Duplicate")):
        return number, _twice(lines, number, failure.said)
    opened = _opened_above(lines, number, failure.said)
    if opened:
        return opened
    for look in _LOOKS:
        guess = look(line, failure.said)
        if guess:
            return number, guess
    todo = 'compare it with the sample; a line is: name = "value"'
    return number, Guess(f"this line cannot be read ({failure.said[:80]})", todo)


_KEY = re.compile(r"\s*([\w.-]+|\"[^\"]*\")\s*=\s*")
_HEADING = re.compile(r"\s*(\[{1,2})\s*([\w.-]+)\s*\]{0,2}\s*(#.*)?$")


def _twice(lines: list[str], number: int, said: str) -> Guess:
    line = lines[number - 1]
    heading = _HEADING.match(line)
    if heading:
        name = heading[2]
        first = next((n for n, other in enumerate(lines, 1) if _is_heading(other, name)), None)
        todo = f"put everything under one [{name}]; only headings with double brackets, such as [[chat]], may repeat"
        return Guess(f"[{name}] is here twice{_first(first, number)}", todo)
    key = _KEY.match(line)
    name = key[1] if key else "a name"
    first = None
    for earlier in range(number - 1, 0, -1):
        if lines[earlier - 1].lstrip().startswith("["):
            break
        match = _KEY.match(lines[earlier - 1])
        if match and match[1] == name:
            first = earlier
    return Guess(f"`{name}` is here twice{_first(first, number)}", "keep one of the two lines", ("",))


def _is_heading(line: str, name: str) -> bool:
    heading = _HEADING.match(line)
    return bool(heading and heading[2] == name)


def _first(first: int | None, number: int) -> str:
    return f", first in line {first}" if first and first != number else ""


def _opened_above(lines: list[str], number: int, said: str) -> tuple[int, Guess] | None:
    """Find the line where brackets or triple quotes were opened that the parser missed the end of."""
    if said.startswith(("Unterminated string", 'Expected \'"""\'', "Expected \"'''\"")):
        sign = "'''" if "'''" in "\n".join(lines) and '"""' not in "\n".join(lines) else '"""'
        start = max((n for n, line in enumerate(lines, 1) if line.count(sign) % 2), default=number)
        return start, Guess(f"the text that begins here with {sign} never ends", f"write {sign} after its last word")
    if said == 'Expected "\'"':  # nothing closes it, down to the end of the file
        found = ((n, _unclosed(lines[n - 1], said)) for n in range(len(lines), 0, -1))
        return next(((n, guess) for n, guess in found if guess), None)
    if not said.startswith(("Unclosed array", "Invalid value", "Invalid initial", "Unclosed inline")):
        return None
    start = _open_bracket(lines, number)
    if start is None:
        return None
    line = lines[start - 1]
    hashtag = re.search(r"[\[,]\s*(#\w+)", line)
    if hashtag:
        meant = re.sub(r"(?<=[\[,\s])(#\w+)", r'"\1"', line)
        return start, Guess(*_hash_words(hashtag[1]), (meant,))
    if start == number:
        return None
    if re.match(r"\s*[\"']", lines[number - 1]):
        meant = (f", {lines[number - 1].lstrip()}",)
        return number, Guess(
            "a comma is missing before this value", "write a comma between the values of a list", meant
        )
    closed = f"{line.rstrip().rstrip(',')}]"
    return start, Guess("the list that begins here with [ never ends", "write ] after its last value", (closed,))


def _open_bracket(lines: list[str], number: int) -> int | None:
    """Return the line of an array that is opened with a value and not closed before line `number`."""
    depth = 0
    for earlier in range(number, max(number - 200, 0), -1):
        bare = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'", "", lines[earlier - 1])
        bare = re.sub(r"#.*", "", bare)
        depth += bare.count("[") - bare.count("]")
        if re.match(r"\s*[\w-]+\s*=", bare):
            if earlier == number and depth <= 0:
                depth = 0
                continue
            return earlier if depth > 0 and "[" in bare else None
    return None


def _hash_words(tag: str) -> tuple[str, str]:
    return f"after # everything counts as a comment, so {tag} is not seen", f'put it in quotes: "{tag}"'


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


_DOUBLES, _SINGLES = "“”„‟«»＂", "‘’‚‛`´"


def _curly(line: str, said: str) -> Guess | None:
    found = next((sign for sign in line if sign in _DOUBLES), None)
    key = _KEY.match(line)
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
        return Guess(*_hash_words(match[3]), (f"{match[1]}{_quoted(match[3])}", ""))
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


def _unclosed(line: str, said: str) -> Guess | None:
    key = _KEY.match(line)
    value = line[key.end() :] if key else line.lstrip()
    sign = value[:1]
    if sign not in ('"', "'") or value.count(sign) % 2 == 0:
        return None
    many = sign * 3
    todo = f"write {sign} after the last word; text over several lines needs {many} at both ends"
    return Guess(f"the text begins with {sign} and does not end", todo, (line.rstrip() + sign,), runs_on=True)


def _heading(line: str, said: str) -> Guess | None:
    match = _HEADING.match(line)
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
    todo = f"write {match[2]} = {_quoted(value if len(value) < 40 else value[:30] + '…')}"
    return Guess("text needs quotes around it", todo, (match[1] + _quoted(value),))


def _prose(line: str, said: str) -> Guess | None:
    if not line.strip() or "=" in line:
        return None
    return Guess(
        "this line has no name and no equals sign", 'write name = "value", or begin the line with # for a remark'
    )


_LOOKS: tuple[Callable[[str, str], Guess | None], ...] = (
    _curly,
    _invisible,
    _empty,
    _clock,
    _yes_or_no,
    _colon,
    _backslash,
    _inner_quotes,
    _unclosed,
    _heading,
    _unquoted,
    _prose,
)
