"""Questions to the person at the prompt: an answer is read as the settings would read it, or asked again."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

END_OF_LIST = "."
WIDEST = 100


def ask(what: str, reads: Callable[[str], Any] = str.strip, default: str | None = None) -> Any:
    """Ask until the answer can be used; what is wrong with it is said in one sentence."""

    def read(answer: str) -> Any:
        from chatbot.core.errors import ChatbotError

        try:
            return reads(answer)
        except ChatbotError as error:
            raise click.BadParameter(str(error)) from None

    return click.prompt(what, default=default, value_proc=read)


def as_field(kind: Any) -> Callable[[str], Any]:
    """Return a reader for a field of the plan files, with the same words for the same mistakes."""

    def read(answer: str) -> Any:
        from pydantic import TypeAdapter, ValidationError

        from chatbot.core.errors import Wrong
        from chatbot.core.files import forms

        try:
            return TypeAdapter(kind).validate_python(answer.strip())
        except ValidationError as error:
            said = error.errors()[0]
            reason = said.get("ctx", {}).get("error")
            raise reason if isinstance(reason, Wrong) else Wrong(forms.explained(said)) from None

    return read


def choose(what: str, options: Sequence[str]) -> int:
    """Let a person pick one of several by its number; returns its place from 0."""
    click.echo(what)
    for number, option in enumerate(options, start=1):
        click.echo(f"  {number}  {option}")
    picked: int = click.prompt("Which", type=click.IntRange(1, len(options)), default=1)
    return picked - 1


def sure(question: str) -> None:
    """Go on after a yes only; after a no the command ends, and says that it did nothing."""
    if not click.confirm(question):
        click.echo("Nothing was changed.")
        raise click.exceptions.Exit(1)


def paste(what: str) -> str:
    """Take lines as they are pasted, up to one that is a full stop alone, or the end of the input."""
    say(f"{what} When you are done, write a line with a full stop alone: {END_OF_LIST}")
    lines: list[str] = []
    for line in iter(sys.stdin.readline, ""):
        if line.strip() == END_OF_LIST:
            break
        lines.append(line)
    return "".join(lines)


def say(words: str, indent: str = "", *, hanging: str | None = None, colour: str | None = None) -> None:
    """Print words as wide as the terminal, or as is pleasant to read."""
    width = min(shutil.get_terminal_size().columns, WIDEST)
    wrapped = click.wrap_text(words, width, indent, indent if hanging is None else hanging)
    click.secho(wrapped, fg=colour)


def heading(number: int, total: int, what: str, done: str = "") -> None:
    """Say which step this is, or that it was done before."""
    click.secho(f"\n{number}/{total}  {what}", bold=True)
    if done:
        say(f"Done before: {done}")
