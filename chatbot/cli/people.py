"""`chatbot lower PERSON name|picture|text`: a host shows less of somebody than the community would."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chatbot.stages.keep.lowering import What

_LOWERED = {
    "name": "is shown without a name now, in every chat",
    "picture": "is shown without their picture now, in every chat",
    "text": "is not shown with any post now, in every chat",
}


@click.command()
@click.argument("person")
@click.argument("what", type=click.Choice(list(_LOWERED)))
@click.option("--undo", is_flag=True, help="Take it back; what the person and the community allow is shown again.")
@click.pass_obj
def lower(config: str | None, person: str, what: What, undo: bool) -> None:
    """Show less of PERSON (user@host, or their profile's address): no name, no picture, or no text.

    It holds for every chat, those published before too. Nothing can be shown that the person does not allow.
    """
    from chatbot.stages import publish
    from chatbot.stages.keep import lowering
    from chatbot.wiring import open_parts

    with open_parts(config) as parts:
        change = lowering.lift if undo else lowering.lower
        author, changed = change(parts.store, person, what, getpass.getuser(), parts.clock())
        written = publish.heed(parts.store, parts.config, parts.clock())
    name = author.handle or author.uri
    if not changed:
        click.echo(f"The {what} of {name} was {'not lowered' if undo else 'lowered before'}; nothing changed.")
    elif undo:
        click.echo(f"Taken back: the {what} of {name} is shown again as far as they and the community allow.")
    else:
        click.echo(f"{name} {_LOWERED[what]}. To undo: chatbot lower {person} {what} --undo")
    if written is not None:
        click.echo("The published pages are written anew.")
