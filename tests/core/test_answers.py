"""Where posts stand and why: under the question they answer, under what they talk about, or waiting for a person."""

from __future__ import annotations

import random
import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.model import CueKind, DecisionKind, EmptyNode, Evidence, Mention, Placement, Post
from chatbot.core.record import Record
from chatbot.core.sorting import answers
from chatbot.core.value import replace
from tests.core.evening import BOT, GUEST, HOST, STARTS, Evening


def placed(evening: Evening, post: Post) -> Placement:
    return evening.places()[post.uri]


@pytest.fixture
def evening() -> Evening:
    return Evening()


def test_the_evidence_is_told_from_the_strongest_to_the_weakest(evening: Evening) -> None:
    asked = evening.asks_all()
    by_number = evening.says("ana", "A3 wool pellets #GardenChat", reply_to=asked[4], quotes=asked[5])
    by_thread = evening.says("ana", "wool pellets", reply_to=asked[4], quotes=asked[5])
    by_quote = evening.says("ana", "wool pellets", quotes=asked[5])
    by_person = evening.says("ana", "A3 wool pellets")
    evening.decides(by_person, DecisionKind.ASSIGN, "id-6")
    found = evening.places()

    shown = [(found[p.uri].answers, found[p.uri].evidence) for p in (by_number, by_thread, by_quote, by_person)]
    assert shown == [
        (("id-3",), Evidence.NUMBER),
        (("id-4",), Evidence.THREAD),
        (("id-5",), Evidence.QUOTE),
        (("id-6",), Evidence.PERSON),
    ]
    assert found[by_number.uri].why == "because it says A3, though it replies to Q4"
    assert found[by_thread.uri].why == "because it replies to Q4"
    assert found[by_quote.uri].why == "because it quotes Q5"
    assert found[by_person.uri].why == "because a host put it here"


def test_every_placement_says_why(evening: Evening) -> None:
    asked = evening.asks_all()
    for words in ("A1 leeks", "A9 leeks", "leeks", "RT @ben A1 leeks", "Q1 coming up", "Al) leeks"):
        evening.says("ana", words)
        evening.says("olaf", words, reply_to=asked[2])
        evening.says(HOST, words)

    assert [p.why for p in evening.places().values() if not p.why.startswith("because ")] == []


def test_an_answer_to_the_next_question_but_one_stays_where_its_number_says(evening: Evening) -> None:
    asked = evening.asks_all()
    late = evening.says("ana", "A1 leeks, sorry, slow typing", reply_to=asked[6])

    assert placed(evening, late).answers == ("id-1",)


def test_the_clock_alone_places_nothing(evening: Evening) -> None:
    evening.asks(1)
    evening.says("ana", "A1 leeks")
    evening.asks(2)
    talk = evening.says("ana", "what a lovely crowd tonight #GardenChat")

    assert placed(evening, talk).role == "also_said"


def test_talk_stands_below_the_answer_it_replies_to_however_deep(evening: Evening) -> None:
    evening.asks(1)
    answer = evening.says("ana", "A1 leeks")
    first = evening.says("ben", "in the open?", reply_to=answer)
    second = evening.says("ana", "under glass", reply_to=first)
    third = evening.says("ben", "and when?", reply_to=second)
    found = evening.places()

    below = [(found[post.uri].role, found[post.uri].under, found[post.uri].answers) for post in (first, second, third)]
    assert below == [("talk", answer.uri, ()), ("talk", first.uri, ()), ("talk", second.uri, ())]


def test_an_answer_in_reply_to_somebody_elses_to_the_same_question_stands_below_it(evening: Evening) -> None:
    evening.asks_all()
    answer = evening.says("ana", "A1 leeks")
    same = evening.says("ben", "same here! A1", reply_to=answer)
    other = evening.says("ben", "A2 my hoe", reply_to=answer)
    found = evening.places()

    assert (found[same.uri].role, found[same.uri].under, found[same.uri].answers) == ("answer", answer.uri, ("id-1",))
    assert (found[other.uri].role, found[other.uri].under, found[other.uri].answers) == ("answer", None, ("id-2",))


def test_a_reply_to_oneself_goes_on_from_the_answer(evening: Evening) -> None:
    asked = evening.asks_all()
    answer = evening.says("ana", "leeks", reply_to=asked[1])
    more = evening.says("ana", "under glass until April", reply_to=answer, after=3600)
    last = evening.says("ana", "and then outside", reply_to=more)
    found = evening.places()

    assert (found[more.uri].answers, found[more.uri].continues) == (("id-1",), answer.uri)
    assert (found[last.uri].answers, found[last.uri].continues) == (("id-1",), more.uri)
    assert found[more.uri].why == "because it goes on from its author's answer to Q1"


