"""A nasty evening: people who refuse, in every role, named by others in every way; no byte of them anywhere.

Everything that would tell who they are holds the letters `zqxq`: accounts, names, addresses, words.
"""

from __future__ import annotations

import dataclasses
import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chatbot.core.model import Author, DecisionKind, Link, Media, Poll, Post, Span, Visibility, Word
from chatbot.core.plan import Defaults, Person
from chatbot.core.value import replace
from chatbot.render.formats import WRITERS
from chatbot.stages import keep, moderate, publish
from chatbot.stages.view import transcript_of
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock, person
from tests.people import garden_defaults
from tests.stages.gardens import CHAT, Garden, bytes_of

TRACE = b"zqxq"

# a server whose addresses do not tell the account
OPAQUE = Author("https://mk.test/users/9xk2", "zqxqmia@mk.test", "Zqxqmia", "https://mk.test/@zqxqmia")


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path) -> Garden:
    return Garden(store, clock, garden, tmp_path)


def refusing(name: str, **more: Any) -> Author:
    return person(f"@zqxq{name}@c.test", name=f"Zqxq {name}", avatar=f"https://c.test/avatars/zqxq{name}.png", **more)


def ways_to_name(who: Author, post: Post | None = None) -> Iterator[str]:
    """Yield how a text may name somebody, or a post of theirs."""
    user, _, host = who.handle.partition("@")
    place = who.url.removeprefix("https://")
    yield from (f"@{who.handle}", who.handle, f"@{who.handle.upper()}", f"({who.url})", f"{who.url}/", place)
    yield from (
        f"https://a.test/@{who.handle}",
        f"https://elk.test/{host}/@{user}",
        f"https://elk.test/a.test/@{who.handle}",
    )
    yield from (
        f"https://archive.test/web/2026/{who.url}",
        f"https://{host}/%40{user}",
        f"https://client.test/#/{place}",
    )
    yield from (
        f".@{who.handle}",
        f"photo-@{who.handle}",
        f"with/@{who.handle}",
        f"_@{who.handle}_",
        f"via @@{who.handle}",
    )
    yield from (f"https://{host}:443/@{user}", f"https://www.{host}/@{user}")
    yield from (f"https://translate.test/?u={who.url}", f"acct:{who.handle}", f"{who.uri}/followers")
    if post is not None:
        yield from (post.uri, post.url, f"{post.url}?lang=pt", f"{post.url}#top", f"{post.uri}/activity")


def others_name(g: Garden, who: Author, post: Post | None = None) -> None:
    """Let other people name somebody in every field that a post has."""
    for nth, way in enumerate(ways_to_name(who, post)):
        ana = person(f"@ana{nth}@b.test", name=f"Ana, gardens with {way}")
        g.post(ana, f"A1 I agree with {way}. #GardenChat", reply_to=g.questions[0])
        if way.startswith("http"):
            spans = (Span("text", "A2 look: "), Span("link", "this", way), Span("link", way[8:], "https://d.test/x"))
            g.post(ana, "A2 look #GardenChat", spans=spans)
        named = {
            "warning": f"about {way}",
            "media": (Media("image", "https://b.test/1.png", f"a garden of {way}"),),
            "poll": Poll(((f"{way}", 1), ("nobody", 2))),
            "links": (Link("https://d.test/y", f"A page by {way}"),),
        }
        g.post(ana, "A2 all in the fields #GardenChat", **named)
    mention = Span("mention", f"@{who.handle}", who.url)
    g.post("@carl@b.test", "A1 marked up #GardenChat", spans=(Span("text", "A1 with "), mention))
    g.post("@carl@b.test", "A1 card #GardenChat", links=(Link(who.url, "A person"),))
    if post is not None:
        g.post("@dora@b.test", "A1 quoting #GardenChat", quote_local_id=post.local_id, quote_uri=post.uri)
        reply = g.post("@dora@b.test", "A1 replying", reply_to=post)
        g.post("@emil@b.test", "and so on", reply_to=reply)


def publish_it(g: Garden) -> None:
    g.clock.to(g.chat.ends_at + timedelta(minutes=10))
    keep.tidy(g.store, g.config)  # as `run` does every minute
    publish.approve(g.store, g.config, CHAT, "rosa@a.test", g.clock())


def everything_published(g: Garden) -> bytes:
    seen = transcript_of(g.store, g.config, CHAT)
    files = [file for file in g.config.archive.folder.rglob("*") if file.is_file()]
    packed = [gzip.decompress(file.read_bytes()) for file in files if file.read_bytes()[:2] == b"\x1f\x8b"]
    names = "\n".join(map(str, files)).encode()
    forms = [write(seen) for write in WRITERS.values()]
    return b"\n".join([bytes_of(g.config.archive.folder), names, *packed, *forms]).lower()


def assert_nowhere(found: bytes) -> None:
    at = found.find(TRACE)
    assert at < 0, found[max(at - 60, 0) : at + 40]


