"""Finding without JavaScript: a page of words and people with links to answers; a search box where Pagefind runs.

Whoever does not want to be found by searching is in neither.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from importlib import resources

from chatbot.core import text
from chatbot.core.pages.digest import EMPTY_WORDS
from chatbot.core.pages.shown import Answer, Transcript
from chatbot.core.value import Value
from chatbot.render import html
from chatbot.render.html import Place

MOST_PLACES = 12  # a word said more often than this finds nothing in particular
MOST_WORDS = 4000  # of a large archive the words said only once go first

_WORD = re.compile(r"[^\W\d_][\w'’-]{2,}")
_LONGEST = 60  # letters; what is longer is no word of any language, and never cut in two


class Spot(Value, frozen=True):
    """Where a word was said or a person spoke."""

    href: str
    name: str
    label: str
    chat: str = ""  # its title

    @property
    def page(self) -> str:
        """The page it is on."""
        return self.href.partition("#")[0]


class Entry(Value, frozen=True):
    """A word or a person with the places to go."""

    word: str
    places: tuple[Spot, ...]


class Letter(Value, frozen=True):
    """The entries that begin with one letter."""

    anchor: str
    name: str
    entries: tuple[Entry, ...]


class Words:
    """The words of an archive, gathered chat by chat."""

    def __init__(self) -> None:
        self._spots: dict[str, dict[str, Spot]] = {}
        self._names: dict[str, str] = {}

    def add(self, transcript: Transcript, folder: str) -> None:
        """Take in the answers of people who may be found, and the people themselves."""
        date = f"{transcript.starts_at:%Y-%m-%d}"
        for section in transcript.questions:
            for answer in section.answers:
                if answer.post.person.indexable and not answer.post.warning:
                    href = f"{folder}index.html#{answer.anchor}"
                    spot = Spot(
                        href, answer.post.person.name, f"{section.label or transcript.series} {date}", transcript.title
                    )
                    self._take(answer, spot)
        for entry in transcript.people:
            if entry.person.indexable:
                spot = Spot(f"{folder}index.html#{entry.first_anchor}", transcript.title, date)
                self._put(entry.person.name, spot)

    def letters(self) -> list[Letter]:
        """Return what can be found, by first letter."""
        every = ((word, _places(tuple(spots.values()))) for word, spots in self._spots.items())
        found = {word: places for word, places in every if len(places) <= MOST_PLACES}
        if len(found) > MOST_WORDS:
            found = {word: places for word, places in found.items() if len(places) > 1 or word in self._names}
        by_letter: dict[str, list[Entry]] = {}
        for word in sorted(found, key=lambda word: (_plain(word), word)):
            entry = Entry(self._names.get(word, word), found[word])
            by_letter.setdefault(_plain(word)[:1].upper(), []).append(entry)
        return [Letter(f"letter-{nth}", name, tuple(by_letter[name])) for nth, name in enumerate(by_letter, 1)]

    def _take(self, answer: Answer, spot: Spot) -> None:
        said = " ".join(s.text for post in (answer.post, *answer.parts) for s in post.spans if s.kind == "text")
        for word in _WORD.findall(text.readable(said).lower()):
            if word not in EMPTY_WORDS and len(word) <= _LONGEST:
                self._spots.setdefault(word, {}).setdefault(spot.href, spot)

    def _put(self, name: str, spot: Spot) -> None:
        self._names[name.lower()] = name
        self._spots.setdefault(name.lower(), {}).setdefault(spot.href, spot)


def _places(spots: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """Return where a word leads: to each answer, or to whole chats where the answers are too many."""
    if len(spots) <= MOST_PLACES:
        return spots
    chats = {spot.page: spot for spot in spots}
    return tuple(Spot(page, spot.chat or spot.name, spot.label[-len("2026-12-01") :]) for page, spot in chats.items())


def page(words: Words, place: Place, *, index: bool, with_find: bool = False) -> bytes:
    """Return the page of words and people."""
    said = html.plain_page("Find words and people", "Words said in the chats", place, index=index)
    return html.render(
        "search.html", {"page": said, "letters": words.letters(), "most": MOST_PLACES, "pagefind": with_find}
    )


def find_files(place: Place, *, index: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the page with the search box and its script; they need a web server and what Pagefind writes."""
    policy = html.policy("script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'")
    said = html.plain_page("Search", "Search the chats", place, index=index, own_policy=policy)
    yield "find.html", html.render("find.html", {"page": said})
    yield "find.js", resources.files("chatbot.render").joinpath("static/find.js").read_bytes()


def _plain(word: str) -> str:
    """Return a word as it is sorted: without accents."""
    return "".join(s for s in unicodedata.normalize("NFD", word) if unicodedata.category(s) != "Mn") or word
