"""What the bot answers in private: to participants about themselves, and to hosts whose command it did not obey."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from chatbot.core.plan import Series
from chatbot.core.talk.commands import HostCommand, PersonWord

STOPPED = (
    "You are out. What you write is not shown in the archive of this chat, and what was shown of you is taken out of"
    " it. Your posts stay where they are on your own server. To come back, answer `start`; to have everything erased,"
    " answer `forget me`."
)
STARTED = (
    "You are in. Your public answers to the chat are kept and may be shown in its archive. To be left out again,"
    " answer `stop`."
)
FORGOTTEN = (
    "You are forgotten: everything kept of you here is erased, and nothing new of you will be kept. Your posts stay"
    " where they are on your own server, and copies that others made cannot be reached from here. If you change your"
    " mind, answer `start`."
)
CONFIRMATION = {PersonWord.STOP: STOPPED, PersonWord.START: STARTED, PersonWord.FORGET: FORGOTTEN}

_BRAKE = "`pause`, `resume`, `next`, `skip`, `stop`, `publish`, and `also #OtherTag` to collect another hashtag"
_ACCOUNT = re.compile(r"(?<![\w@/.+-])@(\w[\w.-]*)(?:@(\w[\w.-]*\w(?::\d+)?))?")  # an e-mail address is none


def help_for_people(contact: str) -> str:
    """Say which words anybody may use, and where to find a person; naming that person calls nobody into the talk."""
    write_to = f" For anything else write to {_uncalled(contact)}." if contact else ""
    return (
        "This account is a bot and understands a few words only, each alone in a message: `stop` leaves you out of the"
        " archive, `start` takes you in again, `forget me` erases everything kept of you, `what do you have` tells you"
        f" what is kept.{write_to}"
    )


def help_for_hosts() -> str:
    """Say which commands a host has."""
    return (
        f"Not understood, so nothing was done. Alone in a private message, these are commands: {_BRAKE}."
        " To be left out of the archive yourself, answer `forget me`."
    )


def say_it_privately(command: HostCommand) -> str:
    """Answer a host who wrote a command where everybody can read it."""
    return (
        f"You wrote `{command}` where others can read it, so nothing was done: commands count only in a private message"
        f" to this account. To give it, answer `{command}` here. To be left out of the archive yourself, answer"
        " `forget me`."
    )


def too_old(command: HostCommand, age: timedelta) -> str:
    """Answer a command that was read long after it was written."""
    return (
        f"Your `{command}` was read only {_span(age)} after you wrote it, so it was not obeyed: the chat may have moved"
        f" on. Nothing was changed. If you still want it, answer `{command}` again."
    )


def overtaken(command: HostCommand) -> str:
    """Answer a command that was written before one that was already obeyed."""
    return (
        f"Your `{command}` was read after a newer command for the same chat had been obeyed, so it was not obeyed."
        f" Nothing was changed. If you still want it, answer `{command}` again."
    )


def which(command: HostCommand, candidates: Sequence[Series]) -> str:
    """Ask a host of several chats which one is meant."""
    ways = " or ".join(f"`{command} #{series.hashtags[0]}`" for series in candidates)
    return f"You host more than one chat just now, so nothing was done. Which one do you mean? Answer {ways}."


def no_chat(command: HostCommand) -> str:
    """Answer a command that no chat is there for."""
    if command is HostCommand.PUBLISH:
        return "No chat of yours is over and waiting to be published, so nothing was done."
    return (
        f"No chat of yours is planned, so there is nothing to {command} and nothing was done."
        " To be left out of the archive yourself, answer `forget me`."
    )


def _span(age: timedelta) -> str:
    minutes = max(round(age / timedelta(minutes=1)), 1)
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def _uncalled(contact: str) -> str:
    """Write accounts as the addresses of their pages, for `@rita@a.example` would be a mention."""
    return _ACCOUNT.sub(lambda found: f"https://{found[2]}/@{found[1]}" if found[2] else found[1], contact)
