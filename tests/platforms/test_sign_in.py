"""Getting a token: an app of our own, an address to say yes at, a code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from mastodon_mock.testing import MockServer

from chatbot.platforms.errors import NotSignedIn, Rejected, Unavailable
from chatbot.platforms.mastodon import Mastodon, sign_in
from chatbot.platforms.mastodon.care import SCOPES
from tests.platforms import small_server
from tests.platforms.small_server import Fault, SmallServer, answers


@pytest.fixture(scope="module")
def mock_server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


def test_a_code_becomes_a_token_that_serves(mock_server: MockServer) -> None:
    begun = sign_in.begin(mock_server.base_url)
    token = begun.token(" mockcode_alice \n")
    begun.close()
    bot = Mastodon("gardenbot", mock_server.base_url, token)

    assert bot.me().handle.startswith("alice@")
    bot.close()


def test_the_address_asks_for_what_the_bot_needs_and_no_more(mock_server: MockServer) -> None:
    begun = sign_in.begin(mock_server.base_url)
    begun.close()
    asked = parse_qs(urlsplit(begun.address).query)

    assert set(asked["scope"][0].split()) == set(SCOPES)
    assert not [scope for scope in SCOPES if scope.startswith(("admin", "push", "follow"))]
    assert len(asked["state"][0]) > 15
    assert "lang" not in asked


def test_a_wrong_code_is_told_with_what_to_do(mock_server: MockServer) -> None:
    begun = sign_in.begin(mock_server.base_url)

    with pytest.raises(NotSignedIn, match="run the command again"):
        begun.token("nonsense")
    begun.close()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("example.social", "https://example.social"),
        (" example.social/ ", "https://example.social"),
        ("@bot@example.social", "https://example.social"),
        ("https://example.social/@bot", "https://example.social"),
        ("http://127.0.0.1:3911", "http://127.0.0.1:3911"),
        ("jardin-é.test", "https://jardin-é.test"),
    ],
)
def test_people_type_servers_in_many_ways(typed: str, expected: str) -> None:
    assert sign_in.address_of(typed) == expected


@pytest.mark.parametrize("typed", ["", "two words", "ftp://a.test", "https://", "http://[::1", "..", "a:b"])
def test_what_is_no_server_is_told(typed: str) -> None:
    with pytest.raises(Rejected, match="no server"):
        sign_in.address_of(typed)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(Unavailable, match="Is the name right"):
        sign_in.begin("http://127.0.0.1:9")


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server.running() as running:
        yield running


@pytest.mark.parametrize("page", [answers(200, b"<html>A shop</html>"), answers(404, b"<html>"), answers(200, b"[]")])
def test_a_website_that_is_no_such_server_is_told(server: SmallServer, page: object) -> None:
    server.faults.append(Fault("/api/", page, times=5))  # type: ignore[arg-type]

    with pytest.raises((Rejected, Unavailable), match="Is the name right"):
        sign_in.begin(server.url)


def test_a_server_that_knows_no_fine_scopes_is_asked_for_wide_ones(server: SmallServer) -> None:
    server.faults.append(Fault("/api/v1/apps", answers(422, {"error": "Validation failed: Scopes is invalid"})))
    server.faults.append(Fault("/api/v1/apps", answers(200, {"client_id": "1", "client_secret": "2"})))

    begun = sign_in.begin(server.url)
    begun.close()

    assert "scope=read+write&" in begun.address


def test_a_client_id_that_names_a_file_is_not_read_from_it(server: SmallServer, tmp_path: Path) -> None:
    secret = tmp_path / "other.token"
    secret.write_text("the-token-of-another-account\n")
    server.faults.append(Fault("/api/v1/apps", answers(200, {"client_id": str(secret), "client_secret": "2"})))

    begun = sign_in.begin(server.url)
    with pytest.raises(NotSignedIn):
        begun.token("code")
    begun.close()

    assert "the-token-of-another-account" not in begun.address + repr(server.asked)


def test_a_token_of_a_server_that_grants_less_is_a_token(server: SmallServer) -> None:
    server.faults.append(Fault("/api/v1/apps", answers(200, {"client_id": "1", "client_secret": "2"})))
    server.faults.append(Fault("/oauth/token", answers(200, {"access_token": "less", "scope": "read"})))
    begun = sign_in.begin(server.url)

    assert begun.token("code") == "less"
    begun.close()
