"""Writes and reads `alive.json`: whether the running chatbot still ticks, and whether a post is overdue.

One that stands by for another leaves its sign in `standby.json`, so that both can be healthy in one folder.

Only the standard library is imported, nothing of ours, so that a container may ask every few seconds. What counts as
late is written into the file by `run`, which knows the durations; this module and `wiring` alone read the real clock.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

FILE = "alive.json"
STAND_BY = "standby.json"
SETTINGS = ("chatbot.toml", "config/chatbot.toml")


@dataclass(frozen=True, slots=True)
class Beat:
    """What one tick of `run` knows: times are ISO 8601 in UTC, limits are seconds.

    `overdue_since` is the due instant of the oldest post that should have gone out and has not, `since` when the
    program began, `failures` how often something failed since, `budget` what is left of each account's requests, and
    `ended` when the program ended by itself or was asked to.
    """

    tick: str
    pid: int
    stale_after: float = 30.0
    overdue_since: str | None = None
    overdue_limit: float = 300.0
    unknown: int = 0
    failed: int = 0
    since: str | None = None
    failures: int = 0
    budget: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class StandBy:
    """What one tick of a `run` knows that waits for another to end; `waits_for` is its process, if it is near."""

    tick: str
    pid: int
    stale_after: float = 30.0
    waits_for: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Healthy or not, in one sentence."""

    is_healthy: bool
    says: str


Sign = TypeVar("Sign", Beat, StandBy)


def write(folder: Path, beat: Beat) -> None:
    """Put the beat where `check` finds it: a reader sees the old file or the new one, never half of one."""
    _replace(folder / FILE, beat)


def read(folder: Path) -> Beat | None:
    """Return the newest beat, or None when there is none that can be read."""
    return _read(folder / FILE, Beat)


def fresh(folder: Path, now: datetime) -> Beat | None:
    """Return the newest beat, unless whoever wrote it has fallen silent since."""
    beat = read(folder)
    return None if beat is None or _is_silent(beat, now) else beat


def end(folder: Path, pid: int, now: datetime) -> None:
    """Write into one's own beat that it was the last, so that nobody waits for it to grow old."""
    beat = read(folder)
    if beat is not None and beat.pid == pid:
        write(folder, replace(beat, ended=now.isoformat()))


def is_running(folder: Path, now: datetime) -> bool:
    """Whether a chatbot works on this database, as far as can be seen from this folder."""
    return fresh(folder, now) is not None or _waiting(folder, now) is not None


def stand_by(folder: Path, sign: StandBy) -> None:
    """Put a sign of somebody who stands by beside the beat."""
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / STAND_BY, sign)


def stands_by_no_more(folder: Path, pid: int) -> None:
    """Take one's own sign away."""
    sign = _read(folder / STAND_BY, StandBy)
    if sign is not None and sign.pid == pid:
        (folder / STAND_BY).unlink(missing_ok=True)


def check(folder: Path, now: datetime | None = None) -> Verdict:
    """Say in one sentence whether the chatbot that writes into this folder is alive and on time."""
    now = now or datetime.now(UTC)
    beat, waiting = read(folder), _waiting(folder, now)
    if waiting is not None and _is_over(beat, waiting, now):
        return Verdict(True, "Standing by: another chatbot runs on this database; this one takes over when it ends.")
    if beat is None:
        return Verdict(False, "Not running: no chatbot has written here yet. Start it with `chatbot run`.")
    try:
        if beat.ended:
            ago = _span(_seconds_since(beat.ended, now))
            return Verdict(False, f"Not running: it was ended {ago} ago. Start it with `chatbot run`.")
        silent = _seconds_since(beat.tick, now)
        overdue = _seconds_since(beat.overdue_since, now) if beat.overdue_since else 0.0
    except (ValueError, TypeError):
        return Verdict(False, f"Not readable: {FILE} holds no time. Restart `chatbot run`.")
    if silent > beat.stale_after:
        return Verdict(False, f"Not running: the last tick was {_span(silent)} ago. Restart `chatbot run`.")
    if overdue > beat.overdue_limit:
        return Verdict(False, f"Late: a post has been due for {_span(overdue)}{_counts(beat)}. See `chatbot status`.")
    also = "; another one stands by" if waiting is not None else ""
    return Verdict(True, f"Running: the last tick was {_span(silent)} ago{_counts(beat)}{also}.")


