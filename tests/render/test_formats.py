"""Each form keeps its own promises: JSON its schema, CSV its cells, Atom and iCalendar their standards."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from chatbot.core.model import Span
from chatbot.core.pages import transcript
from chatbot.core.pages.naming import Names
from chatbot.core.text import spans_from_text
from chatbot.core.value import replace
from chatbot.render import data, feed, html, ics, markdown, rows, site, table, text
from tests.core.evening import Evening
from tests.replays.script import read
from tests.replays.test_replays import HERE, SCRIPTS, build

SCHEMA = json.loads((Path(__file__).parents[2] / "config" / "export.schema.json").read_text("utf-8"))
ATOM = "{http://www.w3.org/2005/Atom}"
KINDS: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None),
}  # fmt: skip


def faults(value: Any, schema: dict[str, Any], at: str = "$") -> list[str]:
    """Check a value against the part of JSON Schema that ours uses."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type", [])
    allowed = tuple(KINDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))
    if allowed and not isinstance(value, allowed):
        return [f"{at} is no {kinds}"]
    found = [] if value == schema.get("const", value) and value in schema.get("enum", [value]) else [f"{at}: {value!r}"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{at} is {value!r}")
    if isinstance(value, dict):
        found += [f"{at} lacks {key}" for key in schema.get("required", []) if key not in value]
        parts = schema.get("properties", {})
        others = schema.get("additionalProperties", {})
        found += [f for key, part in value.items() for f in faults(part, parts.get(key, others), f"{at}.{key}")]
    if isinstance(value, list):
        found += [f for n, part in enumerate(value) for f in faults(part, schema.get("items", {}), f"{at}[{n}]")]
    return found


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_json_is_as_its_schema_says(script: Path) -> None:
    assert faults(json.loads(data.write(build(script))), SCHEMA) == []


def test_json_says_where_every_post_stands_and_of_hidden_ones_nothing_else() -> None:
    told = json.loads(data.write(build(HERE / "garden.chat")))
    hidden = [post for post in told["posts"] if post["state"] in ("left_out", "queued")]
    both = next(post for post in told["posts"] if "under glass" in (post["text"] or ""))

    assert both["answers"] == [1, 2]
    assert {post["state"] for post in hidden} == {"left_out", "queued"}
    assert all(post["uri"] is post["author"] is post["text"] is None for post in hidden)
    assert all(post["why"] and post["by"] for post in hidden)


@settings(deadline=None)
@given(some.text(max_size=40))
def test_no_cell_can_become_a_formula(cell: str) -> None:
    safe = table.harmless(cell)

    assert isinstance(safe, str)
    assert safe.lstrip(" \u00a0\ufeff")[:1] not in set("=+-@\t\r\n|%") or safe.startswith("'")
    assert safe.removeprefix("'") == cell.removeprefix("'") or safe == cell


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_csv_has_a_row_for_every_post(script: Path) -> None:
    view = build(script)
    lines = list(csv.DictReader(io.StringIO(table.write(view).decode("utf-8-sig"), newline="")))

    assert len(lines) == view.numbers.posts + len(view.left_out)
    assert all(None not in line and None not in line.values() for line in lines)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_atom_is_well_formed_and_every_entry_has_what_a_reader_needs(script: Path) -> None:
    root = ElementTree.fromstring(feed.write(build(script)))
    entries = root.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in entries]

    assert len(set(ids)) == len(ids) > 0
    assert all(re.fullmatch(r"tag:[a-z.]+,\d{4}-\d\d-\d\d:\S+", name) for name in ids)
    assert all(entry.findtext(f"{ATOM}updated") and entry.findtext(f"{ATOM}title") for entry in entries)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("", "spoiler", "A1 leeks 1/2 #GardenChat\n\nContent warning: spoiler"),
        ("spoiler", "", "Content warning: spoiler"),
        ("", "", "A1 leeks 1/2 #GardenChat\n\nand the ending 2/2 #GardenChat"),
    ],
)
def test_a_feed_tells_nothing_that_a_content_warning_folds_away(first: str, second: str, told: str) -> None:
    evening = Evening()
    evening.asks_all()
    evening.says("ana", "A1 leeks 1/2 #GardenChat", warning=first)
    evening.says("ana", "and the ending 2/2 #GardenChat", warning=second)
    [entry] = ElementTree.fromstring(feed.write(transcript.build(evening.record()))).findall(f"{ATOM}entry")

    assert entry.findtext(f"{ATOM}content") == told


def test_what_a_row_stands_under_is_a_row() -> None:
    evening = Evening()
    evening.asks_all()
    one = evening.says("ana", "A2 leeks #GardenChat")
    two = evening.says("ben", "A1 & A2 leeks and rakes 1/2", reply_to=one)
    evening.says("ben", "2/2 and patience", reply_to=two)
    every = rows.rows(transcript.build(evening.record()))

    assert {row.under for row in every if row.under} <= {row.id for row in every}


def test_control_characters_break_no_feed() -> None:
    record = read((HERE / "garden.chat").read_text("utf-8"))
    odd = tuple(replace(post, spans=(Span("text", "A1 \x0b\x00\x1b\ufffe"),)) for post in record.posts)
    made = feed.write(transcript.build(replace(record, posts=odd)))

    assert ElementTree.fromstring(made).findall(f"{ATOM}entry") != []


def test_a_calendar_says_when_and_never_changes_by_itself() -> None:
    view = build(HERE / "garden.chat")
    event = icalendar.Calendar.from_ical(ics.write(view)).walk("VEVENT")[0]

    assert event["dtstart"].dt == datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
    assert event["uid"] == "gardenchat-2026-12-01@a.test"
    assert event["dtstamp"].dt == view.updated_at


