"""`chatbot login` and `chatbot init`: from nothing to a signed-in account and a first chat one can look over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli import asking, signing_in

if TYPE_CHECKING:
    from chatbot.config import Config
    from chatbot.core.errors import ChatbotError
    from chatbot.platforms.mastodon import Mastodon


@click.command()
@click.argument("account", metavar="ACCOUNT|SERVER")
@click.option("--open", "opens_browser", is_flag=True, help="Open the address in a browser of this machine.")
@click.pass_obj
def login(config: str | None, account: str, opens_browser: bool) -> None:
    """Sign an account in: ACCOUNT of the settings anew, or a new one on SERVER.

    Only a token is kept, in a file that you alone can read. Signing in again replaces it.
    """
    from chatbot.core.files import beginnings
    from chatbot.platforms.mastodon import sign_in

    settings = _settings(config)
    known = settings.accounts.get(account) if settings else None
    if settings and known is None and re.fullmatch(r"[\w-]+", account) and account != "localhost":
        raise _unknown(account, settings)
    begun = sign_in.begin(known.server if known else account)
    server, token, me = signing_in.finish(begun, opens_browser=opens_browser)
    name = account if known else beginnings.account_name_of(me.handle)
    if settings is None:
        file = Path(config or "chatbot.toml")
        _write_new(file, name, server)
        token_file = file.absolute().parent / "state" / f"{name}.token"
    else:
        clash = settings.accounts.get(name)
        if known is None and clash is not None and clash.server != server:
            name = str(asking.ask(f"The settings have another “{name}”. A name for this one", default=f"{name}-2"))
        token_file = _token_file(settings, name, server)
    signing_in.keep_token(token_file, token)
    platform = _platform(name, server, token)
    try:
        signing_in.look_over(platform, lambda: _who_runs(config, name) or signing_in.asked_who())
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


def _who_runs(config: str | None, account: str) -> tuple[str, str] | None:
    """Return who runs the bot and how they are reached, as a series with this account says, applied or only planned."""
    from chatbot import wiring
    from chatbot.stages import checking
    from chatbot.store import chats

    settings = _settings(config)
    if settings is None:
        return None
    files = checking.plan_files(settings.chats)
    known = [*checking.check_plans(files, settings, wiring.now(), checking.Checked()).series.values()]
    if not settings.database.startswith("sqlite") or Path(settings.database.removeprefix("sqlite:///")).exists():
        with wiring.open_parts(config) as parts, parts.store.read() as conn:
            known = [*chats.all_series(conn), *known]
    fitting = (one for one in known if account in one.accounts and one.operator and one.contact)
    return next(((one.operator, one.contact) for one in fitting), None)


def _unknown(account: str, settings: Config) -> ChatbotError:
    from chatbot.core.errors import Wrong
    from chatbot.core.files.forms import did_you_mean

    known = f"known: {', '.join(settings.accounts) or 'none'}; for a new account write its server, as example.social"
    return Wrong(f'there is no account "{account}"', f"{did_you_mean(account, settings.accounts)} {known}".strip())


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
    click.echo(f"Wrote {shown_name(file)} with this account as “{name}”.")


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
