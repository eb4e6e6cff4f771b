"""Event streams: what is told, what is not, and how they fail (fact sheet A2b, C)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.fakes import FixedClock
from tests.servers import GOTOSOCIAL, HOLLO, MASTODON_4_5, MASTODON_4_6, PLEROMA, Member, Server
from tests.servers.asking import ask, events, websocket

HASHTAG = "/api/v1/streaming/hashtag?tag=GardenChat"
MASTODON = pytest.mark.parametrize("kind", [MASTODON_4_5, MASTODON_4_6], ids=lambda kind: kind.name)


def named(lines: Iterator[bytes]) -> tuple[str, object]:
    """Return the next event: its name and what it says."""
    event, data = next(lines), next(lines)
    assert event.startswith(b"event: ")
    assert data.startswith(b"data: ")
    said = data.removeprefix(b"data: ").decode()
    return event.removeprefix(b"event: ").decode(), json.loads(said) if said.startswith("{") else said


@MASTODON
def test_a_stream_begins_with_a_smile_and_beats(server: Server) -> None:
    server.settings.heartbeat = 0.01
    with events(server.member("bot"), HASHTAG) as lines:
        assert [b":)", b":thump", b":thump"] == [next(lines) for _ in range(3)]


def test_posts_edits_and_deletions_are_told(bot: Member, ada: Member) -> None:
    with events(bot, HASHTAG) as lines:
        next(lines)
        post = ada.says("A1 Leaves #GardenChat")
        ada.says("A1 Leaves")
        ada.says("A1 Leaves #GardenChat", visibility="unlisted")
        ada.edits(post, "A1 Leaves, dry #GardenChat")
        ada.deletes(post)

        (new, shown), (edited, again), (gone, local_id) = named(lines), named(lines), named(lines)

    assert ("update", "status.update", "delete") == (new, edited, gone)
    assert isinstance(shown, dict)
    assert isinstance(again, dict)
    assert (post.local_id, post.local_id, post.local_id) == (shown["id"], again["id"], local_id)


def test_a_tag_that_an_edit_adds_is_an_edit_of_a_post_never_seen_and_one_it_takes_is_silence(
    bot: Member, ada: Member
) -> None:
    with events(bot, HASHTAG) as lines:
        next(lines)
        forgot = ada.says("A1 Leaves")
        ada.edits(forgot, "A1 Leaves #GardenChat")
        assert "status.update" == named(lines)[0]

        ada.edits(forgot, "A1 Leaves")
        last = ada.says("A2 #GardenChat")
        name, shown = named(lines)

    assert isinstance(shown, dict)
    assert ("update", last.local_id) == (name, shown["id"])


def test_a_parent_that_comes_later_tells_a_reply_a_second_time(home: Server, bot: Member, clock: FixedClock) -> None:
    with Server(MASTODON_4_5, "far.test", clock=clock) as far:
        home.follows(far)
        dave = far.member("dave")
        parent = dave.says("A1 Leaves", travels=False)
        with events(bot, HASHTAG) as lines:
            next(lines)
            dave.says("and moss #GardenChat", reply_to=parent)
            (one, first), _ = named(lines), home.fetches(parent)
            two, second = named(lines)

    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert ("update", "update", first["id"]) == (one, two, second["id"])
    assert (None, True) == (first["in_reply_to_id"], second["in_reply_to_id"] is not None)


def test_what_is_fetched_and_old_is_not_told(home: Server, bot: Member, clock: FixedClock) -> None:
    with Server(MASTODON_4_5, "far.test", clock=clock) as far:
        dave = far.member("dave")
        old = dave.says("A1 Leaves #GardenChat", travels=False)
        clock.forward(hours=7)
        young = dave.says("A2 Leeks #GardenChat", travels=False)
        with events(bot, HASHTAG) as lines:
            next(lines)
            home.fetches(old)
            found = home.fetches(young)
            _, shown = named(lines)

    assert found is not None
    assert isinstance(shown, dict)
    assert found.local_id == shown["id"]


def test_mentions_are_told_on_ones_own_stream_but_not_filtered_ones(home: Server, bot: Member, ada: Member) -> None:
    with events(bot, "/api/v1/streaming/user") as lines:
        next(lines)
        ada.says("@bot stop", visibility="direct")
        post = ada.says("@bot A1 Leaves")
        name, shown = named(lines)

    assert isinstance(shown, dict)
    assert ("notification", post.local_id) == (name, shown["status"]["id"])


def test_silenced_people_are_on_no_hashtag_stream(home: Server, bot: Member, ada: Member) -> None:
    home.silences(ada)
    with events(bot, HASHTAG) as lines:
        next(lines)
        ada.says("A1 #GardenChat", visibility="public")
        seen = home.member("eve").says("A1 #GardenChat")
        _, shown = named(lines)

    assert isinstance(shown, dict)
    assert seen.local_id == shown["id"]


def test_what_is_by_or_names_somebody_blocked_is_on_no_stream(home: Server, bot: Member, ada: Member) -> None:
    home.member("eve")
    bot.blocks(home.member("eve"))
    with events(bot, HASHTAG) as lines:
        next(lines)
        home.member("eve").says("A1 #GardenChat")
        ada.says("@eve yes #GardenChat")
        seen = ada.says("A2 #GardenChat")
        _, shown = named(lines)

    assert isinstance(shown, dict)
    assert seen.local_id == shown["id"]


def test_edits_of_what_mentions_one_are_told_among_notifications_and_deletions_are_not(
    bot: Member, ada: Member
) -> None:
    with events(bot, "/api/v1/streaming/user/notification") as lines:
        next(lines)
        post = ada.says("@bot A1")
        ada.edits(post, "@bot A1, dry")
        ada.deletes(post)
        ada.says("@bot A2")
        told = [named(lines)[0] for _ in range(3)]

    assert ["notification", "status.update", "notification"] == told


def test_a_stream_may_fall_silent_repeat_itself_talk_nonsense_and_hang_up(
    home: Server, bot: Member, ada: Member
) -> None:
    home.settings.heartbeat = 0.01
    home.streams.repeats = 2
    with events(bot, HASHTAG) as lines:
        next(lines)
        home.streams.is_silent = True
        time.sleep(0.05)
        ada.says("A1 never heard #GardenChat")
        home.streams.is_silent, home.settings.heartbeat = False, 15
        home.streams.sends(b"event: unheard_of\ndata: {\n\n")
        ada.says("A2 heard twice #GardenChat")
        home.streams.hangs_up()
        heard = [line for line in lines if line != b":thump"]

    assert [b"event: unheard_of", b"data: {"] == heard[:2]
    assert [b"event: update"] * 2 == heard[2::2]
    assert () == home.streams.listeners


@MASTODON
def test_without_a_token_there_is_no_stream(server: Server) -> None:
    assert {401} == {ask(server, path).status for path in (HASHTAG, "/api/v1/streaming?stream=user")}


# WebSockets


@pytest.mark.parametrize("kind", [MASTODON_4_5, MASTODON_4_6, PLEROMA], ids=lambda kind: kind.name)
def test_one_websocket_carries_many_streams(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    with websocket(bot, "&stream=user") as client:
        client.says(type="subscribe", stream="hashtag", tag="GardenChat")
        if server.personality is PLEROMA:
            assert "pleroma:respond" == client.event()["event"]
        while len(server.streams.listeners[0].channels) < 2:
            time.sleep(0.001)
        post = ada.says("A1 Leaves #GardenChat")
        tagged = client.event()
        ada.says("@bot hello")
        mentioned = client.event()

    assert (["hashtag", "gardenchat"], "update") == (tagged["stream"], tagged["event"])
    assert post.local_id == json.loads(tagged["payload"])["id"]
    assert (["user"], "notification") == (mentioned["stream"], mentioned["event"])


@pytest.mark.parametrize("kind", [GOTOSOCIAL])
def test_gotosocial_takes_a_hashtag_and_never_says_anything_of_it(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    with websocket(bot, "&stream=hashtag&tag=GardenChat") as client:
        client.says(type="subscribe", stream="user")
        while len(server.streams.listeners[0].channels) < 2:
            time.sleep(0.001)
        ada.says("A1 Leaves #GardenChat")
        ada.says("@bot hello")

        assert "notification" == client.event()["event"]


def test_a_websocket_is_pinged_and_ended(home: Server, bot: Member) -> None:
    home.settings.heartbeat = 0.01
    with websocket(bot, "&stream=user") as client:
        assert 9 == client.hears()[0]
        home.streams.hangs_up()
        while client.hears()[0] != 8:
            pass


@pytest.mark.parametrize("kind", [GOTOSOCIAL, PLEROMA, HOLLO], ids=lambda kind: kind.name)
def test_some_have_no_server_sent_events(server: Server) -> None:
    assert 404 == ask(server.member("bot"), HASHTAG).status


@pytest.mark.parametrize("kind", [HOLLO])
def test_hollo_has_no_streams_and_names_none(server: Server) -> None:
    bot = server.member("bot")

    assert 404 == ask(bot, "/api/v1/streaming?stream=user").status
    assert "streaming" not in ask(bot, "/api/v2/instance").json["configuration"]["urls"]


@pytest.mark.parametrize("kind", [MASTODON_4_5, GOTOSOCIAL, PLEROMA], ids=lambda kind: kind.name)
def test_others_say_where_their_streams_are(server: Server) -> None:
    def said() -> object:
        return ask(server, "/api/v2/instance").json["configuration"]["urls"]["streaming"]

    assert f"ws://127.0.0.1:{server.port}" == said()
    server.settings.address = "http://127.0.0.1:9"
    assert "ws://127.0.0.1:9" == said()
