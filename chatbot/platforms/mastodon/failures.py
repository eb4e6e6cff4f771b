"""What became of a request, judged by facts: was it sent, what was the answer. Pure.

The rows that matter most (`platforms.md` A1): a lost answer or a 5xx to a posting never means "not posted"; a 4xx
does; and what was never sent was never done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import orjson

from chatbot.platforms.errors import (
    NoAnswer,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    Unavailable,
)

_NOT_THE_APIS = (403, 404, 405, 410, 451)  # a firewall, a portal, a page during maintenance: without the API's JSON
_LOCKED = "Your login is"  # Mastodon: "… currently disabled", "… missing a confirmed e-mail address"
_SENTENCE = 300  # characters of a server's own words that are repeated
_UNFIT = re.compile(r"[\x00-\x1f\x7f<>]+")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a request: sent or not, and the answer as far as it came."""

    sent: bool
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    why: str = ""  # for an answer that never came: "the connection was refused"


def judge(seen: Seen, server: str, *, writing: bool, account: str = "ACCOUNT") -> PlatformError:
    """Return the port's error for a request that failed; `writing` tells that it may have changed something.

    `account` is the bot's name in the settings, for what to do.
    """
    if not seen.sent:
        return NoAnswer(f"{server} cannot be reached ({seen.why or 'no connection'}); nothing was sent.")
    if seen.status is None or seen.status in (408, 425) or seen.status >= 500:
        return _without_answer(seen, server, writing)
    if seen.status < 300:
        return _unreadable(seen, server, writing)
    if seen.status < 400:
        said = _elsewhere(seen, server)
        return OutcomeUnknown(said, answered=True) if writing else Rejected(said)
    if writing and seen.status in _NOT_THE_APIS and not _is_json(seen.body):
        return OutcomeUnknown(
            f"Something answered {_status(seen.status)} in the place of {server}; it may have been done all the same.",
            answered=True,
        )
    return _refusal(seen, seen.status, server, account, writing)


def _without_answer(seen: Seen, server: str, writing: bool) -> PlatformError:
    said = f"answered {_status(seen.status)}" if seen.status else f"gave no answer ({seen.why or 'connection lost'})"
    if writing:
        return OutcomeUnknown(f"{server} {said}; it may have been done all the same.", seen.status is not None)
    silent = NoAnswer if seen.status is None else Unavailable
    return silent(f"{server} {said}; it will be asked again.")


def _unreadable(seen: Seen, server: str, writing: bool) -> PlatformError:
    if writing:
        return OutcomeUnknown(f"{server} said yes, but its answer could not be read; it was probably done.")
    if seen.why:
        return Unavailable(f"{server} began an answer that did not come to its end ({seen.why}).")
    return Unavailable(f"{server} answered with something that is not the JSON of a Mastodon server.")


def _elsewhere(seen: Seen, server: str) -> str:
    return (
        f"{server} sends this request to another address, which is not followed with the bot's token."
        " Write the server's own address in the settings."
    )


def _refusal(seen: Seen, status: int, server: str, account: str, writing: bool) -> PlatformError:
    said = sentence(seen.body)
    stop = "" if said.endswith((".", "!", "?")) else "."
    words, inside = (f" It says: {said}{stop}", f" (it says: {said.rstrip('.')})") if said else ("", "")
    again = f"Sign in again with `chatbot login {account}`."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        told = f"{server} asks for a pause: too many requests."
        return RateLimited(told, opens_at(seen.headers), pause(seen.headers))
    if status == HTTPStatus.UNAUTHORIZED or "requires an authenticated user" in said:
        return NotSignedIn(
            f"{server} does not accept the bot's token, so nothing can be posted or read{inside}.", again
        )
    if status == HTTPStatus.FORBIDDEN and "scope" in said.lower():
        return NotSignedIn(f"The bot's token may not do this on {server}{inside}.", again)
    if status == HTTPStatus.FORBIDDEN and (writing or said.startswith(_LOCKED)):
        return (NotSignedIn if said.startswith(_LOCKED) else NotAllowed)(
            f"{server} does not let the bot's account do this{inside}; it may be suspended or limited.",
            "Sign in to it in a browser, and ask the server's moderators.",
        )
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return NotFound(f"{server} does not have what was asked for, or not for this account.{words}", said)
    return Rejected(f"{server} refused ({_status(status)}).{words}")


def _is_json(body: bytes) -> bool:
    try:
        return isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        return False


def _status(status: int | None) -> str:
    try:
        return f"{status} {HTTPStatus(status or 0).phrase}"
    except ValueError:
        return str(status)


def sentence(body: bytes) -> str:
    """Return the server's own words from an error's JSON, in one short clean line; of anything else nothing."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(said, dict):
        return ""
    words = next((said[key] for key in ("error_description", "error") if isinstance(said.get(key), str)), "")
    return " ".join(_UNFIT.sub(" ", words).split())[:_SENTENCE]


def opens_at(headers: Mapping[str, str]) -> datetime | None:
    """Return when a closed window opens again: `X-RateLimit-Reset` as ISO 8601 or an epoch, or `Retry-After`."""
    reset = instant(headers.get("X-RateLimit-Reset", ""))
    if reset is not None:
        return reset
    after, date = headers.get("Retry-After", ""), served_at(headers)
    return date + timedelta(seconds=int(after)) if after.isdecimal() and len(after) < 7 and date else instant(after)


def pause(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long a closed window stays closed by the server's own clock, if it says enough to tell."""
    opens, now, after = opens_at(headers), served_at(headers), headers.get("Retry-After", "")
    if opens is not None and now is not None:
        return max(opens - now, timedelta())
    return timedelta(seconds=int(after)) if after.isdecimal() and len(after) < 7 else None


def instant(value: str) -> datetime | None:
    """Read an instant as servers write it in headers: ISO 8601, seconds since 1970, or an HTTP date."""
    for read in (_from_epoch, datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = read(value)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, OSError):
            continue
    return None


def _from_epoch(value: str) -> datetime:
    if not (value.isdecimal() and len(value) >= 10):
        raise ValueError("not an epoch")
    return datetime.fromtimestamp(int(value), UTC)


def served_at(headers: Mapping[str, str]) -> datetime | None:
    """Return the server's own time of an answer."""
    return instant(headers.get("Date", ""))