@pytest.mark.parametrize(
    ("words", "after", "goes_on"),
    [
        ("And I mulch them", 120, True),
        ("Also, mulch", 120, True),
        ("... but only in clay", 120, True),
        ("@ana and mulch", 120, True),
        ("2/2 mulch", 120, True),
        ("mulch (2/2)", 120, True),
        ("And I mulch them", 3600, False),
        ("Mulch is dear this year", 120, False),
        ("@ben and mulch", 120, False),
        ("1/2 and mulch", 120, False),
        ("Android phones die in the rain", 120, False),
    ],
)
def test_words_minutes_later_go_on_only_when_they_say_so(
    evening: Evening, words: str, after: float, goes_on: bool
) -> None:
    evening.asks_all()
    answer = evening.says("ana", "A1 leeks")
    more = evening.says("ana", words, after=after)

    assert (placed(evening, more).continues == answer.uri) is goes_on


def test_further_words_of_somebody_else_in_between_do_not_part_them(evening: Evening) -> None:
    evening.asks_all()
    answer = evening.says("ana", "A1 leeks 1/2")
    evening.says("ben", "A1 beans")
    chatter = evening.says("ana", "@ben oh yes", after=10)
    more = evening.says("ana", "2/2 and onions", after=10)

    assert placed(evening, chatter).role == "also_said"
    assert placed(evening, more).continues == answer.uri


def test_a_further_part_with_its_number_names_the_first(evening: Evening) -> None:
    evening.asks_all()
    answer = evening.says("ana", "A3 wool")
    other = evening.says("ana", "A4 ferns")
    more = evening.says("ana", "A3b and ducks", after=900)

    assert placed(evening, more).continues == answer.uri
    assert placed(evening, other).continues is None


def test_that_was_my_a6_moves_the_post_before_it(evening: Evening) -> None:
    evening.asks_all()
    first = evening.says("ana", "A1 leeks")
    joan = evening.says("ana", "my neighbour Joan, bless her")
    note = evening.says("ana", "That was my A6 by the way")
    found = evening.places()

    assert (found[joan.uri].answers, found[joan.uri].evidence) == (("id-6",), Evidence.NUMBER)
    assert found[joan.uri].why == "because its author said afterwards that it answers Q6"
    assert (found[note.uri].role, found[note.uri].under) == ("talk", joan.uri)
    assert found[first.uri].answers == ("id-1",)


@pytest.mark.parametrize(
    ("words", "expected"), [("Sorry, that should have been A6", ("id-6",)), ("that was my A6 btw", ("id-5",))]
)
def test_a_number_is_overruled_afterwards_only_by_owning_to_a_slip(
    evening: Evening, words: str, expected: tuple[str, ...]
) -> None:
    evening.asks_all()
    slip = evening.says("ana", "A5 my neighbour Joan")
    evening.says("ana", words)

    assert placed(evening, slip).answers == expected


def test_a_question_mark_of_the_host_asks_and_of_anybody_else_answers(evening: Evening) -> None:
    evening.asks_all()
    again = evening.says(HOST, "Q3: How do you keep slugs away from your lettuce? #GardenChat", after=600)
    soon = evening.says(HOST, "Q4 coming up")
    of_guest = evening.says(GUEST, "Q3 ducks")
    of_ana = evening.says("ana", "Q3: ducks")
    repeat = evening.says("ana", "Q3: How do you keep slugs away from lettuce?")
    reply = evening.says("ben", "ducks", reply_to=again)
    found = evening.places()

    roles = [(found[p.uri].role, found[p.uri].answers) for p in (again, soon, of_guest, of_ana, repeat, reply)]
    assert roles == [
        ("question", ("id-3",)),
        ("host", ()),
        ("answer", ("id-3",)),
        ("answer", ("id-3",)),
        ("also_said", ()),
        ("answer", ("id-3",)),
    ]


def test_hosts_and_guests_answer_like_anybody(evening: Evening) -> None:
    asked = evening.asks_all()
    by_number = evening.says(HOST, "A1 leeks")
    by_reply = evening.says(HOST, "leeks", reply_to=asked[1])
    of_guest = evening.says(GUEST, "leeks", quotes=asked[1])
    found = evening.places()

    assert [found[p.uri].answers for p in (by_number, by_reply, of_guest)] == [("id-1",)] * 3


