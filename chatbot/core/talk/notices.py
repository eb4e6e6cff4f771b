"""What hosts are told: each notice says what happened, what it means for the chat, and what to do.

An incident has a name that never changes, so that nobody is told twice; a notice fits a private post of 500 signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chatbot.core.model import CueKind
from chatbot.core.plan import Chat, Series
from chatbot.core.value import Value

_THEME_LENGTH = 60
_TROUBLE_LENGTH = 160
_EVENING = 17
_KINDS: dict[str, str] = {
    CueKind.ANNOUNCEMENT: "the announcement",
    CueKind.REMINDER: "the reminder",
    CueKind.WELCOME: "the welcome",
    CueKind.SO_FAR: "“Tonight so far”",
    CueKind.HEADS_UP: "a heads-up",
    CueKind.QUESTION: "a question",
    CueKind.LAST_CALL: "the last call",
    CueKind.THANKS: "the thanks",
    CueKind.CORRECTION: "a correction",
    CueKind.DIGEST: "the digest",
}


class Notice(Value, frozen=True):
    """Something hosts are told once: the incident's name, a subject for e-mail, and the sentences."""

    incident: str
    subject: str
    text: str


def when(at: datetime, zone: str, now: datetime) -> str:
    """Say an instant as people of that zone do: "tonight 20:00", "tomorrow 09:30", "Tuesday 1 December, 20:00"."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    if local.date() == today:
        return f"{'tonight' if local.hour >= _EVENING else 'today'} {local:%H:%M}"
    if local.date() == today + timedelta(days=1):
        return f"tomorrow {local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%A} {local.day} {local:%B}{year}, {local:%H:%M}"


def clock_time(at: datetime, zone: str) -> str:
    """Say the local time of day."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def label(chat: Chat, kind: str, question_id: str | None) -> str:
    """Name a post of the bot as hosts know it: "Q3", "the welcome"."""
    question = chat.question(question_id) if question_id else None
    if question is not None:
        return question.label or "a question"
    return _KINDS.get(kind, "a message")


def incident(chat: Chat, kind: str, nth: int) -> str:
    """Name something that the clock brings: the `nth` notice of a kind about a chat, on the day that it has now."""
    return f"{chat.id}/{kind}/{nth}{moved(chat)}"


def moved(chat: Chat) -> str:
    """Return what tells an incident on the day a chat was moved to from the same one on its first day."""
    day = f"{chat.starts_at:%Y-%m-%d}"
    return "" if day in chat.id else f"/{day}"


def pre_flight(
    series: Series, chat: Chat, nth: int, now: datetime, *, paused: bool, trouble: str = "", too_long: str = ""
) -> Notice:
    """Say before the chat that all is well, or what is not; `too_long` names posts that a server will not take."""
    start = capital(when(chat.starts_at, series.zone, now))
    head = f"{start}: {title(series, chat)}. {counted(len(chat.questions), 'question')}"
    if trouble:
        what = cut(trouble, _TROUBLE_LENGTH).rstrip(".")
        said = f"{head}, but the account is not fine: {what}. Until that is mended nothing can be posted."
    elif too_long:
        said = (
            f"{head}, but too long by now: {cut(too_long, _TROUBLE_LENGTH)}. The server will refuse that. Apply the"
            " plan again with `chatbot plan apply FILE`, with shorter words where it says so."
        )
    elif paused:
        said = f"{head}. The chat is paused: nothing goes out until you answer `resume`."
    else:
        said = f"{head}, account fine; answer `pause` to hold everything."
    standing = "not all is well" if trouble or too_long else "ready"
    subject = f"{series.name}, {when(chat.starts_at, series.zone, now)}: {standing}"
    return Notice(incident(chat, "pre-flight", nth), subject, said)


def missing(chat: Chat) -> tuple[str, ...]:
    """Name what a chat still lacks before it may post."""
    lacks = {"a theme": not chat.theme, "questions": not chat.questions, "`ready = true`": not chat.ready}
    return tuple(name for name, is_missing in lacks.items() if is_missing)


