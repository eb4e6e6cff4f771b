"""Plan files: what a host writes becomes series, chats and questions, or every mistake in it at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.files import planfile
from chatbot.core.plan import Chat, Series

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SERIES = """\
[series]
name = "Garden Chat"
short_name = "gardenchat"
hashtags = ["#GardenChat", "garden_chat", "GardenChat"]
zone = "Europe/Lisbon"
start = "20:00"
rhythm = "FREQ=MONTHLY;BYDAY=1TU"
accounts = ["gardenbot"]
[[series.host]]
name = "Rita"
account = "@rita@a.test"
"""
CHAT = """\
[[chat]]
theme = "Soil"
date = 2026-12-01
ready = true
[[chat.question]]
text = "One?"
"""


def read(text: str, now: datetime = NOW) -> planfile.Plan:
    return planfile.read_plan(text, "p.toml", {}, now)


def chat_with(lines: str, now: datetime = NOW) -> Chat:
    """Read a chat on 1 December 2026 that holds these lines."""
    return read(f"{SERIES}\n[[chat]]\ntheme = 'Soil'\ndate = 2026-12-01\n{lines}", now).chats[0]


def mistakes(text: str, now: datetime = NOW) -> list[str]:
    with pytest.raises(Mistakes) as found:
        read(text, now)
    return [str(mistake) for mistake in found.value.mistakes]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_sample_works_as_it_is() -> None:
    sample = Path(__file__).parents[2] / "config/chats/gardenchat.toml"
    plan = read(sample.read_text("utf-8"))

    assert plan.series is not None
    assert (plan.series.id, plan.series.name) == ("gardenchat", "Garden Chat")
    assert [chat.id for chat in plan.chats] == ["gardenchat-2026-12-01"]
    assert [question.id for question in plan.chats[0].questions] == ["q1", "q2", "q3", "q4", "q5", "q6"]
    assert plan.warnings == ()


def test_a_series_is_read_whole() -> None:
    series = planfile.read_series(SERIES + CHAT, "p.toml")

    assert series.hashtags == ("GardenChat", "garden_chat")
    assert tuple(host.account for host in series.hosts) == ("rita@a.test",)
    assert (60, timedelta(days=7)) == (series.defaults.minutes, series.defaults.late_window)


def test_a_chat_has_its_instants_and_its_name() -> None:
    chat = read(SERIES + CHAT).chats[0]

    assert chat.id == "gardenchat-2026-12-01"
    assert (utc("2026-12-01 20:00"), utc("2026-12-01 21:00")) == (chat.starts_at, chat.ends_at)
    assert utc("2026-12-08 21:00") == chat.late_until
    assert not chat.is_past


def test_a_second_chat_that_day_has_a_name_of_its_own() -> None:
    plan = read(SERIES + CHAT + CHAT + CHAT)

    assert [c.id for c in plan.chats] == ["gardenchat-2026-12-01", "gardenchat-2026-12-01-2", "gardenchat-2026-12-01-3"]
    assert chat_with("session = 2").id == "gardenchat-2026-12-01-2"


def test_a_chat_without_a_date_is_the_next_one_that_is_free() -> None:
    plan = read(SERIES + CHAT + "[[chat]]\ntheme = 'Seeds'\n[[chat]]\ntheme = 'Weeds'\n")

    assert [chat.id.removeprefix("gardenchat-") for chat in plan.chats] == ["2026-12-01", "2027-01-05", "2027-02-02"]
    assert any("taken for the next one, 2027-01-05" in str(warning) for warning in plan.warnings)


def test_numbers_and_ids_come_by_themselves_and_can_be_said() -> None:
    chat = chat_with(
        """
        [[chat.question]]
        number = 0
        text = "Who are you?"
        [[chat.question]]
        text = "One?"
        [[chat.question]]
        id = "roses"
        text = "Two?"
        [[chat.question]]
        number = "none"
        text = "A song"
        [[chat.question]]
        text = "Three?"
        [[chat.question]]
        number = "wrap"
        text = "And now?"
        """
    )

    assert [(question.id, question.number) for question in chat.questions] == [
        ("q0", 0),
        ("q1", 1),
        ("roses", 2),
        ("part-4", None),
        ("q3", 3),
        ("wrap", "wrap"),
    ]


def test_an_unnumbered_chat_has_no_numbers() -> None:
    chat = chat_with('unnumbered = true\n[[chat.question]]\ntext = "One?"\n[[chat.question]]\ntext = "Two?"')

    assert [(q.id, q.number, q.label) for q in chat.questions] == [("part-1", None, ""), ("part-2", None, "")]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ('"+12m"', "2026-12-01 20:12"),
        ('"+1h"', "2026-12-01 21:00"),
        ('"+30s"', "2026-12-01 20:00:30"),
        ('"20:12"', "2026-12-01 20:12"),
        ('"2026-12-01 20:12"', "2026-12-01 20:12"),
    ],
)
def test_a_question_is_asked_at_an_offset_or_a_local_time(at: str, expected: str) -> None:
    assert utc(expected) == chat_with(f'[[chat.question]]\ntext = "One?"\nat = {at}').questions[0].at


def test_a_chat_may_go_past_midnight_and_over_days() -> None:
    late = chat_with('start = "23:30"\n[[chat.question]]\ntext = "One?"\nat = "00:10"')
    slow = chat_with('slow = true\nlength = "3d"\n[[chat.question]]\ntext = "1?"\nat = "+1d 1h"')

    assert utc("2026-12-02 00:10") == late.questions[0].at
    assert utc("2026-12-02 21:00") == slow.questions[0].at
    assert slow.settings.minutes == 3 * 24 * 60


def test_a_chat_overrides_what_its_series_decides() -> None:
    text = SERIES + '[series.defaults]\nconsent = "opt-in"\nnames = "initials"\n' + CHAT
    chat = read(text.replace("ready = true", 'ready = true\nnames = "none"\nheads_up = true')).chats[0]

    assert (chat.settings.consent, chat.settings.names, chat.settings.heads_up) == ("opt-in", "none", True)


def test_own_words_replace_those_of_the_series_by_kind() -> None:
    words = '[series.defaults.wording]\nreminder = "Soon! {{ hashtags }}"\nheads-up = "Next!"\n'
    chat = read(SERIES + words + CHAT + '[chat.wording]\nreminder = "Now! {{ hashtags }}"').chats[0]

    assert dict(chat.settings.wording) == {"reminder": "Now! {{ hashtags }}", "heads-up": "Next!"}


def test_a_question_carries_picture_warning_poll_and_language() -> None:
    chat = chat_with(
        """
        [[chat.question]]
        text = "Dig?"
        language = "pt"
        warning = "mud"
        poll = { options = ["Yes", "No"], open_for = "2d", multiple = true }
        [[chat.question]]
        text = "And this?"
        picture = "mud.jpg"
        alt = "A muddy path"
        """
    )
    poll, picture = chat.questions

    assert poll.poll is not None
    assert (("Yes", "No"), timedelta(days=2), True) == (poll.poll.options, poll.poll.open_for, poll.poll.multiple)
    assert (poll.language, poll.warning) == ("pt", "mud")
    assert (picture.picture, picture.alt) == ("mud.jpg", "A muddy path")


def test_a_picture_stands_beside_the_plan() -> None:
    text = SERIES + CHAT + 'picture = "pots/a.jpg"\nalt = "pots"'
    plan = planfile.read_plan(text, "/srv/chats/p.toml", {}, NOW)

    assert plan.chats[0].questions[0].picture == "/srv/chats/pots/a.jpg"


def test_a_past_chat_says_when_its_questions_were_asked_and_where() -> None:
    text = """
        [[chat.question]]
        text = "One?"
        asked_at = ["20:05", 2026-12-01T20:20:00Z, "2026-12-01 20:30", "2026-12-02T09:00:00+01:00"]
        uris = ["https://a.test/1", "https://a.test/2", "https://a.test/3", "https://a.test/4"]
        """
    chat = chat_with(text, now=utc("2027-01-01 00:00"))

    assert chat.is_past
    assert [utc("2026-12-01 20:05"), utc("2026-12-01 20:20"), utc("2026-12-01 20:30"), utc("2026-12-02 08:00")] == list(
        chat.questions[0].asked_at
    )
    assert len(chat.questions[0].uris) == 4


def test_a_time_that_the_clocks_skip_is_later_and_said() -> None:
    text = (SERIES + CHAT).replace("2026-12-01", "2027-03-28").replace('"20:00"', '"01:30"')
    plan = read(text)

    assert utc("2027-03-28 01:30") == plan.chats[0].starts_at  # 02:30 by the clock
    assert any("01:30 does not exist on 2027-03-28" in str(warning) for warning in plan.warnings)


def test_a_chat_may_stand_in_a_file_of_its_own() -> None:
    series = planfile.read_series(SERIES, "s.toml")
    known = {"gardenchat": series, "other": Series("other", "Other", ("O",), "UTC", ("x",), ())}
    named = planfile.read_plan('[chat]\nseries = "gardenchat"\ndate = "2026-12-01"', "c.toml", known, NOW)

    assert tuple(chat.id for chat in named.chats) == ("gardenchat-2026-12-01",)
    assert planfile.read_chat(CHAT, "c.toml", series, NOW).id == "gardenchat-2026-12-01"


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ('theme = "Soil"\n', "a theme"),
        ("ready = true\n", "ready = true"),
        ('[[chat.question]]\ntext = "One?"', "questions"),
    ],
)
def test_a_chat_that_will_post_nothing_says_what_it_lacks(lacking: str, said: str) -> None:
    warnings = read(SERIES + CHAT.replace(lacking, "")).warnings

    assert [f"nothing will be posted for gardenchat-2026-12-01: it lacks {said}"] == [w.what for w in warnings]


def test_a_series_without_a_host_or_a_future_is_warned_of() -> None:
    over = SERIES.split("[[series.host]]")[0].replace("BYDAY=1TU", "BYDAY=1TU;UNTIL=20200101")

    assert [w.what for w in read(over).warnings] == ["the series has no host", "by this rule no further chat will come"]


FAULTS: dict[str, Any] = {
    "unknown key": ("theme =", "tehme =", ['p.toml:13: `tehme` is not known here: did you mean "theme"?']),
    "unknown key, nothing like it": ("theme =", "xyzzy =", ["p.toml:13: `xyzzy` is not known here: here may stand"]),
    "unknown part": ("[[chat.question]]", "[[chat.questions]]", ["`questions` is not known here: did you mean"]),
    "unknown zone": (
        "Europe/Lisbon",
        "Europe/Lisboa",
        ['p.toml:5: `zone`: "Europe/Lisboa" is not a time zone: did you'],
    ),
    "a city alone": ("Europe/Lisbon", "lisbon", ['did you mean "Europe/Lisbon"?']),
    "an old zone": ("Europe/Lisbon", "CET", ['"CET" is not a time zone']),
    "missing": ('name = "Garden Chat"\n', "", ['p.toml:1: `name` is missing: write for example name = "Garden Chat"']),
    "wrong kind": ("ready = true", 'ready = "true"', ['p.toml:15: `ready` needs true or false, not the text "true"']),
    "wrong kind of list": ('["gardenbot"]', '"gardenbot"', ["p.toml:8: `accounts` needs a list, not the text"]),
    "empty list": ('["gardenbot"]', "[]", ["p.toml:8: `accounts` needs at least 1"]),
    "impossible date": ("2026-12-01", '"2026-02-30"', ['p.toml:14: `date`: "2026-02-30" is not a date']),
    "impossible bare date": ("2026-12-01", "2026-02-30", ["p.toml:14: 2026-02-30 is not a date of the calendar"]),
    "date with a time": ("2026-12-01", "2026-12-01T20:00:00", ["p.toml:14: `date`:", "write only the date"]),
    "far date": ("2026-12-01", "3026-12-01", ['p.toml:14: `date`: "3026-12-01" is too far away']),
    "no such time": ('"20:00"', '"25:00"', ['p.toml:6: `start`: "25:00" is not a time of day']),
    "bare time": ('"20:00"', "20:00", ['p.toml:6: a time needs quotes: write start = "20:00"']),
    "hostile rule": (
        "FREQ=MONTHLY;BYDAY=1TU",
        "FREQ=SECONDLY",
        ["p.toml:7: `rhythm`: the rule says FREQ=SECONDLY: only"],
    ),
    "rule without beginning": ("BYDAY=1TU", "BYDAY=1TU;INTERVAL=2", ["p.toml:7: the rule does not say", "first_date"]),
    "hashtag with a space": (
        '"garden_chat"',
        '"garden chat"',
        ['p.toml:4: `hashtags`: "garden chat" is not a hashtag'],
    ),
    "hashtag of digits": ('"garden_chat"', '"2026"', ["p.toml:4:", "is not a hashtag"]),
    "no account": ("@rita@a.test", "rita", ['p.toml:11: `account`: "rita" is not the address of an account']),
    "short name": ('"gardenchat"', '"Garden Chat"', ['p.toml:3: `short_name`: "Garden Chat" cannot be a short name']),
    "off the record": (
        "ready = true",
        "off_the_record = true",
        ["p.toml:15: `off_the_record`: off-the-record chats do"],
    ),
    "empty text": ('text = "One?"', 'text = " "', ["p.toml:17: `text`: nothing is written there"]),
    "control character": ('"One?"', '"One\\u0000?"', ["p.toml:17: `text`: a control character (number 0)"]),
    "picture without alt": (
        '"One?"',
        '"One?"\npicture = "a.jpg"',
        ["p.toml:18: `picture`: the picture has no description"],
    ),
    "alt without picture": ('"One?"', '"One?"\nalt = "a"', ["p.toml:18: `alt`: there is no picture"]),
    "picture from the web": (
        '"One?"',
        '"One?"\npicture = "https://x.test/a"\nalt = "a"',
        ["p.toml:18:", "save it as a file"],
    ),
    "poll of one": ('"One?"', '"One?"\npoll = { options = ["a"] }', ["p.toml:18: `options` needs at least 2"]),
    "poll of five": (
        '"One?"',
        '"One?"\npoll.options = ["a", "b", "c", "d", "e"]',
        ["p.toml:18: `options` may hold at most 4"],
    ),
    "poll of twins": ('"One?"', '"One?"\npoll.options = ["a", "A"]', ["p.toml:18:", "two of the answers are the same"]),
    "poll too short": ('"One?"', '"One?"\npoll = {options = ["a", "b"], open_for = "1m"}', ["5 minutes to 30 days"]),
    "poll and picture": (
        '"One?"',
        '"One?"\npicture = "a.jpg"\nalt = "a"\npoll.options = ["a", "b"]',
        ["p.toml:20: `poll`: a post cannot have both"],
    ),
    "number": (
        '"One?"',
        '"One?"\nnumber = "first"',
        ['p.toml:18: `number`: "first" cannot be the number of a question'],
    ),
    "negative number": ('"One?"', '"One?"\nnumber = -1', ["p.toml:18: `number`:"]),
    "true for a number": ('"One?"', '"One?"\nnumber = true', ["p.toml:18: `number`:"]),
    "id": ('"One?"', '"One?"\nid = "q/1"', ['p.toml:18: `id`: "q/1" cannot be an id']),
    "offset": ('"One?"', '"One?"\nat = "12 minutes"', ['p.toml:18: `at`: "12 minutes" is not a time within a chat']),
    "offset after the end": (
        '"One?"',
        '"One?"\nat = "+61m"',
        ['p.toml:18: "+61m" is outside the chat: it lasts 60 minutes'],
    ),
    "asked in the future": ('"One?"', '"One?"\nasked_at = ["20:05"]', ["p.toml:18: the chat is still to come"]),
    "posts without times": (
        '"One?"',
        '"One?"\nuris = ["https://a.test/1"]',
        ["p.toml:18: `uris`: there are 1 posts and 0"],
    ),
    "enumeration": (
        "ready = true",
        'consent = "optin"',
        ['p.toml:15: `consent` cannot be "optin": did you mean "opt-in"?'],
    ),
    "length": ("ready = true", 'length = "an hour"', ['p.toml:15: `length`: "an hour" is not a length of time']),
    "length of nothing": ("ready = true", 'length = "0m"', ["p.toml:15: `length` cannot be that"]),
    "length as a number": (
        "ready = true",
        "length = 60",
        ["p.toml:15: `length` needs a length of time, not the number 60"],
    ),
    "unknown wording": ("ready = true", 'wording.greeting = "x"', ["p.toml:15: `wording`: there is no post called"]),
    "unknown placeholder": ("ready = true", 'wording.reminder = "{{ tiem }}"', ["p.toml:15: the wording of reminder"]),
    "loop in a wording": ("ready = true", 'wording.reminder = "{% for a in b %}{% endfor %}"', ["p.toml:15:", "loop"]),
    "unknown rule": (
        "ready = true",
        'automatic = ["bots"]',
        ['p.toml:15: there is no rule "bots": did you mean "bot"?'],
    ),
    "two numbers": (
        '"One?"',
        '"One?"\n[[chat.question]]\nnumber = 1\ntext = "a"',
        ["p.toml:19: two questions have the number 1"],
    ),
    "two ids": (
        '"One?"',
        '"One?"\n[[chat.question]]\nid = "q1"\ntext = "a"',
        ['p.toml:19: two questions have the id "q1"'],
    ),
    "not in order": (
        '"One?"',
        '"One?"\nat = "+20m"\n[[chat.question]]\ntext = "a"\nat = "+10m"',
        ["p.toml:21: it is asked before the question above it"],
    ),
    "number in an unnumbered chat": (
        "ready = true\n[[chat.question]]",
        "unnumbered = true\n[[chat.question]]\nnumber = 1",
        ["p.toml:17: the chat is unnumbered"],
    ),
    "another series": ("ready = true", 'series = "gardenchut"', ['there is no series "gardenchut": did you mean']),
    "same session": (
        "ready = true",
        "session = 1\n[[chat]]\ndate = 2026-12-01\nsession = 1",
        ["two chats of gardenchat"],
    ),
    "curly quotes": ('"Soil"', "“Soil”", ["p.toml:13: curly quotes"]),
}


@pytest.mark.parametrize(("before", "after", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_mistake_has_its_line_and_what_to_do(before: str, after: str, expected: list[str]) -> None:
    text = (SERIES + CHAT).replace(before, after, 1)
    assert text != SERIES + CHAT
    said = mistakes(text)

    assert len(said) == 1
    assert all(part in said[0] for part in expected)


def test_every_mistake_is_told_in_one_round() -> None:
    text = (
        (SERIES + CHAT)
        .replace('name = "Garden Chat"\n', "")
        .replace('"20:00"', "20:00")
        .replace("Europe/Lisbon", "Europe/Lisboa")
        .replace("theme", "tehme")
        .replace('text = "One?"', 'text = “One?”\nnumber = "first"\npicture = "a.jpg"\n[[chat]]\ndate = "2026-02-30"')
    )

    assert [int(line.split(":")[1]) for line in mistakes(text)] == [1, 4, 5, 12, 16, 17, 20]


def test_two_things_missing_in_one_place_are_two_mistakes() -> None:
    said = mistakes(SERIES.replace('name = "Garden Chat"\n', "").replace('zone = "Europe/Lisbon"\n', ""))

    assert [line.split(": ")[1] for line in said] == ["`name` is missing", "`zone` is missing"]


def test_a_file_without_anything_says_so() -> None:
    assert mistakes("") == ["p.toml:1: there is neither a series nor a chat in this file: compare it with the sample"]
    assert mistakes('chat = "x"')[0].startswith('p.toml:1: `chat` needs a list, not the text "x": write it in')


def test_a_chat_of_nobody_says_which_series_there_are() -> None:
    assert any("not said which series" in line and "none is known yet" in line for line in mistakes(CHAT))


def test_a_chat_without_date_in_a_series_without_rhythm_needs_one() -> None:
    text = SERIES.replace('rhythm = "FREQ=MONTHLY;BYDAY=1TU"\n', "") + "[[chat]]\ntheme = 'a'"

    assert [line.split(": add")[0] for line in mistakes(text)] == [
        "p.toml:11: the chat has no date, and the series no rhythm to take it from"
    ]


def test_right_to_left_text_and_emoji_are_kept_as_they_are() -> None:
    words = "ما الذي ينمو في حديقتك؟ 🌱👩🏽‍🌾 ‏(نعم)‏"

    assert words == chat_with(f'[[chat.question]]\ntext = "{words}"').questions[0].text


SAMPLE = (Path(__file__).parents[2] / "config/chats/gardenchat.toml").read_text("utf-8")


@given(st.integers(0, len(SAMPLE)), st.integers(0, 60), st.text(st.sampled_from('“”"[]{}=#.,\n\\\0 0a:'), max_size=6))
@settings(deadline=None, max_examples=80)
def test_a_damaged_plan_has_mistakes_and_nothing_worse(at: int, length: int, instead: str) -> None:
    found: tuple[Mistake, ...] = ()
    try:
        read(SAMPLE[:at] + instead + SAMPLE[at + length :])
    except Mistakes as error:
        found = error.mistakes

    assert all(mistake.what and "\n" not in str(mistake) for mistake in found)


def test_a_file_of_thousands_of_chats_is_told_to_be_too_long() -> None:
    assert mistakes(SERIES + "[[chat]]\n" * 1001) == ["p.toml:12: `chat` may hold at most 1000"]


def test_twenty_years_of_past_chats_are_read() -> None:
    text = SERIES + "".join(
        f'[[chat]]\ndate = {date(2005, 1, 4) + timedelta(weeks=week)}\n[[chat.question]]\ntext = "{week}?"\n'
        for week in range(1000)
    )

    assert len({chat.id for chat in read(text).chats}) == 1000
