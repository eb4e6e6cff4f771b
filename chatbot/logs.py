"""What `run` writes: one line a unit of work, as key=value or JSON, with no token and nobody's words in it.

Only `run` sets this up. Lines carry row ids, chats, accounts and counts. Of an exception its type and place are kept
and its message is not: a database puts a row's values there. Secrets of the settings are blotted out wherever they
might turn up, and values whose key says token, secret or password are hidden.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from chatbot.config import Config

HIDDEN = "[hidden]"
_TELLING = ("token", "secret", "password", "authorization", "cookie")
QUIET = {  # urllib3 warns of a retry with the whole path that was asked
    "urllib3": logging.ERROR,
    **dict.fromkeys(("requests", "mastodon", "apscheduler", "sqlalchemy", "alembic", "asyncio"), logging.WARNING),
}
_FIRST = ["timestamp", "level", "logger", "event", "chat"]
_JOURNAL = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # priorities as syslog counts them


def set_up(config: Config, *, as_json: bool = False, stream: TextIO | None = None) -> None:
    """Send every log line of the program and its libraries to a stream, standard error if none is named.

    systemd's journal stamps and ranks lines itself: it gets them without a time and with their priority, so that
    `journalctl -u chatbot -p warning` shows what went wrong.
    """
    import structlog

    stream = stream or sys.stderr
    is_journal = not as_json and goes_to_journal(stream)
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _about_chat,
        _without_message,
        Redactor(secrets_of(config)),
    ]
    last: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not as_json:
        last = structlog.processors.LogfmtRenderer(key_order=_FIRST, drop_missing=True, bool_as_flag=False)
    plain, last = ([_unstamped], _ranked(last)) if is_journal else ([], last)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, _printable, *plain, last])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for library, level in QUIET.items():
        logging.getLogger(library).setLevel(level)
    logging.getLogger("chatbot").setLevel(logging.INFO)


def goes_to_journal(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether systemd's journal reads a stream: it names the stream's place on the disk in the environment."""
    try:
        place = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{place.st_dev}:{place.st_ino}"


def secrets_of(config: Config) -> frozenset[str]:
    """Return every secret that the settings led to."""
    found = [account.token for account in config.accounts.values()]
    found += [other.token for account in config.accounts.values() for other in account.vantage]
    found += [config.mail.password if config.mail else None, config.notify.heartbeat]
    found += [address.url for address in config.notify.addresses]
    return frozenset(secret for secret in found if secret and len(secret) >= 6)


class Redactor:
    """Hides values by their key, and known secrets wherever they stand."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self.secrets = sorted(secrets, key=len, reverse=True)

    def __call__(self, logger: object, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        """Return the line with what is secret taken out."""
        return {key: HIDDEN if _is_telling(key) else self._clean(value) for key, value in event.items()}

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self.secrets:
                value = value.replace(secret, HIDDEN)
        elif isinstance(value, dict):
            return {key: HIDDEN if _is_telling(str(key)) else self._clean(inner) for key, inner in value.items()}
        elif isinstance(value, list | tuple):
            return [self._clean(inner) for inner in value]
        return value


def _is_telling(key: str) -> bool:
    return any(word in key.lower() for word in _TELLING)


def _without_message(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep of an exception what it was and where, never what it said."""
    from chatbot.stages.schedule.guard import places

    raised = event.pop("exc_info", None)
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["error"], event["at"] = type(error).__name__, places(error)
    event.pop("stack_info", None)
    return event


def _about_chat(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Let a line that names no chat carry the one that is being worked on."""
    from chatbot.stages.schedule import story

    if event.get("chat") is None:
        event["chat"] = story.chat()
    return event


def _unstamped(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leave the time to the journal."""
    event.pop("timestamp", None)
    return event


def _ranked(last: Any) -> Any:
    """Put each line's priority before it, as the journal reads it."""

    def rank(logger: object, method: str, event: MutableMapping[str, Any]) -> str:
        return f"<{_JOURNAL.get(str(event.get('level')), 6)}>{last(logger, method, event)}"

    return rank


def _printable(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Let no value break the line it stands on, and leave out what has none."""
    known = {key: value for key, value in event.items() if value is not None}
    return {key: " ".join(value.split()) if isinstance(value, str) else value for key, value in known.items()}
