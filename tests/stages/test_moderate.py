"""What people decide about posts: found by any copied address, written down once, undone, and refused when stale."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatbot.core.model import DecisionKind, Post
from chatbot.core.sorting import moderation
from chatbot.platforms.errors import Unavailable
from chatbot.stages import moderate
from chatbot.stages.moderate import NotDecided, Order
from chatbot.store import chats, decisions, posts
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.people import garden_chat, garden_series

LEAVE_OUT = Order(DecisionKind.LEAVE_OUT, "rosa", "advertising")
INCLUDE = Order(DecisionKind.INCLUDE, "amir")
UNDO = Order(DecisionKind.UNDO, "rosa")
CHAT = "gardenchat-2026-12-01"


@pytest.fixture
def leeks(store: Store, garden: FakePlatform, clock: FixedClock) -> Post:
    """A stored answer of Ana's, seen from a.test, written on far.test."""
    clock.to("2026-12-01 20:14")
    with store.write() as conn:
        chats.save_series(conn, garden_series(), file=None, file_hash=None, now=clock())
        chats.save_chat(conn, garden_chat(), state="ready", file=None, file_hash=None, now=clock())
    post = garden.post("@ana@far.test", "A1 leeks #GardenChat")
    keep(store, post, clock)
    return post


def keep(store: Store, post: Post, clock: FixedClock, chat: str = CHAT) -> None:
    with store.write() as conn:
        posts.save(conn, [post], chat=chat, route="tag", now=clock(), secret=b"s", refuses=lambda _: False)


def standing(store: Store, post: Post) -> moderation.Standing | None:
    with store.read() as conn:
        return moderation.standing(decisions.of_chat(conn, CHAT)).get(post.uri)


@pytest.mark.parametrize(
    "address",
    [
        "https://far.test/users/ana/statuses/1001",
        "https://far.test/@ana/1001",
        "https://far.test/@ana/1001/",
        "https://far.test/@ana/1001?utm_source=share",
        "https://far.test/@ana/1001#",
        "https://far.test/@ana/1001/embed",
        "  <https://far.test/@ana/1001>  ",
        "far.test/@ana/1001",
        "https://a.test/@ana@far.test/1001",
        "https://A.test/web/@ana@far.test/1001",
        "https://a.test/deck/@ana@far.test/1001",
        "https://a.test/web/statuses/1001",
        "https://elk.zone/a.test/@ana@far.test/1001",
        "https://phanpy.social/#/a.test/s/1001",
    ],
)
def test_a_post_is_found_by_any_address_a_person_can_copy(
    store: Store, leeks: Post, clock: FixedClock, address: str
) -> None:
    decided = moderate.decide(store, [], address, LEAVE_OUT, clock())

    assert leeks.uri == decided.post.uri
    assert decided.chat.id == CHAT
    assert standing(store, leeks) == moderation.Standing(left_out=True, by="rosa", at=clock(), reason="advertising")


def test_an_address_the_database_does_not_know_is_resolved_on_the_accounts_servers(
    store: Store, leeks: Post, garden: FakePlatform, clock: FixedClock
) -> None:
    strange = "https://third.test/objects/77"
    garden.resolve = lambda address: leeks if address == strange else None  # type: ignore[method-assign]

    decided = moderate.decide(store, [garden], strange, LEAVE_OUT, clock())

    assert leeks.uri == decided.post.uri


def test_no_server_is_asked_when_the_database_knows_the_post(
    store: Store, leeks: Post, garden: FakePlatform, clock: FixedClock
) -> None:
    moderate.decide(store, [garden], leeks.url, LEAVE_OUT, clock())

    assert "resolve" not in garden.calls


def test_a_server_that_cannot_be_asked_is_named_and_the_next_one_is_asked(
    store: Store, leeks: Post, garden: FakePlatform, clock: FixedClock
) -> None:
    garden.next_read("resolve", Unavailable("down for an hour"))

    with pytest.raises(NotDecided, match=r"nothing was decided.*a\.test could not be asked"):
        moderate.decide(store, [garden], "https://third.test/1", LEAVE_OUT, clock())


@pytest.mark.parametrize("address", ["", "A3", "javascript:alert(1)", "ftp://far.test/1", "http://", "@ana@far.test"])
def test_what_is_no_address_is_refused_in_words(store: Store, leeks: Post, clock: FixedClock, address: str) -> None:
    with pytest.raises(NotDecided, match="not the address of a post"):
        moderate.decide(store, [], address, LEAVE_OUT, clock())


def test_a_post_that_is_not_kept_is_refused_and_nothing_is_written(
    store: Store, leeks: Post, clock: FixedClock
) -> None:
    with pytest.raises(NotDecided, match="kept for any chat"):
        moderate.decide(store, [], "https://far.test/@ana/9999", LEAVE_OUT, clock())

    with store.read() as conn:
        assert decisions.of_chat(conn, CHAT) == ()


