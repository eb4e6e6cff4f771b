"""Ids: each kind's form, its order, and by which clock a post from elsewhere gets its own (fact sheet A2, C)."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FixedClock
from tests.servers import GOTOSOCIAL, HOLLO, MASTODON_4_5, MASTODON_4_6, PLEROMA, Personality, Server
from tests.servers.asking import posts, tagged
from tests.servers.ids import FLAKE, SNOWFLAKE, ULID, UUID7, IdScheme

FORMS = {
    SNOWFLAKE: r"\d{18}",
    ULID: r"[0-7][0-9A-HJKMNP-TV-Z]{25}",
    FLAKE: r"[0-9A-Za-z]{18}",
    UUID7: r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
}


INSTANTS = st.datetimes(datetime(2023, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.parametrize("scheme", FORMS, ids=lambda scheme: scheme.name)
@given(
    at=INSTANTS, later=st.timedeltas(MILLISECOND, timedelta(days=900)), numbers=st.tuples(*[st.integers(1, 10**6)] * 2)
)
def test_ids_have_their_form_and_grow_with_time(
    scheme: IdScheme, at: datetime, later: timedelta, numbers: tuple[int, int]
) -> None:
    one, two = scheme.make(at, numbers[0]), scheme.make(at + later + MILLISECOND, numbers[1])

    assert re.fullmatch(FORMS[scheme], one)
    assert scheme.key(one) < scheme.key(two)


@pytest.mark.parametrize("scheme", FORMS, ids=lambda scheme: scheme.name)
def test_within_a_millisecond_the_number_tells_them_apart(scheme: IdScheme, clock: FixedClock) -> None:
    keys = [scheme.key(scheme.make(clock(), number)) for number in range(1, 300)]

    assert sorted(set(keys)) == keys


def test_a_mastodon_id_is_its_time_shifted(clock: FixedClock) -> None:
    assert int(SNOWFLAKE.make(clock(), 5)) >> 16 == clock().timestamp() * 1000


def test_hollos_ids_are_uuids_of_the_seventh_kind(clock: FixedClock) -> None:
    assert uuid.UUID(UUID7.make(clock(), 3)).version == 7


@pytest.mark.parametrize(
    ("kind", "delivered", "fetched"),
    [
        (MASTODON_4_5, "arrival", "published"),
        (MASTODON_4_6, "arrival", "published"),
        (GOTOSOCIAL, "published", "published"),
        (PLEROMA, "arrival", "arrival"),
        (HOLLO, "published", "published"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_late_post_gets_its_id_by_arrival_or_by_its_date(
    kind: Personality, delivered: str, fetched: str, clock: FixedClock
) -> None:
    with Server(kind, "home.test", clock=clock) as home, Server(GOTOSOCIAL, "far.test", clock=clock) as far:
        bot, dave = home.member("bot"), far.member("dave")
        home.follows(far, delay=600)
        late = dave.says("A1 Leaves #GardenChat")
        lost = dave.says("A2 Leeks #GardenChat", travels=False)
        clock.forward(seconds=300)
        between = bot.says("Q2 Slugs? #GardenChat")
        clock.forward(seconds=300)
        home.settle()
        home.fetches(lost)
        key = home.personality.ids.key

        def place(uri: str) -> str:
            post = home.by_uri(uri)
            assert post is not None
            return "arrival" if key(post.local_id) > key(between.local_id) else "published"

        assert (delivered, fetched) == (place(late.uri), place(lost.uri))


def test_a_walk_forward_loses_for_ever_what_was_fetched_late(clock: FixedClock) -> None:
    with Server(MASTODON_4_5, "home.test", clock=clock) as home, Server(MASTODON_4_5, "far.test", clock=clock) as far:
        bot, dave = home.member("bot"), far.member("dave")
        lost = dave.says("A1 Leaves #GardenChat", travels=False)
        clock.forward(seconds=60)
        newest = posts(bot, "Q2 Slugs? #GardenChat").json["id"]
        found = home.fetches(lost)
        assert found is not None

        assert tagged(bot, min_id=newest).ids == []
        assert tagged(bot).ids == [newest, found.local_id]
        assert home.now() - found.at == timedelta(seconds=60)
