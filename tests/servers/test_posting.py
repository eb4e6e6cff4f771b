"""Posting: what a server makes of a text, lowers, refuses and forgets (fact sheet A1, C)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes import FixedClock
from tests.servers import GOTOSOCIAL, HOLLO, MASTODON_4_5, MASTODON_4_6, PLEROMA, Member, Personality, Server
from tests.servers.asking import Reply, ask, posts
from tests.servers.shape import recorded

TEXT = "Q1 Compost? & <b>\nsays @ada #GardenChat https://example.org/a/very/long/path/to/somewhere"


def uploaded(who: Member) -> Reply:
    return ask(who, "/api/v2/media", {"description": "A spade"})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            MASTODON_4_5,
            '<p>Q1 Compost? &amp; &lt;b&gt;<br />says <span class="h-card" translate="no"><a'
            ' href="https://home.test/@ada" class="u-url mention">@<span>ada</span></a></span> <a'
            ' href="https://home.test/tags/gardenchat" class="mention hashtag" rel="tag">#<span>GardenChat</span></a> '
            '<a href="https://example.org/a/very/long/path/to/somewhere" target="_blank" rel="nofollow noopener"'
            ' translate="no"><span class="invisible">https://</span>'
            '<span class="ellipsis">example.org/a/very/long/path/t</span>'
            '<span class="invisible">o/somewhere</span></a></p>',
        ),
        (
            GOTOSOCIAL,
            '<p>Q1 Compost? &amp; &lt;b&gt;<br />says <span class="h-card"><a href="https://home.test/@ada"'
            ' class="u-url mention" rel="nofollow noreferrer noopener" target="_blank">@<span>ada</span></a></span> <a'
            ' href="https://home.test/tags/gardenchat" class="mention hashtag" rel="tag nofollow noreferrer noopener"'
            ' target="_blank">#<span>GardenChat</span></a> <a'
            ' href="https://example.org/a/very/long/path/to/somewhere" rel="nofollow noreferrer noopener"'
            ' target="_blank">https://example.org/a/very/long/path/to/somewhere</a></p>',
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_text_comes_back_as_html(server: Server, expected: str) -> None:
    server.member("ada")

    assert expected == posts(server.member("bot"), TEXT).json["content"]


@pytest.mark.parametrize(
    ("kind", "account", "status"),
    [
        (MASTODON_4_6, "mastodon_account", "mastodon_status"),
        (GOTOSOCIAL, "gotosocial_account", "gotosocial_status"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_post_has_exactly_the_fields_that_were_recorded(server: Server, account: str, status: str) -> None:
    made = posts(server.member("bot"), TEXT).json

    assert {*recorded(status, "home.test"), "account"} == set(made)
    assert set(recorded(account, "home.test")) == set(made["account"])


@pytest.mark.parametrize(
    ("kind", "uri", "url"),
    [
        (MASTODON_4_5, "https://home.test/users/bot/statuses/{id}", "https://home.test/@bot/{id}"),
        (MASTODON_4_6, "https://home.test/ap/users/{account}/statuses/{id}", "https://home.test/@bot/{id}"),
        (GOTOSOCIAL, "https://home.test/users/bot/statuses/{id}", "https://home.test/@bot/statuses/{id}"),
        (HOLLO, "https://home.test/@bot/{id}", "https://home.test/@bot/{id}"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_addresses_carry_the_servers_name_not_where_it_is_reached(server: Server, uri: str, url: str) -> None:
    made = posts(server.member("bot"), "Q1").json
    names = {"id": made["id"], "account": made["account"]["id"]}

    assert (uri.format(**names), url.format(**names)) == (made["uri"], made["url"])


@pytest.mark.parametrize("kind", [PLEROMA])
def test_pleromas_uris_say_nothing_of_the_id(server: Server) -> None:
    made = posts(server.member("bot"), "Q1").json

    assert made["uri"].startswith("https://home.test/objects/")
    assert made["id"] not in made["uri"]
    assert "uri" not in made["account"]
    assert "https://home.test/users/bot" == made["account"]["pleroma"]["ap_id"]


@pytest.mark.parametrize(
    ("kind", "tags"), [(MASTODON_4_5, ["b", "c"]), (MASTODON_4_6, ["c"])], ids=lambda value: getattr(value, "name", "")
)
def test_since_4_6_only_white_space_may_stand_before_a_hashtag(server: Server, tags: list[str]) -> None:
    made = posts(server.member("bot"), "(#b and #c, but #1 is a number").json

    assert tags == [tag["name"] for tag in made["tags"]]


@pytest.mark.parametrize(
    ("kind", "visibility"),
    [
        (MASTODON_4_5, "unlisted"),
        (MASTODON_4_6, "unlisted"),
        (PLEROMA, "unlisted"),
        (HOLLO, "unlisted"),
        (GOTOSOCIAL, "public"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_limited_accounts_public_posts_are_lowered_without_a_word(server: Server, visibility: str) -> None:
    bot = server.member("bot")
    server.silences(bot)
    made = posts(bot, "Q1 Compost?")

    assert (200, visibility) == (made.status, made.json["visibility"])


def test_left_out_the_visibility_is_the_servers_own(server: Server, kind: Personality) -> None:
    made = posts(server.member("bot"), "Q1", visibility=None).json

    assert kind.default_visibility == made["visibility"]


def test_a_reply_to_what_is_gone_is_404_and_nothing_is_posted(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    gone = ada.says("A1")
    ada.deletes(gone)

    assert 404 == posts(bot, "Thanks", in_reply_to_id=gone.local_id).status
    assert () == server.posts


@pytest.mark.parametrize(
    ("kind", "status"),
    [(MASTODON_4_5, 422), (MASTODON_4_6, 422), (GOTOSOCIAL, 400), (PLEROMA, 422), (HOLLO, 422)],
    ids=lambda value: getattr(value, "name", value),
)
def test_too_long_is_refused_and_addresses_and_hosts_hardly_count(server: Server, status: int) -> None:
    bot, most = server.member("bot"), server.personality.characters
    link = "https://example.org/" + "x" * 80
    fits = f"@ada@elsewhere.test {link} " + "👩‍👩‍👧" * (most - 6 - server.personality.url_weight)

    assert (200, status) == (posts(bot, fits).status, posts(bot, fits + "x").status)


def test_an_edit_takes_away_what_it_does_not_say_again(server: Server) -> None:
    bot = server.member("bot")
    picture = uploaded(bot).json["id"]
    made = posts(bot, "Q1", spoiler_text="slugs", media_ids=[picture]).json
    edited = ask(bot, f"/api/v1/statuses/{made['id']}", {"status": "Q1, better"}, method="PUT").json

    assert (1, "slugs") == (len(made["media_attachments"]), made["spoiler_text"])
    assert ([], "") == (edited["media_attachments"], edited["spoiler_text"])
    assert edited["edited_at"] is not None


def test_an_edit_that_changes_nothing_is_none(server: Server) -> None:
    bot = server.member("bot")
    made = posts(bot, "Q1").json
    edited = ask(bot, f"/api/v1/statuses/{made['id']}", {"status": "Q1"}, method="PUT")

    assert (200, None) == (edited.status, edited.json["edited_at"])


def test_nobody_edits_or_deletes_the_posts_of_others(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    path = f"/api/v1/statuses/{ada.says('A1').local_id}"

    assert [404, 404] == [ask(bot, path, {"status": "x"}, method=method).status for method in ("PUT", "DELETE")]


def test_what_was_deleted_is_remembered_by_the_server_alone(server: Server, clock: FixedClock) -> None:
    bot = server.member("bot")
    made = posts(bot, "Q1").json
    ask(bot, f"/api/v1/statuses/{made['id']}", method="DELETE")

    assert 404 == ask(bot, f"/api/v1/statuses/{made['id']}").status
    assert [(made["id"], clock())] == [(post.local_id, post.gone_at) for post in server.deleted]


def test_a_picture_is_worked_on_for_a_while(server: Server, clock: FixedClock) -> None:
    bot = server.member("bot")
    server.settings.media_takes = timedelta(seconds=5)
    first = uploaded(bot)
    path = f"/api/v1/media/{first.json['id']}"

    assert (202, None) == (first.status, first.json["url"])
    assert (206, 422) == (ask(bot, path).status, posts(bot, "Q1", media_ids=[first.json["id"]]).status)

    clock.forward(seconds=5)

    assert (200, 200) == (ask(bot, path).status, posts(bot, "Q1", media_ids=[first.json["id"]]).status)
    assert 422 == posts(bot, "Q1 again", media_ids=[first.json["id"]]).status  # a picture belongs to one post


@pytest.mark.parametrize(("token_is", "status"), [("revoked", 401), ("disabled", 403)])
def test_a_token_may_end_in_mid_chat(server: Server, token_is: str, status: int) -> None:
    bot = server.member("bot")
    bot.token_is = token_is

    assert status == posts(bot, "Q1").status
    assert () == server.posts
