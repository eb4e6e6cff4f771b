"""What was seen is stored once, whatever the route, the order and the repetition; on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.core.model import Decision, DecisionKind, Link, Media, Mention, Poll, Post, Span, Visibility
from chatbot.core.privacy.consent import Refusal
from chatbot.core.value import replace
from chatbot.store import chats, decisions, erasing, posts, tables
from chatbot.store.engine import Store, StoreError, open_store
from chatbot.store.posts import ChatPosts, Saved
from tests.fakes import FakePlatform, FixedClock, person
from tests.people import STARTS, garden_chat, garden_series

CHAT = garden_chat().id
SECRET = b"s" * 32
EVERYBODY: Callable[[Post], bool] = lambda post: False  # noqa: E731


def refusing(*handles: str) -> Callable[[Post], bool]:
    return lambda post: post.author.handle in handles


def keep(
    store: Store,
    *seen: Post,
    route: str = "tag",
    chat: str | None = CHAT,
    refuses: Callable[[Post], Refusal] = EVERYBODY,
    now: datetime = STARTS,
) -> Saved:
    with store.write(durable=False) as conn:
        return posts.save(conn, seen, chat=chat, route=route, now=now, secret=SECRET, refuses=refuses)


def stored(store: Store, chat: str = CHAT) -> ChatPosts:
    with store.read() as conn:
        return posts.of_chat(conn, chat)


def texts(store: Store) -> list[str]:
    return ["".join(span.text for span in post.spans) for post in stored(store).posts]


def every_byte(store: Store) -> str:
    """Everything the database holds, as text."""
    with store.read() as conn:
        tables_read = (conn.execute(sa.select(table)).all() for table in tables.metadata.sorted_tables)
        return "\n".join(repr(rows) for rows in tables_read)


def plan(store: Store, approved: bool = False) -> None:
    with store.write() as conn:
        chats.save_series(conn, garden_series(), file=None, file_hash=None, now=STARTS)
        chats.save_chat(conn, garden_chat(), state="ready", file=None, file_hash=None, now=STARTS)
        if approved:
            chats.approve(conn, CHAT, "rosa@a.test", STARTS)


def edit(post: Post, text: str, minutes: int = 1, **changes: object) -> Post:
    changed = replace(post, spans=(Span("text", text),), edited_at=post.at + timedelta(minutes=minutes))
    return replace(changed, **changes)  # type: ignore[arg-type]


def test_a_post_comes_back_as_it_was_seen(each_store: Store, garden: FakePlatform) -> None:
    full = garden.post(
        "@ana@b.test",
        "A1 Compost!",
        spans=(Span("text", "A1 "), Span("link", "b.test/x", "https://b.test/x"), Span("hashtag", "#GardenChat", None)),
        language="pt",
        warning="worms",
        sensitive=True,
        media=(Media("image", "https://b.test/1.png", "a heap", None, 640, 480), Media("video", "https://b.test/2")),
        poll=Poll((("yes", 3), ("no", None)), True, STARTS),
        links=(Link("https://b.test/x", "X"),),
        mentions=(Mention("ben@c.test", "https://c.test/@ben"),),
        hashtags=("gardenchat",),
        boosts=1,
        favourites=2,
        replies=3,
    )

    keep(each_store, full)

    assert (full,) == stored(each_store).posts


def test_the_same_post_by_five_routes_is_one_post(each_store: Store, garden: FakePlatform) -> None:
    question = garden.post("@gardenbot@a.test", "Q1")
    answer = garden.post("@ana@b.test", "A1 Compost!", reply_to=question)

    brought = [keep(each_store, answer, route=route) for route in ("tag", "thread", "mention", "look", "tag")]

    assert [saved.new for saved in brought] == [1, 0, 0, 0, 0]
    assert len(stored(each_store).posts) == 1


def test_a_post_twice_in_one_batch_is_one_post(each_store: Store, garden: FakePlatform) -> None:
    answer = garden.post("@ana@b.test", "A1 Compost!")

    assert Saved(new=1, known=1) == keep(each_store, answer, answer)


@pytest.mark.parametrize("parent_first", [True, False])
def test_a_parent_is_joined_whichever_comes_first(each_store: Store, garden: FakePlatform, parent_first: bool) -> None:
    question = garden.post("@gardenbot@a.test", "Q1")
    answer = garden.post("@ana@b.test", "A1 Compost!", reply_to=question)
    quote = garden.post("@ben@b.test", "So true", quote_local_id=answer.local_id)

    for post in (question, answer, quote) if parent_first else (quote, answer, question):
        keep(each_store, post)

    by_uri = {post.uri: post for post in stored(each_store).posts}
    assert question.uri == by_uri[answer.uri].parent_uri
    assert answer.uri == by_uri[quote.uri].quote_uri


def test_a_parent_that_a_server_learns_later_is_filled_in(each_store: Store, garden: FakePlatform) -> None:
    question = garden.post("@gardenbot@a.test", "Q1")
    answer = garden.post("@ana@b.test", "A1 Compost!")
    keep(each_store, question, answer)

    keep(each_store, replace(answer, parent_local_id=question.local_id))

    assert question.uri == stored(each_store).posts[1].parent_uri


def test_a_newer_edit_replaces_the_text_and_an_older_view_changes_nothing(
    each_store: Store, garden: FakePlatform
) -> None:
    first = garden.post("@ana@b.test", "A1 Compots!")
    second, third = edit(first, "A1 Compost!"), edit(first, "A1 Compost, mostly!", 2)

    brought = [keep(each_store, post) for post in (first, third, second, first)]

    assert [saved.edited for saved in brought] == [0, 1, 0, 0]
    assert texts(each_store) == ["A1 Compost, mostly!"]


def test_counts_are_refreshed(each_store: Store, garden: FakePlatform) -> None:
    post = garden.post("@ana@b.test", "A1 Compost!")
    keep(each_store, post)

    keep(each_store, replace(post, boosts=4, favourites=5, replies=6))

    assert (lambda p: (p.boosts, p.favourites, p.replies))(stored(each_store).posts[0]) == (4, 5, 6)


@pytest.mark.parametrize(("server", "left"), [("a.test", False), ("z.test", True)])
def test_a_quote_ends_when_the_server_that_told_it_tells_it_no_more(
    each_store: Store, garden: FakePlatform, server: str, left: bool
) -> None:
    answer = garden.post("@ana@b.test", "A1")
    quote = garden.post("@ben@b.test", "So true", reply_to=answer, quote_local_id=answer.local_id)
    keep(each_store, answer, quote)

    keep(each_store, replace(quote, server=server, local_id="9", quote_local_id=None, parent_local_id=None))

    found = stored(each_store).posts[1]
    assert (found.parent_uri, found.quote_uri) == (answer.uri, answer.uri if left else None)


def test_private_and_direct_posts_are_never_stored(each_store: Store, garden: FakePlatform) -> None:
    private = garden.post("@ana@b.test", "for friends", visibility=Visibility.PRIVATE)
    direct = garden.post("@ana@b.test", "for you", visibility=Visibility.DIRECT)

    assert Saved() == keep(each_store, private, direct)
    assert "for " not in every_byte(each_store)


def test_of_somebody_who_refuses_an_empty_node_is_kept_and_threads_hold(
    each_store: Store, garden: FakePlatform
) -> None:
    question = garden.post("@gardenbot@a.test", "Q1")
    refused = garden.post("@nora@secret.test", "A1 my secret", reply_to=question)
    answer = garden.post("@ben@b.test", "A1 mine", reply_to=refused)

    for post in (answer, refused, question, refused):
        keep(each_store, post, refuses=refusing("nora@secret.test"))

    found = stored(each_store)
    assert (question.uri, question.at) == (found.empty[0].parent_uri, found.empty[0].at)
    assert found.empty[0].uri == found.posts[1].parent_uri
    for trace in ("nora", "secret", refused.uri, f"'{refused.local_id}'"):
        assert trace not in every_byte(each_store)


def test_somebody_who_says_no_later_loses_what_was_stored(each_store: Store, garden: FakePlatform) -> None:
    refused = garden.post("@nora@secret.test", "A1 my secret")
    answer = garden.post("@ben@b.test", "A1 mine", reply_to=refused)
    keep(each_store, refused, answer)
    with each_store.write() as conn:
        decisions.add(conn, CHAT, Decision(refused.uri, DecisionKind.FEATURE, "rosa@a.test", STARTS))

    keep(each_store, refused, refuses=refusing("nora@secret.test"))

    assert len(stored(each_store).empty) == 1
    for trace in ("nora", "secret", f"'{refused.local_id}'"):
        assert trace not in every_byte(each_store)


@pytest.mark.parametrize(("refused", "kept"), [("here", ["A1 both"]), (True, [])])
def test_another_chat_may_keep_what_only_this_one_refuses(
    each_store: Store, garden: FakePlatform, refused: Refusal, kept: list[str]
) -> None:
    other = garden_chat(id="beechat-2026-12-01")
    plan(each_store)
    with each_store.write() as conn:
        chats.save_chat(conn, other, state="ready", file=None, file_hash=None, now=STARTS)
    post = garden.post("@nora@b.test", "A1 both")
    keep(each_store, post, chat=other.id)

    keep(each_store, post, refuses=lambda _: refused)

    assert ["".join(s.text for s in p.spans) for p in stored(each_store, other.id).posts] == kept


def test_an_empty_node_fills_when_its_author_says_yes(each_store: Store, garden: FakePlatform) -> None:
    question = garden.post("@gardenbot@a.test", "Q1")
    answer = garden.post("@nora@b.test", "A1 here I am", reply_to=question)
    reply = garden.post("@ben@b.test", "welcome", reply_to=answer)
    keep(each_store, question, answer, reply, refuses=refusing("nora@b.test"))

    keep(each_store, answer)

    found = stored(each_store)
    assert found.empty == ()
    assert {replace(answer, parent_uri=question.uri), replace(reply, parent_uri=answer.uri)} < {*found.posts}


def test_a_post_that_is_gone_never_comes_back(each_store: Store, garden: FakePlatform) -> None:
    post = garden.post("@ana@b.test", "A1 never mind")
    reply = garden.post("@ben@b.test", "oh", reply_to=post)
    keep(each_store, post, reply)
    with each_store.write() as conn:
        erasing.bury(conn, posts.ids_of(conn, [post.uri]), erasing.DELETED, STARTS)

    for seen in (post, edit(post, "A1 again", 5), replace(post, server="z.test", local_id="9")):
        keep(each_store, seen)

    found = stored(each_store)
    assert (texts(each_store), found.gone) == (["oh"], 1)
    assert post.uri == found.posts[0].parent_uri
    assert "never mind" not in every_byte(each_store)


@pytest.mark.parametrize(
    ("after", "is_held"),
    [
        ("A1 I grow beans and peas in tall clay pots", False),
        ("A1 I grow beans and peas in tall clay pots, too", False),
        ("Buy cheap watches now, the best of all watches", True),
    ],
)
@pytest.mark.parametrize("approved", [True, False])
def test_a_far_going_edit_of_a_published_post_waits_for_a_host(
    each_store: Store, garden: FakePlatform, after: str, is_held: bool, approved: bool
) -> None:
    plan(each_store, approved)
    post = garden.post("@ana@b.test", "A1 I grow beans and peas in tall clay pots")
    keep(each_store, post)

    keep(each_store, edit(post, after))

    assert ({post.uri} if is_held and approved else set()) == stored(each_store).held_edits
    with each_store.write() as conn:
        decisions.add(conn, CHAT, Decision(post.uri, DecisionKind.INCLUDE, "rosa@a.test", STARTS))
    assert set() == stored(each_store).held_edits


def test_an_edit_of_a_featured_post_that_adds_a_link_waits_for_a_host(each_store: Store, garden: FakePlatform) -> None:
    plan(each_store)
    post = garden.post("@ana@b.test", "A1 I grow beans and peas")
    keep(each_store, post)
    with each_store.write() as conn:
        decisions.add(conn, CHAT, Decision(post.uri, DecisionKind.FEATURE, "rosa@a.test", STARTS))
    linked = (*post.spans, Span("link", "shop.test", "https://shop.test"))

    keep(each_store, edit(post, "", spans=linked))

    assert {post.uri} == stored(each_store).held_edits


def test_an_imported_view_never_overwrites_a_live_one_and_a_live_one_always_wins(
    each_store: Store, garden: FakePlatform
) -> None:
    live = garden.post("@ana@b.test", "A1 Compost!")
    from_file = replace(live, spans=(Span("text", "A1 compost"),), server="import", local_id=live.uri)

    keep(each_store, from_file, route="import")
    assert texts(each_store) == ["A1 compost"]
    keep(each_store, live)
    keep(each_store, from_file, route="import")

    assert texts(each_store) == ["A1 Compost!"]
    assert stored(each_store).posts[0].server == "a.test"


def test_a_post_is_found_by_every_address_a_person_can_copy(each_store: Store, garden: FakePlatform) -> None:
    post = garden.post("@ana@b.test", "A1 Compost!")
    keep(each_store, post)
    addresses = (
        post.uri,
        post.url,
        f"{post.url}/",
        f"{post.url}?x=1#top",
        f"https://a.test/@ana@b.test/{post.local_id}",
    )

    with each_store.read() as conn:
        found = [posts.find(conn, address) for address in addresses]
        assert [post.uri] * len(addresses) == [one.uri if one else None for one in found]
        assert posts.find(conn, "https://a.test/@ana@b.test/1") is None
        assert posts.find(conn, "no address at all") is None
        assert posts.chats_of(conn, post.uri) == (CHAT,)


def test_hostile_text_is_stored_as_it_is(each_store: Store, garden: FakePlatform) -> None:
    nasty = "'; DROP TABLE post; -- % ? :x \U0001f469\u200d\U0001f33e \u202e <script>"
    ana = person("@ana@b.test", name="A\x00na %s ?", bio="<b>#NoBot</b>")
    post = garden.post(ana, nasty)

    keep(each_store, post)

    assert [nasty] == texts(each_store)
    assert (lambda a: (a.name, a.bio))(stored(each_store).posts[0].author) == ("Ana %s ?", "#nobot")


def test_a_full_disk_says_so_and_stores_nothing_of_the_batch(store: Store, garden: FakePlatform) -> None:
    keep(store, garden.post("@ana@b.test", "A1 first"))
    with store.engine.connect() as conn:
        used = conn.exec_driver_sql("PRAGMA page_count").scalar()
    sa.event.listen(store.engine, "connect", lambda dbapi, _: dbapi.execute(f"PRAGMA max_page_count={used}"))
    store.engine.dispose()
    batch = [garden.post(f"@p{n}@b.test", "A1 " + "long " * 200) for n in range(40)]

    with pytest.raises(StoreError, match="disk is full, so nothing of this step was stored"):
        keep(store, *batch)

    assert texts(store) == ["A1 first"]


# any order, any repetition

_CLOCK = FixedClock(STARTS)


def _an_evening() -> Sequence[Post]:
    """A thread seen on two servers, with an edit, a quote, a refusal, and two hashtags' worth of views."""
    garden = FakePlatform(_CLOCK)
    question = garden.post("@gardenbot@a.test", "Q1")
    answer = garden.post("@ana@b.test", "A1 Compots!", reply_to=question)
    refused = garden.post("@nora@c.test", "A1 no", reply_to=answer)
    reply = garden.post("@ben@b.test", "yes", reply_to=refused, quote_local_id=answer.local_id)
    views = [question, answer, edit(answer, "A1 Compost!", boosts=1), refused, reply]
    ids = {post.local_id: f"9{post.local_id}" for post in views}
    elsewhere = [
        replace(
            post,
            server="z.test",
            local_id=ids[post.local_id],
            parent_local_id=ids.get(post.parent_local_id or ""),
            quote_local_id=ids.get(post.quote_local_id or ""),
        )
        for post in views
    ]
    return [*views, *elsewhere]


_EVENING = _an_evening()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(_EVENING))),
    again=st.lists(st.integers(0, len(_EVENING) - 1), max_size=8),
    size=st.integers(1, 6),
)
def test_any_order_and_repetition_gives_the_same_facts(order: list[int], again: list[int], size: int) -> None:
    store = open_store("sqlite:///:memory:")
    seen = [_EVENING[n] for n in (*order, *again)]

    for start in range(0, len(seen), size):
        keep(store, *seen[start : start + size], refuses=refusing("nora@c.test"))

    expected = open_store("sqlite:///:memory:")
    keep(expected, *_EVENING, refuses=refusing("nora@c.test"))
    assert _facts(expected) == _facts(store)
    store.close()
    expected.close()


def _facts(store: Store) -> ChatPosts:
    found = stored(store)
    places = (replace(post, parent_local_id=None, quote_local_id=None) for post in found.posts)
    return replace(found, posts=tuple(places))
