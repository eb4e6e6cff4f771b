"""Every reading is counted as what it is."""

from __future__ import annotations

import pytest

from chatbot.platforms.mastodon.spending import Spending, spending_of


@pytest.mark.parametrize(
    ("path", "names", "urgent", "expected"),
    [
        ("/api/v1/timelines/tag/GardenChat", {"limit", "max_id"}, False, Spending("paged", "tags")),
        ("/api/v1/notifications", {"max_id", "types[]"}, False, Spending("paged", "mentions")),
        ("/api/v1/accounts/1/statuses", {"max_id"}, True, Spending("paged", "own")),
        ("/api/v1/accounts/1/statuses", {"max_id"}, False, Spending("paged", "hosts")),
        ("/api/v1/statuses/1/context", set(), False, Spending("single", "threads")),
        ("/api/v2/search", {"q", "resolve"}, False, Spending("single", "resolving")),
        ("/api/v1/timelines/tag/GardenChat", {"limit"}, False, None),
        ("/api/v1/statuses", {"id[]"}, False, None),
        ("/api/v1/accounts/verify_credentials", set(), False, None),
    ],
)
def test_a_reading_is_counted_as_what_it_is(
    path: str, names: set[str], urgent: bool, expected: Spending | None
) -> None:
    assert spending_of(path, names, urgent=urgent) == expected


def test_of_a_guest_everything_counts() -> None:
    found = {spending_of(path, set(), guest=True) for path in ("/robots.txt", "/api/v2/instance")}

    assert found == {Spending("paged", "")}
