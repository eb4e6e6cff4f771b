"""What crosses between two servers, when, and what never does (fact sheet A3, A6, D)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes import FixedClock
from tests.servers import GOTOSOCIAL, MASTODON_4_5, MASTODON_4_6, Member, Post, Server
from tests.servers.asking import ask, below, tagged


@pytest.fixture
def far(clock: FixedClock) -> Iterator[Server]:
    with Server(GOTOSOCIAL, "far.test", clock=clock) as running:
        yield running


@pytest.fixture
def dave(far: Server) -> Member:
    return far.member("dave")


def here(home: Server, post: Post) -> Post:
    """Return the home server's copy of a post."""
    home.settle()
    found = home.by_uri(post.uri)
    assert found is not None, "it is not here"
    return found


def test_a_reply_and_a_mention_cross_and_a_hashtag_alone_does_not(
    home: Server, far: Server, bot: Member, dave: Member
) -> None:
    home.meets(far)
    question = bot.says("Q1 Compost? #GardenChat")
    crossing = [dave.says("A1 Leaves", reply_to=question), dave.says("@bot@home.test hello")]
    dave.says("A1 Leaves #GardenChat")
    home.settle()

    assert [question.uri, *(post.uri for post in crossing)] == [post.uri for post in home.posts]
    assert [here(home, crossing[0]).local_id] == below(bot, question.local_id)


def test_a_reply_to_a_reply_that_drops_the_mention_does_not_cross(
    home: Server, far: Server, bot: Member, dave: Member
) -> None:
    question = bot.says("Q1 Compost? #GardenChat")
    answer = dave.says("A1 Leaves", reply_to=far.fetches(question))
    talk = far.member("erin").says("Which leaves?", reply_to=answer)
    home.settle()

    assert home.by_uri(answer.uri) is not None
    assert home.by_uri(talk.uri) is None


def test_of_followed_people_everything_comes_after_its_time(
    home: Server, far: Server, bot: Member, dave: Member, clock: FixedClock
) -> None:
    home.follows(far, delay=60)
    post = dave.says("A1 Leaves #GardenChat")

    assert [] == tagged(bot).ids
    clock.forward(seconds=60)
    assert [here(home, post).local_id] == tagged(bot).ids
    assert (post.at, clock()) == (here(home, post).at, here(home, post).arrived)


def test_a_server_shows_others_posts_in_its_own_json(home: Server, far: Server, bot: Member, dave: Member) -> None:
    home.follows(far)
    post = dave.says("@bot@home.test A1 Leaves #GardenChat")
    (shown,) = tagged(bot).json

    assert ("dave@far.test", "bot") == (shown["account"]["acct"], shown["mentions"][0]["acct"])
    assert (post.uri, post.url) == (shown["uri"], shown["url"])
    assert "https://home.test/tags/gardenchat" == shown["tags"][0]["url"]


def test_private_posts_cross_to_those_they_are_for(home: Server, far: Server, bot: Member, dave: Member) -> None:
    home.follows(far)
    stop = dave.says("@bot@home.test stop", visibility="direct")
    dave.says("psst", visibility="private")
    home.settle()

    assert [stop.uri] == [post.uri for post in home.posts]


def test_edits_and_deletions_follow_the_post(home: Server, far: Server, bot: Member, dave: Member) -> None:
    home.follows(far)
    kept, lost = dave.says("A1 Leaves"), dave.says("A2 Leeks")
    home.settle()
    dave.edits(kept, "A1 Leaves #GardenChat")
    dave.deletes(lost)
    home.settle()

    assert ("A1 Leaves #GardenChat", True) == (here(home, kept).text, here(home, kept).edited_at is not None)
    assert [lost.uri] == [post.uri for post in home.deleted]
    assert [here(home, kept).local_id] == tagged(bot).ids


def test_of_a_fetched_post_neither_edit_nor_deletion_is_told_unless_it_was_favoured(
    home: Server, far: Server, bot: Member, dave: Member
) -> None:
    plain, favoured = dave.says("A1 Leaves"), dave.says("A2 Leeks")
    home.fetches(plain)
    home.fetches(favoured)
    ask(bot, f"/api/v1/statuses/{here(home, favoured).local_id}/favourite", {})
    for post in (plain, favoured):
        dave.edits(post, f"{post.text}, edited")
    home.settle()
    assert ["A1 Leaves", "A2 Leeks, edited"] == [here(home, post).text for post in (plain, favoured)]

    for post in (plain, favoured):
        dave.deletes(post)
    home.settle()

    assert [plain.uri] == [post.uri for post in home.posts]


