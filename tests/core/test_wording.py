"""Every post's words: they fit, say how to answer, carry the notice, and no template can do harm."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import Mistakes
from chatbot.core.model import CueKind
from chatbot.core.nights import wording
from chatbot.core.nights.wording import Room, defaults, template, values
from chatbot.core.plan import Chat, Question, Reading
from tests.people import AMIR, ROSA, garden_chat, garden_defaults, garden_series

SERIES, CHAT = garden_series(), garden_chat()
ADDRESS = "https://garden.test/@gardenbot/113456789012345678"


def question_text(chat: Chat = CHAT, place: int = 2, **more: object) -> str:
    return wording.cue_text(CueKind.QUESTION, SERIES, chat, question=chat.questions[place], **more)  # type: ignore[arg-type]


def asking(text: str, number: object = 3, **changes: object) -> Chat:
    return garden_chat(questions=(Question("slugs", number, text, **changes),))  # type: ignore[arg-type]


def worded(kind: str, source: str, **changes: object) -> Chat:
    return garden_chat(settings=garden_defaults(wording=((kind, source),)), **changes)


# how long a post is


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("Slugs!", 6, id="plain words"),
        pytest.param("👩‍👩‍👧‍👦", 1, id="a family is one"),
        pytest.param("🇵🇹🇱🇧", 2, id="two flags"),
        pytest.param("👍🏽", 1, id="a skin tone"),
        pytest.param("1️⃣2️⃣", 2, id="keycaps"),
        pytest.param("e\u0301", 1, id="an accent on its own"),
        pytest.param("नमस्ते", 3, id="Devanagari"),
        pytest.param("متى نزرع؟", 9, id="Arabic, written from right to left"),
        pytest.param("한국어", 3, id="Korean"),
        pytest.param("https://garden.example/a", 23, id="a short address weighs more"),
        pytest.param("https://garden.example/" + "a" * 300, 23, id="a long one less"),
        pytest.param("see https://garden.example/a.", 28, id="the full stop is not the address'"),
        pytest.param("(https://garden.example/a_(b))", 25, id="brackets around and in an address"),
        pytest.param("https://garden.example/?q=slugs&n=1#top", 23, id="query and fragment"),
        pytest.param("https://jardim.example:8080/ã", 23, id="port, other letters"),
        pytest.param("https://münchen.example", 23, id="a name in other letters"),
        pytest.param("garden.example/a", 16, id="no scheme, no discount"),
        pytest.param("https://localhost/aaaaaaaaaaaaaaa", 33, id="no dot, no discount"),
        pytest.param("xhttps://garden.example/a", 25, id="a letter before it, no discount"),
        pytest.param("@amir@compost.example", 5, id="a mention without its host"),
        pytest.param("@amir@compost.example, @bia", 11, id="mentions of both kinds"),
        pytest.param("amir@compost.example", 20, id="an e-mail address is no mention"),
        pytest.param("https://garden.example/@amir@b.example", 23, id="a mention in an address"),
    ],
)
def test_a_post_is_as_long_as_the_server_counts(text: str, expected: int) -> None:
    assert expected == wording.length(text)


def test_the_content_warning_counts_as_well() -> None:
    assert wording.length("Slugs", "wet, cold") == 5 + 9


def test_nothing_in_a_content_warning_is_shortened() -> None:
    assert len(ADDRESS) == wording.length("", ADDRESS)


def test_an_address_counts_in_full_where_the_network_has_no_weight() -> None:
    assert len(ADDRESS) == wording.length(ADDRESS, url_weight=None)


@given(st.text(max_size=300))
def test_any_text_can_be_counted_and_never_counts_more_than_its_characters_and_addresses(text: str) -> None:
    assert 0 <= wording.length(text) <= len(text) + 23 * text.count("://")


def test_counting_hostile_text_takes_no_time() -> None:
    began = time.process_time()
    for bad in (
        "https://a.b/" + "(" * 20_000,
        "https://a.b/" + "!" * 20_000,
        "https://" + "a." * 10_000,
        "@a" * 10_000,
    ):
        wording.length(bad)

    assert time.process_time() - began < 1


# what posts say


@pytest.mark.parametrize("kind", list(CueKind))
def test_every_post_has_good_english_words_that_fit(kind: CueKind) -> None:
    named = {"asked": "", "url": ADDRESS}
    text = wording.cue_text(kind, SERIES, CHAT, question=CHAT.questions[2], notice=True, named=named)

    assert 20 <= wording.length(text) <= 500
    assert "  " not in text
    assert "\n\n\n" not in text
    assert text == text.strip()


def test_a_question_says_how_to_answer() -> None:
    assert question_text() == "Q3 What do you do against slugs?\n\nAnswer with A3 and #GardenChat"


def test_a_question_in_a_chat_without_numbers_asks_for_a_reply() -> None:
    chat = asking("Slugs?", None)

    assert question_text(chat, 0) == "Slugs?\n\nAnswer by replying, with #GardenChat"


def test_the_last_question_may_be_the_wrap_up() -> None:
    assert question_text(asking("What will you take home?", "wrap"), 0).startswith("Wrap-up: What will you take home?")


def test_question_zero_is_answered_with_a0() -> None:
    assert "Answer with A0 and" in question_text(asking("Who are you?", 0), 0)


def test_a_community_has_its_own_letters() -> None:
    settings = garden_defaults(question_letter="F", answer_letters=("A",))
    text = question_text(garden_chat(settings=settings))

    assert text.startswith("F3 ")
    assert "Answer with A3" in text


@pytest.mark.parametrize("typed", ["Q3 Slugs?", "Q3. Slugs?", "q3) Slugs?", "Q3: Slugs?", "Q3 – Slugs?"])
def test_a_number_that_the_host_typed_too_is_not_said_twice(typed: str) -> None:
    assert question_text(asking(typed), 0).startswith("Q3 Slugs?\n")


def test_a_number_of_another_question_in_the_text_stays() -> None:
    assert question_text(asking("Q1 again: slugs?"), 0).startswith("Q3 Q1 again: slugs?")


def test_the_welcome_names_people_says_how_to_answer_and_carries_the_notice() -> None:
    text = wording.cue_text(CueKind.WELCOME, SERIES, CHAT, notice=True)

    assert "Hosted by Rosa Marques, with Amir Haddad." in text
    assert "answer with A1, A2 and so on" in text
    assert wording.notice_text(SERIES, CHAT) in text


def test_people_are_named_and_never_mentioned() -> None:
    for kind in (CueKind.ANNOUNCEMENT, CueKind.REMINDER, CueKind.WELCOME, CueKind.THANKS):
        assert "@" not in wording.cue_text(kind, SERIES, CHAT, notice=True)


def test_times_are_local_with_utc_beside_them_where_they_differ() -> None:
    summer = garden_chat(starts_at=CHAT.starts_at.replace(month=7))

    assert "Wednesday 1 July, 21:00 Lisbon time (20:00 UTC)" in wording.cue_text(CueKind.ANNOUNCEMENT, SERIES, summer)
    assert "Tuesday 1 December, 20:00 Lisbon time, for" in wording.cue_text(CueKind.ANNOUNCEMENT, SERIES, CHAT)


def test_the_announcement_of_a_secret_chat_shows_no_question() -> None:
    text = wording.cue_text(CueKind.ANNOUNCEMENT, SERIES, garden_chat(secret=True))

    assert not any(question.text in text for question in CHAT.questions)


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("consent", ["opt-out", "opt-in"])
def test_the_notice_says_who_what_how_long_no_ai_and_the_word_to_stay_out(consent: str, short: bool) -> None:
    text = wording.notice_text(SERIES, garden_chat(settings=garden_defaults(consent=consent)), short=short)

    assert "Rosa Marques" in text
    assert "with your name" in text
    assert "until" in text
    assert "“forget me”" in text
    assert "AI" in text
    assert "“stop”" in text
    assert ("“start”" in text) == (consent == "opt-in")


@pytest.mark.parametrize(
    ("names", "said"),
    [("initials", "with your initials"), ("pseudonyms", "under a made-up name"), ("none", "without your name")],
)
def test_the_notice_says_how_names_are_shown(names: str, said: str) -> None:
    assert said in wording.notice_text(SERIES, garden_chat(settings=garden_defaults(names=names)))


def test_the_short_notice_leaves_most_of_a_question_its_room() -> None:
    assert wording.length(wording.notice_text(SERIES, CHAT, short=True)) <= 130


def test_three_hashtags_are_enough() -> None:
    series = garden_series(hashtags=("GardenChat", "Gardening", "Compost", "Allotment", "Bloom"))

    assert wording.hashtags(series, CHAT) == ["#GardenChat", "#Gardening", "#Compost"]
    assert wording.cue_text(CueKind.REMINDER, series, CHAT).endswith("\n\n#GardenChat #Gardening #Compost")


def test_a_text_from_right_to_left_keeps_its_order_and_its_hashtag_on_a_line_of_its_own() -> None:
    text = question_text(asking("ماذا تزرع في الشتاء؟"), 0)

    assert text == "Q3 ماذا تزرع في الشتاء؟\n\nAnswer with A3 and #GardenChat"


def test_control_characters_never_reach_a_post() -> None:
    assert question_text(asking("Slu\x00gs?\x1b\r\n"), 0) == "Q3 Slugs?\n\nAnswer with A3 and #GardenChat"


def test_braces_in_a_hosts_words_are_just_braces() -> None:
    assert "{{ notice }} {% for %}" in question_text(asking("{{ notice }} {% for %}"), 0)


# how they become shorter


def fitting(room: int, text: str = "Slugs?") -> str:
    return question_text(asking(text), 0, rooms=[Room(room)])


def test_how_to_answer_shortens_in_steps_until_the_question_fits() -> None:
    assert fitting(500).endswith("\n\nAnswer with A3 and #GardenChat")
    assert fitting(len("Q3 Slugs?\n\nAnswer with A3 and #GardenChat") - 1).endswith("\n\nA3 #GardenChat")
    assert fitting(len("Q3 Slugs?\n\nA3 #GardenChat") - 1).endswith("\n\n#GardenChat")


def test_a_question_that_is_too_long_is_named_with_the_characters_over() -> None:
    with pytest.raises(Mistakes, match="the question slugs is 7 characters too long for the server"):
        fitting(len("Q3 Slugs?\n\n#GardenChat") - 7)


def test_the_content_warning_takes_room_from_the_question() -> None:
    chat = asking("x" * 484, warning="slugs, in detail")

    with pytest.raises(Mistakes, match="content warning"):
        question_text(chat, 0)


def test_the_narrowest_of_several_servers_decides() -> None:
    text = question_text(asking("Slugs?"), 0, rooms=[Room(5000), Room(30)])

    assert wording.length(text) <= 30


def test_an_announcement_drops_its_reading_list_first_and_then_its_framing() -> None:
    long = garden_chat(framing="f" * 200, reading=(Reading("r" * 300, "https://x.example/"),))

    text = wording.cue_text(CueKind.ANNOUNCEMENT, SERIES, long)

    assert "f" * 200 in text
    assert "rrr" not in text
    assert "fff" not in wording.cue_text(CueKind.ANNOUNCEMENT, SERIES, long, [Room(250)])


def test_the_welcome_takes_the_short_notice_where_there_is_little_room() -> None:
    text = wording.cue_text(CueKind.WELCOME, SERIES, CHAT, [Room(390)], notice=True)

    assert wording.notice_text(SERIES, CHAT, short=True) in text


def test_a_post_never_goes_without_its_notice() -> None:
    with pytest.raises(Mistakes, match=r"the welcome is .* too long"):
        wording.cue_text(CueKind.WELCOME, SERIES, CHAT, [Room(200)], notice=True)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=600), st.integers(60, 600))
def test_whatever_a_host_writes_either_fits_or_is_a_mistake(text: str, room: int) -> None:
    try:
        posted = fitting(room, text)
    except Mistakes as found:
        assert "too long" in str(found)  # noqa: PT017
        return

    assert wording.length(posted) <= room
    assert "#GardenChat" in posted


# "Tonight so far"


def test_tonight_so_far_links_every_question_that_is_out() -> None:
    text = wording.so_far(SERIES, CHAT, [(q, f"{ADDRESS}{q.number}") for q in CHAT.questions[:2]])

    assert f"Q1 What is the first thing you plant after winter? {ADDRESS}1\nQ2 Which tool" in text
    assert "Q3" not in text


def test_tonight_so_far_promises_links_before_there_are_any() -> None:
    assert "will be linked here" in wording.so_far(SERIES, CHAT, [])


def test_tonight_so_far_begins_alike_whatever_it_links() -> None:
    linked = [(q, f"{ADDRESS}{q.number}") for q in CHAT.questions]
    opening = wording.so_far_opening(SERIES, CHAT)

    assert "Garden Chat so far:" in opening
    assert all(wording.so_far(SERIES, CHAT, linked[:n]).startswith(opening) for n in range(1, len(linked) + 1))
    assert wording.so_far_opening(SERIES, worded("so-far", "{{ asked }} See you!")) == ""


def test_tonight_so_far_drops_the_words_and_then_the_oldest_links_to_fit() -> None:
    many = [(Question(f"q{n}", n, f"Question {n} " + "word " * 30), f"{ADDRESS}{n}") for n in range(1, 31)]

    assert "Question 6 word" in wording.so_far(SERIES, CHAT, many[:4] + many[5:6])
    ten = wording.so_far(SERIES, CHAT, many[:10])
    assert f"Q1 {ADDRESS}1\nQ2 {ADDRESS}2" in ten
    thirty = wording.so_far(SERIES, CHAT, many)
    assert f"Q30 {ADDRESS}30" in thirty
    assert "…\nQ" in thirty
    assert all(wording.length(text) <= 500 for text in (ten, thirty))


def test_tonight_so_far_calls_nobody_a_second_time() -> None:
    asked = [(Question("q1", 1, "What would @amir@b.test plant in #Porto?"), ADDRESS)]

    assert f"Q1 What would amir@b.test plant in Porto? {ADDRESS}" in wording.so_far(SERIES, CHAT, asked)


# a community's own words


def test_a_community_may_word_any_post() -> None:
    chat = worded("thanks", "Obrigada! {% if guests %}E a {{ guests|upper }}.{% endif %}\n\n{{ notice }} {{ hashtag }}")

    text = wording.cue_text(CueKind.THANKS, SERIES, chat, notice=True)

    assert text.startswith("Obrigada! E a AMIR HADDAD.\n\nRosa Marques archives")


def test_a_community_may_say_the_notice_and_how_to_answer_in_its_own_language() -> None:
    own = (
        ("notice-short", "{{ operator }} guarda as respostas públicas. Para ficar de fora: “{{ word }}”."),
        ("how-to", "Respondam com {{ answer }} e {{ hashtag }}"),
    )
    chat = garden_chat(settings=garden_defaults(wording=own))

    text = question_text(chat, 2, notice=True)

    assert text.endswith(
        "Rosa Marques guarda as respostas públicas. Para ficar de fora: “stop”.\n\nRespondam com A3 e #GardenChat"
    )


def test_own_words_shorten_like_the_usual_ones() -> None:
    chat = worded("question", "{{ label }}: {{ text }} {{ notice }}\n{{ how_to }}")

    text = wording.cue_text(CueKind.QUESTION, SERIES, chat, [Room(52)], question=chat.questions[2])

    assert text == "Q3: What do you do against slugs?\nA3 #GardenChat"


def test_a_public_post_whose_words_forgot_the_hashtag_gets_it_at_the_end() -> None:
    text = wording.cue_text(CueKind.REMINDER, SERIES, worded("reminder", "Soon! (#GardenChat)"))

    assert text == "Soon! (#GardenChat)\n\n#GardenChat"


def test_a_quiet_reply_needs_no_hashtag() -> None:
    assert wording.cue_text(CueKind.LAST_CALL, SERIES, worded("last-call", "Soon over")) == "Soon over"


@pytest.mark.parametrize(
    ("kind", "source", "said"),
    [
        ("reminder", "{{ them }}", "there is no {{ them }}; did you mean {{ theme }}?"),
        ("reminder", "\n\n{{ answer }}", "line 3: there is no {{ answer }}"),
        ("reminder", "{{ theme", "line 1"),
        ("reminder", "{% if theme %}", "line 1"),
        ("question", "Hello!", "it must contain {{ how_to }} and {{ notice }} and {{ text }}"),
        ("welcome", "Hello!", "it must contain {{ notice }}"),
        ("notice", "Everything is kept.", "it must contain {{ operator }} and {{ word }}"),
        ("how-to", "{{ notice }} {{ hashtag }}", "there is no {{ notice }}"),
        ("question", "{{ text }} {{ how_to }}", "it must contain {{ notice }}"),
        ("digest", "Read!", "it must contain {{ url }}"),
        ("goodbye", "Bye", 'there is no post called "goodbye"'),
        ("reminder", "x" * 4001, "4001 characters long; 4000 are allowed"),
    ],
)
def test_mistakes_in_own_words_are_explained(kind: str, source: str, said: str) -> None:
    (mistake,) = wording.template_mistakes([(kind, source)], "garden.toml")

    assert said in str(mistake)
    assert str(mistake).startswith("garden.toml")


HOSTILE = {
    "a loop": "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "a loop over a name": "{% for letter in theme %}{{ letter }}{% endfor %}",
    "the way to the classes": "{{ theme.__class__.__mro__[1].__subclasses__() }}",
    "a subscript": "{{ theme['__class__'] }}",
    "the attr filter": "{{ theme|attr('__class__') }}",
    "the globals of a function": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "self": "{{ self._TemplateReference__context }}",
    "format": "{{ '%0999999999d'|format(1) }}",
    "format by a method": "{{ '{:>999999999}'.format(theme) }}",
    "a huge product": "{{ 'x' * 999999999 }}",
    "a huge power": "{{ 9 ** 9 ** 9 }}",
    "a wide centre": "{{ theme|center(999999999) }}",
    "doubling": "{% set a = theme %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'os' as os %}{{ os }}",
    "extends": "{% extends 'base.html' %}",
    "a call": "{{ theme() }}",
    "joined lists": "{{ [theme, theme]|join(theme) }}",
    "a test": "{{ theme is callable }}",
    "a range": "{{ range(99999)|list }}",
    "lipsum": "{{ lipsum(n=99999) }}",
    "filter block": "{% filter upper %}{{ theme }}{% endfilter %}",
    "with": "{% with a = theme %}{{ a }}{% endwith %}",
    "thousands of brackets": "{{ " + "(" * 1500 + "theme" + ")" * 1500 + " }}",
    "many conditions": "{% if theme %}" * 150 + "x" + "{% endif %}" * 150,
    "a null character": "{{ theme\x00 }}",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_template_is_a_mistake_before_it_ever_runs(source: str) -> None:
    began = time.process_time()

    assert wording.template_mistakes([("reminder", source)])
    with pytest.raises(Mistakes):
        wording.cue_text(CueKind.REMINDER, SERIES, worded("reminder", source))
    assert time.process_time() - began < 1


def test_output_of_a_megabyte_is_refused() -> None:
    chat = worded("reminder", "{{ theme }}" * 300, theme="x" * 4000)

    with pytest.raises(Mistakes, match="1200000 characters long"):
        wording.cue_text(CueKind.REMINDER, SERIES, chat)


@given(st.text(alphabet="{}%# |.()[]'\"~+-*=<>\n" + "themeifndlsforsetint", max_size=120))
def test_no_template_raises_anything_but_mistakes(source: str) -> None:
    try:
        text = wording.cue_text(CueKind.LAST_CALL, SERIES, worded("last-call", source))
    except Mistakes:
        return

    assert len(text) <= 120 * len(CHAT.theme)


@pytest.mark.parametrize("kind", list(CueKind))
def test_the_usual_words_keep_the_rules_they_ask_of_others(kind: CueKind) -> None:
    assert wording.template_mistakes([(kind.value, defaults.TEMPLATES[kind])]) == ()


def test_the_sandbox_itself_would_refuse_an_escape() -> None:
    with pytest.raises(template.WordingError):
        template.render("{{ theme.__class__.__mro__ }}", {"theme": "x"})


def test_names_join_as_a_sentence_does() -> None:
    chat = garden_chat(guests=(ROSA, AMIR, AMIR))

    assert "with Rosa Marques, Amir Haddad and Amir Haddad." in wording.cue_text(CueKind.WELCOME, SERIES, chat)


def test_a_chat_of_a_minute_lasts_one_minute_and_not_1_minutes() -> None:
    assert [values.span(timedelta(minutes=n)) for n in (1, 2, 60)] == ["one minute", "2 minutes", "one hour"]
