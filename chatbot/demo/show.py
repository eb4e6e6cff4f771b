"""The demo's voice: a live board on a terminal, plain lines elsewhere, and the account at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from chatbot.demo.board import Board, Line
from chatbot.demo.promises import Account, Check

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


class Show(Protocol):
    """Whatever shows the evening while it runs."""

    def __enter__(self) -> Show: ...
    def __exit__(self, *_: object) -> None: ...
    def update(self, board: Board) -> None:
        """Show a new state."""
        ...


def best_show() -> Show:
    """Choose the live board on a terminal, else plain lines."""
    return LiveBoard() if sys.stdout.isatty() else PlainLines()


class PlainLines:
    """One line for each new question and each post that found its place."""

    def __init__(self) -> None:
        self._asked = ""
        self._seen: dict[str, str] = {}

    def __enter__(self) -> PlainLines:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, board: Board) -> None:
        """Print what is new."""
        if board.asked != self._asked:
            self._asked = board.asked
            print(f"\n{board.asked}", flush=True)
        for line in board.lines:
            if self._seen.get(line.uri) != line.where:
                self._seen[line.uri] = line.where
                print(f"  {line.where:>9}  {line.who}: {_short(line.says, 60)}", flush=True)


class LiveBoard:
    """A board that is redrawn in place."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console: Console = Console()
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)

    def __enter__(self) -> LiveBoard:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def update(self, board: Board) -> None:
        """Redraw."""
        self._live.update(_panel(board, height=max(self._console.height - 8, 6)))


def _panel(board: Board, height: int) -> RenderableType:
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    head = Text(board.asked, style="bold")
    countdown = "" if board.next_in is None else f"next post in {board.next_in:.0f} s   "
    tally = "   ".join(f"{where} {count}" for where, count in board.sorted_to)
    table = Table(box=None, show_header=False, padding=(0, 1), expand=True)
    table.add_column(justify="right", style="cyan", no_wrap=True)
    table.add_column(style="bold", no_wrap=True, max_width=18)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for line in board.lines[-height:]:
        table.add_row(Text(line.where), Text(line.who), Text(line.says))
    foot = Text(
        f"{countdown}{board.people} people   {board.posts} posts   {board.refused} said no\n{tally}", style="dim"
    )
    return Panel(Group(head, Text(), table, Text(), foot), title="#GardenChat, tonight", border_style="green")


def closing(accounts: Sequence[Account], checks: Sequence[Check], unexpected: Sequence[str]) -> None:
    """Print what happened to each awkward post and why, and whether every promise was kept."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    console.print("\n[bold]What happened to the awkward posts, and why[/bold]")
    for account in accounts:
        mark = "[green]✓[/green]" if account.as_expected else "[red]✗[/red]"
        _say(console, f" {mark} ", f"{account.what}: {account.where}", f"{account.why}")
    console.print("\n[bold]The promises, checked on the server and in the files[/bold]")
    for check in checks:
        mark = "[green]✓[/green]" if check.kept else "[red]✗[/red]"
        _say(console, f" {mark} ", check.promise, check.seen)
    for line in unexpected:
        _say(console, " [red]✗[/red] ", "A post does not stand where it should", line)


def _say(console: Console, mark: str, what: str, why: str) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Text.from_markup(mark) + Text(_capital(what)))
    if why:
        console.print(Padding(Text(_capital(why), style="dim"), (0, 0, 0, 5)))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _short(words: str, length: int) -> str:
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


__all__ = ["Line", "LiveBoard", "PlainLines", "Show", "best_show", "closing"]
