"""Ids: each kind's form, its order, and by which clock a post from elsewhere gets its own (fact sheet A2, C)."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

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


@pytest.mark.parametrize("scheme", FORMS, ids=lambda scheme: scheme.name)
def test_ids_have_their_form_and_grow_with_time_and_number(scheme: IdScheme, clock: FixedClock) -> None:
    made = [scheme.make(clock.forward(seconds=second), number) for second in (0, 1, 7) for number in (1, 65535, 70000)]
    in_order = [scheme.key(scheme.make(clock.forward(milliseconds=1), number)) for number in range(300)]

    assert all(re.fullmatch(FORMS[scheme], one) for one in made)
    assert len(set(made)) == len(made)
    assert sorted(in_order) == in_order


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
