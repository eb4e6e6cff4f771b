"""Sets an account up: keeps its token, tries a private post, remembers how far a first set-up came."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.core.errors import ChatbotError
from chatbot.core.files import schemas, toml_out
from chatbot.core.files.settings import AccountSettings, Settings
from chatbot.core.model import Draft, Visibility
from chatbot.platforms.errors import PlatformError
from chatbot.platforms.port import Deleting, Found, Platform, PostRef

PROGRESS = "setup.json"


def store_token(file: Path, token: str) -> None:
    """Write a token into a file that its owner alone can read, from its first byte on.

    The file is made anew and moved into place, so that a looser file of that name lends it no rights.
    """
    new = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:
            opened.write(token + "\n")
        os.replace(new, file)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise ChatbotError(
            f"The token could not be written to {file} ({error.strerror}), so the bot is not signed in."
            " Give this user the right to write there, and run the command again."
        ) from None


def what_protects(posix: bool = os.name == "posix") -> str:
    """Say what keeps others from a token file on this kind of system."""
    if posix:
        return "Only this user can read it. Whoever has it can post as the bot: keep it out of copies and chats."
    return (
        "On Windows nothing but the rights of the folder protects it: keep it inside your own user folder. Whoever has"
        " it can post as the bot."
    )


def write_settings(file: Path, name: str, server: str) -> None:
    """Write new settings with one account, commented, and beside them the schemas for editors.

    The schemas are made anew; settings that are there are never written over.
    """
    text = toml_out.write_settings(Settings(accounts={name: AccountSettings(server)}))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for schema, rules in schemas.texts().items():
            (file.parent / schema).write_text(rules, encoding="utf-8")
        with open(file, "x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise ChatbotError(f"{file} could not be written ({error.strerror}); nothing was changed.") from None


def add_account(file: Path, name: str, server: str) -> None:
    """Add an account at the end of settings there are; every line before stays as a person wrote it."""
    table = toml_out.write_account(name, AccountSettings(server))
    with open(file, "a", encoding="utf-8") as opened:
        opened.write(f"\n{table}")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a private test post went; `removed` tells that it is gone again."""

    says: str
    went_well: bool
    removed: bool = False


def rehearse(platform: Platform, to: str = "", has_come: Callable[[], bool] | None = None) -> Rehearsal:
    """Post a private message to a host, read it back, and delete it: what a night needs, and nobody else sees.

    1. Post, direct, to one account (user@host), or to the bot itself where no account is known.
    2. Whatever came back must be private; anything else is told loudly.
    3. Read it back as the collector does.
    4. Let the host look for it (`has_come`); then take it away.
    """
    words = "A test from your chat bot: can I post, and does it reach you?" if to else "A test: can I post?"
    draft = Draft(f"@{to or platform.me().handle} {words}", Visibility.DIRECT, language="en")
    ref = platform.publish(draft, f"setup/{secrets.token_hex(8)}")
    seen = platform.look_up([ref])[ref.local_id]
    is_here = has_come is None or ref.visibility is not Visibility.DIRECT or has_come()
    removed = _remove(platform, ref)
    if ref.visibility is not Visibility.DIRECT:
        return Rehearsal(
            f"The post was to be private, but {platform.server} made it {ref.visibility or 'something unknown'}."
            " Don't use this account before that is understood.",
            went_well=False,
            removed=removed,
        )
    if not isinstance(seen, Found):
        return Rehearsal(
            f"The post was made, but {platform.server} does not show it to the bot afterwards.",
            went_well=False,
            removed=removed,
        )
    if not is_here:
        return Rehearsal("The bot can post, but its message has not reached you.", went_well=False, removed=removed)
    return Rehearsal("The bot can post, and read what it posted.", went_well=True, removed=removed)


def _remove(platform: Platform, ref: PostRef) -> bool:
    if not isinstance(platform, Deleting):
        return False
    try:
        platform.delete(ref)
    except PlatformError:
        return False
    return True


@dataclass
class Progress:
    """Which steps of a first set-up are finished, with the answers that later steps need; never a secret."""

    file: Path
    done: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, state: Path) -> Progress:
        """Read how far it came; a file that cannot be read is no progress."""
        file = state / PROGRESS
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls(file)
        steps = said.items() if isinstance(said, dict) else ()
        return cls(file, {name: dict(answers) for name, answers in steps if isinstance(answers, dict)})

    def answer(self, step: str, name: str) -> str:
        """Return an answer given in a finished step, or nothing."""
        return self.done.get(step, {}).get(name, "")

    def finish(self, step: str, answers: Mapping[str, str] | None = None) -> None:
        """Remember that a step is finished, safely even if the machine stops now."""
        self.done[step] = dict(answers or {})
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self.done, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(new, self.file)