def test_a_search_fetches_a_post_and_reads_a_known_one_again(
    home: Server, far: Server, bot: Member, dave: Member
) -> None:
    home.meets(far)
    post = dave.says("A1 Leaves")
    path = f"/api/v2/search?q={post.url}&type=statuses&resolve="

    assert [] == ask(bot, path + "false").json["statuses"]
    (found,) = ask(bot, path + "true").json["statuses"]
    assert here(home, post).local_id == found["id"]

    dave.edits(post, "A1 Leaves and moss")
    (again,) = ask(bot, path + "true").json["statuses"]

    assert (found["id"], "<p>A1 Leaves and moss</p>") == (again["id"], again["content"])


def test_a_search_finds_people_of_other_servers(home: Server, far: Server, bot: Member, dave: Member) -> None:
    home.meets(far)
    (found,) = ask(bot, "/api/v2/search?q=@dave@far.test&type=accounts&resolve=true").json["accounts"]

    assert "dave@far.test" == found["acct"]


def test_a_parent_that_comes_later_is_joined_without_an_edit(
    home: Server, far: Server, bot: Member, dave: Member
) -> None:
    home.meets(far)
    parent = dave.says("A1 Leaves", travels=False)
    reply = dave.says("@bot@home.test and moss", reply_to=parent)
    home.settle()
    path = f"/api/v1/statuses/{here(home, reply).local_id}"
    assert ask(bot, path).json["in_reply_to_id"] is None

    home.fetches(parent)
    shown = ask(bot, path).json

    assert (here(home, parent).local_id, None) == (shown["in_reply_to_id"], shown["edited_at"])


class TestFetchingReplies:
    """Mastodon asks a remote post's server for the replies it lacks: once it is five minutes old (A3)."""

    @pytest.fixture(params=[MASTODON_4_5, MASTODON_4_6], ids=lambda kind: kind.name)
    def home(self, request: pytest.FixtureRequest, clock: FixedClock) -> Iterator[Server]:
        with Server(request.param, "home.test", clock=clock) as running:
            yield running

    def test_it_finds_what_never_crossed(
        self, home: Server, far: Server, bot: Member, dave: Member, clock: FixedClock
    ) -> None:
        home.meets(far)
        answer = dave.says("@bot@home.test A1 Leaves")
        talk = dave.says("and moss", reply_to=answer, travels=False)
        home.settle()
        local_id = here(home, answer).local_id
        path = f"/api/v1/statuses/{local_id}/context"
        assert "Mastodon-Async-Refresh" not in ask(bot, path).headers  # too young

        clock.forward(minutes=5)
        headers = ask(bot, path).headers
        clock.forward(seconds=1)

        assert "result_count=1" in headers["Mastodon-Async-Refresh"]
        assert [here(home, talk).local_id] == below(bot, local_id)

    def test_not_twice_in_a_quarter_of_an_hour_and_not_for_strangers(
        self, home: Server, far: Server, bot: Member, dave: Member, clock: FixedClock
    ) -> None:
        home.meets(far)
        answer = dave.says("@bot@home.test A1 Leaves")
        clock.forward(minutes=5)
        home.settle()
        path = f"/api/v1/statuses/{here(home, answer).local_id}/context"

        def refreshes(who: Member | Server) -> bool:
            return "Mastodon-Async-Refresh" in ask(who, path).headers

        assert [False, True, False] == [refreshes(home), refreshes(bot), refreshes(bot)]
        clock.forward(minutes=15)
        assert refreshes(bot)


def test_a_relay_brings_posts_as_if_they_were_old(
    home: Server, far: Server, bot: Member, dave: Member, clock: FixedClock
) -> None:
    home.follows(far, delay=60, route="fetched")
    post = dave.says("A1 Leaves #GardenChat")
    clock.forward(seconds=30)
    between = bot.says("Q2 Slugs? #GardenChat").local_id
    clock.forward(seconds=30)

    assert [between, here(home, post).local_id] == tagged(bot).ids
