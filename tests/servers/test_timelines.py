"""Hashtag timelines, threads, look-ups and own posts: what is shown to whom, and in which order (A2, A3, A6, C)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes import FixedClock
from tests.servers import GOTOSOCIAL, HOLLO, MASTODON_4_5, MASTODON_4_6, PLEROMA, Answer, Member, Server
from tests.servers.asking import ask, below, posts, tagged

OPEN = pytest.mark.parametrize("kind", [MASTODON_4_5, MASTODON_4_6, PLEROMA], ids=lambda kind: kind.name)


# the hashtag timeline


def test_only_public_posts_are_in_a_hashtag_timeline(home: Server, bot: Member, ada: Member) -> None:
    public = ada.says("A1 Leaves #GardenChat")
    for visibility in ("unlisted", "private", "direct"):
        ada.says("@bot A1 Leaves #GardenChat", visibility=visibility)

    assert tagged(bot).ids == [public.local_id]


def test_silenced_people_are_in_no_hashtag_timeline_not_even_for_followers(
    home: Server, bot: Member, ada: Member
) -> None:
    ada.says("A1 Leaves #GardenChat")
    bot.follows(ada)
    home.silences(ada)

    assert tagged(bot).ids == []


def test_blocked_people_are_hidden_from_who_blocks_them_alone(bot: Member, ada: Member) -> None:
    post = ada.says("A1 Leaves #GardenChat")
    bot.blocks(ada)

    assert ([], [post.local_id]) == (tagged(bot).ids, tagged(ada).ids)


def test_an_unknown_hashtag_is_an_empty_list_but_not_at_gotosocial(server: Server) -> None:
    bot = server.member("bot")
    answer = tagged(bot, "nobody")
    bot.says("#nobody", visibility="unlisted")

    assert (answer.status == 404) is (server.personality is GOTOSOCIAL)
    assert "not useable" in answer.json["error"] if server.personality is GOTOSOCIAL else answer.json == []
    assert tagged(bot, "nobody").json == []


@pytest.mark.parametrize("tag", ["gardenchat", "GardenChat", "ＧａｒｄｅｎＣｈａｔ", "Gärdenchat"])
def test_hashtags_are_compared_without_capitals_width_and_accents(bot: Member, ada: Member, tag: str) -> None:
    post = ada.says("A1 Leaves #gardenChát")

    assert tagged(bot, tag).ids == [post.local_id]


@pytest.mark.parametrize("kind", [GOTOSOCIAL])
def test_gotosocial_leaves_replies_out_of_hashtag_timelines(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    question = bot.says("Q1 Compost? #GardenChat")
    answer = ada.says("A1 Leaves #GardenChat", reply_to=question)

    assert tagged(bot).ids == [question.local_id]
    assert below(bot, question.local_id) == [answer.local_id]


@pytest.mark.parametrize("kind", [HOLLO])
def test_hollo_shows_ones_own_ones_friends_and_who_mentions_one(server: Server) -> None:
    bot, ada, eve = server.member("bot"), server.member("ada"), server.member("eve")
    bot.follows(eve)
    ada.says("A1 Leaves #GardenChat")
    seen = [bot.says("Q1 #GardenChat"), eve.says("A1 #GardenChat"), ada.says("@bot A1 #GardenChat")]

    assert {post.local_id for post in seen} == set(tagged(bot).ids)


@OPEN
def test_further_hashtags_any_all_none_each_list_cut_to_four(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    made = [ada.says(text).local_id for text in ("#a", "#b", "#e #a", "#e", "#c #a")]

    assert {made[0], made[1], made[2], made[4]} == set(tagged(bot, "a", **{"any[]": ["b", "c", "d", "e"]}).ids)
    assert [made[4]] == tagged(bot, "a", **{"all[]": ["c"]}).ids
    assert {made[0], made[2]} == set(tagged(bot, "a", **{"none[]": ["c"]}).ids)


@pytest.mark.parametrize("kind", [GOTOSOCIAL, HOLLO], ids=lambda kind: kind.name)
def test_some_know_no_further_hashtags(server: Server) -> None:
    bot = server.member("bot")
    bot.says("Q1 #b")
    bot.says("Q2 #a", visibility="unlisted")

    assert tagged(bot, "a", **{"any[]": ["b"]}).ids == []


def test_an_edit_that_adds_the_tag_puts_the_post_below_the_cursor(bot: Member, ada: Member) -> None:
    forgot = ada.says("A1 Leaves")
    newest = bot.says("Q2 Slugs? #GardenChat")
    ada.edits(forgot, "A1 Leaves #GardenChat")

    assert tagged(bot, min_id=newest.local_id).ids == []
    assert tagged(bot).ids == [newest.local_id, forgot.local_id]


def test_an_edit_that_takes_the_tag_away_lets_the_post_vanish(bot: Member, ada: Member) -> None:
    post = ada.says("A1 Leaves #GardenChat")
    ada.edits(post, "A1 Leaves")

    assert tagged(bot).ids == []


# pages


def test_pages_go_by_id_and_name_the_next_as_long_as_they_are_full(server: Server, clock: FixedClock) -> None:
    bot = server.member("bot")
    made = []
    for number in range(5):
        clock.forward(seconds=1)
        made.append(bot.says(f"{number} #GardenChat").local_id)

    first = tagged(bot, limit=2)
    last = tagged(bot, limit=2, max_id=made[1])

    assert [made[4], made[3]] == first.ids
    assert f"max_id={made[3]}" in first.headers["Link"]
    assert [made[0]] == last.ids
    assert 'rel="next"' not in last.headers["Link"]


def test_min_id_walks_on_and_since_id_leaves_a_gap(bot: Member, clock: FixedClock) -> None:
    made = [bot.says(f"{number} #GardenChat", at=clock.forward(seconds=1)).local_id for number in range(5)]

    assert [made[2], made[1]] == tagged(bot, limit=2, min_id=made[0]).ids
    assert [made[4], made[3]] == tagged(bot, limit=2, since_id=made[0]).ids


def test_a_page_holds_forty_at_most_and_twenty_if_nothing_is_said(bot: Member) -> None:
    for number in range(45):
        bot.says(f"{number} #GardenChat")

    assert (20, 40) == (len(tagged(bot).ids), len(tagged(bot, limit=100).ids))


# threads


def test_a_thread_shows_all_depths_and_what_is_quiet_or_for_oneself(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    question = bot.says("Q1 Compost?")
    answer = ada.says("A1", reply_to=question, visibility="unlisted")
    private = ada.says("@bot psst", reply_to=answer, visibility="direct")
    deep = ada.says("and more", reply_to=private)

    assert [answer.local_id, private.local_id, deep.local_id] == below(bot, question.local_id)


def test_silenced_and_blocked_people_are_missing_from_threads_but_not_from_the_count(
    home: Server, bot: Member, ada: Member
) -> None:
    eve = home.member("eve")
    question = bot.says("Q1 Compost?")
    hidden = ada.says("A1", reply_to=question)
    eve.says("A1", reply_to=question)
    child = bot.says("Thanks", reply_to=hidden)
    home.silences(ada)
    bot.blocks(eve)

    assert below(bot, question.local_id) == [child.local_id]
    assert ask(bot, f"/api/v1/statuses/{question.local_id}").json["replies_count"] == 2

    bot.follows(ada)

    assert below(bot, question.local_id) == [hidden.local_id, child.local_id]


def test_strangers_see_sixty_replies_forty_above_and_twenty_deep(home: Server, bot: Member, ada: Member) -> None:
    question = bot.says("Q1 Compost?")
    chain = [question]
    for _ in range(45):
        chain.append(ada.says("and", reply_to=chain[-1]))
    for _ in range(70):
        ada.says("A1", reply_to=question)

    assert 115 == len(below(bot, question.local_id))
    assert 60 == len(below(home, question.local_id))
    assert 20 == len(below(home, chain[20].local_id))
    assert 40 == len(ask(home, f"/api/v1/statuses/{chain[45].local_id}/context").json["ancestors"])


def test_a_reply_to_a_deleted_post_hangs_in_the_air(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    question = bot.says("Q1 Compost?")
    answer = ada.says("A1", reply_to=question)
    bot.deletes(question)

    assert ask(bot, f"/api/v1/statuses/{answer.local_id}").json["in_reply_to_id"] is None
    assert ask(bot, f"/api/v1/statuses/{question.local_id}/context").status == 404


# looking up


@pytest.mark.parametrize("kind", [MASTODON_4_5, MASTODON_4_6], ids=lambda kind: kind.name)
def test_mastodon_looks_up_twenty_at_once_and_leaves_out_hidden_people(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    mine, hers = bot.says("Q1"), ada.says("A1")
    server.silences(ada)

    found = ask(bot, f"/api/v1/statuses?id[]={mine.local_id}&id[]={hers.local_id}&id[]=1")
    too_many = ask(bot, "/api/v1/statuses?" + "&".join(f"id[]={number}" for number in range(21)))

    assert [mine.local_id] == found.ids
    assert 200 == ask(bot, f"/api/v1/statuses/{hers.local_id}").status  # absence is only a hint
    assert 422 == too_many.status


@pytest.mark.parametrize("kind", [PLEROMA])
def test_pleroma_takes_ids_under_another_name(server: Server) -> None:
    bot = server.member("bot")
    made = [bot.says(f"Q{number}").local_id for number in (1, 2)]

    assert made == ask(bot, f"/api/v1/statuses?ids[]={made[0]}&ids[]={made[1]}").ids
    assert 400 == ask(bot, f"/api/v1/statuses?id[]={made[0]}").status


@pytest.mark.parametrize(
    ("kind", "status"), [(GOTOSOCIAL, 405), (HOLLO, 404)], ids=lambda value: getattr(value, "name", value)
)
def test_some_cannot_look_up_many(server: Server, status: int) -> None:
    assert status == ask(server.member("bot"), "/api/v1/statuses?id[]=1&id[]=2").status


def test_a_404_is_gone_or_not_for_the_asker(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    gone, private = ada.says("A1"), ada.says("psst", visibility="private")
    ada.deletes(gone)

    assert [404, 404] == [ask(bot, f"/api/v1/statuses/{post.local_id}").status for post in (gone, private)]


# our own posts


def test_own_posts_may_show_up_late(server: Server, clock: FixedClock) -> None:
    bot = server.member("bot")
    server.settings.own_timeline_lag = timedelta(seconds=30)
    made = posts(bot, "Q1 Compost?").json
    path = f"/api/v1/accounts/{made['account']['id']}/statuses"

    assert [] == ask(bot, path).ids
    clock.forward(seconds=30)
    assert [made["id"]] == ask(bot, path).ids


def test_own_posts_may_fail_while_others_can_be_read(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    ada.says("A1")
    server.settings.own_timeline_fails = Answer(503)

    assert [503, 200] == [ask(bot, f"/api/v1/accounts/{server.id_of(member)}/statuses").status for member in (bot, ada)]
