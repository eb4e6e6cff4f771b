"""Chats scripted as text: who said what when, in a language that reads as it happened.

    series Garden Chat #GardenChat Europe/Lisbon
    date 2026-12-01 20:00 60 minutes
    theme Winter gardens
    host rosa@a.test Rosa Marques: keeps an allotment
    guest amir@b.test Amir Haddad: composts for a whole street
    framing What we do when nothing grows.
    read Winter work | https://garden.test/winter
    setting names initials
    person nora@c.test Nora: #nobot                  a name, and after the colon the bio
    Q1 What do you plant first?

    20:03 Q1                                         the bot asks
    20:04 ana@a.test =a  A1 Broad beans!             `=a` gives the post a name
          and a second line                          further lines are indented
          | alt A row of beans                       more about the post: cw, alt, no-alt, poll, link, lang, quiet,
          | boosts 3                                 boosts, favourites, edited, quote, repost
    20:05 ben@b.test >a  Me too                      a reply
    20:06 rosa@a.test leave-out a: an advert         a decision: include, leave-out, feature, assign a 3
    20:07 nora@c.test says stop
    20:08 somebody >a                                an empty node
    20:09 deleted
    20:10 Q2 failed: the server was down             a question that was not asked
    21:05 published
    21:10 final

Times are those of the date in UTC; `+1 09:00` is a day later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chatbot.core.model import (
    Asking,
    Author,
    CueKind,
    Decision,
    DecisionKind,
    EmptyNode,
    Link,
    Media,
    Poll,
    Post,
    Visibility,
    Word,
)
from chatbot.core.plan import Chat, Defaults, Person, Question, Reading, Series
from chatbot.core.privacy.words import in_order
from chatbot.core.record import Missed, OwnPost, Record
from chatbot.core.text import spans_from_text
from chatbot.core.value import replace
from tests.fakes import person

_WHEN = re.compile(r"(?:\+(\d+) )?(\d\d:\d\d(?::\d\d)?) +(.*)")
_POST = re.compile(r"(?P<who>\S+@\S+)(?: +=(?P<name>\S+))?(?: +>(?P<parent>\S+))?(?: {1,2}(?P<text>.*))?$")


@dataclass
class Night:
    """What was read of a script so far."""

    series: dict[str, Any] = field(default_factory=dict)
    chat: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Author] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    hosts: list[Person] = field(default_factory=list)
    guests: list[Person] = field(default_factory=list)
    reading: list[Reading] = field(default_factory=list)
    posts: dict[str, Post] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    askings: dict[str, list[Asking]] = field(default_factory=dict)
    empty: list[EmptyNode] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    own: list[OwnPost] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    words: list[tuple[str, str, Word]] = field(default_factory=list)
    starts: datetime = datetime(2026, 12, 1, 20, tzinfo=UTC)
    minutes: int = 60
    gone: int = 0
    last: str = ""


def read(script: str) -> Record:
    """Read a script into the record of the chat it tells."""
    night = Night()
    for nth, line in enumerate(script.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            _line(night, line)
        except (KeyError, ValueError, AttributeError) as error:
            raise ValueError(f"line {nth}: {line!r}: {error}") from error
    return _record(night)


def _line(night: Night, line: str) -> None:
    if line.startswith(" "):
        _further(night, line.strip())
    elif found := _WHEN.match(line):
        at = night.starts.replace(hour=0, minute=0) + timedelta(days=int(found[1] or 0)) + _clock(found[2])
        _happened(night, at, found[3])
    else:
        _planned(night, *line.split(" ", 1))


def _clock(text: str) -> timedelta:
    hours, minutes, *seconds = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))


def _planned(night: Night, word: str, rest: str = "") -> None:
    if word == "series":
        name, tag, zone = re.fullmatch(r"(.*) #(\S+) (\S+)", rest).groups()  # type: ignore[union-attr]
        night.series |= {"name": name, "hashtags": (tag,), "zone": zone, "id": tag.lower()}
    elif word == "date":
        day, clock, minutes, _ = rest.split()
        night.starts = datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=UTC)
        night.minutes = int(minutes)
    elif word in ("theme", "framing"):
        night.chat[word] = rest
    elif word in ("host", "guest"):
        account, name, told = _introduced(rest)
        (night.hosts if word == "host" else night.guests).append(Person(name, account, introduction=told))
        night.people.setdefault(account, person(account, name=name))
    elif word == "read":
        title, url = rest.split(" | ")
        night.reading.append(Reading(title, url))
    elif word == "setting":
        name, value = rest.split(" ", 1)
        night.settings[name] = value == "yes" if value in ("yes", "no") else value
    elif word == "person":
        account, name, bio = _introduced(rest)
        flags = {"indexable": "#hidden" not in bio}
        night.people[account] = person(account, name=name, bio=bio.replace("#hidden", ""), **flags)
    elif re.fullmatch(r"Q(\d+|wrap)", word):
        number = "wrap" if word == "Qwrap" else int(word[1:])
        night.questions.append(Question(word.lower(), number, rest))  # type: ignore[arg-type]
    else:
        raise ValueError("nobody knows what this is")


def _introduced(rest: str) -> tuple[str, str, str]:
    account, name = rest.split(" ", 1)
    name, _, told = name.partition(": ")
    return account, name, told


def _happened(night: Night, at: datetime, what: str) -> None:
    if found := re.fullmatch(r"(Q\w+)(?: failed: (.*))?", what):
        _asked(night, at, found[1].lower(), found[2])
    elif what == "published":
        night.record |= {"approved_by": "rosa@a.test", "approved_at": at}
    elif what == "final":
        night.record |= {"final_at": at}
    elif what == "deleted":
        night.gone += 1
    elif found := re.fullmatch(r"somebody(?: =(\S+))? >(\S+)", what):
        night.empty.append(EmptyNode(f"empty:{found[1] or len(night.empty)}", _uri(night, found[2]), at))
    elif found := re.fullmatch(r"(\S+@\S+) says (\w+)", what):
        night.words.append((person(found[1]).uri, person(found[1]).handle, Word(found[2])))
    elif found := re.fullmatch(r"(\S+@\S+) (include|leave-out|feature|assign) (\S+?)(?: (\w+))?(?:: (.*))?", what):
        decided = Decision(_uri(night, found[3]), DecisionKind(found[2]), found[1], at, found[5] or "", found[4])
        night.decisions.append(decided)
    else:
        _said(night, at, _POST.fullmatch(what))


def _asked(night: Night, at: datetime, question: str, failed: str | None) -> None:
    if failed is not None:
        night.missed.append(Missed(CueKind.QUESTION, question, "gardenbot", "failed", failed))
        return
    uri = f"https://a.test/users/gardenbot/statuses/{question}-{len(night.own)}"
    night.own.append(OwnPost(uri, uri, at, CueKind.QUESTION, "gardenbot", question))
    night.askings.setdefault(question, []).append(Asking(uri, at, "gardenbot"))


def _said(night: Night, at: datetime, found: re.Match[str] | None) -> None:
    assert found is not None, "it is neither a post nor anything else that happens"
    who = found["who"]
    author = night.people.setdefault(who, person(who))
    name = found["name"] or f"post-{len(night.posts) + 1}"
    text = (found["text"] or "").replace("\\n", "\n")
    night.posts[name] = Post(
        uri=f"{author.uri}/statuses/{name}",
        url=f"{author.url}/{name}",
        at=at,
        author=author,
        spans=spans_from_text(text),
        visibility=Visibility.PUBLIC,
        server="a.test",
        local_id=name,
        parent_uri=_uri(night, found["parent"]) if found["parent"] else None,
    )
    night.last = name
    _with_tags(night, name)


def _with_tags(night: Night, name: str) -> None:
    post = night.posts[name]
    tags = tuple(span.text.lstrip("#").lower() for span in post.spans if span.kind == "hashtag")
    night.posts[name] = replace(post, hashtags=tags)


def _further(night: Night, line: str) -> None:
    post = night.posts[night.last]
    if not line.startswith("| "):
        text = "".join(span.text for span in post.spans) + "\n" + line
        night.posts[night.last] = replace(post, spans=spans_from_text(text))
        _with_tags(night, night.last)
        return
    word, _, rest = line[2:].partition(" ")
    night.posts[night.last] = replace(post, **_more(night, post, word, rest))


def _more(night: Night, post: Post, word: str, rest: str) -> dict[str, Any]:
    picture = f"https://files.test/{post.local_id}-{len(post.media)}.png"
    if word in ("boosts", "favourites", "replies"):
        return {word: int(rest)}
    changes: dict[str, dict[str, Any]] = {
        "cw": {"warning": rest, "sensitive": True},
        "lang": {"language": rest},
        "quiet": {"visibility": Visibility.UNLISTED},
        "alt": {"media": (*post.media, Media("image", picture, rest, width=640, height=480))},
        "no-alt": {"media": (*post.media, Media("image", picture))},
        "repost": {"is_repost": True},
        "edited": {"edited_at": post.at + timedelta(minutes=5)},
    }
    if word in changes:
        return changes[word]
    if word == "link":
        url, _, title = rest.partition(" ")
        return {"links": (*post.links, Link(url, title or None))}
    if word == "poll":
        return {"poll": Poll(tuple(_option(option) for option in rest.split(" / ")))}
    if word == "quote":
        return {"quote_uri": _uri(night, rest)}
    raise ValueError(f"a post has no {word!r}")


def _option(text: str) -> tuple[str, int | None]:
    title, _, votes = text.rpartition(" ")
    return (title, int(votes)) if votes.isdigit() else (text, None)


def _uri(night: Night, name: str) -> str:
    if name in night.posts:
        return night.posts[name].uri
    if name.startswith("Q") and name.lower() in night.askings:
        return night.askings[name.lower()][0].uri
    return name if "://" in name else f"empty:{name}"


def _record(night: Night) -> Record:
    ends = night.starts + timedelta(minutes=night.minutes)
    settings = Defaults(**night.settings)
    series = Series(
        accounts=("gardenbot",),
        hosts=tuple(night.hosts),
        operator=night.hosts[0].name if night.hosts else "",
        contact="rosa@garden.test",
        defaults=settings,
        **night.series,
    )
    chat = Chat(
        id=f"{series.id}-{night.starts:%Y-%m-%d}",
        series=series.id,
        starts_at=night.starts,
        ends_at=ends,
        late_until=ends + settings.late_window,
        questions=tuple(night.questions),
        ready=True,
        guests=tuple(night.guests),
        reading=tuple(night.reading),
        hashtags=series.hashtags,
        settings=settings,
        **night.chat,
    )
    accounts = (host.account for host in (*series.hosts, *chat.guests) if host.account)
    return Record(
        series=series,
        chat=chat,
        asked={question.id: tuple(night.askings.get(question.id, ())) for question in chat.questions},
        own_posts=tuple(night.own),
        missed=tuple(night.missed),
        posts=tuple(sorted(night.posts.values(), key=lambda post: (post.at, post.uri))),
        empty=tuple(night.empty),
        gone=night.gone,
        decisions=tuple(night.decisions),
        words=in_order(night.words),
        host_handles=frozenset(accounts),
        bot_handles=frozenset({"gardenbot@a.test"}),
        **night.record,
    )
