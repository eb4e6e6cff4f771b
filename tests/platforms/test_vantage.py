"""Another server is asked politely: as its `robots.txt` and its limits have it, and with a name."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chatbot.core.model import Visibility
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NotFound, NotShown, RateLimited, Unavailable
from chatbot.platforms.mastodon import MastodonVantage
from chatbot.platforms.port import Found, Gone, PostRef, Unsure
from tests.fakes import FixedClock
from tests.people import STARTS
from tests.servers import GOTOSOCIAL, HOLLO, MASTODON_4_5, MASTODON_4_6, PLEROMA, Answer, Personality, Server

CONTACT = "https://chat.garden.test; rosa@garden.test"
BACK_TO = STARTS - timedelta(hours=1)
TIMING = Timing(request_deadline=timedelta(seconds=3))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(STARTS)


@pytest.fixture
def far(clock: FixedClock) -> Iterator[Server]:
    with Server(MASTODON_4_5, "far.test", clock=clock) as running:
        yield running


def guest(far: Server, token: str | None = None, timing: Timing = TIMING, contact: str = CONTACT) -> MastodonVantage:
    return MastodonVantage(far.url, token, timing, lambda: contact)


def texts(vantage: MastodonVantage, tag: str = "GardenChat") -> list[str]:
    return ["".join(span.text for span in post.spans) for post in vantage.tag_timeline(tag, BACK_TO)]


def asked(far: Server) -> list[str]:
    return [request.path for request in far.requests]


@pytest.mark.parametrize("kind", [MASTODON_4_5, MASTODON_4_6, PLEROMA], ids=lambda kind: kind.name)
def test_hashtags_and_threads_are_read_without_a_token(clock: FixedClock, kind: Personality) -> None:
    with Server(kind, "far.test", clock=clock) as far:
        answer = far.member("dave").says("A1 Leaves #GardenChat")
        far.member("erin").says("Which leaves?", reply_to=answer)
        vantage = guest(far)

        assert vantage.sees() == f"{vantage.server} shows the posts of every server it knows."
        (post,) = vantage.tag_timeline("#GardenChat", BACK_TO)
        assert (post.author.handle, post.server, post.visibility) == (
            "dave@far.test",
            vantage.server,
            Visibility.PUBLIC,
        )
        below = vantage.thread(PostRef(post.server, post.local_id, post.uri, post.url))
        assert [one.parent_local_id for one in below] == [post.local_id]
        vantage.close()


def test_every_request_says_who_asks_and_carries_no_token(far: Server) -> None:
    vantage = guest(far)
    vantage.sees()
    texts(vantage)

    agents = {request.headers["user-agent"] for request in far.requests}
    assert len(agents) == 1
    assert agents.pop().endswith("(+https://chat.garden.test; rosa@garden.test)")
    assert not any("authorization" in request.headers for request in far.requests)
    assert {request.method for request in far.requests} == {"GET"}


def test_without_somebody_to_write_to_nothing_is_asked(far: Server) -> None:
    with pytest.raises(Unavailable, match="contact"):
        guest(far, contact="").sees()

    assert asked(far) == []


def test_a_contact_in_other_letters_breaks_no_request(far: Server) -> None:
    assert guest(far, contact="rosa@gärten.test").sees()


@pytest.mark.parametrize("kind", [GOTOSOCIAL, HOLLO], ids=lambda kind: kind.name)
def test_a_server_that_shows_nothing_to_strangers_says_so_once(clock: FixedClock, kind: Personality) -> None:
    with Server(kind, "far.test", clock=clock) as far:
        vantage = guest(far)
        vantage.sees()

        with pytest.raises(NotShown, match="only to people who are signed in there"):
            texts(vantage)


@pytest.mark.parametrize("kind", [GOTOSOCIAL, MASTODON_4_5], ids=lambda kind: kind.name)
def test_with_a_token_a_server_shows_what_its_people_see(clock: FixedClock, kind: Personality) -> None:
    with Server(kind, "far.test", clock=clock) as far:
        far.settings.remote_feeds = far.settings.local_feeds = "authenticated"
        far.member("dave").says("A1 Leaves #GardenChat", visibility="public")
        vantage = guest(far, token=far.member("reader").token)

        vantage.sees()
        assert texts(vantage) == ["A1 Leaves #GardenChat"]


def test_a_token_that_is_refused_is_named_as_what_is_wrong(far: Server) -> None:
    with pytest.raises(NotShown, match="token that the settings name"):
        texts(guest(far, token="nonsense"))


def test_what_a_server_says_of_itself_is_believed_before_it_is_tried(far: Server) -> None:
    far.settings.local_feeds = far.settings.remote_feeds = "authenticated"
    vantage = guest(far)

    with pytest.raises(NotShown, match="signed in"):
        vantage.sees()
    assert asked(far) == ["/robots.txt", "/api/v2/instance"]

    far.settings.local_feeds = far.settings.remote_feeds = "public"
    assert vantage.sees()


@pytest.mark.parametrize("closed", ["authenticated", "disabled"])
def test_the_half_of_a_timeline_that_is_open_is_read(far: Server, closed: str) -> None:
    far.settings.remote_feeds = closed  # type: ignore[assignment]
    far.member("dave").says("A1 Leaves #GardenChat")
    vantage = guest(far)

    assert vantage.sees().endswith("shows its own people's posts.")
    assert texts(vantage) == ["A1 Leaves #GardenChat"]


def test_a_server_locked_for_strangers_is_not_shown(far: Server) -> None:
    far.settings.open_to_strangers = False

    with pytest.raises(NotShown):
        texts(guest(far))


def test_an_older_server_is_asked_in_its_own_way(far: Server) -> None:
    far.when("request received", lambda request: Answer(404, {"error": "Not Found"}), path="/api/v2/instance")
    far.member("dave").says("A1 Leaves #GardenChat")
    vantage = guest(far)

    vantage.sees()
    assert [post.author.handle for post in vantage.tag_timeline("GardenChat", BACK_TO)] == ["dave@far.test"]


# robots.txt


def test_what_a_robots_file_forbids_is_not_asked_for(far: Server) -> None:
    far.settings.robots = "User-agent: *\nDisallow: /api/"
    vantage = guest(far)

    for ask in (vantage.sees, lambda: texts(vantage)):
        with pytest.raises(NotShown, match=r"robots\.txt"):
            ask()
    assert asked(far) == ["/robots.txt"]


def test_what_forbids_threads_alone_leaves_hashtags(far: Server) -> None:
    far.settings.robots = "User-agent: chatbot\nDisallow: /api/v1/statuses/*/context\n\nUser-agent: *\nDisallow: /"
    post = far.member("dave").says("A1 Leaves #GardenChat")
    vantage = guest(far)

    assert texts(vantage) == ["A1 Leaves #GardenChat"]
    with pytest.raises(NotShown, match=r"robots\.txt"):
        list(vantage.thread(PostRef(vantage.server, post.local_id, post.uri, post.url)))


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_robots_file_that_is_not_for_us_forbids_nothing(far: Server, status: int) -> None:
    far.when("request received", lambda request: Answer(status, {"error": "no"}), path="/robots.txt")

    assert guest(far).sees()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_robots_file_that_cannot_be_had_forbids_everything_for_now(far: Server, status: int) -> None:
    far.when("request received", lambda request: Answer(status, {"error": "no"}), path="/robots.txt", times=1)
    vantage = guest(far)

    with pytest.raises(Unavailable, match=r"robots\.txt"):
        vantage.sees()
    assert asked(far) == ["/robots.txt"]
    assert vantage.sees()


def test_a_robots_file_is_read_once_a_day(far: Server) -> None:
    vantage = guest(far)
    for _ in range(3):
        texts(vantage)
    assert asked(far).count("/robots.txt") == 1

    hasty = guest(far, timing=Timing(robots_every=timedelta(0)))
    texts(hasty)
    assert asked(far).count("/robots.txt") > 2


def test_a_long_pause_between_requests_is_kept(far: Server) -> None:
    far.settings.robots = "User-agent: *\nCrawl-delay: 600\nDisallow: /x"

    with pytest.raises(Unavailable, match="long pause"):
        guest(far).sees()

    assert asked(far) == ["/robots.txt"]


# limits


def test_everything_that_is_asked_counts(far: Server) -> None:
    vantage = guest(far, timing=Timing(budget_window=timedelta(seconds=0.5)))
    began = time.monotonic()
    for _ in range(5):  # with robots.txt and the description: seven
        texts(vantage)

    assert 0.5 <= time.monotonic() - began < 5


def test_waiting_ends_with_the_program(far: Server) -> None:
    stopped = threading.Event()
    vantage = MastodonVantage(far.url, None, TIMING, lambda: CONTACT, stopped)
    threading.Timer(0.2, stopped.set).start()

    with pytest.raises(Unavailable, match="ending"):
        [texts(vantage) for _ in range(9)]


def test_a_pause_that_a_server_asks_for_comes_with_its_end(far: Server) -> None:
    vantage = guest(far)
    vantage.sees()
    headers = {"X-RateLimit-Reset": "2026-12-01T20:05:00Z"}
    far.when("request received", lambda request: Answer(429, {"error": "Too many requests"}, headers))

    with pytest.raises(RateLimited) as refused:
        texts(vantage)

    assert refused.value.until == STARTS + timedelta(minutes=5)
    assert "token" not in str(refused.value)


# looking again


def test_posts_are_looked_up_many_at_once_and_nobody_waits(far: Server) -> None:
    dave = far.member("dave")
    posts = [dave.says(f"A{number} #GardenChat") for number in range(3)]
    far.delete(posts[1])
    vantage = guest(far, token=far.member("reader").token)
    refs = [PostRef(vantage.server, post.local_id, post.uri, post.url) for post in posts]

    looks = vantage.look_up(refs)
    assert [type(looks[ref.local_id]) for ref in refs] == [Found, Gone, Found]

    began = time.monotonic()
    for _ in range(9):
        looks = vantage.look_up(refs)
    assert time.monotonic() - began < 3
    assert {type(look) for look in looks.values()} == {Unsure}


def test_the_thread_of_a_post_that_is_gone_is_not_found(far: Server) -> None:
    vantage = guest(far)

    with pytest.raises(NotFound):
        list(vantage.thread(PostRef(vantage.server, "1", "https://far.test/1", "https://far.test/1")))
