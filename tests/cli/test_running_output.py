"""What a person reads in `status`: calm when all is well, loud when not, never wider than the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click import unstyle

from chatbot.cli import running_output
from chatbot.cli.running_output import Program
from chatbot.core.nights.phases import Phase
from chatbot.core.talk.overview import ChatOverview, Late, Read, Standing, Untold
from chatbot.health import Beat, Verdict

README = Path(__file__).parents[2] / "README.md"
NOW = datetime(2026, 12, 1, 20, 20, tzinfo=UTC)
FINE = Verdict(True, "Running: the last tick was 0 s ago.")


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def chat(**changes: object) -> ChatOverview:
    usual = {
        "chat": "gardenchat-2026-12-01",
        "title": "Garden Chat “Soil”",
        "zone": "Europe/Lisbon",
        "starts_at": NOW - timedelta(minutes=20),
        "ends_at": NOW + timedelta(minutes=40),
        "state": "ready",
        "phase": Phase.LIVE,
        "next": Standing("Q3", "gardenbot", NOW + timedelta(minutes=1, seconds=5)),
        "sent": 6,
        "waiting": 5,
    }
    return ChatOverview(**{**usual, **changes})  # type: ignore[arg-type]


def beat(**changes: object) -> Beat:
    usual = {"tick": NOW.isoformat(), "pid": 7, "since": (NOW - timedelta(hours=2)).isoformat()}
    return Beat(**{**usual, **changes})  # type: ignore[arg-type]


def shown(one: ChatOverview, written: Beat | None = None) -> list[str]:
    return [unstyle(line) for line in running_output.lines([one], Program(FINE, written), NOW)]


READS = (
    Read("gardenbot", "mention", NOW - seconds(12), 4),
    Read("gardenbot", "stream", NOW - seconds(3), 12),
    Read("gardenbot", "tag", NOW - seconds(12), 41),
    Read("gardenbot", "thread", NOW - seconds(11), 15, "The server did not answer."),
    Read("gardenbot", "host", NOW, 9),
    Read("far.test", "vantage", NOW - seconds(70), 3),
)


def test_a_quiet_evening_is_calm() -> None:
    punctual = Late("Q2", "gardenbot", seconds(0.3))
    collected = NOW - seconds(11)
    one = chat(last=punctual, latest=punctual, reads=READS, collected_at=collected, posts=75, newest_took=seconds(2.4))
    left = {"gardenbot": {"lists": [17, 20], "threads": [28, 30], "served": 212, "until": "2026-12-01T20:25:00+00:00"}}

    lines = shown(one, beat(budget=left | {"far.test": {"lists": [5, 6], "threads": None}}))
    in_readme = README.read_text("utf-8").partition("While a chat goes on it looks like this")[2].split("```")[1]
    assert lines == in_readme.removeprefix("text\n").splitlines()


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        (timedelta(minutes=3), "  begins     tonight 20:23; about to begin"),
        (timedelta(), "  began      tonight 20:20; going on"),
        (-timedelta(minutes=65), "  began      tonight 19:15; just over, published"),
    ],
)
def test_a_chat_goes_on_from_its_start_to_its_end(starts: timedelta, said: str) -> None:
    one = chat(starts_at=NOW + starts, ends_at=NOW + starts + timedelta(hours=1), is_published="over" in said)

    assert shown(one)[3] == said


def test_what_needs_a_person_stands_out() -> None:
    doubt = Standing("the welcome", "gardenbot", NOW - timedelta(minutes=25), "the server did not answer")
    late = Late("Q1", "gardenbot", timedelta(minutes=2, seconds=5))
    one = chat(
        state="paused",
        not_sure=(doubt,),
        failed=(doubt,),
        skipped=(doubt,),
        last=Late("Q2", "gardenbot", seconds(0.2)),
        latest=late,
        untold=(Untold("email", 1, "The mail server refused the e-mail for good (it said 550)."), Untold("bot", 2)),
    )
    styled = list(running_output.lines([one], Program(FINE), NOW))
    said = [unstyle(line) for line in styled]

    assert "  PAUSED     nothing goes out until `chatbot resume gardenchat-2026-12-01`" in said
    assert "  posts      6 out, 5 to go; Q1 was 2 min 5 s late, the last one on time" in said
    assert "  NOT TOLD   2 notices to hosts could not be delivered by private message from" in said
    assert "  NOT TOLD   1 notice to hosts could not be delivered by e-mail: The mail server" in said
    alarming = [unstyle(line)[2:12].rstrip() for line in styled if "\x1b[31m" in line]
    assert alarming == ["PAUSED", "NOT SURE", "FAILED", "dropped", "NOT TOLD", "NOT TOLD"]


def test_a_program_in_trouble_says_so() -> None:
    lines = shown(chat(), beat(failures=2, overdue_since=NOW.isoformat()))

    assert lines[1:3] == [
        "It started 2 h ago; a post is late.",
        "2 things failed since and were tried again; the log says what.",
    ]


@pytest.mark.parametrize("width", ["40", "60", "80", "200"])
def test_no_line_is_wider_than_the_terminal(width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    long = Standing("Q3", "gardenbot", NOW, "word " * 60)
    lines = shown(chat(failed=(long,), not_sure=(long,), untold=(Untold("notify", 3, "word " * 60),)), beat())

    assert max(map(len, lines[4:])) <= min(int(width), 100) + (4 if width == "40" else 0)


def test_what_is_no_terminal_gets_whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    long = Standing("Q3", "gardenbot", NOW, "word " * 60)

    assert any(line.startswith("  FAILED     Q3") and line.count("word") == 60 for line in shown(chat(failed=(long,))))


@pytest.mark.parametrize("took", [2.4, 71, 7385])
def test_a_number_and_its_unit_stay_on_one_line(took: float, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in range(50, 90):
        monkeypatch.setenv("COLUMNS", str(width))
        lines = shown(chat(collected_at=NOW - seconds(took), newest_took=seconds(took), posts=7))
        assert not [line for line in lines if line[-1:].isdigit()]


@pytest.mark.parametrize(
    "odd", [{"a": 7}, {"a": {}}, {"a": {"lists": "x"}}, [], {"a": {"lists": [1, 2], "until": "soon", "served": 3}}]
)
def test_a_file_of_another_version_spoils_nothing(odd: dict[str, object]) -> None:
    assert shown(chat(), beat(budget=odd, since="yesterday"))[0] == FINE.says


def test_json_holds_the_same() -> None:
    one = chat(reads=READS, newest_took=seconds(2.4), latest=Late("Q2", "gardenbot", seconds(0.3)))
    body = json.loads(running_output.to_json([one], Program(FINE, beat(budget={"gardenbot": {"lists": (17, 20)}}))))

    (read,) = [read for read in body["chats"][0]["reads"] if read["route"] == "tag"]
    assert (body["chats"][0]["newest_took"], body["chats"][0]["latest"]["by"], read["brought"]) == (2.4, 0.3, 41)
    assert body["running"]["beat"]["budget"]["gardenbot"]["lists"] == [17, 20]
