"""What rules say of posts, whom they spare, and what people's decisions come to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.model import Decision, DecisionKind, Media, Mention, Post
from chatbot.core.sorting import moderation
from chatbot.core.sorting.moderation import Standing, Verdict
from chatbot.core.value import replace
from tests.core.evening import BOT, GUEST, HOST, STARTS, Evening
from tests.fakes import person

URI = "https://c.test/users/ana/statuses/1"


def judged(post: Post, evening: Evening, **record: Any) -> list[tuple[str, str]]:
    verdicts = moderation.judge(replace(evening.record(), **record)).get(post.uri, ())
    return [(verdict.rule, verdict.effect) for verdict in verdicts]


def test_an_ordinary_answer_is_judged_by_no_rule() -> None:
    evening = Evening(blocked_words=("spam",), blocked_domains=("bad.test",), blocked_accounts=("eve@c.test",))
    evening.says("ana", "A1 leeks, see https://example.org #GardenChat")

    assert moderation.judge(evening.record()) == {}


def test_every_verdict_has_a_reason_in_a_sentence() -> None:
    evening = Evening(blocked_words=("spam",), blocked_accounts=("ana@c.test",))
    post = evening.says("ana", "spam")

    assert moderation.judge(evening.record())[post.uri] == (
        Verdict("blocked-account", "leave-out", "The community blocks this account."),
        Verdict("blocked-word", "hold", "It has a word that the community blocks: \u201cspam\u201d."),
    )


@pytest.mark.parametrize("written", ["ana@c.test", "@ana@c.test", "Ana@C.Test"])
def test_a_blocked_account_is_left_out_however_it_is_written(written: str) -> None:
    evening = Evening(blocked_accounts=(written,))

    assert judged(evening.says("ana", "A1 leeks"), evening) == [("blocked-account", "leave-out")]
    assert judged(evening.says("anna", "A1 leeks"), evening) == []


@pytest.mark.parametrize(
    ("domain", "handle", "is_blocked"),
    [
        ("bad.test", "ana@bad.test", True),
        ("bad.test", "ana@sub.bad.test", True),
        ("*.bad.test", "ana@sub.bad.test", True),
        ("BAD.test", "ana@bad.TEST", True),
        ("bad.test", "ana@notbad.test", False),
        ("bad.test", "ana@bad.test.org", False),
        ("", "ana@bad.test", False),
    ],
)
def test_a_blocked_domain_covers_those_below_it_and_no_others(domain: str, handle: str, is_blocked: bool) -> None:
    evening = Evening(blocked_domains=(domain,))
    post = evening.says("ana", "A1 leeks", author=replace(person("ana@c.test"), handle=handle))

    assert (judged(post, evening) == [("blocked-domain", "leave-out")]) is is_blocked


def test_a_link_to_a_blocked_domain_holds_the_post() -> None:
    evening = Evening(blocked_domains=("bad.test",))

    assert judged(evening.says("ana", "look https://www.bad.test/x"), evening) == [("linked-domain", "hold")]


@pytest.mark.parametrize(
    ("word", "words", "is_held"),
    [
        ("hop", "hop!", True),
        ("hop", "HOP", True),
        ("hop", "hooooop", True),
        ("hop", "hoop", False),
        ("hop", "hops", False),
        ("hop", "workshop", False),
        ("hop", "h\u200bo\u200bp", True),
        ("hop", "ｈｏｐ", True),
        ("hop", "#hop", True),
        ("book", "book", True),
        ("book", "boooook", True),
        ("book", "bok", False),
        ("buy now", "Buy   now", True),
        ("buy now", "buy\nnow", True),
        ("straße", "STRASSE", True),
        ("c++", "learn c++ today", True),
        (".*", "anything", False),
        ("", "anything", False),
        ("بستان", "بستان جميل", True),
    ],
)
def test_a_blocked_word_is_a_whole_word_however_it_is_disguised(word: str, words: str, is_held: bool) -> None:
    evening = Evening(blocked_words=(word,))

    assert (judged(evening.says("ana", words), evening) == [("blocked-word", "hold")]) is is_held


def test_blocked_words_are_looked_for_in_warnings_and_descriptions_too() -> None:
    evening = Evening(blocked_words=("hop",))

    for changes in ({"warning": "hop"}, {"media": (Media("image", "https://c.test/1.png", "a hop"),)}):
        assert judged(evening.says("ana", "A1", **changes), evening) == [("blocked-word", "hold")]


def test_a_community_may_let_a_rule_leave_posts_out_by_itself() -> None:
    evening = Evening(blocked_words=("hop",), automatic=("blocked-word",))

    assert judged(evening.says("ana", "hop"), evening) == [("blocked-word", "leave-out")]


def test_bots_are_left_out_but_for_those_of_hosts_guests_and_cohosts() -> None:
    evening = Evening()
    for handle in ("weather@c.test", HOST, GUEST, BOT, "sister@c.test"):
        evening.says("x", "A1", author=person(handle, bot=True))
    record = evening.record()
    record = replace(record, host_handles=record.host_handles | {"sister@c.test"})

    judged = [post.author.handle for post in record.posts if post.uri in moderation.judge(record)]

    assert judged == ["weather@c.test"]


def test_hosts_guests_and_cohosts_are_under_no_rule() -> None:
    evening = Evening(blocked_words=("hop",), blocked_domains=("a.test", "b.test"))
    evening.says(HOST, "hop")
    evening.says(GUEST, "hop")
    evening.says(BOT, "hop")

    assert moderation.judge(evening.record()) == {}


def test_spam_is_only_hinted_at() -> None:
    evening = Evening()
    tags = " ".join(f"#tag{letter}" for letter in "abcdefgh")
    many = evening.says("ana", f"A1 leeks {tags} #GardenChat")
    few = evening.says("ana", "A1 leeks #GardenChat #leeks #beans")
    link = evening.says("new", "https://shop.test/hoes #GardenChat")
    known = evening.says("ana", "https://example.org/hoes #GardenChat")
    first = evening.says("eve", "Cheap hoes https://shop.test #GardenChat")
    second = evening.says("eva", "Cheap  hoes https://shop.test #GardenChat")
    record = replace(evening.record(), first_timers=frozenset((link.author.uri,)))
    verdicts = moderation.judge(record)

    found = {uri: [(verdict.rule, verdict.effect) for verdict in said] for uri, said in verdicts.items()}
    assert found == {
        many.uri: [("many-tags", "flag")],
        link.uri: [("only-a-link", "flag")],
        first.uri: [("repeated", "flag")],
        second.uri: [("repeated", "flag")],
    }
    assert few.uri not in found
    assert known.uri not in found


def told(*kinds: str) -> list[Decision]:
    """Make decisions about one post: `assign=id-3` carries a value."""
    made = []
    for number, kind in enumerate(kinds, start=1):
        name, _, value = kind.partition("=")
        at = STARTS + timedelta(minutes=number)
        made.append(Decision(URI, DecisionKind(name), f"person{number}", at, "", value or None, number))
    return made


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("leave-out",), {"left_out": True}),
        (("leave-out", "include"), {"included": True}),
        (("include", "leave-out"), {"left_out": True}),
        (("feature",), {"included": True, "featured": True}),
        (("feature", "leave-out"), {"left_out": True}),
        (("feature", "leave-out", "undo"), {"included": True, "featured": True}),
        (("assign=id-3",), {"assigned": "id-3"}),
        (("assign=id-3", "assign=none"), {"assigned": "none"}),
        (("assign=id-3", "leave-out"), {"assigned": "id-3", "left_out": True}),
        (("assign=id-3", "assign=none", "undo"), {"assigned": "id-3"}),
        (("leave-out", "undo", "undo", "include"), {"included": True}),
        (("leave-out", "include", "undo", "undo", "feature"), {"included": True, "featured": True}),
    ],
)
def test_decisions_about_a_post_come_to_what_stands(kinds: tuple[str, ...], expected: dict[str, Any]) -> None:
    found = moderation.standing(told(*kinds))[URI]

    assert replace(found, by="", at=None) == Standing(**expected)


def test_who_decided_is_the_person_whose_decision_stands() -> None:
    made = told("leave-out", "include", "undo")

    assert moderation.standing(made)[URI].by == "person1"
    assert moderation.latest(made, URI) == made[0]


def test_nothing_stands_of_a_post_about_which_all_was_undone() -> None:
    assert moderation.standing(told("leave-out", "undo")) == {}
    assert moderation.standing(told("undo")) == {}
    assert moderation.latest(told("leave-out", "undo"), URI) is None


@given(st.lists(st.sampled_from(["leave-out", "include", "feature", "assign=x"]), min_size=1, max_size=6))
def test_as_many_undos_as_decisions_leave_nothing(kinds: list[str]) -> None:
    before = told(*kinds)
    after = told(*kinds, *["undo"] * len(kinds))

    assert moderation.standing(after) == {}
    assert moderation.standing(list(reversed(before))) == moderation.standing(before)


@pytest.mark.parametrize(
    ("changes", "is_held"),
    [
        ({}, True),
        ({"edited_at": None}, False),
        ({"hashtags": ("GardenChat",)}, False),
        ({"parent_local_id": "7"}, False),
        ({"parent_uri": "https://c.test/7"}, False),
        ({"quote_uri": "https://c.test/7"}, False),
        ({"mentions": (Mention(BOT, "https://a.test/@gardenbot"),)}, False),
    ],
)
def test_a_post_whose_author_took_the_hashtag_out_waits_unless_it_has_a_place_without_it(
    changes: dict[str, Any], is_held: bool
) -> None:
    evening = Evening()
    post = evening.says("ana", "A1 leeks")
    edited = replace(post, **{"edited_at": STARTS + timedelta(minutes=9), "hashtags": (), **changes})

    found = judged(edited, evening, posts=(edited,), bot_handles=frozenset({BOT}))

    assert found == ([("untagged", "hold")] if is_held else [])
