"""A chat as it stands in a list, a feed or a calendar: upcoming ones too, of which there is no transcript yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from chatbot.core.pages.digest import digest
from chatbot.core.pages.shown import Transcript
from chatbot.core.plan import Chat, Series
from chatbot.core.value import Value, replace

NOWHERE = "chat.invalid"  # names nobody's server (RFC 2606)


class Listed(Value, frozen=True):
    """One chat in a list. `authority` is the server whose name makes its identifiers, whatever site shows it."""

    chat_id: str
    series_id: str
    series: str
    title: str
    hashtags: tuple[str, ...]
    zone: str
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    authority: str
    state: Literal["upcoming", "provisional", "final", "preview"]
    language: str = "en"
    framing: str = ""
    summary: str = ""
    questions: tuple[str, ...] = ()
    is_cancelled: bool = False
    url: str = ""

    @property
    def folder(self) -> str:
        """Where its page is, seen from the front page."""
        return f"{self.series_id}/{self.chat_id}/"

    @property
    def tags(self) -> str:
        """The hashtags in one line."""
        return " ".join(f"#{tag}" for tag in self.hashtags)

    @classmethod
    def of(cls, transcript: Transcript, public_url: str | None = None) -> Listed:
        """List a chat that has a transcript."""
        listed = cls(
            chat_id=transcript.chat_id,
            series_id=transcript.series_id,
            series=transcript.series,
            title=transcript.title,
            hashtags=transcript.hashtags,
            zone=transcript.zone,
            starts_at=transcript.starts_at,
            ends_at=transcript.ends_at,
            updated_at=transcript.updated_at,
            authority=authority(host.account for host in transcript.hosts),
            state=transcript.edition,
            language=transcript.language,
            framing=transcript.framing,
            summary=digest(transcript).summary,
            questions=tuple(section.title for section in transcript.questions if not section.not_asked),
        )
        return replace(listed, url=public_url.rstrip("/") + "/" + listed.folder if public_url else "")

    @classmethod
    def planned(cls, series: Series, chat: Chat, applied_at: datetime, *, is_cancelled: bool = False) -> Listed:
        """List a chat that is still to come; what is secret stays secret."""
        return cls(
            chat_id=chat.id,
            series_id=series.id,
            series=series.name,
            title=chat.theme or series.name,
            hashtags=chat.hashtags or series.hashtags,
            zone=series.zone,
            starts_at=chat.starts_at,
            ends_at=chat.ends_at,
            updated_at=applied_at,
            authority=authority(host.account for host in series.hosts),
            state="upcoming",
            language=chat.settings.language,
            framing=chat.framing,
            is_cancelled=is_cancelled,
        )


def authority(accounts: Iterable[str | None]) -> str:
    """Return the server of the first host: its name makes identifiers that outlive a move of the site."""
    return next((account.rpartition("@")[2].lower() for account in accounts if account), NOWHERE)
