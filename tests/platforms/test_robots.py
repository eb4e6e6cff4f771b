"""What a `robots.txt` forbids is not asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.platforms.mastodon import robots

TAG = "/api/v1/timelines/tag/GardenChat"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /media_proxy/\nDisallow: /interact/", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /api/", False),
        ("User-agent: *\nDisallow: /*", False),
        ("User-agent: *\nDisallow: /*/timelines/", False),
        ("User-agent: *\nDisallow: /api/v1/timelines/tag$", True),
        ("User-agent: *\nDisallow: /*Chat$", False),
        ("User-agent: *\nDisallow: /api/\nAllow: /api/v1/timelines/", True),
        ("User-agent: *\nAllow: /api/v1/timelines/\nDisallow: /api/", True),
        ("User-agent: *\nAllow: /api/\nDisallow: /api/", True),
        ("User-agent: GPTBot\nDisallow: /", True),
        ("User-agent: chatbot\nDisallow: /\n\nUser-agent: *\nDisallow:", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: chatbot/1.0\nAllow: /", True),
        ("User-agent: GPTBot\nUser-agent: ChatBot\nDisallow: /", False),
        ("User-agent: GPTBot\nDisallow: /\nUser-agent: chatbot\nDisallow: /interact/", True),
        (
            "User-agent: chatbot\nDisallow: /x\nUser-agent: other\nDisallow: /\nUser-agent: chatbot\nDisallow: /api",
            False,
        ),
        ("User-agent: *\nSitemap: https://far.test/map\nUser-agent: chatbot\nDisallow: /", False),
        ("user-agent : * # everybody\n disallow : /api/ # nothing here", False),
        ("\ufeffUser-agent: *\r\nDisallow: /api/\r\n", False),
        ("User-agent: *\nDisallow: /%61pi/", False),
        ("Disallow: /", True),
        ("<html><body>Not found: here</body></html>", True),
    ],
)
def test_the_longest_rule_for_us_decides(text: str, expected: bool) -> None:
    assert robots.read(text, "chatbot").allows(TAG) is expected


@pytest.mark.parametrize(("said", "expected"), [("10", 10.0), ("0.5", 0.5), ("soon", None), ("-1", None)])
def test_the_pause_that_a_server_asks_for_is_read(said: str, expected: float | None) -> None:
    assert robots.read(f"User-agent: *\nCrawl-delay: {said}\nDisallow: /x", "chatbot").delay == expected


@given(st.text(alphabet="User-agent:dislow*/$%# \n\r\t\x00é", max_size=300), st.text(max_size=50))
def test_nothing_that_a_file_says_breaks_the_reading(text: str, path: str) -> None:
    assert robots.read(text, "chatbot").allows(path) in (True, False)


def test_a_rule_full_of_stars_is_read_in_no_time() -> None:
    assert robots.read("User-agent: *\nDisallow: /" + "*a" * 5000 + "$", "chatbot").allows("/" + "a" * 4000)
