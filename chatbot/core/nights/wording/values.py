"""What a template may name: the values of a series, a chat and a question, as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chatbot.core.plan import Chat, Question, Series

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MOST_HASHTAGS = 3  # more reads as advertising


def of_chat(series: Series, chat: Chat) -> dict[str, str]:
    """Return what every template may name, but for the notice and how to answer."""
    starts, ends = _local(chat.starts_at, series), _local(chat.ends_at, series)
    tags = hashtags(series, chat)
    return {
        "series": series.name,
        "theme": chat.theme,
        "framing": chat.framing,
        "reading": "\n".join(f"{entry.title}: {entry.url}" for entry in chat.reading),
        "hosts": listed([host.name for host in series.hosts]),
        "guests": listed([guest.name for guest in chat.guests]),
        "operator": operator(series),
        "hashtag": tags[0],
        "hashtags": " ".join(tags),
        "numbered": "yes" if is_numbered(chat) else "",
        "date": day(starts),
        "iso_date": f"{starts:%Y-%m-%d}",
        "time": f"{starts:%H:%M}",
        "end_time": f"{ends:%H:%M}",
        "zone": zone_name(series),
        "utc": "" if starts.utcoffset() == timedelta(0) else f"{chat.starts_at.astimezone(UTC):%H:%M}",
        "span": span(chat.ends_at - chat.starts_at),
        "question_count": "1 question" if len(chat.questions) == 1 else f"{len(chat.questions)} questions",
        "late_date": day(_local(chat.late_until, series)),
    }


def of_question(chat: Chat, question: Question) -> dict[str, str]:
    """Return what a question's templates may name besides: its label, its answers' label, and its text."""
    shown = label(chat, question)
    return {"label": shown, "answer": answer(chat, question), "text": _without_label(question.text.strip(), shown)}


def label(chat: Chat, question: Question) -> str:
    """Return `Q3`, with the community's own letter, `Wrap-up`, or nothing in a chat without numbers."""
    if chat.unnumbered or question.number is None:
        return ""
    return "Wrap-up" if question.number == "wrap" else f"{chat.settings.question_letter}{question.number}"


def is_numbered(chat: Chat) -> bool:
    """Tell whether answers carry a number."""
    return any(answer(chat, question) for question in chat.questions)


def answer(chat: Chat, question: Question) -> str:
    """Return `A3`, or nothing where answers carry no number."""
    if chat.unnumbered or not isinstance(question.number, int):
        return ""
    return f"{answer_letter(chat)}{question.number}"


def answer_letter(chat: Chat) -> str:
    """Return the letter that answers begin with."""
    return chat.settings.answer_letters[0] if chat.settings.answer_letters else "A"


def hashtags(series: Series, chat: Chat) -> list[str]:
    """Return the hashtags to post with, the main one first, each with its sign and once, three at most."""
    names = dict.fromkeys(tag.lstrip("#") for tag in (*series.hashtags, *chat.hashtags))
    return [f"#{name}" for name in names or [series.id]][:_MOST_HASHTAGS]


def operator(series: Series) -> str:
    """Return who runs this: a person's name."""
    return series.operator or (series.hosts[0].name if series.hosts else series.name)


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does: Ana, Bia and Caio."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def day(at: datetime) -> str:
    """Return `Tuesday 1 December`, whatever language the machine speaks."""
    return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}"


def zone_name(series: Series) -> str:
    """Return `Lisbon time` for Europe/Lisbon."""
    city = series.zone.rsplit("/", 1)[-1].replace("_", " ")
    return city if city in ("UTC", "GMT") else f"{city} time"


def span(length: timedelta) -> str:
    """Return how long a chat takes: `one hour`, `90 minutes`, `6 days`."""
    minutes = round(length.total_seconds() / 60)
    for name, of in (("day", 24 * 60), ("hour", 60)):
        if minutes >= of and minutes % of == 0:
            return f"one {name}" if minutes == of else f"{minutes // of} {name}s"
    return "one minute" if minutes == 1 else f"{minutes} minutes"


def _local(at: datetime, series: Series) -> datetime:
    return at.astimezone(ZoneInfo(series.zone))


def _without_label(text: str, shown: str) -> str:
    """Drop a label that the host typed too, so that no question begins with `Q3 Q3`."""
    typed = re.match(rf"{re.escape(shown)}\s*[.:)–—-]*\s+", text, re.IGNORECASE) if shown else None
    return text[typed.end() :] if typed else text
