"""Signing an account in and looking it over, as `login` and `init` both do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chatbot.cli import asking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chatbot.core.model import Author
    from chatbot.platforms.mastodon import Mastodon
    from chatbot.platforms.port import AccountFinding

_MARKS = {"fine": ("✓", "green"), "wrong": ("✗", "red"), "unknown": ("?", "yellow")}


def sign_in(server: str, *, opens_browser: bool) -> tuple[str, str, Author]:
    """Lead a person through signing in; returns the server's address, the token, and whose it is."""
    from chatbot.platforms.mastodon import Mastodon, sign_in

    begun = sign_in.begin(server)
    try:
        asking.say(f"In a browser that is signed in as the bot's account on {begun.server}, open this address:")
        click.echo(f"\n{begun.address}\n")
        if opens_browser:
            click.launch(begun.address)
        click.echo("Say yes there; the server then shows a code.")
        token = begun.token(click.prompt("Code").strip())
    finally:
        begun.close()
    platform = Mastodon("new", begun.url, token)
    try:
        me = platform.me()
    finally:
        platform.close()
    click.secho(f"Signed in as @{me.handle}.", fg="green")
    return begun.url, token, me


def keep_token(file: Path, token: str) -> None:
    """Store the token and say where it is and what protects it."""
    from chatbot.config import shown_name
    from chatbot.stages import setup

    setup.store_token(file, token)
    asking.say(f"The token is in {shown_name(file)}. {setup.what_protects()}")


def look_over(platform: Mastodon, who: Callable[[], tuple[str, str]]) -> None:
    """Show what is right and wrong about the account, and offer to mend what can be mended from here.

    `who` asks for the names a bio needs: who runs this, and how they are reached.
    """
    click.echo("\nThe account:")
    for finding in platform.findings():
        show(finding)
        if finding.state == "wrong" and finding.can_mend and click.confirm(f"    {finding.mend} Do it now?", True):
            show(platform.mend(finding.name, _bio(platform, who) if finding.name == "bio" else ""))


def show(finding: AccountFinding) -> None:
    """Print one finding, with what a person can do where the program cannot."""
    mark, colour = _MARKS[finding.state]
    asking.say(f"{mark} {finding.says}", "  ", hanging="    ", colour=colour)
    if finding.state != "fine" and finding.mend and not finding.can_mend:
        asking.say(finding.mend, "    ")


def _bio(platform: Mastodon, who: Callable[[], tuple[str, str]]) -> str:
    """Propose a bio and let a person have the last word on it."""
    from chatbot.core import beginnings

    operator, contact = who()
    proposed = beginnings.bio_of(operator, contact, before=platform.me().bio)
    click.echo()
    for line in proposed.splitlines():
        asking.say(line, "      ")
    click.echo()
    return proposed if click.confirm("    Is this bio right?", True) else str(click.prompt("    Your words"))
