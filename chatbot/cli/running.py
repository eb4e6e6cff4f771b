"""`chatbot run`, `chatbot status`, `chatbot health`: the process, how its chats stand, and whether it is alive."""

from __future__ import annotations

import sys

import click


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, once, and end.")
@click.option("--no-wait", is_flag=True, help="End at once when another chatbot runs on this database.")
@click.option("--json", "as_json", is_flag=True, help="Write log lines as JSON.")
@click.pass_obj
def run(config: str | None, once: bool, no_wait: bool, as_json: bool) -> None:
    """Run every chat: post, collect, answer, publish, until it is told to stop.

    It may be killed and started again at any moment; nothing is posted twice. Stop it with Ctrl-C or SIGTERM. While
    another one runs on the same database it stands by, and takes over when that one ends.
    """
    from chatbot import standby

    if once:
        sys.exit(1 if standby.run_once(config, as_json=as_json) else 0)
    standby.run(config, waits=not no_wait, as_json=as_json)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def status(config: str | None, as_json: bool) -> None:
    """Show how each chat stands: its next post, what is not sure, failed or held, what each way of reading brought.

    And how late posts went out and came in, and what may still be asked of each server in this minute.
    """
    from urllib.parse import urlsplit

    from chatbot import health as alive
    from chatbot.cli import running_output
    from chatbot.stages import look
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        now, state = parts.clock(), parts.config.state
        servers = {name: urlsplit(account.server).netloc for name, account in parts.config.accounts.items()}
        found = look.look(parts.store, parts.config.timing, now, servers)
        program = running_output.Program(alive.check(state, now), alive.fresh(state, now))
    if as_json:
        click.echo(running_output.to_json(found, program))
        return
    for line in running_output.lines(found, program, now):
        click.echo(line)


@click.command()
@click.pass_obj
def health(config: str | None) -> None:
    """Say in one sentence whether `chatbot run` is alive and on time; exit 0 if it is, else 1."""
    from chatbot import health as alive

    verdict = alive.look(config)
    click.echo(verdict.says)
    sys.exit(0 if verdict.is_healthy else 1)