def test_a_decision_made_already_is_refused_with_who_and_when(store: Store, leeks: Post, clock: FixedClock) -> None:
    moderate.decide(store, [], leeks.url, LEAVE_OUT, clock())
    clock.forward(minutes=5)

    with pytest.raises(NotDecided, match=r"^rosa left it out at 20:14 on 1 December 2026 already"):
        moderate.decide(store, [], leeks.url, Order(DecisionKind.LEAVE_OUT, "amir"), clock())


def test_a_decision_that_did_not_know_the_newest_is_refused(store: Store, leeks: Post, clock: FixedClock) -> None:
    first = moderate.decide(store, [], leeks.url, LEAVE_OUT, clock())
    moderate.decide(store, [], leeks.url, INCLUDE, clock())

    late = Order(DecisionKind.FEATURE, "rosa", seen=first.decision.id)
    with pytest.raises(NotDecided, match=r"^amir included it at 20:14 .* since you looked"):
        moderate.decide(store, [], leeks.url, late, clock())


def test_undo_takes_back_the_last_decision_and_says_which(store: Store, leeks: Post, clock: FixedClock) -> None:
    moderate.decide(store, [], leeks.url, LEAVE_OUT, clock())
    moderate.decide(store, [], leeks.url, INCLUDE, clock())

    decided = moderate.decide(store, [], leeks.url, UNDO, clock())

    assert decided.undone is not None
    assert decided.undone.kind == DecisionKind.INCLUDE
    kept = standing(store, leeks)
    assert kept is not None
    assert kept.left_out


def test_there_is_an_end_to_undoing(store: Store, leeks: Post, clock: FixedClock) -> None:
    moderate.decide(store, [], leeks.url, LEAVE_OUT, clock())
    moderate.decide(store, [], leeks.url, UNDO, clock())

    with pytest.raises(NotDecided, match=r"nothing to undo\. rosa took the last decision about it back at 20:14"):
        moderate.decide(store, [], leeks.url, UNDO, clock())

    moderate.decide(store, [], leeks.url, LEAVE_OUT, clock())
    kept = standing(store, leeks)
    assert kept is not None
    assert kept.left_out


@pytest.mark.parametrize(
    ("value", "expected"), [("3", "q3"), ("Q3", "q3"), ("a3", "q3"), ("q3", "q3"), ("none", "none")]
)
def test_a_post_is_assigned_to_a_question_by_number_or_to_none(
    store: Store, leeks: Post, clock: FixedClock, value: str, expected: str
) -> None:
    moderate.decide(store, [], leeks.url, Order(DecisionKind.ASSIGN, "rosa", value=value), clock())

    kept = standing(store, leeks)
    assert kept is not None
    assert expected == kept.assigned


def test_a_question_the_chat_does_not_have_is_refused_with_those_it_has(
    store: Store, leeks: Post, clock: FixedClock
) -> None:
    with pytest.raises(NotDecided, match=r"no question “9”.*1, 2, 3, 4, 5, 6, none"):
        moderate.decide(store, [], leeks.url, Order(DecisionKind.ASSIGN, "rosa", value="9"), clock())


def test_a_post_of_two_chats_needs_the_chat_named(store: Store, leeks: Post, clock: FixedClock) -> None:
    other = garden_chat(starts_at=garden_chat().starts_at + timedelta(days=35))
    with store.write() as conn:
        chats.save_chat(conn, other, state="ready", file=None, file_hash=None, now=clock())
    keep(store, leeks, clock, other.id)

    with pytest.raises(NotDecided, match="--chat"):
        moderate.decide(store, [], leeks.url, LEAVE_OUT, clock())
    named = Order(DecisionKind.LEAVE_OUT, "rosa", chat="seedchat")
    with pytest.raises(NotDecided, match="does not belong to seedchat"):
        moderate.decide(store, [], leeks.url, named, clock())

    named = Order(DecisionKind.LEAVE_OUT, "rosa", chat=other.id)
    assert other.id == moderate.decide(store, [], leeks.url, named, clock()).chat.id


def test_the_queue_names_what_waits_and_why(store: Store, leeks: Post, garden: FakePlatform, clock: FixedClock) -> None:
    stray = garden.post("@olaf@far.test", "Lovely light on the lawn #GardenChat")
    keep(store, stray, clock)

    record, waiting = moderate.waiting(store, "gardenchat", clock())

    assert record.chat.id == CHAT
    assert [stray.uri] == [item.post.uri for item in waiting]
    assert "hashtag" in waiting[0].why

    moderate.decide(store, [], stray.url, INCLUDE, clock())

    assert moderate.waiting(store, "gardenchat", clock())[1] == ()


def test_the_log_keeps_who_and_what_kind_and_nothing_of_the_post(
    store: Store, leeks: Post, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        moderate.decide(store, [], leeks.url, LEAVE_OUT, clock())

    told = " ".join(str(record.__dict__) for record in caplog.records)
    assert "decided" in told
    for private in ("ana", "far.test", "leeks", "1001"):
        assert private not in told
