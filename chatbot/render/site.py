"""The site of all chats as plain files: pages, every other form beside them, feed, calendar, and words to find.

Chats are handed in one at a time, so that an archive of many years needs the memory of its largest chat alone:

    site = Site("Garden chats", public_url)
    for transcript in transcripts:
        yield from site.chat(transcript)
    yield from site.front(upcoming)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from chatbot.core.pages import counting
from chatbot.core.pages.shown import PostShown, Transcript
from chatbot.core.value import Value
from chatbot.render import data, feed, html, ics, markdown, search, table, text
from chatbot.render.html import File, Place
from chatbot.render.listing import Listed

FORMS = (
    ("transcript.md", "Markdown", "text/markdown", markdown.write),
    ("transcript.txt", "Plain text", "text/plain", text.write),
    ("transcript.json", "JSON", "application/json", data.write),
    ("transcript.csv", "CSV", "text/csv", table.write),
    ("transcript.atom", "Feed of answers", "application/atom+xml", feed.write),
    ("transcript.ics", "Calendar", "text/calendar", ics.write),
)
_BY_TIME = File("by-time.html", "By time", "text/html")
_FRONT = (
    File("feed.atom", "Chats as a feed", "application/atom+xml"),
    File("calendar.ics", "Chats as a calendar", "text/calendar"),
)

# Crawlers that gather texts to train or feed AI, which the notice promises against; the others may read `noindex`.
_AI_CRAWLERS = (
    "AI2Bot",
    "Amazonbot",
    "Applebot-Extended",
    "Bytespider",
    "CCBot",
    "ChatGPT-User",
    "Claude-SearchBot",
    "Claude-User",
    "ClaudeBot",
    "cohere-ai",
    "Diffbot",
    "DuckAssistBot",
    "FacebookBot",
    "Google-Extended",
    "GPTBot",
    "meta-externalagent",
    "MistralAI-User",
    "OAI-SearchBot",
    "omgili",
    "PerplexityBot",
    "PetalBot",
    "Timpibot",
    "YouBot",
)


class Group(Value, frozen=True):
    """The chats of one series in one year."""

    anchor: str
    series: str
    year: int
    chats: tuple[Listed, ...]

    @property
    def title(self) -> str:
        """The series and the year as one line."""
        return f"{self.series} {self.year}"


class Site:
    """An archive being written: it remembers of each chat what lists, feeds and the words index need."""

    def __init__(self, title: str, public_url: str | None = None) -> None:
        self._title = title
        self._public_url = public_url.rstrip("/") if public_url else None
        self._listed: list[Listed] = []
        self._words = search.Words()
        self._index = False

    def chat(self, transcript: Transcript) -> Iterator[tuple[str, bytes]]:
        """Yield the files of one chat, each with its path on the site."""
        listed = Listed.of(transcript, self._public_url)
        self._listed.append(listed)
        self._words.add(transcript, listed.folder)
        self._index = self._index or transcript.index
        yield from chat_files(transcript, self._title, listed.folder, listed.url)

    def front(self, upcoming: Iterable[Listed] = (), *, with_find: bool = False) -> Iterator[tuple[str, bytes]]:
        """Yield everything that is not one chat's: front page, feed, calendar, words, and a word to crawlers."""
        coming = sorted(upcoming, key=lambda chat: (chat.starts_at, chat.chat_id))
        yield "index.html", self._front_page(coming)
        yield "feed.atom", feed.archive(self._title, self._listed, self._public_url)
        yield "calendar.ics", ics.calendar(self._title, [*self._listed, *coming])
        yield (
            "search.html",
            search.page(self._words, self._place("search.html"), index=self._index, with_find=with_find),
        )
        yield "robots.txt", robots().encode()
        if with_find:
            yield from search.find_files(self._place("find.html"), index=self._index)

    def _front_page(self, upcoming: Sequence[Listed]) -> bytes:
        page = html.plain_page(
            self._title, f"Transcripts of {len(self._listed)} chats", self._place(""), index=self._index
        )
        groups = _groups(self._listed)
        ways = [(series, tuple(years)) for series, years in groupby(groups, key=lambda group: group.series)]
        context = {"page": page, "groups": groups, "ways": ways if len(groups) > 1 else (), "upcoming": upcoming}
        return html.render("archive.html", context)

    def _place(self, name: str) -> Place:
        address = f"{self._public_url}/{name}" if self._public_url else ""
        return Place(self._title, "index.html", address, _FRONT)


def chat_files(
    transcript: Transcript, archive: str, folder: str, address: str = "", home: str = "../../index.html"
) -> Iterator[tuple[str, bytes]]:
    """Yield a chat's page, the same by time, and every other form of it."""
    files = (_BY_TIME, *(File(name, title, kind) for name, title, kind, _write in FORMS))
    yield f"{folder}index.html", html.page(transcript, Place(archive, home, address, files))
    yield f"{folder}by-time.html", html.by_time(transcript, Place(archive, home))
    for name, _title, _kind, write in FORMS:
        yield folder + name, write(transcript)


def posts_of(transcript: Transcript) -> list[PostShown]:
    """Return every post of a transcript, once."""
    return counting.all_posts(transcript.questions, transcript.also_said)


def robots() -> str:
    """Return what crawlers are told: all may read the pages, which say `noindex` themselves; AI may not."""
    told = "".join(f"User-agent: {name}\n" for name in _AI_CRAWLERS)
    return f"{told}Disallow: /\n\nUser-agent: *\nDisallow:\n"


def _groups(chats: Sequence[Listed]) -> list[Group]:
    """Return chats by series and year, what is newest first."""
    newest: dict[str, float] = {}
    for chat in chats:
        newest[chat.series_id] = max(newest.get(chat.series_id, 0.0), chat.starts_at.timestamp())
    ordered = sorted(chats, key=lambda c: (-newest[c.series_id], c.series_id, -c.starts_at.timestamp(), c.chat_id))
    grouped = groupby(ordered, key=lambda chat: (chat.series_id, chat.series, chat.starts_at.year))
    return [
        Group(f"{series_id}-{year}", series, year, tuple(of_year)) for (series_id, series, year), of_year in grouped
    ]
