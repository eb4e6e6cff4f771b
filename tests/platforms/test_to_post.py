"""What a server says of a post, as our own value; whatever it says."""

from __future__ import annotations

import contextlib
import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core import text
from chatbot.core.model import Link, Media, Mention, Poll, Visibility
from chatbot.platforms.mastodon.to_post import Malformed, to_author, to_post, to_posts

SAMPLES = Path(__file__).parent.parent / "samples"


def sample(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    return read


ANSWER = sample("mastodon/answer.json")


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ANSWER), **fields}


def test_everything_a_transcript_needs_is_read() -> None:
    post = to_post(ANSWER, "b.test", "b.test")

    assert text.plain(post.spans) == "@gardenbot@a.test A1 Leeks & garlic, see seeds.test/leeks…\n\n#JardínChat"
    assert datetime(2026, 12, 1, 20, 7, 31, 123000, tzinfo=UTC) == post.at
    assert datetime(2026, 12, 1, 20, 9, tzinfo=UTC) == post.edited_at
    assert (post.local_id, post.parent_local_id, post.server) == ("115001234567890123", "115001200000000001", "b.test")
    assert (post.warning, post.sensitive, post.language, post.visibility) == ("slugs", True, "en", Visibility.PUBLIC)
    assert (post.boosts, post.favourites, post.replies) == (1, 5, 2)
    assert (Mention("gardenbot@a.test", "https://a.test/@gardenbot"),) == post.mentions
    assert post.hashtags == ("jardinchat",)
    assert (Link("https://seeds.test/leeks?x=1", "All about leeks"),) == post.links
    assert Poll((("Leeks", 3), ("Garlic", None)), True, datetime(2026, 12, 2, 20, 7, 31, tzinfo=UTC)) == post.poll
    assert post.media == (
        Media(
            "image",
            "https://b.test/media/leeks.jpg",
            "Leeks in a row",
            "https://b.test/media/small/leeks.jpg",
            1200,
            800,
        ),
        Media("unknown", "https://c.test/movie.mp4"),
    )


def test_a_filtered_post_is_read_like_any_other() -> None:
    assert to_post(ANSWER, "b.test", "b.test").local_id == ANSWER["id"]


def test_a_local_author_gets_a_full_handle_and_keeps_every_flag() -> None:
    author = to_post(ANSWER, "b.test", "garden.example").author

    assert (author.handle, author.name) == ("ana@garden.example", "Ana 🌱")
    assert author.uri == "https://b.test/ap/users/109300000000000042"
    assert author.avatar == "https://b.test/avatars/ana.png"
    assert (author.discoverable, author.indexable, author.noindex, author.bot) == (True, False, None, False)


def test_the_bio_is_plain_text_with_its_table() -> None:
    assert to_post(ANSWER, "b.test", "b.test").author.bio == "Allotment 12.\nShe & her\nBots: #nobot"


def test_flags_that_are_absent_are_unknown_not_false() -> None:
    author = to_post(sample("gotosocial/reply.json"), "a.test", "a.test").author

    assert (author.indexable, author.noindex, author.discoverable) == (None, None, False)


def test_an_author_without_uri_is_named_by_their_post() -> None:
    post = to_post(sample("gotosocial/reply.json"), "a.test", "a.test")

    assert (post.author.uri, post.author.handle, post.author.name) == ("https://c.test/users/rui", "rui@c.test", "rui")


def test_our_own_account_without_uri_is_the_author_of_our_posts() -> None:
    account = {"id": "01", "username": "bot", "acct": "bot", "url": "https://a.test/@bot"}
    status = changed(account=account, uri="https://a.test/users/bot/statuses/01M")

    assert to_author(account, "a.test").uri == to_post(status, "a.test", "a.test").author.uri


