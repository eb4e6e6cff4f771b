"""What each server makes of an Idempotency-Key (fact sheet A1, C)."""

from __future__ import annotations

import threading

import pytest

from tests.fakes import FixedClock
from tests.servers import GOTOSOCIAL, HANG_UP, HOLLO, MASTODON_4_5, MASTODON_4_6, PLEROMA, Answer, Personality, Server
from tests.servers.asking import ask, posts

CHECK_THEN_ACT = pytest.mark.parametrize("kind", [MASTODON_4_5, HOLLO], ids=lambda kind: kind.name)


@CHECK_THEN_ACT
def test_a_replay_shows_the_old_post_even_to_a_new_text(server: Server) -> None:
    bot = server.member("bot")
    first = posts(bot, "Q1 Compost?", "k")

    again = posts(bot, "Q1 Something else?", "k")

    assert (200, first.json["id"]) == (again.status, again.json["id"])
    assert len(server.posts_of(bot)) == 1


@CHECK_THEN_ACT
def test_after_an_hour_the_key_is_forgotten(server: Server, clock: FixedClock) -> None:
    bot = server.member("bot")
    posts(bot, "Q1 Compost?", "k")
    clock.forward(hours=1)
    posts(bot, "Q1 Compost?", "k")

    assert len(server.posts_of(bot)) == 2


@CHECK_THEN_ACT
def test_two_requests_at_a_time_make_two_posts(server: Server) -> None:
    bot, both_looked = server.member("bot"), threading.Barrier(2, timeout=5)

    def waits(_: object) -> None:
        both_looked.wait()

    server.when("key looked up", waits, times=2)
    together = [threading.Thread(target=posts, args=(bot, "Q1 Compost?", "k")) for _ in range(2)]
    for one in together:
        one.start()
    for one in together:
        one.join()

    assert len(server.posts_of(bot)) == 2


@CHECK_THEN_ACT
def test_keys_are_of_one_account(server: Server) -> None:
    posts(server.member("bot"), "Q1 Compost?", "k")
    posts(server.member("ada"), "A1 Leaves", "k")

    assert len(server.posts) == 2


def test_a_crash_between_the_post_and_its_key_makes_a_replay_a_double(home: Server) -> None:
    bot = home.member("bot")
    home.when("post stored", lambda _: Answer(500), times=1)

    assert posts(bot, "Q1 Compost?", "k").status == 500
    assert posts(bot, "Q1 Compost?", "k").status == 200
    assert len(home.posts_of(bot)) == 2


@pytest.mark.parametrize("kind", [MASTODON_4_6])
def test_mastodon_4_6_answers_a_replay_with_500_though_it_posted_once(server: Server) -> None:
    bot = server.member("bot")
    posts(bot, "Q1 Compost?", "k")

    again = posts(bot, "Q1 Compost?", "k")

    assert (500, None) == (again.status, again.json)
    assert len(server.posts_of(bot)) == 1


@pytest.mark.parametrize("kind", [MASTODON_4_6])
def test_mastodon_4_6_lets_the_second_of_two_wait_and_then_fail(server: Server) -> None:
    bot, answers = server.member("bot"), list[int]()
    server.idempotency.waits = 0.05  # type: ignore[attr-defined]

    def meanwhile(_: object) -> None:
        answers.append(posts(bot, "Q1 Compost?", "k").status)

    server.when("key looked up", meanwhile, times=1)

    assert (200, [503]) == (posts(bot, "Q1 Compost?", "k").status, answers)
    assert len(server.posts_of(bot)) == 1


@pytest.mark.parametrize("kind", [GOTOSOCIAL])
def test_gotosocial_ignores_the_key(server: Server) -> None:
    bot = server.member("bot")
    posts(bot, "Q1 Compost?", "k")
    posts(bot, "Q1 Compost?", "k")

    assert len(server.posts_of(bot)) == 2


@pytest.mark.parametrize("kind", [PLEROMA])
class TestPleroma:
    def test_an_error_is_kept_and_given_again_when_nothing_is_wrong_any_more(self, server: Server) -> None:
        bot = server.member("bot")
        first = posts(bot, "x" * 5001, "k")

        again = posts(bot, "Q1 Compost?", "k")

        assert [422, 422] == [first.status, again.status]
        assert server.posts_of(bot) == ()

    def test_an_error_after_the_post_was_made_is_kept_too(self, server: Server) -> None:
        bot = server.member("bot")
        server.when("post stored", lambda _: Answer(502), times=1)

        assert [502, 502] == [posts(bot, "Q1 Compost?", "k").status for _ in range(2)]
        assert len(server.posts_of(bot)) == 1

    def test_the_key_is_one_for_all_accounts(self, server: Server) -> None:
        mine = posts(server.member("bot"), "Q1 Compost?", "k")

        theirs = posts(server.member("ada"), "A1 Leaves", "k")

        assert mine.json["id"] == theirs.json["id"]
        assert server.posts_of(server.member("ada")) == ()

    def test_it_holds_for_edits_as_well_and_for_six_hours(self, server: Server, clock: FixedClock) -> None:
        bot = server.member("bot")
        path = f"/api/v1/statuses/{posts(bot, 'one').json['id']}"
        for text in ("two", "three"):
            ask(bot, path, {"status": text}, method="PUT", Idempotency_Key="k")
        assert [post.text for post in server.posts] == ["two"]

        clock.forward(hours=6)
        ask(bot, path, {"status": "four"}, method="PUT", Idempotency_Key="k")

        assert [post.text for post in server.posts] == ["four"]

    def test_a_lost_answer_is_not_kept(self, server: Server) -> None:
        bot = server.member("bot")
        server.when("request received", lambda _: HANG_UP, times=1)
        with pytest.raises(ConnectionError):
            posts(bot, "Q1 Compost?", "k")

        assert posts(bot, "Q1 Compost?", "k").status == 200


def test_without_a_key_everything_is_new(server: Server, kind: Personality) -> None:
    bot = server.member("bot")
    posts(bot, "Q1 Compost?")
    posts(bot, "Q1 Compost?")

    assert len(server.posts_of(bot)) == 2