def test_a_host_who_quotes_a_question_reminds_and_answers_nothing(evening: Evening) -> None:
    asked = evening.asks_all()
    reminder = evening.says(HOST, "do tell!", quotes=asked[1])

    assert (placed(evening, reminder).role, placed(evening, reminder).answers) == ("host", ())


def test_a_question_a_host_posted_by_hand_collects_answers_and_its_own_additions(evening: Evening) -> None:
    by_hand = evening.says(HOST, "Q4 What grows well in a shady corner? #GardenChat")
    added = evening.says(HOST, "dry shade counts too", reply_to=by_hand)
    answer = evening.says("ana", "ferns", reply_to=by_hand)
    found = evening.places()

    assert (found[by_hand.uri].role, found[by_hand.uri].answers) == ("question", ("id-4",))
    assert (found[added.uri].role, found[added.uri].under) == ("talk", by_hand.uri)
    assert found[answer.uri].answers == ("id-4",)


def test_every_asking_of_a_question_collects_answers(evening: Evening) -> None:
    first, again = evening.asks(2), evening.asks(2)
    replies = [evening.says("ana", "my hoe", reply_to=post) for post in (first, again)]
    found = evening.places()

    assert [found[reply.uri].answers for reply in replies] == [("id-2",), ("id-2",)]


def test_a_link_to_a_question_is_a_quote_where_the_network_has_none(evening: Evening) -> None:
    asked = evening.asks_all()
    linked = evening.says("ana", f"my hoe, from my aunt {asked[2].url}")

    assert (placed(evening, linked).answers, placed(evening, linked).evidence) == (("id-2",), Evidence.QUOTE)


def test_a_quote_without_own_words_answers_nothing(evening: Evening) -> None:
    asked = evening.asks_all()
    bare = evening.says("ana", "#GardenChat @gardenbot@a.test", quotes=asked[2])

    assert placed(evening, bare).role == "also_said"


def test_a_hashtag_alone_is_not_taking_part(evening: Evening) -> None:
    evening.asks_all()
    stray = evening.says("olaf", "Lovely light on the lawn #GardenChat")
    again = evening.says("olaf", "And the roses! #GardenChat")
    friend = evening.says("pia", "so pretty", reply_to=stray)
    found = evening.places()

    assert [found[post.uri].role for post in (stray, again, friend)] == ["queued"] * 3
    assert "hashtag" in found[stray.uri].why


@pytest.mark.parametrize(
    "how",
    ["number", "reply to a question", "reply to an answer", "quote", "word to the bot", "reply to somebody empty"],
)
def test_a_post_of_somebody_who_takes_part_elsewhere_is_also_said(evening: Evening, how: str) -> None:
    asked = evening.asks_all()
    answer = evening.says("ana", "A1 leeks")
    evening.empty.append(EmptyNode("hidden:1", asked[1].uri, STARTS))
    stray = evening.says("olaf", "Lovely light on the lawn #GardenChat")
    match how:
        case "number":
            evening.says("olaf", "A2 my scythe")
        case "reply to a question":
            evening.says("olaf", "my scythe", reply_to=asked[2])
        case "reply to an answer":
            evening.says("olaf", "me too", reply_to=answer)
        case "quote":
            evening.says("olaf", "so true", quotes=answer)
        case "word to the bot":
            evening.says("olaf", "@gardenbot@a.test hello", mentions=(mention(BOT),))
        case _:
            evening.says("olaf", "me too", reply_to="hidden:1")

    assert placed(evening, stray).role == "also_said"


def test_a_reply_to_somebody_who_refuses_stands_below_the_empty_place(evening: Evening) -> None:
    asked = evening.asks_all()
    evening.empty.append(EmptyNode("hidden:1", asked[1].uri, STARTS))
    reply = evening.says("ben", "well said", reply_to="hidden:1")

    assert (placed(evening, reply).role, placed(evening, reply).under) == ("talk", "hidden:1")