@pytest.mark.parametrize(
    "bio",
    [
        "#nobot",
        "#NoBots",
        "\uff03\uff4e\uff4f\uff42\uff4f\uff54",
        "I garden<br>nobot",
        "#No_Archive",
        "<p>x</p><p>NoIndex</p>",
    ],
)
def test_of_who_refuses_in_their_bio_no_byte_is_kept_or_published(g: Garden, tmp_path: Path, bio: str) -> None:
    who = refusing("bio", bio=bio)
    g.post("@ana@b.test", f"A1 as @{who.handle} says #GardenChat")
    said = g.post(who, "A1 zqxqwords #GardenChat", reply_to=g.questions[0])
    others_name(g, who, said)
    g.collect()
    publish_it(g)

    assert_nowhere(everything_published(g))
    assert_nowhere(bytes_of(tmp_path).lower())


@pytest.mark.parametrize("when", ["before", "during", "after"])
@pytest.mark.parametrize("word", [Word.STOP, Word.FORGET])
@pytest.mark.parametrize("who", [refusing("word"), OPAQUE], ids=["mastodon", "opaque"])
def test_a_word_counts_whenever_it_is_said(g: Garden, tmp_path: Path, when: str, word: Word, who: Author) -> None:
    def say() -> None:
        keep.say(g.store, g.config, who, word, g.clock())

    if when == "before":
        say()
    said = g.post(who, "A1 zqxqwords #GardenChat", reply_to=g.questions[0])
    if who is OPAQUE:
        said = replace(said, uri="https://mk.test/notes/abc1", url="https://mk.test/notes/abc1")
        g.platform.posts[said.local_id] = said
    if when == "during":
        g.collect()
        say()
    others_name(g, who, said)
    g.collect()
    if when == "after":
        publish_it(g)
        assert TRACE in everything_published(g)
        say()
        assert CHAT in publish.due(g.store, g.config, g.clock)
        publish.write(g.store, g.config, CHAT, g.clock())
    else:
        publish_it(g)

    assert_nowhere(everything_published(g))
    assert b"mk.test/notes" not in everything_published(g)
    if word is Word.FORGET:
        assert_nowhere(bytes_of(tmp_path).lower())


@pytest.mark.parametrize("word", [Word.STOP, Word.FORGET])
@pytest.mark.parametrize("who", [refusing("silent"), OPAQUE], ids=["mastodon", "opaque"])
@pytest.mark.parametrize("is_before", [True, False])
def test_who_never_wrote_in_the_chat_is_not_named_either(
    g: Garden, tmp_path: Path, word: Word, who: Author, is_before: bool
) -> None:
    if is_before:
        keep.say(g.store, g.config, who, word, g.clock())
    others_name(g, who)
    g.collect()
    publish_it(g)
    if not is_before:
        assert TRACE in everything_published(g)
        keep.say(g.store, g.config, who, word, g.clock())
        assert CHAT in publish.due(g.store, g.config, g.clock)
        publish.write(g.store, g.config, CHAT, g.clock())

    assert_nowhere(everything_published(g))


@pytest.mark.parametrize("names", ["initials", "pseudonyms", "none"])
def test_where_people_are_not_named_no_account_or_address_tells_them(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path, names: str
) -> None:
    g = Garden(store, clock, garden, tmp_path, settings=garden_defaults(names=names))
    who = refusing("hidden")
    said = g.post(
        who, "A1 my words #GardenChat", reply_to=g.questions[0], media=(Media("image", "https://c.test/zqxq.png", "x"),)
    )
    others_name(g, who, said)
    g.collect()
    publish_it(g)

    assert b"my words" in everything_published(g)
    assert_nowhere(everything_published(g))


@pytest.mark.parametrize("what", ["name", "text"])
def test_who_was_lowered_is_not_named_by_anybody(g: Garden, what: str) -> None:
    from chatbot.store import decisions

    who = refusing("lowered")
    said = g.post(who, "A1 my words #GardenChat", reply_to=g.questions[0])
    others_name(g, who, said)
    g.collect()
    publish_it(g)
    with g.store.write() as conn:
        decisions.lower(conn, who.uri, what, "rosa@a.test", g.clock())
    publish.write(g.store, g.config, CHAT, g.clock())

    assert_nowhere(everything_published(g))


@pytest.mark.parametrize("word", [Word.STOP, Word.FORGET])
@pytest.mark.parametrize("wrote", [True, False])
def test_a_guest_who_refuses_is_not_introduced(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path, word: Word, wrote: bool
) -> None:
    who = refusing("guest")
    guest = Person("Zqxq Guest", who.handle, introduction="knows zqxqroses")
    framing = f"Tonight with @{who.handle} and {who.url}."
    g = Garden(store, clock, garden, tmp_path, guests=(guest,), framing=framing)
    if wrote:
        g.post(who, "A1 zqxqwords #GardenChat", reply_to=g.questions[0])
    g.collect()
    publish_it(g)
    keep.say(g.store, g.config, who, word, g.clock())
    publish.write(g.store, g.config, CHAT, g.clock())

    assert_nowhere(everything_published(g))


def test_what_became_narrower_is_hidden_and_then_gone(g: Garden) -> None:
    said = g.post("@nora@c.test", "A1 zqxqwords #GardenChat", reply_to=g.questions[0])
    g.collect()
    g.platform.posts[said.local_id] = replace(said, visibility=Visibility.PRIVATE)
    g.collector.verify(CHAT)
    publish_it(g)

    assert_nowhere(everything_published(g))


