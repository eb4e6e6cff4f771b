"""What is shown without a token, and who asks to be left alone (fact sheet A2, C, D)."""

from __future__ import annotations

import pytest

from tests.servers import GOTOSOCIAL, HOLLO, MASTODON_4_5, MASTODON_4_6, PLEROMA, Personality, Server
from tests.servers.asking import ask, tagged

OPEN = pytest.mark.parametrize("kind", [MASTODON_4_5, MASTODON_4_6, PLEROMA], ids=lambda kind: kind.name)


def test_what_a_server_is_it_tells_everybody(server: Server) -> None:
    old, new = ask(server, "/api/v1/instance").json, ask(server, "/api/v2/instance").json

    assert ("home.test", "home.test") == (old["uri"], new["domain"])
    assert server.personality.characters == new["configuration"]["statuses"]["max_characters"]


@pytest.mark.parametrize(
    ("kind", "tells"),
    [
        (MASTODON_4_5, {"mastodon": 7}),
        (MASTODON_4_6, {"mastodon": 11}),
        (GOTOSOCIAL, None),
        (PLEROMA, None),
        (HOLLO, None),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_only_mastodon_tells_the_version_of_its_api(server: Server, tells: object) -> None:
    assert tells == ask(server, "/api/v2/instance").json.get("api_versions")


@OPEN
def test_hashtags_single_posts_threads_and_people_are_open(server: Server) -> None:
    ada = server.member("ada")
    post = ada.says("A1 Leaves #GardenChat")
    path = f"/api/v1/statuses/{post.local_id}"

    assert [post.local_id] == tagged(server).ids
    assert {200} == {ask(server, door).status for door in (path, f"{path}/context", "/api/v1/accounts/lookup?acct=ada")}


def test_search_and_own_things_need_a_token(server: Server) -> None:
    doors = ("/api/v2/search?q=x", "/api/v1/accounts/verify_credentials", "/api/v1/notifications")

    assert {401} == {ask(server, door).status for door in doors}


def test_a_wrong_token_is_not_a_stranger(server: Server) -> None:
    server.member("ada").says("A1 #GardenChat")

    assert 401 == ask(server, "/api/v1/timelines/tag/GardenChat", Authorization="Bearer nonsense").status


@pytest.mark.parametrize("kind", [GOTOSOCIAL, HOLLO], ids=lambda kind: kind.name)
def test_some_show_no_timeline_without_a_token(server: Server, kind: Personality) -> None:
    refused = tagged(server)

    assert (401, {"error": kind.without_token}) == (refused.status, refused.json)


@OPEN
def test_a_feed_for_members_only_is_422_and_the_description_says_so(server: Server) -> None:
    bot = server.member("bot")
    server.settings.remote_feeds = "authenticated"
    bot.says("Q1 #GardenChat")

    assert (422, 200) == (tagged(server).status, tagged(bot).status)
    assert (200, 1) == (tagged(server, local="true").status, len(tagged(server, local="true").json))


@pytest.mark.parametrize("kind", [MASTODON_4_5, MASTODON_4_6], ids=lambda kind: kind.name)
def test_mastodon_tells_to_whom_its_feeds_are_open(server: Server) -> None:
    server.settings.remote_feeds = "disabled"
    feeds = ask(server, "/api/v2/instance").json["configuration"]["timelines_access"]["hashtag_feeds"]

    assert {"local": "public", "remote": "disabled"} == feeds


def test_a_disabled_feed_is_silently_empty(home: Server) -> None:
    home.settings.local_feeds = "disabled"
    bot = home.member("bot")
    bot.says("Q1 #GardenChat")

    assert (200, []) == (tagged(bot).status, tagged(bot).json)


@OPEN
def test_a_closed_server_refuses_every_stranger(server: Server) -> None:
    server.settings.open_to_strangers = False

    assert 401 == tagged(server).status
    assert 200 == ask(server, "/api/v2/instance").status


def test_robots_are_told_what_to_leave_alone(server: Server) -> None:
    assert 404 == ask(server, "/robots.txt").status

    server.settings.robots = "User-agent: *\nDisallow: /api\n"

    assert b"User-agent: *\nDisallow: /api\n" == ask(server, "/robots.txt").body