def test_a_quote_is_told_and_its_link_is_not_text() -> None:
    post = to_post(sample("mastodon/quote.json"), "b.test", "b.test")

    assert text.plain(post.spans) == "Mine is the hoe."
    assert post.quote_local_id == "115001200000000001"
    assert post.quote_uri == "https://a.test/users/gardenbot/statuses/115001200000000001"
    assert post.links == ()


@pytest.mark.parametrize("state", ["pending", "rejected", "revoked", "deleted", "unauthorized"])
def test_a_quote_that_was_not_accepted_is_none(state: str) -> None:
    status = sample("mastodon/quote.json")
    status["quote"]["state"] = state

    post = to_post(status, "b.test", "b.test")

    assert (post.quote_local_id, post.quote_uri) == (None, None)


def test_a_shallow_quote_names_the_post_by_id() -> None:
    status = changed(quote={"state": "accepted", "quoted_status_id": "77"})

    assert to_post(status, "b.test", "b.test").quote_local_id == "77"


def test_a_boost_is_a_repost() -> None:
    status = changed(reblog=ANSWER, content="", uri="https://b.test/users/ana/statuses/1/activity")

    assert to_post(status, "b.test", "b.test").is_repost
    assert not to_post(ANSWER, "b.test", "b.test").is_repost


@pytest.mark.parametrize(
    ("said", "expected"),
    [("public", "public"), ("unlisted", "unlisted"), ("private", "private"), ("direct", "direct")]
    + [(narrow, "private") for narrow in ("local", "mutuals_only", "list", "circle")],
)
def test_visibility_is_never_wider_than_it_was_said(said: str, expected: str) -> None:
    assert expected == to_post(changed(visibility=said), "b.test", "b.test").visibility


@pytest.mark.parametrize(
    "fields",
    [
        {"visibility": None},
        {"visibility": "everybody"},
        {"account": None},
        {"account": "ana"},
        {"account": {}},
        {"id": None},
        {"id": ""},
        {"id": True},
        {"uri": None},
        {"uri": "javascript:alert(1)"},
        {"uri": 7},
        {"created_at": None},
        {"created_at": "yesterday"},
        {"created_at": "0001-01-01T00:00:00+14:00"},
        {"created_at": 1764619651},
    ],
)
def test_a_status_without_what_every_post_has_is_skipped_and_counted(fields: dict[str, Any]) -> None:
    posts, malformed = to_posts([ANSWER, changed(**fields), ANSWER], "b.test", "b.test")

    assert (len(posts), malformed) == (2, 1)


@pytest.mark.parametrize("status", [None, [], "post", 7, {}, True])
def test_what_is_no_status_is_skipped(status: object) -> None:
    assert to_posts([status], "b.test", "b.test") == ([], 1)


def test_everything_else_may_be_missing() -> None:
    needed = ("id", "uri", "created_at", "visibility", "account")
    post = to_post({name: ANSWER[name] for name in needed}, "b.test", "b.test")

    assert (post.spans, post.media, post.links, post.mentions, post.poll, post.warning) == ((), (), (), (), None, "")


@pytest.mark.parametrize("name", sorted(set(ANSWER) - {"id", "uri", "created_at", "visibility", "account"}))
@pytest.mark.parametrize("value", [None, 7, "word", [], {}, [None], {"a": None}, True, [["x"]], -1, 1e308])
def test_a_field_of_another_type_harms_nothing(name: str, value: object) -> None:
    assert to_post(changed(**{name: value}), "b.test", "b.test").local_id == ANSWER["id"]


@pytest.mark.parametrize("name", sorted(ANSWER["account"]))
@pytest.mark.parametrize("value", [None, 7, [], {}, "\x00\x1b[31m", "<script>alert(1)</script>"])
def test_an_account_of_another_shape_harms_nobody_else(name: str, value: object) -> None:
    account = {**ANSWER["account"], name: value}

    posts, malformed = to_posts([changed(account=account), ANSWER], "b.test", "b.test")

    assert len(posts) + malformed == 2
    assert not any("\x00" in repr(post) or "\x1b" in repr(post) for post in posts)


SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_scripts_in_every_field_are_text_or_nothing() -> None:
    def poisoned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: poisoned(item) for key, item in value.items()}
        if isinstance(value, list):
            return [poisoned(item) for item in value]
        return SCRIPT if isinstance(value, str) else value

    kept = {name: ANSWER[name] for name in ("id", "uri", "created_at", "visibility")}
    account = {**poisoned(ANSWER["account"]), "username": "ana", "uri": "https://b.test/users/ana"}
    post = to_post({**poisoned(ANSWER), **kept, "account": account}, "b.test", "b.test")

    addresses = [post.url, post.author.url, post.author.avatar, *(span.href for span in post.spans)]
    addresses += [media.url for media in post.media] + [link.url for link in post.links]
    assert [address for address in addresses if address and not address.startswith("https://")] == []
    assert "alert(1)" not in text.plain(post.spans)


def test_addresses_lead_to_the_web_alone() -> None:
    account = {**ANSWER["account"], "avatar_static": "javascript:alert(1)", "avatar": "data:text/html,x"}
    media = [{"type": "image", "url": "file:///etc/passwd"}]
    post = to_post(changed(account=account, media_attachments=media, url="javascript:x"), "b.test", "b.test")

    assert (None, (), post.uri) == (post.author.avatar, post.media, post.url)


def test_a_megabyte_of_text_is_cut_and_not_waited_for() -> None:
    status = changed(content="<p>" + "<b>leeks</b> " * 80_000 + "</p>")

    assert len(text.plain(to_post(status, "b.test", "b.test").spans)) <= text.LONGEST


def test_ids_are_opaque_words() -> None:
    assert to_post(sample("gotosocial/reply.json"), "a.test", "a.test").local_id == "01M80RWW8G601P8HXQJ4WTHNJB"
    assert to_post(changed(id=42), "b.test", "b.test").local_id == "42"


def test_a_card_of_another_address_is_a_link_of_its_own() -> None:
    content = '<p><a href="https://x.test/1">x</a> <a href="https://x.test/2">y</a></p>'
    card = {"url": "https://x.test/3", "title": "Third"}

    links = to_post(changed(content=content, card=card), "b.test", "b.test").links

    assert links == (Link("https://x.test/1"), Link("https://x.test/2"), Link("https://x.test/3", "Third"))


def test_the_card_of_the_only_link_names_it_even_after_a_redirect() -> None:
    content = '<p><a href="https://short.test/1">x</a></p>'
    card = {"url": "https://long.test/1", "title": "Compost"}

    assert (Link("https://short.test/1", "Compost"),) == to_post(
        changed(content=content, card=card), "b.test", "b.test"
    ).links


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted(ANSWER)), inner, max_size=5),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(ANSWER)), json_values, max_size=6))
def test_no_json_is_fatal(fields: dict[str, Any]) -> None:
    with contextlib.suppress(Malformed):
        to_post(changed(**fields), "b.test", "b.test")


@given(st.dictionaries(st.sampled_from(sorted(ANSWER["account"])), json_values, max_size=6))
def test_no_account_is_fatal(fields: dict[str, Any]) -> None:
    posts, malformed = to_posts([changed(account={**ANSWER["account"], **fields})], "b.test", "b.test")

    assert len(posts) + malformed == 1


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("https://B.Test/users/Ana/statuses/1", "https://b.test/users/Ana/statuses/1"),
        ("https://b.test:443/users/ana/statuses/1", "https://b.test/users/ana/statuses/1"),
        ("https://b.test:8443/objects/1?x=Y#z", "https://b.test:8443/objects/1?x=Y#z"),
        ("http://b.test:80/objects/1", "http://b.test/objects/1"),
        ("HTTPS://b.test/objects/1", "https://b.test/objects/1"),
    ],
)
def test_a_posts_address_is_written_as_every_server_writes_it(written: str, expected: str) -> None:
    assert to_post(changed(uri=written), "b.test", "b.test").uri == expected
