"""The numbers of a chat and the links shared in it, counted from what is shown and from nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from chatbot.core.model import Link
from chatbot.core.pages.naming import Names
from chatbot.core.pages.showing import web_address
from chatbot.core.pages.shown import (
    Answer,
    Bin,
    LinkShown,
    Numbers,
    PersonCount,
    PersonShown,
    PostShown,
    QuestionCount,
    QuestionSection,
    Talk,
)
from chatbot.core.plan import Chat

_FINEST = timedelta(minutes=5)
_MOST_BINS = 48


def posts_of(answer: Answer) -> Iterator[PostShown]:
    """Yield an answer's post, its further parts, and the talk beneath."""
    yield answer.post
    yield from answer.parts
    yield from posts_in(answer.talk)


def posts_in(talk: Iterable[Talk]) -> Iterator[PostShown]:
    """Yield every post of talk, whoever stands below whom; the nesting is never deep."""
    for item in talk:
        if item.post is not None:
            yield item.post
        yield from posts_in(item.talk)


def all_posts(questions: Iterable[QuestionSection], also_said: Iterable[Talk]) -> list[PostShown]:
    """Return every shown post once, in the order of time."""
    found: dict[str, PostShown] = {}
    for section in questions:
        for answer in section.answers:
            found.update((post.anchor, post) for post in posts_of(answer))
        found.update((post.anchor, post) for post in posts_in(section.talk))
    found.update((post.anchor, post) for post in posts_in(also_said))
    return sorted(found.values(), key=lambda post: (post.at, post.anchor))


def numbers(chat: Chat, questions: Sequence[QuestionSection], posts: Sequence[PostShown]) -> Numbers:
    """Count what is shown."""
    answering = {a.post.anchor for section in questions for a in section.answers}
    parts = {part.anchor for section in questions for a in section.answers for part in a.parts}
    bins = _bins(chat, posts)
    languages = Counter(post.language for post in posts if post.language)
    return Numbers(
        people=len({post.person.key for post in posts}),
        posts=len(posts),
        answers=len(answering),
        talk=len(posts) - len(answering | parts),
        late=sum(post.is_late for post in posts),
        boosts=sum(post.boosts for post in posts),
        favourites=sum(post.favourites for post in posts),
        languages=tuple(sorted(languages.items(), key=lambda item: (-item[1], item[0]))),
        per_question=tuple(map(count, questions)),
        bins=bins,
        busiest=max(bins, key=lambda b: (b.posts, -b.at.timestamp()), default=None) if posts else None,
    )


def count(section: QuestionSection) -> QuestionCount:
    """Count how much a question was answered."""
    own = {post.anchor for a in section.answers for post in (a.post, *a.parts)}
    below = (*(a.talk for a in section.answers), section.talk)
    talk = sum(post.anchor not in own for group in below for post in posts_in(group))
    people = {a.post.person.key for a in section.answers}
    return QuestionCount(section.label, section.anchor, len(section.answers), len(people), talk)


def _bins(chat: Chat, posts: Sequence[PostShown]) -> tuple[Bin, ...]:
    """Return five-minute bins over the chat, coarser ones where a slow chat would need too many."""
    width = _FINEST
    while (chat.ends_at - chat.starts_at) / width > _MOST_BINS:
        width *= 12 if width < timedelta(hours=1) else 2
    edges: list[datetime] = []
    at = chat.starts_at
    while at < chat.ends_at:
        edges.append(at)
        at += width
    counted = Counter((post.at - chat.starts_at) // width for post in posts)
    return tuple(Bin(edge, counted[nth]) for nth, edge in enumerate(edges))


def people(posts: Iterable[PostShown], answering: frozenset[str]) -> tuple[PersonCount, ...]:
    """Count what each person wrote, hosts and guests first, then by name."""
    wrote: dict[str, list[PostShown]] = {}
    for post in posts:
        wrote.setdefault(post.person.key, []).append(post)
    counted = [
        PersonCount(group[0].person, len(group), sum(p.anchor in answering for p in group), group[0].anchor)
        for group in wrote.values()
    ]
    return tuple(sorted(counted, key=lambda item: _standing(item.person)))


def _standing(person: PersonShown) -> tuple[int, int, str, int]:
    order = ("host", "guest", "participant").index(person.role)
    nth = int(person.key.rpartition("-")[2])
    return order, 0 if person.handle else nth, person.name.casefold(), nth


def links(
    posts: Iterable[PostShown], cards: Mapping[str, Sequence[Link]], where: Mapping[str, tuple[str, ...]], names: Names
) -> tuple[LinkShown, ...]:
    """Return each address people pointed to, in the order they came up.

    `cards` are links with the titles servers gave, `where` the labels of the questions answered, both by anchor.
    """
    found: dict[str, list[PostShown]] = {}
    titles: dict[str, str] = {}
    for post in posts:
        shared = [span.href for span in post.spans if span.kind == "link" and span.href]
        for card in cards.get(post.anchor, ()):
            if web_address(card.url) and names.instead_of(card.url) is None:
                shared.append(card.url)
                titles.setdefault(_same(card.url), names.redact_text(" ".join((card.title or "").split())))
        for url in dict.fromkeys(map(_same, shared)):
            found.setdefault(url, []).append(post)
    return tuple(
        LinkShown(
            url=url,
            title=titles.get(url) or brief(url),
            anchor=sharing[0].anchor,
            name=sharing[0].person.name,
            questions=tuple(dict.fromkeys(label for post in sharing for label in where.get(post.anchor, ()))),
            times=len(sharing),
        )
        for url, sharing in found.items()
    )


def _same(url: str) -> str:
    """Return an address without the fragment that only tells who shared it from where."""
    return url.partition("#:~:")[0].rstrip("#")


def brief(url: str) -> str:
    """Return an address as people read it: without its scheme, cut where it gets long."""
    parts = urlsplit(url)
    shown = parts.netloc.removeprefix("www.") + parts.path.rstrip("/")
    return shown if len(shown) <= 60 else shown[:59] + "…"
