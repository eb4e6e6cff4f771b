"""The commands, one module a group; each parses its arguments, calls one stage and prints what came of it.

Modules load when their command is called, so that `chatbot --version` starts at once.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import sys
from typing import Any

import click

import chatbot

# command -> the module of this package that holds it
COMMANDS = {
    "init": "setup",
    "login": "setup",
    "check": "plans",
    "new": "plans",
    "plan": "planning",
    "chats": "planning",
    "preview": "planning",
    "cancel": "corrections",
    "adopt": "delivery",
    "ask-again": "corrections",
    "also": "hashtags",
    "stop": "brake",
    "pause": "brake",
    "resume": "brake",
    "next": "brake",
    "skip": "brake",
    "leave-out": "moderation",
    "include": "moderation",
    "assign": "moderation",
    "feature": "moderation",
    "undo": "moderation",
    "queue": "moderation",
    "render": "archive",
    "publish": "archive",
    "export": "archive",
    "import": "keeping",
    "forget": "keeping",
    "lower": "people",
    "backup": "keeping",
    "run": "running",
    "status": "running",
    "health": "running",
    "demo": "demo",
}


class LazyCommands(click.Group):
    """A group whose commands are imported when they are first asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command in the order of a chat's life."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command's module and return the command, or None."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"chatbot.cli.{COMMANDS[name]}")
        attribute = name.replace("-", "_") + ("_" if name in ("import", "next") else "")
        command: click.Command = getattr(module, attribute)
        _take_config(command)
        return command


def _take_config(command: click.Command) -> None:
    """Let `--config` stand after a command as well as before it."""
    if all(parameter.name != "config" for parameter in command.params):
        told = "The settings file."
        command.params.append(
            click.Option(["--config"], type=click.Path(), help=told, expose_value=False, callback=_use_config)
        )
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _take_config(inner)


def _use_config(ctx: click.Context, _: click.Parameter, config: str | None) -> None:
    ctx.obj = config or ctx.obj


@click.command(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(chatbot.__version__, prog_name="chatbot")
@click.option("--config", type=click.Path(), help="The settings file (default: chatbot.toml or config/chatbot.toml).")
@click.pass_context
def program(ctx: click.Context, config: str | None) -> None:
    """Plan, run, moderate and publish a hashtag chat."""
    ctx.obj = config


def main(arguments: list[str] | None = None) -> Any:
    """Run the program; the exit code is 0, 1 (mistakes were found) or 2 (it could not be done)."""
    from chatbot.core.errors import ChatbotError

    collect_rarely()
    atexit.register(gc.freeze)  # a last look through everything, at the end, takes a fifth of a short command
    try:
        return program(arguments, prog_name="chatbot")
    except ChatbotError as error:
        from chatbot.cli.wrapping import for_terminal

        click.echo(for_terminal(str(error)), err=True)
        sys.exit(error.exit_code)


def collect_rarely() -> None:
    """Look for garbage that refers to itself at every 300,000th object; at every 700th it takes another fifth."""
    gc.set_threshold(300_000, 20, 20)
