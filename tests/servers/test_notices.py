"""Mentions and what hides them (fact sheet A4, C)."""

from __future__ import annotations

import pytest

from tests.servers import GOTOSOCIAL, HOLLO, PLEROMA, Member, Server
from tests.servers.asking import ask


def heard(who: Member, rest: str = "") -> list[str]:
    return [row["status"]["id"] for row in ask(who, f"/api/v1/notifications?types[]=mention{rest}").json]


def test_mentions_come_newest_first_and_go_with_their_post(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    first, second = ada.says("@bot A1"), ada.says("A2 @bot@home.test")
    ada.says("bot, not mentioned")
    assert [second.local_id, first.local_id] == heard(bot)

    ada.deletes(first)

    assert [second.local_id] == heard(bot)


def test_mastodon_hides_private_mentions_and_those_of_limited_people(home: Server, bot: Member, ada: Member) -> None:
    eve = home.member("eve")
    home.silences(eve)
    stop, limited = ada.says("@bot stop", visibility="direct"), eve.says("@bot A1")
    public = ada.says("@bot A1")

    assert [public.local_id] == heard(bot)
    assert [public.local_id, limited.local_id, stop.local_id] == heard(bot, "&include_filtered=true")


def test_who_was_asked_in_private_may_answer_in_private(bot: Member, ada: Member) -> None:
    asked = bot.says("@ada Really stop?", visibility="direct")
    yes = ada.says("@bot yes", visibility="direct", reply_to=asked)

    assert [yes.local_id] == heard(bot)


def test_followed_people_are_never_filtered(bot: Member, ada: Member) -> None:
    bot.follows(ada)
    stop = ada.says("@bot stop", visibility="direct")

    assert [stop.local_id] == heard(bot)


def test_once_all_is_accepted_nothing_new_is_filtered(bot: Member, ada: Member) -> None:
    before = ada.says("@bot stop", visibility="direct")
    changed = ask(bot, "/api/v2/notifications/policy", {"for_private_mentions": "accept"}, method="PATCH").json
    after = ada.says("@bot stop", visibility="direct")

    assert ("accept", "filter") == (changed["for_private_mentions"], changed["for_limited_accounts"])
    assert [after.local_id] == heard(bot)
    assert [after.local_id, before.local_id] == heard(bot, "&include_filtered=true")


def test_a_policy_may_also_drop(bot: Member, ada: Member) -> None:
    ask(bot, "/api/v2/notifications/policy", {"for_not_following": "drop"}, method="PATCH")
    ada.says("@bot A1")

    assert [] == heard(bot, "&include_filtered=true")


def test_blocked_people_are_not_heard_at_all(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    bot.blocks(ada)
    ada.says("@bot A1")

    assert [] == heard(bot, "&include_filtered=true")


@pytest.mark.parametrize("kind", [GOTOSOCIAL, PLEROMA, HOLLO], ids=lambda kind: kind.name)
def test_others_have_no_policy_and_filter_nothing(server: Server) -> None:
    bot, ada = server.member("bot"), server.member("ada")
    stop = ada.says("@bot stop", visibility="direct")

    assert 404 == ask(bot, "/api/v2/notifications/policy").status
    assert [stop.local_id] == heard(bot)
