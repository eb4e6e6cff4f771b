"""Plans and drafts survive the way to JSON and back."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.model import Draft
from chatbot.core.nights.preview import Server
from chatbot.core.plan import Chat, Defaults, Person, Question, Reading, Series
from chatbot.core.value import Value, replace
from chatbot.store.codec import from_json, to_json
from tests.people import garden_chat, garden_defaults, garden_series

_PLAIN: dict[object, st.SearchStrategy[object]] = {
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    int: st.integers(0, 2**53),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.integers(0, 7_000_000_000_000_000).map(
        lambda micros: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    ),
    timedelta: st.timedeltas(timedelta(0), timedelta(days=400)),
}


@cache
def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Make values of a type, every field of a value filled, down to the last one within."""
    inner = get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, Value):
        return st.builds(kind, **{name: anything(hint) for name, hint in get_type_hints(kind).items()})
    if get_origin(kind) is Literal:
        return st.sampled_from(inner)
    if get_origin(kind) is tuple and inner[-1] is not ...:
        return st.tuples(*map(anything, inner))
    if get_origin(kind) is tuple:
        return st.lists(anything(inner[0]), max_size=3).map(tuple)
    if inner:
        return st.one_of(*map(anything, inner))
    return st.sampled_from(kind)  # an enum


@pytest.mark.parametrize("kind", [Series, Chat, Draft, Server])
def test_whatever_is_stored_comes_back_the_same(kind: type[Any]) -> None:
    @settings(max_examples=40)
    @given(anything(kind))
    def survives(value: object) -> None:
        again = from_json(kind, to_json(value))

        assert (value, repr(value)) == (again, repr(again))  # also 1 is not True, and a tuple no list

    survives()


def test_everything_a_series_and_a_chat_may_hold_survives() -> None:
    defaults = garden_defaults(
        wording=(("welcome", "{{ theme }}"), ("question", "{{ text }}")), blocked_words=("spam",), last_call=True
    )
    series = garden_series(cohosts=("bia@c.test",), first_date="2026-01-06", defaults=defaults)
    chat = garden_chat(settings=defaults, reading=(Reading("Slugs", "https://x.test/é?a=1&b=2"),), secret=True)

    assert series == from_json(Series, to_json(series))
    assert chat == from_json(Chat, to_json(chat))


def test_numbers_stay_numbers_and_wrap_stays_a_word() -> None:
    for number in (0, 7, "wrap", None):
        question = Question("x", number, "y")  # type: ignore[arg-type]

        again = from_json(Question, to_json(question))
        assert (number, type(number)) == (again.number, type(again.number))


def test_equal_values_give_equal_text() -> None:
    assert to_json(garden_chat()) == to_json(replace(garden_chat()))


def test_what_an_older_chatbot_did_not_write_gets_its_default() -> None:
    old = json.loads(to_json(garden_chat()))
    del old["secret"], old["settings"]["last_call"]

    assert garden_chat() == from_json(Chat, json.dumps(old))


def test_what_a_newer_chatbot_wrote_is_ignored() -> None:
    new = json.loads(to_json(Defaults())) | {"moon_phase": "waxing"}

    assert Defaults() == from_json(Defaults, json.dumps(new))


def test_an_instant_of_another_zone_is_the_same_instant_afterwards() -> None:
    lisbon_summer = datetime(2026, 7, 7, 20, 0, tzinfo=timezone(timedelta(hours=1)))
    question = Question("q1", 1, "?", at=lisbon_summer)

    assert lisbon_summer == from_json(Question, to_json(question)).at


def test_a_broken_column_is_an_error_and_not_a_half_value() -> None:
    with pytest.raises(ValueError, match="name"):
        from_json(Person, '{"account": "rosa@a.test"}')


def test_no_field_of_a_plan_is_forgotten() -> None:
    written = json.loads(to_json(garden_chat()))

    assert set(Chat.__struct_fields__) == set(written)


_THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import make_dataclass
from threading import Barrier
from chatbot.store.codec import from_json

sys.setswitchinterval(1e-6)
names, together = [f"f{n}" for n in range(30)], Barrier(4)

def read(kind):
    together.wait()
    return from_json(kind, "{}")

with ThreadPoolExecutor(4) as threads:
    for _ in range(30):
        inner = [make_dataclass(f"Inner{n}", [(name, "int | None", None) for name in names]) for n in range(5)]
        kind = make_dataclass("Kind", [(f"i{n}", one | None, None) for n, one in enumerate(inner)])
        assert [kind()] * 4 == list(threads.map(read, [kind] * 4))
"""


def test_threads_that_read_their_first_plan_together_do_not_end_the_process() -> None:
    assert 0 == subprocess.run([sys.executable, "-c", _THREADS], check=False).returncode
