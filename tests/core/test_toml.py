"""TOML with the line of every value, and its faults in a volunteer's words."""

from __future__ import annotations

import time
import tomllib
import typing
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.files import forms, toml, toml_faults
from chatbot.core.files.plan_forms import PlanForm
from chatbot.core.files.settings_reading import SettingsFile

EVENING = '''\
# a remark with [brackets] and = signs
name = "Garden # Chat"   # not in the name
tags = ["a", "b",

  "c",  # last
]

[series]
text = """
[not.a.table]
x = "nor this"
"""
place.zone = 'Europe/Lisbon'
at = 2026-12-01 20:00:00

[[chat]]
theme = "one"
[[chat.question]]
text = "1.1"
poll = { options = ["yes", "no"], open_for = "1d" }

[[chat]]
[[chat.question]]
[[chat.question]]
text = "2.2"
"quoted key" . sub = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("name",), 2),
        (("tags",), 3),
        (("tags", 0), 3),
        (("tags", 2), 5),
        (("series",), 8),
        (("series", "text"), 9),
        (("series", "place", "zone"), 13),
        (("series", "at"), 14),
        (("chat", 0), 16),
        (("chat", 0, "theme"), 17),
        (("chat", 0, "question", 0, "text"), 19),
        (("chat", 0, "question", 0, "poll", "options", 1), 20),
        (("chat", 0, "question", 0, "poll", "open_for"), 20),
        (("chat", 1), 22),
        (("chat", 1, "question", 0), 23),
        (("chat", 1, "question", 1, "text"), 25),
        (("chat", 1, "question", 1, "quoted key", "sub"), 26),
    ],
)
def test_every_value_has_its_line(path: toml.Path, line: int) -> None:
    assert line == toml.read(EVENING, "a.toml").lines[path]


def test_what_is_not_in_the_file_has_the_line_of_what_is_around_it() -> None:
    document = toml.read(EVENING, "a.toml")

    assert document.line(("chat", 0, "date")) == 16
    assert document.line(("chat", 0, "theme", "some-union-tag")) == 17
    assert document.line(("nowhere",)) == 1


plain = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
leaves = st.one_of(st.integers(-9, 9), st.booleans(), plain)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3), max_leaves=12
)


def written(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(name)} = {written(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",\n ".join(written(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value).lower()


def paths(value: object, above: toml.Path = ()) -> set[toml.Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {above}.union(*(paths(item, (*above, name)) for name, item in inner))


@given(st.dictionaries(plain, values, max_size=4))
def test_no_value_is_without_a_line(content: dict[str, object]) -> None:
    text = "\n".join(f"{written(name)} = {written(value)}" for name, value in content.items())
    document = toml.read(text, "a.toml")

    assert tomllib.loads(text) == document.values
    assert paths(content) <= set(document.lines)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # a slip that can be read as it was meant: the value, and what is said of it
        ("a = “Soil”", "Soil | 2: curly quotes"),
        ("a = “Don’t you like “hedges”?” # hm", "Don’t you like “hedges”? | 2: curly quotes"),
        ("a = ‘Soil’", "Soil | 2: curly quotes"),
        ('a = "Soil”', "Soil | 2: curly quotes"),
        ("a = „Boden“", "Boden | 2: curly quotes"),
        ("a = «Terra»", "Terra | 2: curly quotes"),
        ("a = 20:00", '20:00 | 2: a time needs quotes: write a = "20:00"'),
        ("a = 20.00 # eight", "20.0 | "),
        ("a = #LibChat", "#LibChat | 2: after # everything counts as a comment, so #LibChat is not seen"),
        ("a = LibChat", 'LibChat | 2: text needs quotes around it: write a = "LibChat"'),
        (
            'a = What do you feed it?"',
            'What do you feed it? | 2: text needs quotes around it: write a = "What do you feed it?"',
        ),
        ("a = What's up?'", "What's up?' | 2: text needs quotes around it: write a = \"What's up?'\""),
        ("a = +12m", '+12m | 2: text needs quotes around it: write a = "+12m"'),
        ("a = True", "True | 2: True is not a value here: write a = true, in small letters"),
        ("a = no", "False | 2: no is not a value here: write a = false"),
        ("a: Soil", "Soil | 2: there is a colon after `a`"),
        ('a: "Soil"', "Soil | 2: there is a colon after `a`"),
        ("a = 2026-02-30", "2026-02-30 | 2: 2026-02-30 is not a date of the calendar"),
        ("a = 1.12.2026", "1.12.2026 | 2: 1.12.2026 is not a date of the calendar"),
        ('a = "C:\\Users\\rita"', "C:\\Users\\rita | 2: a backslash"),
        ('a = "What is a "hedge"?"', 'What is a "hedge"? | 2: the text ends too early'),
        ('a = "Soil', 'Soil | 2: the text begins with " and does not end'),
        ("a = 'Soil", "Soil | 2: the text begins with ' and does not end"),
        ("a\u00a0= \u200b1", "1 | 2: something invisible is in this line"),
        ('a = "So\0il"', "Soil | 2: a control character (number 0)"),
        ("a\t=\t1", "1 | "),
        ('a = "سؤال عن التربة؟"', "سؤال عن التربة؟ | "),
        ('a = "🌱👩🏽‍🌾"', "🌱👩🏽‍🌾 | "),
    ],
)
def test_a_slip_is_told_and_read_as_it_was_meant(line: str, expected: str) -> None:
    document = toml.read(f"first = 1\n{line}\nlast = 2", "a.toml")
    value, said = expected.split(" | ")

    assert value == str(document.values["a"])
    assert document.values["last"] == 2
    assert [f"a.toml:{said}"] * bool(said) == [str(mistake)[: len(said) + 7] for mistake in document.mistakes]


def test_single_brackets_of_a_part_that_repeats_are_told_once_and_read_as_they_were_meant() -> None:
    questions = "".join(f'[chat.question]\ntext = "{n}?"\n' for n in range(1, 7))

    document = toml.read(f"[chat]\n{questions}", "f")

    assert len(document.mistakes) == 1
    assert [question["text"] for question in document.values["chat"]["question"]] == [f"{n}?" for n in range(1, 7)]


def lists_of(form: type[forms.Form], above: str = "") -> Iterator[str]:
    for name, field in form.model_fields.items():
        inner = forms._form_in(field.annotation)
        if inner is not None:
            if typing.get_origin(field.annotation) is list:
                yield above + name
            yield from lists_of(inner, f"{above}{name}.")


def test_the_parts_that_may_repeat_are_those_of_the_forms() -> None:
    assert {*lists_of(PlanForm), *lists_of(SettingsFile)} == set(toml_faults.LISTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = 2\na = 3", "f:3: `a` is here twice, first in line 1"),
        ("[series]\na = 1\n[series]\nb = 1", "f:3: [series] is here twice, first in line 1"),
        (
            "[[chat]]\n[chat.question]\na = 1\n[chat.question]\na = 2\n[[chat.question]]\na = 3",
            "f:2: [chat.question] stands here several times, but in single brackets a heading may stand only once:"
            " write [[chat.question]] each time",
        ),
        ("[chat]\na = 1\n[[chat]]\na = 2", "f:1: [chat] stands here several times"),
        ("[[chat]\na = 1", "f:1: the heading [[chat] is not closed: write [[chat]]"),
        ("[chat\na = 1", "f:1: the heading [chat is not closed: write [chat]"),
        ('tags = ["a", "b"\nzone = "x"', "f:1: the list that begins here with [ never ends"),
        ('tags = [\n  "a"\n  "b"\n]', "f:3: a comma is missing before this value"),
        ("tags = [#Garden, #Chat]\nb = 1", "f:1: after # everything counts as a comment, so #Garden is not seen"),
        ('b = 1\na = """\nnever\nends', 'f:2: the text that begins here with """ never ends'),
        ("a =\nb = 1", "f:1: nothing comes after `a =`"),
        ("What grows here?\nb = 1", "f:1: this line has no name and no equals sign"),
        ("a = 1 b = 2", "f:1: text needs quotes around it"),
        ("x = " + "[" * 5000, "f: brackets stand in brackets, hundreds deep"),
        ("x = " + "1" * 5000, "f: a number is far too long"),
        ("x = 1\n" * 200_000, "f: the file has 1,200,000 characters"),
    ],
)
def test_a_fault_has_its_line_and_what_to_do(text: str, expected: str) -> None:
    try:
        found = toml.read(text, "f").mistakes
    except Mistakes as error:
        found = error.mistakes

    assert str(found[0]).startswith(expected)
    assert found[0].todo


def test_every_fault_is_told_in_one_round() -> None:
    text = 'a = “x”\nb = 20:00\nnothing here\nc = #tag\nd = "x\n\ne = yes\nb = 3'
    with pytest.raises(Mistakes) as found:
        toml.read(text, "f")

    assert [mistake.line for mistake in found.value.mistakes] == [1, 2, 3, 4, 5, 7, 8]


def test_a_text_that_runs_on_is_one_fault_and_not_two() -> None:
    with pytest.raises(Mistakes) as found:
        toml.read('text = "What is\na hedge?"\nb = 20:00', "f")

    assert [mistake.line for mistake in found.value.mistakes] == [1, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_what_windows_editors_do_to_a_file_is_no_mistake(encoding: str, ending: str) -> None:
    data = ending.join(["a = 'ä'", "", "b = 2"]).encode(encoding)
    document = toml.read(toml.decode(data, "f"), "f")

    assert document.values == {"a": "ä", "b": 2}
    assert document.line(("b",)) == 3


@pytest.mark.parametrize("data", [b"a = 1\nb = '\xe4'\n", b"\x00\x01\n\xff\xfe"])
def test_a_file_that_is_not_utf_8_says_where(data: bytes) -> None:
    with pytest.raises(Mistakes, match="f:2: a character here is not in UTF-8: save the file"):
        toml.decode(data, "f")


@given(st.text(st.sampled_from("ab1 =#.,:“”\"'[]{}\n\\\t-\u00a0\0"), max_size=60))
def test_no_text_does_more_than_have_mistakes(text: str) -> None:
    mistakes: tuple[Mistake, ...] = ()
    try:
        mistakes = toml.read(text, "f").mistakes
    except Mistakes as found:
        mistakes = found.mistakes

    assert all("\n" not in str(mistake) for mistake in mistakes)


def test_ten_thousand_faulty_lines_are_read_in_a_moment() -> None:
    began = time.process_time()
    with pytest.raises(Mistakes) as found:
        toml.read("\n".join(f"question {number}: What grows?" for number in range(10_000)), "f")

    assert time.process_time() - began < 5
    assert "there may be more" in str(found.value.mistakes[-1])
