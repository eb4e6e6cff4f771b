"""What a first set-up proposes, so that a host mostly says yes: a short name, a hashtag, a rhythm, a bio. Pure."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NTH = ("first", "second", "third", "fourth")


def hashtag_of(name: str) -> str:
    """Return a hashtag for a series: "Chá no jardim" is `ChaNoJardim`; each word with a capital, to be read aloud."""
    words = re.findall(r"\w+", name)
    return "".join(word[:1].upper() + word[1:] for word in words) if len(words) > 1 else "".join(words)


def short_name_of(hashtag: str) -> str:
    """Return the name of a series in commands and addresses: small letters and digits."""
    plain = unicodedata.normalize("NFKD", hashtag).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", plain)[:40]


def account_name_of(handle: str) -> str:
    """Return the name of an account in the settings, from its handle: letters, digits, `_` and `-`."""
    return re.sub(r"[^a-z0-9_-]+", "-", handle.partition("@")[0].lower()).strip("-") or "bot"


def rhythms(first: date) -> tuple[tuple[str, str | None], ...]:
    """Return ways a chat may come round that begins on a date, as (words, RRULE); the last is: it does not."""
    day, code = _DAYS[first.weekday()], _CODES[first.weekday()]
    nth = (first.day - 1) // 7
    monthly: tuple[tuple[str, str | None], ...] = (
        ((f"every month on the {_NTH[nth]} {day}", f"FREQ=MONTHLY;BYDAY={nth + 1}{code}"),) if nth < len(_NTH) else ()
    )
    last = (
        ((f"every month on the last {day}", f"FREQ=MONTHLY;BYDAY=-1{code}"),)
        if first.day + 7 > monthrange(first.year, first.month)[1]
        else ()
    )
    return (
        *monthly,
        *last,
        (f"every week on {day}", f"FREQ=WEEKLY;BYDAY={code}"),
        (f"every second week on {day}", f"FREQ=WEEKLY;INTERVAL=2;BYDAY={code}"),
        ("it does not, this is the only one", None),
    )


def bio_of(operator: str, contact: str, before: str = "") -> str:
    """Return a bio that says who runs this, whom to write to and how to stay out; what stood there stays first."""
    ours = (
        f"I post the questions of a hashtag chat and collect the answers. Run by {operator}, {contact}."
        " To stay out of the archive, write me: stop"
    )
    return f"{before.strip()}\n\n{ours}" if before.strip() else ours