def test_replies_to_the_welcome_before_the_first_question_are_introductions(evening: Evening) -> None:
    welcome = evening.bot_says(CueKind.WELCOME, "Welcome! #GardenChat")
    hello = evening.says("ana", "Ana here, from Porto", reply_to=welcome)
    greeting = evening.says("ben", "Hello all, Ben from Leeds #GardenChat")
    asked = evening.asks(1)
    evening.says("ben", "beans", reply_to=asked)
    late = evening.says("cleo", "Cleo here, late as ever", reply_to=welcome)
    number = evening.says("dora", "A1 beans", reply_to=welcome)
    found = evening.places()

    roles = [found[post.uri].role for post in (hello, greeting, late, number)]
    assert roles == ["introduction", "introduction", "also_said", "answer"]


@pytest.mark.parametrize("said", ["start", "Stop!", "forget me", "What do you have?"])
def test_a_word_to_the_bot_is_no_answer(evening: Evening, said: str) -> None:
    asked = evening.asks_all()
    under = evening.says("ana", said, reply_to=asked[1])
    mention = evening.says("ben", f"{said} #GardenChat", mentions=(Mention(BOT, ""),))
    also = evening.says("cleo", "me too", reply_to=under)
    found = evening.places()

    assert [found[post.uri].role for post in (under, mention, also)] == ["word", "word", "talk"]
    assert (found[under.uri].under, found[also.uri].under) == (asked[1].uri, under.uri)


def test_a_command_is_a_word_to_the_bot_when_a_host_says_it(evening: Evening) -> None:
    asked = evening.asks_all()
    host = evening.says(HOST, "next", reply_to=asked[1])
    stranger = evening.says("ana", "next", reply_to=asked[1])
    found = evening.places()

    assert (found[host.uri].role, found[stranger.uri].role) == ("word", "answer")


def test_a_word_that_is_not_said_to_the_bot_is_anybodys(evening: Evening) -> None:
    asked = evening.asks_all()
    answer = evening.says("ana", "A1 how do I begin?", reply_to=asked[1])
    talk = evening.says("ben", "start!", reply_to=answer)
    sentence = evening.says("cleo", "Start with compost", reply_to=asked[1])
    chosen = evening.says("dora", "Start!", reply_to=asked[1])
    evening.decides(chosen, DecisionKind.ASSIGN, "1")
    found = evening.places()

    assert [found[post.uri].role for post in (talk, sentence, chosen)] == ["talk", "answer", "answer"]


def test_an_answer_after_the_end_is_late(evening: Evening) -> None:
    asked = evening.asks_all()
    in_time = evening.says("ana", "A1 leeks")
    evening.now = STARTS + timedelta(hours=1, seconds=1)
    late = evening.says("ana", "A2 my hoe", after=0)
    talk = evening.says("ben", "@ana indeed", after=0)
    reply = evening.says("ben", "my rake", reply_to=asked[2], after=0)
    found = evening.places()

    assert [found[post.uri].is_late for post in (in_time, late, talk, reply)] == [False, True, False, True]


def test_once_the_next_chat_has_begun_only_what_hangs_on_this_one_is_of_it(evening: Evening) -> None:
    asked = evening.asks_all()
    leeks = evening.says("ana", "A1 leeks #GardenChat")
    evening.now = STARTS + timedelta(days=7)
    theirs = "https://a.test/next/q1"
    there = [
        evening.says("ben", "A1 the wooden one #GardenChat"),
        evening.says("ana", "A1 a rake, and you? #GardenChat", reply_to=theirs),
    ]
    there += [
        evening.says("ben", "none", reply_to=there[-1]),
        evening.says("cleo", "Lovely #GardenChat", quotes=theirs),
    ]
    here = [
        evening.says("dora", "A2 still my hoe #GardenChat", reply_to=asked[2]),
        evening.says("dora", "mine bolted", reply_to=leeks),
        evening.says("ana", "A3 by hand #GardenChat"),
    ]
    evening.decides(here[-1], DecisionKind.ASSIGN, "3")
    record = replace(evening.record(), next_at=evening.now - timedelta(days=1), elsewhere=frozenset({theirs}))
    found = answers.place(record)

    assert ["elsewhere"] * 4 == [found[post.uri].role for post in there]
    assert ["answer", "talk", "answer"] == [found[post.uri].role for post in here]


def test_a_late_reply_to_an_earlier_chat_is_not_of_this_one(evening: Evening) -> None:
    evening.asks_all()
    late = evening.says("ana", "A1 leeks, at last #GardenChat", reply_to="https://a.test/before/q1")
    record = replace(evening.record(), elsewhere=frozenset({"https://a.test/before/q1"}))

    assert "elsewhere" == answers.place(record)[late.uri].role


