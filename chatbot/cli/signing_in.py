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
    from chatbot.platforms.mastodon.sign_in import SignIn
    from chatbot.platforms.port import AccountFinding

_MARKS = {"fine": ("✓", "green"), "wrong": ("✗", "red"), "unknown": ("?", "yellow")}


def finish(begun: SignIn, *, opens_browser: bool) -> tuple[str, str, Author]:
    """Lead a person through signing in; returns the server's address, the token, and whose it is."""
    from chatbot.platforms.mastodon import Mastodon

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


def asked_who() -> tuple[str, str]:
    """Ask who runs the bot, and how people reach them."""
    from chatbot.core.files import fields

    operator = asking.ask("Who runs this bot? A person's name; participants read it", asking.as_field(fields.Line))
    contact = asking.ask("How do people reach you? @you@server, or an e-mail address", asking.as_field(fields.Reach))
    return str(operator), str(contact)


def ask_whether_it_came() -> bool:
    """Let a host look for the test message; what the bot has to tell them comes the same way."""
    has_come = click.confirm("Look at your private messages. Has it reached you?", default=True)
    if not has_come:
        asking.say(
            "Then what the bot has to tell you would not reach you either. Look whether your account filters messages"
            " of strangers, let yours follow the bot's, and see that the address above is right."
        )
    return has_come


def show(finding: AccountFinding) -> None:
    """Print one finding, with what a person can do where the program cannot."""
    mark, colour = _MARKS[finding.state]
    asking.say(f"{mark} {finding.says}", "  ", hanging="    ", colour=colour)
    if finding.state != "fine" and finding.mend and not finding.can_mend:
        asking.say(finding.mend, "    ")


def _bio(platform: Mastodon, who: Callable[[], tuple[str, str]]) -> str:
    """Propose a bio and let a person have the last word on it; one that still lacks something is said before."""
    from chatbot.core.files import beginnings
    from chatbot.platforms.mastodon import care

    operator, contact = who()
    proposed = beginnings.bio_of(operator, contact, before=platform.me().bio)
    click.echo()
    for line in proposed.splitlines():
        asking.say(line, "      ")
    click.echo()
    words = proposed if click.confirm("    Is this bio right?", True) else str(click.prompt("    Your words"))
    while (found := care.bio_of(words)).state != "fine":
        asking.say(found.says, "    ", colour="yellow")
        if click.confirm("    Write it all the same?", default=False):
            break
        words = str(click.prompt("    Your words"))
    return words