def test_a_preview_goes_when_the_chat_is_published_or_forgotten(g: Garden, tmp_path: Path) -> None:
    who = refusing("preview")
    g.post(who, "A1 zqxqwords #GardenChat", reply_to=g.questions[0])
    g.collect()
    g.clock.to(g.chat.ends_at + timedelta(minutes=10))
    publish.write(g.store, g.config, CHAT, g.clock())
    publish_it(g)
    keep.say(g.store, g.config, who, Word.FORGET, g.clock())
    publish.write(g.store, g.config, CHAT, g.clock())

    assert_nowhere(bytes_of(tmp_path).lower())


def test_of_a_deleted_post_nothing_tells_its_forgotten_author(g: Garden, tmp_path: Path) -> None:
    who = refusing("gone")
    said = g.post(who, "A1 zqxqwords #GardenChat", reply_to=g.questions[0])
    g.post("@ana@b.test", "so true #GardenChat", reply_to=said)
    g.collect()
    g.collector.deleted(said.local_id)
    keep.say(g.store, g.config, who, Word.FORGET, g.clock())

    assert_nowhere(bytes_of(tmp_path).lower())


def test_an_opt_in_chat_names_nobody_who_did_not_say_yes(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path
) -> None:
    g = Garden(store, clock, garden, tmp_path, settings=Defaults(consent="opt-in"))
    who = refusing("quiet")
    said = g.post(who, "A1 zqxqwords #GardenChat", reply_to=g.questions[0])
    for nth in range(40):
        keep.say(g.store, g.config, person(f"@ana{nth}@b.test"), Word.START, g.clock())
    others_name(g, who, said)
    g.collect()
    publish_it(g)

    assert b"i agree with [someone]" in everything_published(g)
    assert_nowhere(everything_published(g))
    assert_nowhere(bytes_of(tmp_path).lower())


def test_a_host_can_take_in_a_post_that_no_route_brought_but_nobodys_who_refuses(g: Garden) -> None:
    plain = g.post("@ana@b.test", "my beans, without any hashtag")
    refused = g.post(refusing("host", bio="#nobot"), "zqxqwords without any hashtag")
    private = g.post("@ben@b.test", "zqxqwords for few", visibility=Visibility.PRIVATE)
    g.collect()

    def order(post: Post, kind: DecisionKind = DecisionKind.ASSIGN) -> moderate.Decided:
        wanted = moderate.Order(kind, "rosa", value="2" if kind is DecisionKind.ASSIGN else None)
        return moderate.decide(g.store, [g.platform], post.url, wanted, g.clock(), g.collector.take)

    with pytest.raises(moderate.NotDecided):
        order(plain, DecisionKind.LEAVE_OUT)
    assert order(plain).chat.id == CHAT
    for post in (refused, private):
        with pytest.raises(moderate.NotDecided, match="wants to stay out"):
            order(post)
    publish_it(g)

    section = transcript_of(g.store, g.config, CHAT).questions[1]
    assert [answer.why for answer in section.answers] == ["because a host put it here"]
    assert_nowhere(everything_published(g))


def test_a_post_from_outside_every_chats_time_needs_its_chat_named(g: Garden) -> None:
    early = g.post("@ana@b.test", "beans", at=g.clock() - timedelta(days=3))
    include = moderate.Order(DecisionKind.INCLUDE, "rosa")

    with pytest.raises(moderate.NotDecided, match=r"outside the time of every chat.*--chat"):
        moderate.decide(g.store, [g.platform], early.url, include, g.clock(), g.collector.take)
    named = dataclasses.replace(include, chat="gardenchat")
    assert moderate.decide(g.store, [g.platform], early.url, named, g.clock(), g.collector.take).post.uri == early.uri


def test_that_a_crowd_vanished_is_believed_after_a_day_and_erased_a_week_later(g: Garden) -> None:
    said = [g.post(f"@p{n}@b.test", f"A1 word {n} #GardenChat") for n in range(9)]
    g.collect()
    g.delete(*said)

    assert g.collector.verify(CHAT).doubtful == 9
    assert len(g.texts()) == 9

    g.clock.forward(days=1, minutes=1)
    assert g.collector.verify(CHAT).doubtful == 0
    assert g.texts() == []
    g.clock.forward(minutes=6)
    assert g.collector.verify(CHAT).kept == 9
    g.clock.forward(days=7)
    assert g.collector.verify(CHAT).gone == 9


def test_posts_that_are_there_again_end_the_doubt(g: Garden) -> None:
    said = [g.post(f"@p{n}@b.test", f"A1 word {n} #GardenChat") for n in range(9)]
    g.collect()
    away = {post.local_id: g.platform.posts.pop(post.local_id) for post in said}
    g.collector.verify(CHAT)
    g.platform.posts.update(away)
    g.collector.verify(CHAT)
    g.delete(*said)
    g.clock.forward(days=2)

    assert g.collector.verify(CHAT).doubtful == 9
