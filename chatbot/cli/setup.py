"""`chatbot login` and `chatbot init`: from nothing to a signed-in account and a first chat one can look over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli import asking, signing_in

if TYPE_CHECKING:
    from chatbot.config import Config
    from chatbot.platforms.mastodon import Mastodon


@click.command()
@click.argument("account", metavar="ACCOUNT|SERVER")
@click.option("--open", "opens_browser", is_flag=True, help="Open the address in a browser of this machine.")
@click.pass_obj
def login(config: str | None, account: str, opens_browser: bool) -> None:
    """Sign an account in: ACCOUNT of the settings anew, or a new one on SERVER.

    Only a token is kept, in a file that you alone can read. Signing in again replaces it.
    """
    from chatbot.core import beginnings

    settings = _settings(config)
    known = settings.accounts.get(account) if settings else None
    server, token, me = signing_in.sign_in(known.server if known else account, opens_browser=opens_browser)
    name = account if known else beginnings.account_name_of(me.handle)
    if settings is None:
        file = Path(config or "chatbot.toml")
        _write_new(file, name, server)
        token_file = file.absolute().parent / "state" / f"{name}.token"
    else:
        clash = settings.accounts.get(name)
        if known is None and clash is not None and clash.server != server:
            name = str(asking.ask(f"The settings have another {name!r}. A name for this one", default=f"{name}-2"))
        token_file = _token_file(settings, name, server)
    signing_in.keep_token(token_file, token)
    platform = _platform(name, server, token)
    try:
        signing_in.look_over(platform, asked_who)
    finally:
        platform.close()


@click.command()
@click.option("--open", "opens_browser", is_flag=True, help="Open addresses in a browser of this machine.")
@click.pass_obj
def init(config: str | None, opens_browser: bool) -> None:
    """Set a first chat up, step by step, from signing in to looking every post over.

    It can be left at any moment and run again: finished steps are not asked again. Nothing is posted for others
    to see before you say that a chat is ready, and run the bot.
    """
    from chatbot.cli.first_steps import FirstSteps

    FirstSteps(config, opens_browser).walk()


def asked_who() -> tuple[str, str]:
    """Ask who runs the bot, and how people reach them."""
    operator = str(asking.ask("    Who runs this bot? A person's name"))
    return operator, str(asking.ask("    How do people reach you? @you@server, or an e-mail address"))


def _settings(config: str | None) -> Config | None:
    """Read the settings, if there are any yet."""
    from chatbot.config import NoSettings, load

    try:
        return load(config)
    except NoSettings:
        if config is not None and Path(config).exists():
            raise
        return None


def _write_new(file: Path, name: str, server: str) -> None:
    from chatbot.config import shown_name
    from chatbot.stages import setup

    setup.write_settings(file, name, server)
    click.echo(f"Wrote {shown_name(file)} with this account as {name!r}.")


def _token_file(settings: Config, name: str, server: str) -> Path:
    """Return where an account's token belongs; a new account is added to the settings."""
    from chatbot.config import shown_name
    from chatbot.stages import setup

    known = settings.accounts.get(name)
    if known is not None:
        return known.token_file or settings.state / f"{name}.token"
    setup.add_account(settings.file, name, server)
    click.echo(f"Added [accounts.{name}] to {shown_name(settings.file)}.")
    return settings.state / f"{name}.token"


def _platform(name: str, server: str, token: str) -> Mastodon:
    from chatbot.platforms.mastodon import Mastodon

    return Mastodon(name, server, token)
