"""The bot's own account: what is looked at, how it is judged, how it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from mastodon_mock.testing import MockServer

from chatbot.core.files.beginnings import bio_of
from chatbot.platforms.errors import Rejected
from chatbot.platforms.mastodon import Mastodon, care
from chatbot.platforms.port import AccountCare
from tests.platforms import small_server
from tests.platforms.small_server import Fault, answers

GOOD_BIO = bio_of("Rita Fontes", "@rita@b.test")


@pytest.mark.parametrize(
    ("account", "expected"),
    [({"bot": True}, "fine"), ({"bot": False}, "wrong"), ({}, "wrong"), ({"bot": "yes"}, "wrong")],
)
def test_the_bot_flag(account: dict[str, Any], expected: str) -> None:
    assert care.bot_flag(account).state == expected


@pytest.mark.parametrize(
    ("note", "expected", "says"),
    [
        (GOOD_BIO, "fine", "who runs this"),
        ("Run by Rita, rita@b.test. Write me stop to stay out.", "fine", "how to stay out"),
        ("Looked after by Rita: https://b.test/rita – stop keeps you out", "fine", "whom to write to"),
        ("A garden chat.", "wrong", "who runs it (“Run by …”), whom to write to and how to stay out"),
        ("Run by Rita, @rita@b.test.", "wrong", "does not say how to stay out"),
        ("The bus stops here. Run by Rita, @rita@b.test", "wrong", "does not say how to stay out"),
        ("", "wrong", "who runs it"),
        (None, "wrong", "who runs it"),
    ],
)
def test_the_bio_names_operator_contact_and_the_word_to_leave(note: str | None, expected: str, says: str) -> None:
    finding = care.bio({"note": "<p>shown</p>", "source": {"note": note}})

    assert finding.state == expected
    assert says in finding.says


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"for_private_mentions": "accept", "for_limited_accounts": "accept", "for_bots": "filter"}, "fine"),
        ({"for_private_mentions": "filter", "for_limited_accounts": "accept"}, "wrong"),
        ({"for_new_accounts": "drop"}, "wrong"),
        ({"filter_private_mentions": True}, "wrong"),  # as Mastodon 4.3 said it at first
        ({"filter_private_mentions": False}, "fine"),
        ({}, "fine"),
        (None, "fine"),
    ],
)
def test_mentions_reach_the_bot_or_do_not(policy: object, expected: str) -> None:
    assert care.mentions(policy).state == expected


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ({"akkoma": {"status_ttl_days": None}}, "fine"),
        ({"akkoma": {"status_ttl_days": 30}}, "wrong"),
        ({"akkoma": {}}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_automatic_deletion_is_unknown_where_no_server_tells(account: dict[str, Any], expected: str) -> None:
    assert care.deletion(account).state == expected


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ({"scopes": list(care.SCOPES)}, "fine"),
        ({"scopes": ["read", "write", "follow"]}, "fine"),
        ({"scopes": ["read", "write:statuses"]}, "wrong"),
        ({"scopes": None}, "unknown"),
        ({}, "unknown"),
        ([], "unknown"),
    ],
)
def test_the_tokens_scopes(app: object, expected: str) -> None:
    assert care.scopes(app).state == expected


@pytest.fixture(scope="module")
def mock_server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def bot(mock_server: MockServer) -> Iterator[Mastodon]:
    mock_server.reset()
    made = Mastodon("gardenbot", mock_server.base_url, "alice_token")
    yield made
    made.close()


def states(bot: AccountCare) -> dict[str, str]:
    return {finding.name: finding.state for finding in bot.findings()}


def test_what_is_wrong_can_be_mended(bot: Mastodon) -> None:
    before = states(bot)
    bot.mend("bot-flag")
    bot.mend("bio", GOOD_BIO)
    bot.mend("mentions")
    after = states(bot)

    assert (before["bot-flag"], before["bio"]) == ("wrong", "wrong")
    assert (after["bot-flag"], after["bio"], after["mentions"]) == ("fine", "fine", "fine")
    assert bot.me().bot


@pytest.mark.parametrize(("name", "value"), [("scopes", ""), ("language-filter", ""), ("bio", "  "), ("nonsense", "")])
def test_what_cannot_be_mended_from_here_is_refused(bot: Mastodon, name: str, value: str) -> None:
    with pytest.raises(Rejected):
        bot.mend(name, value)


def test_one_look_that_fails_is_an_unknown_and_not_the_end() -> None:
    with small_server.running() as server:
        bot = Mastodon("gardenbot", server.url, "bot-token")
        server.faults.append(Fault("/api/v2/notifications/policy", answers(503, b"")))
        server.faults.append(Fault("/api/v1/apps", answers(500, b"<html>")))

        found = states(bot)

        assert (found["mentions"], found["scopes"], found["bot-flag"]) == ("unknown", "unknown", "wrong")
        bot.close()


def test_a_server_without_a_policy_filters_nothing() -> None:
    with small_server.running() as server:
        bot = Mastodon("gardenbot", server.url, "bot-token")

        assert states(bot)["mentions"] == "fine"
        bot.close()