def test_people_outrank_every_rule(evening: Evening) -> None:
    asked = evening.asks_all()
    none = evening.says("ana", "A1 leeks")
    queued = evening.says("olaf", "Lovely light #GardenChat")
    back = evening.says("ana", "A2 hoe", reply_to=asked[2])
    by_number = evening.says("ana", "ferns")
    evening.decides(none, DecisionKind.ASSIGN, "none")
    evening.decides(queued, DecisionKind.INCLUDE)
    evening.decides(back, DecisionKind.ASSIGN, "id-5")
    evening.decides(back, DecisionKind.UNDO)
    evening.decides(by_number, DecisionKind.ASSIGN, "4")
    found = evening.places()

    decided = [
        (found[p.uri].role, found[p.uri].answers, found[p.uri].evidence) for p in (none, queued, back, by_number)
    ]
    assert decided == [
        ("also_said", (), Evidence.PERSON),
        ("also_said", (), Evidence.PERSON),
        ("answer", ("id-2",), Evidence.NUMBER),
        ("answer", ("id-4",), Evidence.PERSON),
    ]


def test_a_number_the_chat_does_not_have_waits_for_a_person_unless_the_thread_knows() -> None:
    evening = Evening((1, 2, 3))
    asked = evening.asks_all()
    evening.says("ana", "A1 leeks")
    alone = evening.says("ana", "A7 nothing")
    reply = evening.says("ana", "A11 leeks", reply_to=asked[1])

    assert placed(evening, alone).role == "queued"
    assert placed(evening, alone).why == "because it says A7, and this chat has no such question"
    assert placed(evening, reply).answers == ("id-1",)


def test_a_chat_without_numbers_is_sorted_by_thread_quote_and_order() -> None:
    evening = Evening((None, None, None))
    first, second, _ = (evening.asks_by_id(f"id-{place}") for place in (1, 2, 3))
    reply = evening.says("ana", "leeks", reply_to=first)
    quote = evening.says("ana", "my hoe", quotes=second)
    number = evening.says("ana", "A3 ducks")
    talk = evening.says("ana", "what an evening")
    found = evening.places()

    assert [found[p.uri].answers for p in (reply, quote, number, talk)] == [("id-1",), ("id-2",), ("id-3",), ()]
    assert found[reply.uri].why == "because it replies to the question"


def test_a_past_chat_is_sorted_by_the_addresses_its_plan_names() -> None:
    evening = Evening((1, 2))
    old = [evening.says(HOST, f"Q{n} {words}") for n, words in ((1, "sow what?"), (2, "which tool?"))]
    again = evening.says(HOST, "Once more, the tools")
    evening.questions = (
        replace(evening.questions[0], uris=(old[0].uri,), asked_at=(old[0].at,)),
        replace(evening.questions[1], uris=(old[1].uri, again.uri), asked_at=(old[1].at, again.at)),
    )
    replies = [evening.says("ana", "hm", reply_to=post) for post in (*old, again)]
    found = evening.places()

    assert [found[post.uri].role for post in (*old, again)] == ["question"] * 3
    assert [found[post.uri].answers for post in replies] == [("id-1",), ("id-2",), ("id-2",)]


def test_in_an_archive_without_replies_the_askers_name_in_front_is_a_reply_to_the_question() -> None:
    evening = Evening((1, 2))
    old = [evening.says(HOST, f"Q{n} {words}") for n, words in ((1, "sow what?"), (2, "which tool?"))]
    evening.questions = tuple(
        replace(question, uris=(post.uri,), asked_at=(post.at,))
        for question, post in zip(evening.questions, old, strict=True)
    )
    answer = evening.says("ana", "@rosa my hori-hori #GardenChat")
    to_ben = evening.says("ana", "@rosa @ben indeed")
    thanks = evening.says("cleo", "@rosa thank you, lovely evening")
    evening.says(HOST, "@dora and which one?")
    asked_back = evening.says("dora", "@rosa the blue one")
    record = evening.record()
    past = replace(record, chat=replace(record.chat, is_past=True))
    found = answers.place(past)

    assert [found[post.uri].answers for post in (answer, to_ben, thanks, asked_back)] == [("id-2",), (), (), ()]
    assert (found[answer.uri].evidence, found[answer.uri].why) == (
        Evidence.THREAD,
        "because it is addressed to whoever had just asked Q2",
    )
    assert answers.place(record)[answer.uri].answers == ()  # a network that has replies would have said so


