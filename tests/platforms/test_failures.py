"""What became of a request: the table that decides whether a question is ever sent twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.platforms.errors import (
    NoAnswer,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    Unavailable,
)
from chatbot.platforms.mastodon.failures import Seen, instant, judge, opens_at, pause, sentence

HTML = b"<html><script>alert(1)</script>Something went wrong</html>"

TABLE = [
    # sent, status, body, when reading, when writing
    (False, None, b"", NoAnswer, NoAnswer),
    (True, None, b"", NoAnswer, OutcomeUnknown),
    (True, 200, HTML, Unavailable, OutcomeUnknown),
    (True, 200, b'{"id": "1', Unavailable, OutcomeUnknown),
    (True, 301, b"", Rejected, OutcomeUnknown),  # a portal or a proxy said it, not the server
    (True, 302, b"", Rejected, OutcomeUnknown),
    (True, 400, b'{"error": "Bad Request: text too long"}', Rejected, Rejected),
    (True, 401, b'{"error": "The access token is invalid"}', NotSignedIn, NotSignedIn),
    (True, 403, b'{"error": "This action is outside the authorized scopes"}', NotSignedIn, NotSignedIn),
    (True, 403, b'{"error": "Your login is currently disabled"}', NotSignedIn, NotSignedIn),
    (True, 403, b'{"error": "This action is not allowed"}', Rejected, NotAllowed),
    (True, 403, HTML, Rejected, OutcomeUnknown),
    (True, 404, b'{"error": "Record not found"}', NotFound, NotFound),
    (True, 404, HTML, NotFound, OutcomeUnknown),
    (True, 405, b'{"status": 405, "text": "405 method not allowed"}', Rejected, Rejected),
    (True, 408, b"", Unavailable, OutcomeUnknown),
    (True, 410, b"", NotFound, OutcomeUnknown),
    (True, 410, b'{"error": "Gone"}', NotFound, NotFound),
    (True, 413, b"", Rejected, Rejected),
    (True, 422, b'{"error": "Validation failed: Text is too long"}', Rejected, Rejected),
    (True, 422, b'{"error": "This method requires an authenticated user"}', NotSignedIn, NotSignedIn),
    (True, 429, b'{"error": "Too many requests"}', RateLimited, RateLimited),
    (True, 500, HTML, Unavailable, OutcomeUnknown),  # Mastodon 4.6 answers so to a replay of what it posted
    (True, 502, HTML, Unavailable, OutcomeUnknown),
    (True, 503, b'{"error": "There was a temporary problem"}', Unavailable, OutcomeUnknown),
    (True, 599, b"", Unavailable, OutcomeUnknown),
]


@pytest.mark.parametrize(("sent", "status", "body", "reading", "writing"), TABLE)
def test_a_failure_is_judged_by_what_was_sent_and_answered(
    sent: bool, status: int | None, body: bytes, reading: type[PlatformError], writing: type[PlatformError]
) -> None:
    seen = Seen(sent, status, {}, body)

    assert type(judge(seen, "a.test", writing=False)) is reading
    assert type(judge(seen, "a.test", writing=True)) is writing


@given(st.integers(100, 999), st.binary(max_size=200))
def test_a_writing_that_was_sent_is_never_called_undone_without_a_refusal(status: int, body: bytes) -> None:
    error = judge(Seen(True, status, {}, body), "a.test", writing=True)

    if isinstance(error, Unavailable):
        assert status == 429


def test_the_servers_own_sentence_is_told() -> None:
    error = judge(Seen(True, 422, {}, b'{"error": "Validation failed: Text is too long"}'), "a.test", writing=True)

    assert str(error) == "a.test refused (422 Unprocessable Entity). It says: Validation failed: Text is too long."


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"error": "no", "error_description": "The code is old."}', "The code is old."),
        (b'{"error": "one\\ntwo\\u001b[31m <b>three</b>"}', "one two [31m b three /b"),
        (b'{"error": {"code": 7}}', ""),
        (b"[1]", ""),
        (HTML, ""),
        (b"\xff\xfe", ""),
        (b"", ""),
    ],
)
def test_a_servers_words_are_one_clean_line_or_none(body: bytes, expected: str) -> None:
    assert sentence(body) == expected


def test_a_servers_words_are_short() -> None:
    assert len(sentence(b'{"error": "' + b"x" * 10_000 + b'"}')) <= 300


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-RateLimit-Reset": "2026-12-01T20:05:00.880604Z"}, "2026-12-01T20:05:00.880604+00:00"),
        ({"X-RateLimit-Reset": "1796155500"}, "2026-12-01T20:05:00+00:00"),  # as mastodon_mock says it
        (
            {"Retry-After": "30", "Date": "Tue, 01 Dec 2026 20:04:30 GMT"},
            "2026-12-01T20:05:00+00:00",
        ),
        ({"Retry-After": "Tue, 01 Dec 2026 20:05:00 GMT"}, "2026-12-01T20:05:00+00:00"),
        ({"Retry-After": "30"}, None),
        ({"Retry-After": "soon"}, None),
        ({"X-RateLimit-Reset": "later"}, None),
        ({}, None),
    ],
)
def test_the_time_a_window_opens_is_read_in_every_form(headers: dict[str, str], expected: str | None) -> None:
    found = opens_at(headers)

    assert (found and found.isoformat()) == expected


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": "2031-05-01T10:05:00Z", "Date": "Thu, 01 May 2031 10:02:00 GMT"}, 180),
        ({"X-RateLimit-Reset": "2031-05-01T10:01:00Z", "Date": "Thu, 01 May 2031 10:02:00 GMT"}, 0),
        ({"Retry-After": "30", "Date": "Thu, 01 May 2031 10:02:00 GMT"}, 30),
        ({"Retry-After": "30"}, 30),
        ({"X-RateLimit-Reset": "2031-05-01T10:05:00Z"}, None),  # by whose clock?
        ({}, None),
    ],
)
def test_a_pause_is_told_by_the_servers_own_clock(headers: dict[str, str], seconds: int | None) -> None:
    found = pause(headers)

    assert (None if found is None else found.total_seconds()) == seconds


@given(st.text())
def test_no_header_is_fatal(value: str) -> None:
    instant(value)
    opens_at({"X-RateLimit-Reset": value, "Retry-After": value, "Date": value})