WORDS = some.text(alphabet=some.sampled_from("#*_[]()<>!`~|\\-+=.:1 a\nh\t$&"), max_size=60)


@settings(deadline=None)
@given(WORDS)
def test_markdown_shows_anybodys_words_as_words(words: str) -> None:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(markdown.escaped(words))
    inside = [child.type for token in tokens for child in token.children or ()]

    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    assert set(inside) <= {"text", "softbreak", "text_special"}


@settings(deadline=None)
@given(some.text(max_size=80))
def test_plain_text_keeps_everybodys_words_away_from_the_margin(words: str) -> None:
    assert all(line.startswith("      ") for line in text._wrapped(words, "      "))


@settings(deadline=None)
@given(some.text(max_size=60))
def test_words_on_a_page_are_escaped(words: str) -> None:
    made = str(html.words(spans_from_text(words)))

    assert re.sub(r"</?(a|span|bdi)( [^<>]*)?>", "", made).count("<") == 0


@settings(deadline=None)
@given(some.text(alphabet=some.sampled_from("@noraNORA.c test/:https"), max_size=50))
def test_however_a_hidden_person_is_named_the_account_does_not_remain(words: str) -> None:
    names = Names({}, {"nora@c.test": "[someone]", "@nora": "[someone]", "https://c.test/@nora": "[someone]"})
    left = "".join(span.text for span in names.redact(spans_from_text(f"{words} @nora@c.test and @Nora!")))

    assert "@nora@c.test and" not in left.lower()
    assert not left.lower().endswith("@nora!")


def test_robots_may_read_that_they_are_not_to_index_and_ai_may_not_read() -> None:
    told = site.robots()

    assert told.endswith("User-agent: *\nDisallow:\n")
    assert "User-agent: GPTBot\n" in told
    assert told.count("Disallow: /\n") == 1


def archive_of(*scripts: str) -> str:
    made = site.Site("Garden chats")
    for script in scripts:
        list(made.chat(transcript.build(read(script))))
    return dict(made.front())["index.html"].decode()


def test_an_archive_of_many_years_leads_to_each_of_them() -> None:
    garden = (HERE / "garden.chat").read_text("utf-8")
    page = archive_of(garden, garden.replace("date 2026", "date 2024"))

    assert 'href="#gardenchat-2026" aria-label="Garden Chat 2026">2026</a>' in page
    assert '<h2 id="gardenchat-2024">Garden Chat 2024</h2>' in page
    assert 'aria-label="Years"' not in archive_of(garden)


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Berlin", "Tuesday 1 December 2026, 21:00–22:00 Berlin time (20:00–21:00 UTC)"),
        ("Europe/Lisbon", "Tuesday 1 December 2026, 20:00–21:00 Lisbon time (the same in UTC)"),
        ("Etc/UTC", "Tuesday 1 December 2026, 20:00–21:00 UTC"),
        (
            "Asia/Kolkata",
            "Wednesday 2 December 2026, 01:30–02:30 Kolkata time (Tuesday 1 December 2026, 20:00–21:00 UTC)",
        ),
    ],
)
def test_when_a_chat_was_is_told_in_its_own_time_and_in_utc_each_once(zone: str, told: str) -> None:
    view = build(HERE / "garden.chat")

    assert rows.when(replace(view, zone=zone)) == told


def test_a_chat_that_nobody_answered_says_so_and_counts_nobody() -> None:
    plan = "series Garden Chat #GardenChat UTC\ndate 2026-12-01 20:00 60 minutes\nhost rosa@a.test Rosa\nQ1 Hello?\n"
    page = html.write(transcript.build(read(plan + "20:03 Q1\n21:05 published"))).decode()

    assert "1 question, and no post that is shown here." in page
    assert "publishes no names" not in page
    assert 'id="people"' not in page


def test_the_words_index_cuts_no_word_in_two() -> None:
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
    plan = "series Lib #lib UTC\ndate 2026-12-01 20:00 60 minutes\nQ1 Hello?\n20:03 Q1\n"
    script = f"{plan}20:04 ana@a.test >Q1  A1 {long} {'a' * 90}"
    made = site.Site("Chats")
    list(made.chat(transcript.build(read(script))))
    page = dict(made.front())["search.html"].decode()

    assert f'<dt dir="auto">{long.lower()}</dt>' in page
    assert "aaaa" not in page


def test_a_word_of_many_answers_leads_to_its_chats() -> None:
    plan = "series Lib #lib UTC\ndate 2026-12-01 20:00 60 minutes\ntheme Heaps\nQ1 Hello?\n20:03 Q1\n"
    said = "\n".join(f"20:{4 + nth:02} p{nth}@a.test >Q1  A1 Compost" for nth in range(13))
    made = site.Site("Chats")
    list(made.chat(transcript.build(read(plan + said))))
    page = dict(made.front())["search.html"].decode()

    assert '<dd><a href="lib/lib-2026-12-01/index.html"><bdi>Heaps</bdi>, 2026-12-01</a></dd>' in page


@pytest.mark.parametrize("write", [markdown.write, text.write])
def test_a_question_nobody_answered_says_so_and_is_no_empty_heading_of_the_digest(write: Any) -> None:
    whole = build(HERE / "garden.chat")
    first, *others = whole.questions
    told = write(replace(whole, questions=(replace(first, answers=(), talk=()), *others), links=())).decode()

    assert told.count("No answers.") == 1
    assert told.count(first.title) == 1
