"""Hearsay of other servers never changes what was seen first-hand, and gives way to it; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.core.model import Author, Post, Span, Visibility
from chatbot.core.privacy import hearsay
from chatbot.core.value import replace
from chatbot.store import erasing, posts, sightings
from chatbot.store.engine import Store, open_store
from tests.fakes import FakePlatform, FixedClock, person
from tests.people import STARTS
from tests.store.test_posts import CHAT, SECRET, edit, keep, refusing, stored, texts

FAR, ORIGIN = "far.test", "b.test"


def seen_at(server: str, post: Post, local_id: str = "9001", **changes: Any) -> Post:
    """The same post as another server shows it."""
    return replace(post, server=server, local_id=local_id, **changes)


def words(post: Post, text: str) -> Post:
    return replace(post, spans=(Span("text", text),))


def told(store: Store, *seen: Post, **more: Any) -> posts.Saved:
    """Save what other servers show."""
    saved = posts.Saved()
    for post in seen:
        saved += keep(store, post, route=hearsay.route_of(post.server), **more)
    return saved


def test_a_post_that_only_another_server_shows_is_kept(each_store: Store, garden: FakePlatform) -> None:
    post = garden.post("@ana@b.test", "A1 Compost!")

    told(each_store, seen_at(FAR, post))

    assert texts(each_store) == ["A1 Compost!"]
    with each_store.read() as conn:
        assert sightings.only_hearsay(conn, CHAT) == sightings.only_elsewhere(conn, CHAT) == {post.uri}
        assert sightings.by_route(conn, CHAT) == {"vantage:far.test": 1}


@pytest.mark.parametrize("first_hand", ["a.test", ORIGIN])
def test_hearsay_never_changes_what_was_seen_first_hand(
    each_store: Store, garden: FakePlatform, first_hand: str
) -> None:
    post = garden.post("@ana@b.test", "A1 Compost!")
    (told if first_hand == ORIGIN else keep)(each_store, seen_at(first_hand, post, "1"))
    forged = edit(seen_at(FAR, post, boosts=9, at=STARTS - timedelta(days=9)), "A1 Plastic!", minutes=60)

    told(each_store, forged, seen_at(FAR, words(post, "A1 Peat!"), "9002"))

    assert texts(each_store) == ["A1 Compost!"]
    assert (stored(each_store).posts[0].at, stored(each_store).posts[0].boosts) == (post.at, 0)
    with each_store.read() as conn:
        assert sightings.only_hearsay(conn, CHAT) == frozenset()
        assert posts.uri_seen(conn, FAR, "9001") == post.uri


def test_hearsay_gives_way_wholly_to_what_is_seen_first_hand(each_store: Store, garden: FakePlatform) -> None:
    question = garden.post("@gardenbot@a.test", "Q1 Soil?")
    other = garden.post("@ben@b.test", "A1 Sand.")
    post = garden.post("@ana@b.test", "A1 Compost!", reply_to=question)
    keep(each_store, question, other)
    forger, there = person("@carl@b.test"), seen_at(FAR, other, "7")
    lie = replace(words(seen_at("aaa.test", post), "A1 Plastic!"), author=forger, at=STARTS, parent_uri=other.uri)
    told(each_store, there, replace(lie, parent_local_id=None))
    assert "A1 Plastic!" in texts(each_store)

    keep(each_store, post)

    found = {one.uri: one for one in stored(each_store).posts}[post.uri]
    assert (found.author.handle, found.at, found.parent_uri) == ("ana@b.test", post.at, question.uri)
    assert "A1 Plastic!" not in texts(each_store)
    keep(each_store, replace(post, boosts=4))
    assert {one.uri: one.boosts for one in stored(each_store).posts}[post.uri] == 4


def test_a_name_taken_out_of_hearsay_does_not_keep_its_other_words(each_store: Store, garden: FakePlatform) -> None:
    post = garden.post("@ana@b.test", "A1 Compost!")
    told(each_store, words(seen_at("aaa.test", post), "A1 [someone] says plastic!"))

    keep(each_store, post)

    assert texts(each_store) == ["A1 Compost!"]


def test_a_server_may_correct_what_it_told(each_store: Store, garden: FakePlatform) -> None:
    post = seen_at(FAR, garden.post("@ana@b.test", "A1 Compost!"))
    told(each_store, post)

    told(each_store, edit(post, "A1 Compost, and patience!"))

    assert texts(each_store) == ["A1 Compost, and patience!"]


def test_a_newer_version_of_the_posts_own_server_counts_and_an_older_never(
    each_store: Store, garden: FakePlatform
) -> None:
    post = garden.post("@ana@b.test", "A1 Compost!")
    keep(each_store, post)

    told(each_store, edit(seen_at(ORIGIN, post), "A1 Compost, well rotted!"))
    keep(each_store, post)

    assert texts(each_store) == ["A1 Compost, well rotted!"]


def test_hearsay_brings_nobody_back(each_store: Store, garden: FakePlatform) -> None:
    deleted, hidden = garden.post("@ana@b.test", "A1 gone"), garden.post("@nora@c.test", "A1 nobody's")
    keep(each_store, deleted, hidden, refuses=refusing("nora@c.test"))
    with each_store.write() as conn:
        erasing.bury(conn, posts.ids_of(conn, [deleted.uri]), erasing.DELETED, STARTS)

    told(each_store, edit(seen_at(FAR, deleted, "1"), "back"), edit(seen_at(FAR, hidden, "2"), "back"))

    assert texts(each_store) == []
    with each_store.read() as conn:
        assert sightings.unknown(conn, [deleted.uri, hidden.uri, "https://c.test/1"], SECRET) == {"https://c.test/1"}


def test_hearsay_changes_nothing_of_a_person_who_was_seen_first_hand(each_store: Store, garden: FakePlatform) -> None:
    nora = person("@nora@c.test", name="Nora", bio="#noindex", indexable=False)
    keep(each_store, garden.post(nora, "A1 Roses"))
    louder = replace(nora, name="Nora!!", bio="", indexable=True)

    told(each_store, seen_at(FAR, garden.post(louder, "A2 Tulips"), "5"))

    assert {post.author.name for post in stored(each_store).posts} == {"Nora"}
    with each_store.read() as conn:
        assert sightings.known_people(conn, [nora.uri, "https://c.test/users/x"]) == {nora.uri: nora}


def test_what_is_known_of_a_person_by_hearsay_alone_is_kept_up(each_store: Store, garden: FakePlatform) -> None:
    nora = person("@nora@c.test")
    told(each_store, seen_at(FAR, garden.post(nora, "A1 Roses"), "5"))

    told(each_store, seen_at(FAR, garden.post(replace(nora, bio="#noindex"), "A2 Tulips"), "6"))

    assert {post.author.bio for post in stored(each_store).posts} == {"#noindex"}
    with each_store.read() as conn:
        assert sightings.known_people(conn, [nora.uri]) == {}


def test_a_reply_finds_its_parent_by_the_other_servers_ids_in_either_order(
    each_store: Store, garden: FakePlatform
) -> None:
    question = garden.post("@gardenbot@a.test", "Q1 Soil?")
    early = seen_at(FAR, garden.post("@ana@b.test", "A1 Clay", reply_to="70"), "71")
    late = seen_at(FAR, garden.post("@ben@c.test", "A1 Sand", reply_to="70"), "72")
    keep(each_store, question)

    told(each_store, early, seen_at(FAR, question, "70"), late)

    assert {post.parent_uri for post in stored(each_store).posts} == {None, question.uri}


def test_hearsay_says_where_a_post_hangs_when_nobody_else_does(each_store: Store, garden: FakePlatform) -> None:
    question, reply = garden.post("@gardenbot@a.test", "Q1 Soil?"), garden.post("@ana@b.test", "Clay")
    keep(each_store, question, reply)

    told(each_store, seen_at(FAR, question, "70"), seen_at(FAR, reply, "71", parent_local_id="70"))

    assert {post.parent_uri for post in stored(each_store).posts} == {None, question.uri}


def test_each_post_is_counted_for_the_route_that_brought_it_first(each_store: Store, garden: FakePlatform) -> None:
    both = garden.post("@ana@b.test", "A1 both"), garden.post("@ben@b.test", "A2 both")
    far = seen_at(FAR, both[1], "91")
    keep(each_store, both[0], route="tag")
    told(each_store, far, now=STARTS + timedelta(seconds=1))
    keep(each_store, both[1], route=hearsay.route_of(FAR), now=STARTS + timedelta(seconds=1))
    keep(each_store, *both, route="thread", now=STARTS + timedelta(seconds=9))

    with each_store.read() as conn:
        assert sightings.by_route(conn, CHAT) == {"tag": 1, "vantage:far.test": 1}
        assert sightings.only_elsewhere(conn, CHAT) == frozenset()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(views=st.permutations(range(6)))
def test_the_order_of_views_changes_nothing_once_ours_was_seen(
    views: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    garden = FakePlatform(FixedClock(STARTS))
    post = garden.post("@ana@b.test", "A1 Compost!", visibility=Visibility.PUBLIC)
    liar: Author = person("@carl@b.test")
    every = [
        (post, "tag"),
        (post, "thread"),
        (words(seen_at("aaa.test", post, "1"), "A1 one lie"), hearsay.route_of("aaa.test")),
        (edit(seen_at(FAR, post, "2"), "A1 a newer lie", author=liar), hearsay.route_of(FAR)),
        (seen_at("zzz.test", post, "3"), hearsay.route_of("zzz.test")),
        (replace(post, local_id="1000"), hearsay.route_of(FAR)),
    ]
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('order') / 'chat.db'}")
    for index in views:
        keep(store, every[index][0], route=every[index][1])
    found = stored(store).posts
    store.close()

    assert [(one.author.handle, one.spans[0].text, one.at) for one in found] == [("ana@b.test", "A1 Compost!", post.at)]


def test_the_bots_own_posts_are_told_apart_however_they_came(each_store: Store, garden: FakePlatform) -> None:
    own, answer = garden.post("@gardenbot@a.test", "Q1 What grows?"), garden.post("@ana@b.test", "A1 Compost!")
    for post in (answer, own):
        keep(each_store, post, route="stream")

    with each_store.read() as conn:
        assert sightings.by_server(conn, CHAT) == {("a.test", "stream"): 2}
        assert sightings.by_server(conn, CHAT, {own.uri}) == {("a.test", "host"): 1, ("a.test", "stream"): 1}
        newest = sightings.newest(conn, CHAT, {own.uri})
        assert newest is not None
        assert newest[0] == answer.at
        assert sightings.newest(conn, CHAT, {own.uri, answer.uri}) is None
