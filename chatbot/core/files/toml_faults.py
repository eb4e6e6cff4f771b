"""What is wrong with a file's form, in the words of somebody who never heard of TOML, and what was probably meant.

A parser stops at the first fault, which for a volunteer is ten rounds. Here the faulty line is mended as it was
probably meant and the reading goes on, so that every mistake of a file is found in one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from chatbot.core.files import toml_slips as slips
from chatbot.core.files.toml_slips import Guess
from chatbot.core.value import Value

MOST = 20  # faults that are told of one file
# parts that may repeat
LISTS = ("chat", "chat.question", "chat.guest", "chat.reading", "series.host", "people", "accounts.vantage")


class Fault(Value, frozen=True):
    """A line that is not in form: what is wrong and what to do."""

    line: int | None
    what: str
    todo: str


class Meant(Value, frozen=True):
    """A file as it was probably meant. `values` is None where that cannot be told."""

    text: str
    values: Mapping[str, Any] | None
    faults: tuple[Fault, ...] = ()


class _Failure(Value, frozen=True):
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
        doubled = _doubled(text, values)
        if doubled:
            text, fault = doubled
            faults.append(fault)
            continue
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


def _doubled(text: str, failure: _Failure) -> tuple[str, Fault] | None:
    """Give every heading of a part that may repeat, and does, its second brackets; one fault tells them all."""
    lines = text.split("\n")
    heading = slips.HEADING.match(lines[failure.line - 1]) if failure.line <= len(lines) else None
    name = heading[2] if heading else ""
    single = [n for n, line in enumerate(lines) if _is_heading(line, name) and not line.lstrip().startswith("[[")]
    if name not in LISTS or not single or not failure.said.startswith(("Cannot overwrite", "Cannot declare")):
        return None
    for n in single:
        lines[n] = f"[[{name}]]"
    what = f"[{name}] stands here several times, but in single brackets a heading may stand only once"
    return "\n".join(lines), Fault(single[0] + 1, what, f"write [[{name}]] each time")


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
    for look in slips.LOOKS:
        guess = look(line, failure.said)
        if guess:
            return number, guess
    todo = 'compare it with the sample; a line is: name = "value"'
    return number, Guess(f"this line cannot be read ({failure.said[:80]})", todo)


def _twice(lines: list[str], number: int, said: str) -> Guess:
    line = lines[number - 1]
    heading = slips.HEADING.match(line)
    if heading:
        name = heading[2]
        first = next((n for n, other in enumerate(lines, 1) if _is_heading(other, name)), None)
        todo = f"put everything under one [{name}]; only headings with double brackets, such as [[chat]], may repeat"
        return Guess(f"[{name}] is here twice{_first(first, number)}", todo)
    key = slips.KEY.match(line)
    name = key[1] if key else "a name"
    first = None
    for earlier in range(number - 1, 0, -1):
        if lines[earlier - 1].lstrip().startswith("["):
            break
        match = slips.KEY.match(lines[earlier - 1])
        if match and match[1] == name:
            first = earlier
    return Guess(f"`{name}` is here twice{_first(first, number)}", "keep one of the two lines", ("",))


def _is_heading(line: str, name: str) -> bool:
    heading = slips.HEADING.match(line)
    return bool(heading and heading[2] == name)


def _first(first: int | None, number: int) -> str:
    return f", first in line {first}" if first and first != number else ""


def _opened_above(lines: list[str], number: int, said: str) -> tuple[int, Guess] | None:
    """Find the line where a text or list was opened whose end the parser missed."""
    if said.startswith(("Unterminated string", 'Expected \'"""\'', "Expected \"'''\"")):
        return _endless_paragraphs(lines, number)
    if said == 'Expected "\'"':  # nothing closes it, down to the end of the file
        guesses = ((n, slips.unclosed(lines[n - 1], said)) for n in range(len(lines), 0, -1))
        return next(((n, guess) for n, guess in guesses if guess), None)
    if said.startswith(("Unclosed array", "Invalid value", "Invalid initial", "Unclosed inline")):
        opened = _open_bracket(lines, number)
        return _endless_list(lines, number, opened) if opened else None
    return None


def _endless_paragraphs(lines: list[str], number: int) -> tuple[int, Guess]:
    odd = ((n, sign) for n, line in enumerate(lines, 1) for sign in ('"""', "'''") if line.count(sign) % 2)
    opened, sign = max(odd, default=(number, '"""'))
    return opened, Guess(f"the text that begins here with {sign} never ends", f"write {sign} after its last word")


def _endless_list(lines: list[str], number: int, opened: int) -> tuple[int, Guess] | None:
    line = lines[opened - 1]
    hashtag = re.search(r"[\[,]\s*(#\w+)", line)
    if hashtag:
        quoted = re.sub(r"(?<=[\[,\s])(#\w+)", r'"\1"', line)
        return opened, Guess(*slips.hash_words(hashtag[1]), (quoted,))
    if opened == number:
        return None
    if re.match(r"\s*[\"']", lines[number - 1]):
        with_comma = f", {lines[number - 1].lstrip()}"
        todo = "write a comma between two values"
        return number, Guess("a comma is missing before this value", todo, (with_comma,))
    closed = f"{line.rstrip().rstrip(',')}]"
    return opened, Guess("the list that begins here with [ never ends", "write ] after its last value", (closed,))


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
