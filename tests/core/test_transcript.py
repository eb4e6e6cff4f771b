"""What everybody may read of a chat: every reason kept, nobody named who is not to be, nothing missing unsaid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from chatbot.core import text
from chatbot.core.model import Author, Decision, DecisionKind, EmptyNode, Post, Word
from chatbot.core.pages import transcript
from chatbot.core.pages.counting import all_posts
from chatbot.core.pages.shown import PostShown, Talk, Transcript
from chatbot.core.privacy.words import in_order
from chatbot.core.record import Record
from chatbot.core.value import replace
from chatbot.render import formats
from tests.people import STARTS
from tests.replays.script import read

PLAN = """
series Garden Chat #GardenChat Europe/Lisbon
date 2026-12-01 20:00 60 minutes
host rosa@a.test Rosa Marques
Q1 What do you plant first?
Q2 Which tool?
20:03 Q1
20:12 Q2
"""


def evening(script: str, setting: str = "") -> Record:
    return read(PLAN + setting + script)


def build(script: str, setting: str = "") -> Transcript:
    return transcript.build(evening(script, setting))


def said(view: Transcript) -> list[str]:
    return [text.plain(post.spans) for post in all_posts(view.questions, view.also_said)]


def shape(talk: tuple[Talk, ...]) -> list[Any]:
    """Return talk as nested lists of words; somebody missing is None."""
    return [(text.plain(item.post.spans) if item.post else None, shape(item.talk)) for item in talk]


def missing(view: Transcript) -> dict[str, int]:
    return {line.name: line.count for line in view.missing if line.name != "unseen"}


def test_an_answer_says_why_it_stands_where_it_stands() -> None:
    [answer] = build("20:04 ana@a.test  A1 Beans #GardenChat").questions[0].answers

    assert answer.why == "because it says A1"


def test_a_post_that_answers_two_questions_stands_under_both_and_its_talk_under_the_first() -> None:
    view = build("20:13 ana@a.test =both  A1 Beans and A2. a spade #GardenChat\n20:14 ben@b.test >both  Both good")
    first, second = (section.answers[0] for section in view.questions)

    assert (first.also_answers, second.also_answers) == (("Q2",), ("Q1",))
    assert shape(first.talk) == [("Both good", [])]
    assert (second.talk, second.talk_at) == ((), first.anchor)
    assert view.numbers.posts == 2


HANGING = """
20:04 ana@a.test =beans >Q1  A1 Beans
20:05 ben@b.test =mine >beans  A1 Mine too, but under glass
20:06 ana@a.test >mine  How warm is it there?
"""


def test_an_answer_in_reply_to_another_hangs_below_it_and_counts_as_an_answer() -> None:
    view = build(HANGING)
    section = view.questions[0]
    [first] = section.standing

    assert shape(first.talk) == [("A1 Mine too, but under glass", [("How warm is it there?", [])])]
    assert first.talk[0].answers == ("Q1",)
    assert [answer.under for answer in section.answers] == [None, first.anchor]
    assert (view.numbers.answers, view.numbers.talk, view.numbers.posts) == (2, 1, 3)
    assert (view.numbers.per_question[0].answers, view.numbers.per_question[0].talk) == (2, 1)
    assert [(entry.person.name, entry.answers) for entry in view.people] == [("Ana", 1), ("Ben", 1)]


def test_an_answer_that_hung_below_one_that_is_left_out_stands_under_the_question() -> None:
    section = build(HANGING + "20:10 rosa@a.test leave-out beans: not now").questions[0]

    assert [text.plain(answer.post.spans) for answer in section.standing] == ["A1 Mine too, but under glass"]
    assert shape(section.standing[0].talk) == [("How warm is it there?", [])]


def test_an_answer_to_two_questions_hangs_below_one_and_stands_under_the_other() -> None:
    view = build(HANGING.replace("A1 Mine too, but under glass", "A1 Mine too and A2. a spade"))
    first, second = view.questions

    assert [len(section.answers) for section in view.questions] == [2, 1]
    assert shape(first.standing[0].talk)[0][0] == "A1 Mine too and A2. a spade"
    assert second.standing[0].anchor == f"{first.answers[1].anchor}-q2"
    assert second.standing[0].talk_at == first.answers[1].anchor
    assert view.numbers.posts == 3


def test_a_thread_holds_where_somebody_is_missing() -> None:
    view = build(
        """
