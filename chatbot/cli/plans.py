"""`chatbot check` and `chatbot new`: look settings and plans over, and begin a chat from a pasted list of questions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli import asking
from chatbot.core.value import replace

if TYPE_CHECKING:
    from datetime import date, datetime

    from chatbot.config import Config
    from chatbot.core.errors import Mistake
    from chatbot.core.plan import Question, Series
    from chatbot.stages.checking import Checked, PlanFolder

_SHEET = """\


# Write or paste the questions above, one a line, with or without numbers:
#   1. What grows in your garden?
#   2. What does not?
# Then save and close. Lines like these are left out.
"""


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.pass_obj
def check(config: str | None, files: tuple[Path, ...]) -> None:
    """Look over the settings and all plan files, and FILES besides.

    Every mistake is told with its file, its line, and what to do; nothing is changed. Exit code 1 if there is one.
    """
    from chatbot import wiring
    from chatbot.stages import checking

    checked = checking.check(config, wiring.now(), files, _unsendable)
    _show(checked)
    sys.exit(1 if checked.mistakes else 0)


def _unsendable(settings: Config) -> Iterable[Mistake]:
    """Find what would keep notifications from being sent, where there are any."""
    if not settings.notify.addresses:
        return ()
    from chatbot.stages.tell import notifier

    return notifier.mistakes(settings.notify, settings.timing)


@click.command()
@click.option("--series", "series_id", help="The short name of the series, when there are several.")
@click.option("--theme", default=None, help="What the chat is about.")
@click.option("--date", "day", default=None, help="Its local date, 2026-12-01; the next one of the series if left out.")
@click.option("--ready", is_flag=True, help="Say already that everything is in place, so that it will be posted.")
@click.option("--past", is_flag=True, help="It was held on that date: nothing is posted, its answers are imported.")
@click.option("--second", is_flag=True, help="Make another chat on a day that has one.")
@click.option("--overwrite", is_flag=True, help="Write over a file of the same name.")
@click.pass_obj
def new(  # noqa: PLR0913 - one an option
    config: str | None, series_id: str | None, theme: str | None, day: str | None, ready: bool, past: bool,
    second: bool, overwrite: bool,
) -> None:  # fmt: skip
    """Begin a chat from a list of questions, pasted into an editor or given on standard input."""
    from chatbot import wiring
    from chatbot.config import load, shown_name
    from chatbot.core.files import drafts
    from chatbot.stages import checking

    if past and ready:
        raise click.UsageError("A past chat posts nothing: leave out --ready, or --past. Nothing was written.")
    settings, now = load(config), wiring.now()
    is_asking = sys.stdin.isatty()
    folder = checking.check_plans(checking.plan_files(settings.chats), settings, now, checking.Checked())
    series = _series(folder, series_id)
    reads = _reads_date(series, now, past)
    named = reads(day) if day is not None else None
    questions = _questions(is_asking)
    theme = click.prompt("Theme", default="", show_default=False) if theme is None and is_asking else theme
    date = named or _date(reads, None if past else drafts.next_date(series, now, folder.chats), is_asking)
    taken = folder.chats if second else ()
    chat = drafts.new_chat(series, date, questions, theme=(theme or "").strip(), taken=taken)
    overwrite = overwrite or (is_asking and _may_overwrite(settings.chats / f"{chat.id}.toml"))
    path = checking.write_new(settings, series, replace(chat, ready=ready), folder, overwrite)
    click.echo(f"Wrote {shown_name(path)}.")
    checked = checking.Checked()
    checking.check_plans(checking.plan_files(settings.chats), settings, now, checked)
    about = checked.about(shown_name(path))
    _show(about)
    click.echo(f"Next: look it over in an editor, then run chatbot plan apply {shown_name(path)}")
    sys.exit(1 if about.mistakes else 0)


def _series(folder: PlanFolder, wanted: str | None) -> Series:
    """Choose the series that was named, or the only one."""
    from chatbot.core.errors import Wrong
    from chatbot.core.files.forms import did_you_mean

    known = ", ".join(folder.series)
    if not folder.series:
        raise Wrong(
            "there is no series in the folder of plans", "run chatbot init, or chatbot check to see what is wrong"
        )
    if wanted is None and len(folder.series) == 1:
        return next(iter(folder.series.values()))
    if wanted is None:
        raise Wrong("there are several series", f"say which: --series, one of {known}")
    if wanted not in folder.series:
        raise Wrong(f'there is no series "{wanted}"', did_you_mean(wanted, folder.series) or f"known: {known}")
    return folder.series[wanted]


def _questions(is_asking: bool) -> tuple[Question, ...]:
    """Take the questions from standard input, or let a person paste them into an editor, and say what was found."""
    from chatbot.core.errors import Wrong
    from chatbot.core.files.planfile import read_paste

    if is_asking:
        text = _from_editor()
    else:
        from chatbot.core.files import toml

        text = toml.decode(sys.stdin.buffer.read(), "standard input")
    pasted = read_paste(text)
    if not pasted.questions:
        raise Wrong("there are no questions in what was pasted", "paste a list, one question a line")
    for question in pasted.questions:
        click.echo(f"{question.label}: {question.text}")
    for note in pasted.notes:
        click.echo(f"note: {note}")
    return pasted.questions


def _from_editor() -> str:
    """Let a person paste into an editor, or where there is none, straight into the terminal."""
    try:
        pasted = click.edit(_SHEET, extension=".txt") or ""
    except click.ClickException:
        click.echo("No editor could be opened. Paste the questions here, then press Ctrl-D on a line of its own:")
        pasted = sys.stdin.read()
    hints = set(_SHEET.splitlines())
    return "\n".join(line for line in pasted.splitlines() if line not in hints or not line)


def _reads_date(series: Series, now: datetime, past: bool) -> Callable[[str], date]:
    """Return a reader of dates that are still to come, or for a past chat of those that are over."""
    from chatbot.core.errors import Wrong
    from chatbot.core.files import drafts
    from chatbot.core.nights.recurrence import read_date

    def read(answer: str) -> date:
        try:
            day = read_date(answer)
        except Wrong as wrong:
            raise Wrong(f"{wrong.what}, so nothing was written", wrong.todo) from None
        if past and not drafts.is_over(series, day, now):
            raise Wrong(f"{day} is not over, so nothing was written", "leave out --past, or write when it was held")
        if not past and drafts.is_over(series, day, now):
            todo = "write a date that is still to come, or say --past if the chat was held then"
            raise Wrong(f"{day} is over, so nothing was written", todo)
        return day

    return read


def _date(reads: Callable[[str], date], offered: date | None, is_asking: bool) -> date:
    """Ask a person for the date; elsewhere take the next one of the series."""
    from chatbot.core.errors import Wrong

    if is_asking:
        answered: date = asking.ask("Date", reads, default=str(offered) if offered else None)
        return answered
    if offered is None:
        raise Wrong("no date is said, and the series has none to offer, so nothing was written", "--date 2026-12-01")
    return offered


def _may_overwrite(path: Path) -> bool:
    return path.exists() and click.confirm(f"{path.name} is there already. Write over it?", default=False)


def _show(checked: Checked) -> None:
    """Print what is fine, what a host should know, and every mistake with its line; then how many there are."""
    for fine in checked.fine:
        click.echo(f"fine: {fine}")
    for warning in checked.warnings:
        click.echo(f"note: {warning}")
    for mistake in checked.mistakes:
        click.echo(_with_line(mistake, checked.line(mistake)))
    number = len(checked.mistakes)
    click.echo("No mistakes." if not number else "1 mistake." if number == 1 else f"{number} mistakes.")


def _with_line(mistake: Mistake, line: str | None) -> str:
    return f"{mistake}\n    {mistake.line} | {printable(line.strip())}" if line and line.strip() else str(mistake)


def printable(text: str) -> str:
    """Return a line that does nothing to a terminal but show itself, and is no longer than one."""
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return shown if len(shown) <= 100 else shown[:99] + "…"
