"""Requests against a server that is slow, lies, hangs up, or sends elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.core.delivery.budget import Budget
from chatbot.core.model import Draft
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NotSignedIn, OutcomeUnknown, RateLimited, Rejected, Unavailable
from chatbot.platforms.mastodon import Mastodon
from chatbot.platforms.mastodon.connection import Exchange
from chatbot.platforms.mastodon.http import Http
from tests.platforms import small_server
from tests.platforms.small_server import Fault, SmallServer, answers, cut_short, drips, hangs_up

HASTY = Timing(request_deadline=timedelta(seconds=0.6))


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server.running() as running:
        yield running


@pytest.fixture
def bot(server: SmallServer) -> Iterator[Mastodon]:
    made = Mastodon("gardenbot", server.url, "bot-token", timing=HASTY)
    made.limits  # noqa: B018 - asked before anything goes wrong
    yield made
    made.close()


def test_a_server_that_drips_is_waited_for_no_longer_than_the_deadline(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v1/accounts", drips(0.05)))
    began = time.monotonic()

    with pytest.raises(Unavailable):
        bot.me()

    assert time.monotonic() - began < 2


def test_a_post_whose_answer_drips_may_have_been_made(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v1/statuses", drips(0.05), done_first=True, method="POST"))

    with pytest.raises(OutcomeUnknown):
        bot.publish(Draft("Q1"), "q1")

    assert len(server.statuses) == 1


@pytest.mark.parametrize(
    "act",
    [
        hangs_up,
        cut_short(b'{"id": "01'),
        answers(200, b"<html>Welcome</html>"),
        answers(200, b"[]"),
        answers(200, b"{}"),
        answers(500, b"<html>We're sorry</html>"),
        answers(503, {"error": "There was a temporary problem serving your request"}),
        answers(504, b""),
    ],
    ids=["hangs up", "cut short", "a web page", "a list", "an empty answer", "500", "503", "504"],
)
def test_a_post_that_was_made_though_its_answer_is_lost_is_unknown_and_made_once(
    server: SmallServer, bot: Mastodon, act: object
) -> None:
    server.faults.append(Fault("/api/v1/statuses", act, done_first=True, method="POST"))  # type: ignore[arg-type]

    with pytest.raises(OutcomeUnknown):
        bot.publish(Draft("Q1"), "q1")

    assert len(server.statuses) == 1
    assert server.paths().count("POST /api/v1/statuses") == 1


def test_a_server_that_is_not_there_was_sent_nothing() -> None:
    bot = Mastodon("gardenbot", "http://127.0.0.1:9", "bot-token", timing=HASTY)

    with pytest.raises(Unavailable, match="cannot be reached"):
        bot.publish(Draft("Q1"), "q1")


def test_a_refusal_carries_the_servers_sentence(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v1/statuses", answers(422, {"error": "Text is too long"})))

    with pytest.raises(Rejected, match="Text is too long"):
        bot.publish(Draft("Q1"), "q1")


def test_too_many_requests_say_until_when(server: SmallServer, bot: Mastodon) -> None:
    reset = {"X-RateLimit-Reset": "2026-12-01T20:05:00Z"}
    server.faults.append(Fault("/api/v1/statuses", answers(429, {"error": "Too many requests"}, reset)))
    server.faults.append(Fault("/api/v1/accounts", answers(429, {"error": "Too many requests"})))

    with pytest.raises(RateLimited) as posting:
        bot.publish(Draft("Q1"), "q1")
    with pytest.raises(RateLimited) as reading:
        bot.me()

    assert (posting.value.until, reading.value.until) == (datetime(2026, 12, 1, 20, 5, tzinfo=UTC), None)


def test_a_wrong_token_is_told_with_what_to_do(server: SmallServer) -> None:
    bot = Mastodon("gardenbot", server.url, "wrong")

    with pytest.raises(NotSignedIn, match="Sign in again with `chatbot login gardenbot`"):
        bot.me()
    bot.close()


def test_an_account_without_a_token_is_named(server: SmallServer) -> None:
    bot = Mastodon("gardenbot", server.url, None)

    with pytest.raises(NotSignedIn, match=r"“gardenbot” has no token.*chatbot login gardenbot"):
        bot.publish(Draft("Q1"), "q1")
    assert bot.limits.characters == 5000  # what the server shows to everybody
    bot.close()


def test_without_a_token_no_server_is_asked_who_we_are() -> None:
    bot = Mastodon("gardenbot", "http://127.0.0.1:9", None)

    with pytest.raises(NotSignedIn, match=r"“gardenbot” has no token"):
        bot.me()
    bot.close()


def test_the_token_never_follows_a_redirect_to_another_host(server: SmallServer, bot: Mastodon) -> None:
    with small_server.running() as elsewhere:
        location = {"Location": f"{elsewhere.url}/api/v1/accounts/verify_credentials"}
        server.faults += [Fault("/api/v1/accounts", answers(302, b"", location)) for _ in range(2)]
        server.faults.append(Fault("/api/v1/statuses", answers(307, b"", location)))

        with pytest.raises(Rejected):
            bot.me()
        with pytest.raises(OutcomeUnknown):  # whoever redirects may have posted before
            bot.publish(Draft("Q1"), "q1")

        assert elsewhere.asked == []


def test_a_reading_may_be_redirected_on_its_own_server(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(
        Fault("/api/v1/accounts/lookup", answers(301, b"", {"Location": "/api/v1/accounts/verify_credentials"}))
    )

    assert list(bot.posts_of("gardenbot@garden.test", datetime(2026, 12, 1, tzinfo=UTC))) == []


def test_every_request_says_who_we_are_and_keeps_no_cookie(server: SmallServer) -> None:
    server.headers["Set-Cookie"] = "session=1; Path=/"
    bot = Mastodon("gardenbot", server.url, "bot-token", contact="https://chat.example.org/about")

    bot.me()
    bot.publish(Draft("Q1"), "chat/question/q1/1")
    bot.close()

    agents = {headers["User-Agent"] for _, _, headers, _ in server.asked}
    assert [agent.startswith("chatbot/") and "(+https://chat.example.org/about)" in agent for agent in agents] == [True]
    assert [headers["Cookie"] for _, _, headers, _ in server.asked if "Cookie" in headers] == []
    assert server.asked[-1][2]["Idempotency-Key"] == "chat/question/q1/1"


def test_a_password_of_a_netrc_does_not_take_the_tokens_place(
    server: SmallServer, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"  # type: ignore[operator]
    netrc.write_text("default login ana password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    bot = Mastodon("gardenbot", server.url, "bot-token")

    assert bot.me().handle == "gardenbot@garden.test"
    bot.close()


def test_paging_keeps_its_budget_over_all_readers(server: SmallServer) -> None:
    http = Http(server.url, "a.test", "bot-token", timedelta(seconds=5), paged=Budget(2, timedelta(seconds=0.3)))
    began = time.monotonic()

    for _ in range(3):
        http.get("/api/v1/notifications", [("max_id", "9")])
    http.get("/api/v1/notifications")
    http.close()

    assert 0.3 <= time.monotonic() - began < 5


def test_waiting_for_the_budget_ends_with_the_program(server: SmallServer) -> None:
    stopped = threading.Event()
    http = Http(
        server.url, "a.test", "bot-token", timedelta(seconds=5), paged=Budget(1, timedelta(hours=1)), stopped=stopped
    )
    http.get("/api/v1/notifications", [("max_id", "9")])
    threading.Timer(0.2, stopped.set).start()

    with pytest.raises(Unavailable):
        http.get("/api/v1/notifications", [("max_id", "9")])

    http.close()


def test_the_servers_last_requests_are_left_to_posting(server: SmallServer, bot: Mastodon) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    server.headers |= {"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": soon}
    bot.me()

    with pytest.raises(RateLimited) as refused:
        bot.me()

    assert refused.value.until == datetime.fromisoformat(soon)
    assert bot.publish(Draft("Q1"), "q1").local_id


def test_what_is_left_of_budgets_and_of_the_servers_window_can_be_seen(server: SmallServer, bot: Mastodon) -> None:
    before = bot.allowance()
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    server.headers |= {"X-RateLimit-Remaining": "212", "X-RateLimit-Reset": soon}
    list(bot.mentions(datetime(2026, 12, 1, tzinfo=UTC)))
    bot._http.get("/api/v1/notifications", [("max_id", "1")])
    after = bot.allowance()

    assert (before.paged, before.single, before.served) == ((20, 20), (30, 30), None)
    assert (after.paged[0] < 20, after.single, after.served) == (True, (30, 30), 212)
    assert after.until is not None


def test_a_window_that_is_open_again_is_read(server: SmallServer, bot: Mastodon) -> None:
    past = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    server.headers |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": past}
    bot.me()

    assert bot.me().handle == "gardenbot@garden.test"


def test_a_bomb_of_a_body_is_no_answer(server: SmallServer, bot: Mastodon) -> None:
    import gzip

    bomb = gzip.compress(b" " * (70 * 1024 * 1024), 1)
    server.faults.append(Fault("/api/v1/accounts", answers(200, bomb, {"Content-Encoding": "gzip"})))
    patient = Mastodon("gardenbot", server.url, "bot-token")

    with pytest.raises(Unavailable):
        patient.me()
    patient.close()


@pytest.fixture
def through_a_proxy(server: SmallServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mastodon]:
    """A bot whose server is reached through an HTTP proxy, which is here the server itself."""
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, server.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    bot = Mastodon("gardenbot", "http://garden.test", "bot-token", timing=HASTY)
    yield bot
    bot.close()


def test_a_post_that_went_through_a_proxy_and_was_not_answered_is_unknown(
    server: SmallServer, through_a_proxy: Mastodon
) -> None:
    server.faults.append(Fault("http://garden.test/api/v1/statuses", hangs_up))

    with pytest.raises(OutcomeUnknown):
        through_a_proxy.publish(Draft("Q1"), "q1")


def test_a_proxy_that_drips_keeps_nobody_longer_than_the_deadline(
    server: SmallServer, through_a_proxy: Mastodon
) -> None:
    server.faults.append(Fault("http://garden.test/api/v1/statuses", drips(0.05)))
    began = time.monotonic()

    with pytest.raises(OutcomeUnknown):
        through_a_proxy.publish(Draft("Q1"), "q1")

    assert time.monotonic() - began < 2


def test_a_proxy_that_is_not_there_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    bot = Mastodon("gardenbot", "http://garden.test", "bot-token", timing=HASTY)

    with pytest.raises(Unavailable):
        bot.publish(Draft("Q1"), "q1")
    bot.close()


def test_what_our_connections_do_not_vouch_for_counts_as_sent() -> None:
    exchange = Exchange(1.0, asked=True)

    assert exchange.may_be_sent
    assert not Exchange(1.0).may_be_sent
    assert not Exchange(1.0, asked=True, connecting=True).may_be_sent
    assert Exchange(1.0, asked=True, connecting=True, sent=True).may_be_sent