20:04 ana@a.test =a >Q1  A1 Beans
20:05 somebody =x >a
20:06 ben@b.test >x  I think so too
"""
    )

    assert shape(view.questions[0].answers[0].talk) == [(None, [("I think so too", [])])]
    assert missing(view) == {"opted_out": 1}


def test_somebody_missing_with_nothing_below_leaves_no_gap() -> None:
    view = build("20:04 ana@a.test =a >Q1  A1 Beans\n20:05 somebody =x >a")

    assert shape(view.questions[0].answers[0].talk) == []


def test_deep_talk_stands_flat_and_names_whom_it_answers() -> None:
    lines = ["20:04 ana@a.test =t0 >Q1  A1 Beans"]
    lines += [
        f"20:05:{n:02} {'ben@b.test' if n % 2 else 'ana@a.test'} =t{n} >t{n - 1}  reply {n}" for n in range(1, 40)
    ]
    view = build("\n".join(lines))
    [one] = view.questions[0].answers[0].talk
    deepest = one.talk[0].talk[0].talk

    assert len(deepest) == 36
    assert {item.talk for item in deepest} == {()}
    assert deepest[0].reply_to == "Ben"


def test_a_thread_of_thousands_breaks_nothing() -> None:
    record = evening("20:04 ana@a.test =t0 >Q1  A1 Beans")
    [first] = record.posts
    chain = [first]
    for n in range(3000):
        last = chain[-1]
        spans = text.spans_from_text(f"reply {n}")
        chain.append(replace(last, uri=f"{first.uri}-{n}", parent_uri=last.uri, local_id=str(n), spans=spans))

    assert transcript.build(replace(record, posts=tuple(chain))).numbers.posts == 3001


@pytest.mark.parametrize("hidden", ["empty", "refused", "left out", "parts", "quotes"])
def test_a_thread_of_thousands_that_are_not_shown_breaks_nothing(hidden: str) -> None:
    record = evening("20:04 nora@c.test >Q1  A1 Beans\n20:59 ana@a.test  what a thread!")
    first, last = record.posts
    uris = [first.uri, *(f"{first.uri}-{n}" for n in range(2000))]
    above = dict(zip(uris, (first.parent_uri, *uris), strict=False))
    last = replace(last, parent_uri=uris[-1])
    author = replace(first.author, bio="#nobot") if hidden == "refused" else first.author
    words = text.spans_from_text("and then 2/2" if hidden == "parts" else "hm, thousands")
    role = "quote_uri" if hidden == "quotes" else "parent_uri"
    chain = (replace(first, author=author, spans=words, **{"parent_uri": None, role: above[u]}, uri=u) for u in uris)
    if hidden == "empty":
        record = replace(record, posts=(last,), empty=tuple(EmptyNode(u, above[u], first.at) for u in uris))
    else:
        record = replace(record, posts=(*chain, last))
    if hidden in ("left out", "parts", "quotes"):
        left_out = (Decision(u, DecisionKind.LEAVE_OUT, "rosa", first.at, "", None, n) for n, u in enumerate(uris))
        record = replace(record, decisions=tuple(left_out))

    view = transcript.build(record)

    assert said(view) == ["what a thread!"]
    assert len({write(view) for write in formats.WRITERS.values()}) == len(formats.WRITERS)


def test_parents_that_turn_in_circles_lose_no_post() -> None:
    record = evening("20:04 ana@a.test =a  hello there\n20:05 ben@b.test =b >a  hello you #GardenChat")
    ana, ben = record.posts
    view = transcript.build(replace(record, posts=(replace(ana, parent_uri=ben.uri), ben)))

    assert view.numbers.posts + len(view.left_out) + sum(missing(view).values()) >= 2


def test_every_post_is_shown_once_or_counted_as_missing() -> None:
    view = build(
        """
20:04 ana@a.test =a >Q1  A1 Beans
20:05 ben@b.test =b >a  Which ones?
20:06 cleo@c.test  Planted a tree #GardenChat
20:07 dora@d.test =d >Q1  A1 quietly
      | quiet
20:08 eve@e.test =e >Q1  A1 Buy my tools
20:09 rosa@a.test leave-out e: an advert
20:10 deleted
"""
    )

    assert said(view) == ["A1 Beans", "Which ones?"]
    assert missing(view) == {"unlisted": 1, "deleted": 1, "left_out": 1, "queued": 1}
    assert [(left.state, left.by, left.reason) for left in view.left_out][1] == (
        "left_out",
        "Rosa Marques",
        "an advert",
    )


def test_a_yes_to_the_bot_is_counted_and_not_shown() -> None:
    view = build(
        """