def look(settings: str | None = None, environ: Mapping[str, str] = os.environ) -> Verdict:
    """Say how the chatbot of these settings is; where there are none, that is said and not guessed."""
    folder = state_folder(settings, environ)
    if read(folder) is None and not environ.get("CHATBOT_STATE"):
        file = _settings_file(settings or environ.get("CHATBOT_CONFIG"))
        if not file.is_file():
            named = settings or environ.get("CHATBOT_CONFIG")
            what = f"no file {named}" if named else f"no {' or '.join(SETTINGS)}"
            return Verdict(False, f"There are no settings here: {what}. Run `chatbot init`, or name the file.")
    return check(folder)


def state_folder(settings: str | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Find the folder of `alive.json` without reading the settings in full.

    Looks at CHATBOT_STATE, then at `state` in the settings file, which is looked for as everywhere.
    """
    if environ.get("CHATBOT_STATE"):
        return Path(environ["CHATBOT_STATE"])
    file = _settings_file(settings or environ.get("CHATBOT_CONFIG"))
    return (file.parent / Path(_state_named_in(file)).expanduser()).resolve()


def _settings_file(named: str | None) -> Path:
    if named:
        return Path(named)
    return next((Path(name) for name in SETTINGS if Path(name).is_file()), Path(SETTINGS[0]))


def _state_named_in(file: Path) -> str:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8")).get("state")
    except (OSError, ValueError):
        return "state"
    return found if isinstance(found, str) else "state"


def _replace(file: Path, sign: Beat | StandBy) -> None:
    draft = file.with_name(f".{file.name}.{sign.pid}")
    draft.write_text(json.dumps(asdict(sign)), encoding="utf-8")
    os.replace(draft, file)


def _read(file: Path, kind: type[Sign]) -> Sign | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return kind(**{one.name: found[one.name] for one in fields(kind) if one.name in found})
    except (OSError, ValueError, TypeError):
        return None


def _waiting(folder: Path, now: datetime) -> StandBy | None:
    """Return the sign of somebody who stands by, unless it is an old one."""
    sign = _read(folder / STAND_BY, StandBy)
    return None if sign is None or _is_silent(sign, now) else sign


def _is_silent(sign: Beat | StandBy, now: datetime) -> bool:
    if isinstance(sign, Beat) and sign.ended:
        return True
    try:
        return _seconds_since(sign.tick, now) > sign.stale_after
    except (ValueError, TypeError):
        return True


def _is_over(beat: Beat | None, waiting: StandBy, now: datetime) -> bool:
    """Whether whoever stands by waits for nobody here: one that is only silent may still have the database's lock."""
    return beat is None or bool(beat.ended) or (beat.pid != waiting.waits_for and _is_silent(beat, now))


def _seconds_since(instant: str, now: datetime) -> float:
    at = datetime.fromisoformat(instant)
    return max((now - (at if at.tzinfo else at.replace(tzinfo=UTC))).total_seconds(), 0.0)


def _span(seconds: float) -> str:
    """Say a duration in its two largest units."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    named = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    parts = [f"{number} {unit}" for number, unit in named if number]
    return " ".join(parts[:2]) or "0 s"


def _counts(beat: Beat) -> str:
    parts = []
    if beat.unknown:
        parts.append(f"{beat.unknown} not sure to have gone out")
    if beat.failed:
        parts.append(f"{beat.failed} failed")
    return f", {' and '.join(parts)}" if parts else ""
