"""`chatbot demo`: a whole chat in a minute, with an invented community on an embedded server."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where to leave everything it made.")
@click.option("--seconds", type=click.FloatRange(min=30), default=60, show_default=True, help="How long it takes.")
@click.option("--serve", is_flag=True, help="Show the archive in a browser afterwards, on this machine only.")
def demo(out: Path | None, seconds: float, serve: bool) -> None:
    """See a whole chat: planned, posted, answered, sorted, moderated and published in a minute.

    Nothing leaves this machine. Everything is real but the server and the people: it is the program that
    `chatbot run` runs, on the real clock, with its hours shrunk to seconds. It checks its own promises at the end and
    exits with 0 only if it kept them all.
    """
    from chatbot.demo import night, serving

    folder = out or Path(f"chatbot-demo-{night.stamp()}")
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty. Name another folder: chatbot demo --out FOLDER")
    click.echo(f"A chat of six questions in about {seconds:.0f} seconds, on a server in this process.")
    kept = night.run(folder, seconds)
    page = night.page(folder)
    click.echo(f"\nEverything it made is in {folder}")
    click.echo(f"Open the transcript: {page.resolve().as_uri()}")
    if serve:
        serving.serve(folder / "archive")
    sys.exit(0 if kept else 1)