20:04 ana@b.test says start
20:04 ana@b.test =yes >Q1  Start!
20:05 ana@b.test >Q1  Leeks
20:06 ana@b.test >yes  and I mean it
""",
        "setting consent opt-in\n",
    )

    assert said(view) == ["Leeks", "and I mean it"]
    assert shape(view.questions[0].talk) == [(None, [("and I mean it", [])])]
    assert missing(view)["words"] == 1


def test_a_yes_shows_a_quiet_post_too() -> None:
    view = build("20:01 dora@d.test says start\n20:07 dora@d.test >Q1  A1 quietly\n      | quiet")

    assert said(view) == ["A1 quietly"]


def test_a_question_that_was_not_asked_says_why() -> None:
    record = read(PLAN.replace("20:12 Q2", "20:12 Q2 failed: the server was down"))
    view = transcript.build(record)

    assert view.questions[1].not_asked == "It was not asked. The bot noted: the server was down."
    assert missing(view) == {"not_asked": 1}


@pytest.mark.parametrize(
    ("names", "name", "linked"),
    [("full", "Ana Lopes", True), ("initials", "A. L.", False), ("pseudonyms", "Participant 1", False),
     ("none", "A participant", False)],
)  # fmt: skip
def test_people_are_called_as_the_community_decided(names: str, name: str, linked: bool) -> None:
    view = build("20:04 ana@a.test >Q1  A1 Beans", f"setting names {names}\nperson ana@a.test Ana Lopes\n")
    post = view.questions[0].answers[0].post

    assert post.person.name == name
    assert (post.url is not None, post.uri is not None, post.person.handle is not None) == (linked, linked, linked)


def test_an_anchor_tells_nobody_who_a_nameless_person_is() -> None:
    nameless = "setting names none\n"
    one = build("20:04 ana@a.test >Q1  A1 Beans", nameless).questions[0].answers[0].anchor
    other = build("20:04 ben@b.test >Q1  A1 Beans", nameless).questions[0].answers[0].anchor

    assert one == other


def test_hosts_are_named_whatever_participants_are_called() -> None:
    view = build("20:04 rosa@a.test >Q1  A1 Beans", "setting names initials\n")

    assert [entry.person.name for entry in view.people] == ["Rosa Marques"]


def test_who_refuses_is_nobody_in_other_peoples_words_too() -> None:
    view = build(
        """
20:04 nora@c.test =n >Q1  A1 I was here
20:05 ana@a.test =a >Q1  A1 As @nora@c.test said at https://c.test/@nora/n and to @nora: beans
      | alt @nora@c.test in her garden
      | poll @nora 1 / me 2
      | quote n
20:06 nora@c.test says stop
"""
    )
    post = view.questions[0].answers[0].post

    assert text.plain(post.spans) == "A1 As [someone] said at [someone] and to [someone]: beans"
    assert post.media[0].alt == "[someone] in her garden"
    assert post.poll is not None
    assert post.poll.options == (("[someone]", 1), ("me", 2))
    assert post.quote is not None
    assert (post.quote.name, post.quote.anchor, post.quote.url) == ("[someone]", None, None)


LINES = some.lists(
    some.tuples(some.sampled_from(["ana", "ben", "nora"]), some.sampled_from(["A1 beans", "A2 spade", "me too"]),
                some.integers(0, 12)),
    max_size=14,
)  # fmt: skip


@settings(deadline=None)
@given(LINES, some.sets(some.sampled_from(["ana", "ben", "nora"])))
def test_whatever_is_said_nothing_of_who_refuses_is_shown_and_nothing_else_is_lost(
    lines: list[tuple[str, str, int]], refusing: set[str]
) -> None:
    script = "\n".join(
        f"20:05:{n:02} {who}@x.test =p{n} >{f'p{parent}' if parent < n else 'Q1'}  {words} {n}"
        for n, (who, words, parent) in enumerate(lines)
    )
    record = replace(
        evening(script), words=in_order((f"https://x.test/users/{who}", "", Word.STOP) for who in refusing)
    )
    view = transcript.build(record)

    assert refusing.isdisjoint(entry.person.name.lower() for entry in view.people)
    assert view.numbers.posts == sum(who not in refusing for who, _, _ in lines)


def test_only_empty_nodes_make_an_empty_transcript() -> None:
    record = replace(evening(""), empty=(EmptyNode("empty:1", "empty:2", STARTS), EmptyNode("empty:2", None, STARTS)))

    assert transcript.build(record).numbers.posts == 0


def shown_as(author: Author) -> PostShown:
    record = evening("20:04 ana@a.test >Q1  A1 Beans")
    posts: tuple[Post, ...] = tuple(replace(post, author=author) for post in record.posts)
    return transcript.build(replace(record, posts=posts)).questions[0].answers[0].post


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ana :verified: 🌻", "Ana 🌻"), ("\u202eanA", "anA"), ("  ", "ana"), ("", "ana"), ("x" * 500, "x" * 100)],
    ids=("emoji codes", "turned letters", "blanks", "nothing", "too long"),
)
def test_a_name_is_made_fit_for_a_page(name: str, shown: str) -> None:
    record = evening("20:04 ana@a.test >Q1  A1 Beans")

    assert shown_as(replace(record.posts[0].author, name=name)).person.name == shown


def test_an_imported_chat_says_that_a_file_was_all_there_was() -> None:
    seen = evening("20:04 ana@a.test  A1 Beans")
    imported = replace(seen, posts=tuple(replace(post, server="import") for post in seen.posts))

    assert transcript.build(imported).missing[-1].says.startswith("Only what the imported file held is here")
