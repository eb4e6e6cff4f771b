"""What a stream's events mean: posts, deletions, and what has to be read because it could not be understood."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.model import Visibility
from chatbot.platforms.mastodon import to_post
from chatbot.platforms.mastodon.events import event_of
from chatbot.platforms.mastodon.eventstream import Named
from chatbot.platforms.port import Deleted, Event, Posted, Wake

STATUS: dict[str, Any] = {
    "id": "115001234567890123",
    "uri": "https://b.test/users/ana/statuses/7",
    "url": "https://b.test/@ana/7",
    "created_at": "2026-12-01T20:01:00Z",
    "visibility": "public",
    "account": {"username": "ana", "acct": "ana@b.test", "url": "https://b.test/@ana"},
    "content": '<p>A1 leeks <a href="https://a.test/tags/GardenChat" class="mention hashtag">#GardenChat</a></p>',
    "tags": [{"name": "gardenchat"}],
}

read = partial(to_post.to_post, server="a.test", domain="a.test")


def told(name: str, data: object) -> Event | None:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return event_of(Named(name.encode(), raw), read)


@pytest.mark.parametrize("name", ["update", "status.update", "status_update"])
def test_a_post_comes_whole(name: str) -> None:
    event = told(name, STATUS)

    assert isinstance(event, Posted)
    assert (event.post.local_id, event.post.author.handle, event.post.hashtags, event.mentions_us) == (
        "115001234567890123",
        "ana@b.test",
        ("gardenchat",),
        False,
    )


def test_a_mention_is_told_by_its_notification() -> None:
    event = told("notification", {"type": "mention", "status": {**STATUS, "visibility": "direct"}})

    assert isinstance(event, Posted)
    assert (event.mentions_us, event.post.visibility) == (True, Visibility.DIRECT)


@pytest.mark.parametrize("kind", ["status", "update", "quote", "quoted_update"])
def test_other_notifications_bring_posts_of_others_too(kind: str) -> None:
    event = told("notification", {"type": kind, "status": STATUS})

    assert isinstance(event, Posted)
    assert not event.mentions_us


@pytest.mark.parametrize("kind", ["favourite", "reblog", "follow", "poll", "pleroma:emoji_reaction", "annual_report"])
def test_applause_is_passed_over(kind: str) -> None:
    assert told("notification", {"type": kind, "status": STATUS}) is None


@pytest.mark.parametrize(
    ("data", "local_id"),
    [
        (b"115001234567890123", "115001234567890123"),
        (b'"01M80RWW8G601P8HXQJ4WTHNJB"', "01M80RWW8G601P8HXQJ4WTHNJB"),
        (b"AgRLmxGCXEAMqzbdF2", "AgRLmxGCXEAMqzbdF2"),
        (b"018e7c3f-7b3a-7c3a-8c3a-7b3a7c3a8c3a", "018e7c3f-7b3a-7c3a-8c3a-7b3a7c3a8c3a"),
    ],
)
def test_ids_of_every_kind_are_deleted(data: bytes, local_id: str) -> None:
    assert told("delete", data) == Deleted(local_id)


@pytest.mark.parametrize("data", [b"", b"null id", b'{"id":"7"}', b"x" * 101, b"-", b"7/8", b"\xff\xfe"])
def test_what_is_no_id_deletes_nothing(data: bytes) -> None:
    assert told("delete", data) is None


@pytest.mark.parametrize("name", ["update", "status.update", "notification"])
@pytest.mark.parametrize("data", [b"", b"{broken", b"[]", b"null", b"7", b'{"id":"5"}', b'{"type":"mention"}'])
def test_what_cannot_be_read_asks_for_a_reading(name: str, data: bytes) -> None:
    assert told(name, data) == Wake()


@pytest.mark.parametrize("name", ["conversation", "notifications_merged"])
def test_private_posts_and_mentions_let_through_are_read(name: str) -> None:
    assert told(name, b"1") == Wake()


@pytest.mark.parametrize(
    "name", ["", "filters_changed", "announcement", "announcement.reaction", "pleroma:respond", "kill"]
)
def test_everything_else_is_passed_over(name: str) -> None:
    assert told(name, STATUS) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*STATUS, "type", "status"]), inner),
    max_leaves=12,
)


@given(st.sampled_from(["update", "status.update", "notification", "delete", "conversation", "x"]), JSON, st.data())
def test_no_payload_is_fatal(name: str, payload: object, data: st.DataObject) -> None:
    odd = {**STATUS, data.draw(st.sampled_from(list(STATUS))): payload}
    for said in (payload, odd, {"type": "mention", "status": odd}):
        event = told(name, said)
        assert event is None or isinstance(event, Wake | Posted | Deleted)
