"""The digest: hosts' choice first, suggestions that say something, nothing the program may not choose."""

from __future__ import annotations

from chatbot.core import text
from chatbot.core.pages import digest, transcript
from chatbot.core.pages.shown import Digest
from chatbot.core.value import replace
from tests.core.test_transcript import evening


def chosen(script: str, **changes: object) -> list[tuple[str, bool]]:
    made = digest.digest(transcript.build(replace(evening(script), **changes)))  # type: ignore[arg-type]
    return [(text.plain(item.answer.post.spans), item.by_host) for item in made.sections[0].chosen]


def made(script: str) -> Digest:
    return digest.digest(transcript.build(evening(script)))


BEANS = "20:04 ana@a.test =beans >Q1  A1 Broad beans stand winter frost bravely\n      | favourites 9\n"
GARLIC = "20:05 ben@b.test =garlic >Q1  A1 Garlic cloves sleep under straw mulch\n"


def test_what_hosts_chose_outranks_every_suggestion() -> None:
    assert chosen(BEANS + GARLIC + "21:10 rosa@a.test feature garlic") == [
        ("A1 Garlic cloves sleep under straw mulch", True)
    ]


def test_suggestions_stand_in_the_order_of_time_and_are_called_suggestions() -> None:
    assert chosen(BEANS + GARLIC) == [
        ("A1 Broad beans stand winter frost bravely", False),
        ("A1 Garlic cloves sleep under straw mulch", False),
    ]


def test_an_answer_that_repeats_another_is_not_suggested_beside_it() -> None:
    again = "20:06 cleo@c.test >Q1  A1 broad beans stand winter frost, bravely!\n"

    assert len(chosen(BEANS + GARLIC + again)) == 2


def test_an_answer_of_three_words_says_too_little() -> None:
    assert chosen("20:04 ana@a.test >Q1  A1 beans beans beans of course") == []


def test_the_program_never_chooses_what_is_under_a_content_warning() -> None:
    assert chosen(BEANS + "      | cw frost\n") == []


def test_the_program_never_chooses_a_first_timer_but_hosts_may() -> None:
    newcomer = frozenset({"https://a.test/users/ana"})

    assert chosen(BEANS, first_timers=newcomer) == []
    assert len(chosen(BEANS + "21:10 rosa@a.test feature beans", first_timers=newcomer)) == 1


def test_at_most_three_answers_are_suggested_for_a_question() -> None:
    words = ("rake soil morning kitchen", "river stones path evening", "apple pear plum quince", "owl fox hedgehog bat")
    script = "".join(f"20:1{n} p{n}@x.test >Q1  A1 {said} number\n" for n, said in enumerate(words))

    assert len(chosen(script)) == digest.PER_QUESTION


def test_links_stand_with_the_question_they_were_shared_under() -> None:
    script = "20:04 ana@a.test >Q1  A1 See https://garden.test/beans for all of it\n"
    [first, second] = made(script).sections

    assert ([link.url for link in first.links], second.links) == (["https://garden.test/beans"], ())


def test_the_digest_counts_what_is_shown() -> None:
    assert made(BEANS + GARLIC).summary == "2 people wrote 2 posts, among them 2 answers to 2 questions."