def test_a_parent_known_only_by_its_servers_id_is_found(evening: Evening) -> None:
    asked = evening.asks_all()
    reply = evening.says("ana", "leeks", parent_local_id=asked[1].local_id)

    assert placed(evening, reply).answers == ("id-1",)


def test_parents_that_turn_in_circles_are_placed_all_the_same(evening: Evening) -> None:
    evening.asks_all()
    one = evening.says("ana", "hm")
    two = evening.says("ben", "hm", reply_to=one)
    evening.posts = [replace(post, parent_uri=two.uri) if post is one else post for post in evening.posts]
    self_made = evening.says("cleo", "A1 hm")
    evening.posts[-1] = replace(self_made, parent_uri=self_made.uri)

    assert {one.uri, two.uri, self_made.uri} <= set(evening.places())


WORDS = st.sampled_from(
    [
        "A1 leeks",
        "A2 hoe",
        "2. hoe",
        "and more",
        "2/2 more",
        "leeks",
        "RT @x A1",
        "Q1 what",
        "That was my A2",
        "Al) x",
        "hello",
    ]
)


@st.composite
def evenings(draw: st.DrawFn) -> Evening:
    evening = Evening((1, 2, 3))
    said: list[Post] = [evening.bot_says(CueKind.WELCOME, "Welcome"), evening.asks(1), evening.asks(2)]
    for _ in range(draw(st.integers(1, 12))):
        who = draw(st.sampled_from(["ana", "ben", "cleo", HOST]))
        reply_to = draw(st.none() | st.sampled_from(said))
        quotes = draw(st.none() | st.sampled_from(said))
        said.append(
            evening.says(who, draw(WORDS), reply_to=reply_to, quotes=quotes, after=draw(st.sampled_from([0, 60, 400])))
        )
        if draw(st.integers(0, 5)) == 0:
            evening.decides(
                said[-1], draw(st.sampled_from(list(DecisionKind))), draw(st.sampled_from(["id-3", "none"]))
            )
    return evening


@settings(max_examples=150, deadline=None)
@given(evenings(), st.randoms(use_true_random=False))
def test_the_order_of_posts_changes_nothing(evening: Evening, chance: random.Random) -> None:
    record = evening.record()
    shuffled = list(record.posts)
    chance.shuffle(shuffled)

    assert dict(answers.place(record)) == dict(answers.place(replace(record, posts=tuple(shuffled))))


@settings(max_examples=150, deadline=None)
@given(evenings(), st.integers(0, 3000), WORDS)
def test_a_post_of_somebody_unrelated_changes_no_other_placement(evening: Evening, after: int, words: str) -> None:
    before = dict(evening.places())
    evening.now = STARTS
    stranger = evening.says("zed", words, after=after)
    now = dict(evening.places())
    del now[stranger.uri]

    assert before == now


@settings(max_examples=150, deadline=None)
@given(evenings())
def test_every_post_stands_somewhere_and_below_something_that_is_there(evening: Evening) -> None:
    found = evening.places()

    assert set(found) == {post.uri for post in evening.posts}
    known = {question.id for question in evening.questions}
    for uri, placement in found.items():
        assert placement.under != uri
        assert placement.continues != uri
        assert set(placement.answers) <= known
        assert placement.under is None or placement.under in found
        assert placement.role != "answer" or (placement.answers and placement.evidence is not Evidence.NONE)


def test_twenty_thousand_posts_are_sorted_in_about_a_second(evening: Evening) -> None:
    asked = evening.asks_all()
    last = asked[1]
    for number in range(20_000):
        who = f"p{number % 400}"
        kind = number % 4
        if kind == 0:
            last = evening.says(who, f"A{number % 8 + 1} leeks and more of them, as ever #GardenChat", after=0.1)
        elif kind == 1:
            last = evening.says(who, "@ana indeed, and who would have thought so", reply_to=last, after=0.1)
        elif kind == 2:
            evening.says(who, "such a lovely evening in 2026, thank you all #GardenChat", quotes=asked[2], after=0.1)
        else:
            last = evening.says(who, "deeper and deeper", reply_to=last, after=0.1)
    record: Record = evening.record()
    started = time.process_time()
    answers.place(record)

    assert time.process_time() - started < 4.0  # about one second on a quiet machine


def mention(handle: str) -> Mention:
    user, host = handle.split("@")
    return Mention(handle, f"https://{host}/@{user}")