def not_ready(series: Series, chat: Chat, nth: int, now: datetime) -> Notice:
    """Say that a chat comes near and lacks something."""
    start = when(chat.starts_at, series.zone, now)
    return Notice(
        incident(chat, "not-ready", nth),
        f"{series.name}, {start}: not ready",
        f"{series.name} is {_on(start)}, and is not ready: it still needs {_listed(missing(chat))}. As it stands the"
        " bot will post nothing. Complete its plan file, look at it with `chatbot check`, then run"
        " `chatbot plan apply FILE`.",
    )


def digest_waiting(series: Series, chat: Chat, nth: int, where: str) -> Notice:
    """Say that an edition waits for a person's word; `nth` is 0 for the first time."""
    first = f"{title(series, chat)} is over and its transcript is ready to read: {where}."
    head = first if nth == 0 else f"The transcript of {title(series, chat)} still waits for you: {where}."
    return Notice(
        incident(chat, "digest", nth),
        f"{series.name}: the transcript {'waits' if nth == 0 else 'still waits'} for your word",
        f"{head} Nobody else sees it until you say so: answer `publish`, or leave posts out first with"
        " `chatbot leave-out`.",
    )


def forgetting(series: Series, chat: Chat, nth: int, at: datetime, now: datetime) -> Notice:
    """Say that the content of a chat nobody published will be forgotten."""
    days = max(round((at - now) / timedelta(days=1)), 1)
    local = at.astimezone(ZoneInfo(series.zone))
    return Notice(
        incident(chat, "forgetting", nth),
        f"{series.name}: unpublished posts will be forgotten in {counted(days, 'day')}",
        f"Nobody has published {title(series, chat)}. In {counted(days, 'day')}, on {local.day} {local:%B}, what"
        " people wrote there is erased, as they were promised; it cannot be brought back. To keep it, answer `publish`"
        f" or run `chatbot publish {chat.id}` before.",
    )


def doubtful(series: Series, chat: Chat, at: datetime, how_many: str) -> Notice:
    """Say that many posts vanished at once and that nothing is published or deleted because of it."""
    return Notice(
        f"{chat.id}/doubtful/{at:%Y-%m-%d}",
        f"{series.name}: many posts cannot be found any more",
        f"The bot looked at every post of {title(series, chat)} again, and {how_many} were not there. That is more"
        " likely trouble with the server than people deleting, so nothing was deleted and no new edition was written."
        " The bot looks again every hour. Please see whether your server shows these posts, and ask its moderators if"
        " it does not: what is there again is shown as before. What is still missing after a day leaves the pages, and"
        " is erased a week later.",
    )


def near_miss(series: Series, chat: Chat, tag: str, people: int) -> Notice:
    """Say that people write another hashtag by mistake, and how it is collected, too."""
    who = "Somebody who answers" if people == 1 else f"{people} people who answer"
    writes = "writes" if people == 1 else "write"
    return Notice(
        f"{chat.id}/near-miss/{tag}",
        f"{series.name}: #{tag} instead of #{chat.hashtags[0]}?",
        f"{who} in {title(series, chat)} {writes} #{tag} instead of #{chat.hashtags[0]}. Replies to the questions are"
        f" collected all the same; other posts with #{tag} are not. To collect them as well, answer `also #{tag}`.",
    )


def plan_changed(series: Series, chat: Chat, file: str, file_hash: str) -> Notice:
    """Say that a plan file differs from what was applied."""
    return Notice(
        f"{chat.id}/plan/{file_hash[:12]}",
        f"{series.name}: {file} was changed but not applied",
        f"The plan file {file} was changed after it was applied. {title(series, chat)} runs as it was applied, without"
        f" the change. To take it over, run `chatbot plan apply {file}`; to keep things as they are, do nothing.",
    )


def title(series: Series, chat: Chat) -> str:
    """Name a chat by its series and, if it has one, its theme."""
    theme = cut(chat.theme, _THEME_LENGTH)
    return f"{series.name} “{theme}”" if theme else series.name


def cut(text: str, length: int) -> str:
    """Shorten a text that others wrote, and keep it from naming anybody: a private post goes to all it names."""
    text = text.replace("@", "")
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def counted(number: int, noun: str) -> str:
    """Say how many there are of something."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "nothing"


def capital(text: str) -> str:
    """Begin a sentence."""
    return text[:1].upper() + text[1:]


def _on(start: str) -> str:
    return start if start.startswith(("tonight", "today", "tomorrow")) else f"on {start}"
