"""Whatever a host does to a plan, whenever: no cue goes out twice, what left stays as it is, the rest is as planned."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot import config as configuration
from chatbot.core.errors import ChatbotError
from chatbot.core.model import CueKind, DeliveryState
from chatbot.core.nights import again, timetable
from chatbot.core.plan import How
from chatbot.store.engine import open_store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.changing import SERIES, Evening

START = datetime.fromisoformat("2026-11-30 19:00+00:00")
WORDS = ("What grows?", "What ate it?", "Which tool?", "Who taught you?", "Any frost?")
_ONCE_A_DAY = (CueKind.ANNOUNCEMENT, CueKind.REMINDER, CueKind.WELCOME, CueKind.THANKS)
_OUT = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNKNOWN)


@dataclass(frozen=True)
class Change:
    """What stands in the file from now on, how what is out is corrected, and how long nothing happens then."""

    day: int
    start: str
    length: int
    theme: str
    questions: tuple[str, ...]
    cancelled: bool
    ready: bool
    how: How | None
    minutes: int
    loses_an_answer: bool

    @property
    def text(self) -> str:
        asked = "".join(f'[[chat.question]]\ntext = "{text}"\n' for text in self.questions)
        says = f"cancelled = {str(self.cancelled).lower()}\nready = {str(self.ready).lower()}"
        when = f'date = 2026-12-{self.day:02}\nstart = "{self.start}"\nlength = "{self.length}m"'
        return f'{SERIES}\n[[chat]]\ntheme = "{self.theme}"\n{when}\n{says}\n{asked}'


changes = st.builds(
    Change,
    day=st.sampled_from([1, 1, 1, 2]),
    start=st.sampled_from(["20:00", "20:00", "20:20"]),
    length=st.sampled_from([60, 60, 30, 90]),
    theme=st.sampled_from(["Winter", "Winter", "Frost"]),
    questions=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True).map(tuple),
    cancelled=st.sampled_from([False, False, False, False, True]),
    ready=st.sampled_from([True, True, True, True, False]),
    how=st.sampled_from([None, "edit", "reply", "none"]),
    minutes=st.sampled_from([0, 1, 5, 20, 70, 24 * 60]),
    loses_an_answer=st.booleans(),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(changes, min_size=1, max_size=4), st.sampled_from([0, 65, 66, 75, 90]))
def test_any_sequence_of_changes_keeps_the_promises(told: list[Change], first: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "chats").mkdir()
        (place / "chatbot.toml").write_text('[accounts.gardenbot]\nserver = "https://a.test"\n', encoding="utf-8")
        clock = FixedClock(START)
        store = open_store(f"sqlite:///{place / 'chat.db'}")
        try:
            garden = FakePlatform(clock)
            evening = Evening(store, configuration.load(str(place / "chatbot.toml"), {}), clock, garden)
            _play(evening, told, first)
        finally:
            store.close()


def _play(evening: Evening, told: list[Change], first: int) -> None:
    evening.apply(Change(1, "20:00", 60, "Winter", WORDS[:3], False, True, None, 0, False).text)
    _let_pass(evening, timedelta(minutes=60 * 24 + first))
    for change in told:
        before = {row.id: row for row in evening.rows() if row.state is not DeliveryState.WAITING}
        with contextlib.suppress(ChatbotError):  # a question before one that was asked, a name that is taken
            evening.apply(change.text, change.how)
            _is_as_planned(evening)
        assert before == {row.id: row for row in evening.rows() if row.id in before}
        if change.loses_an_answer:
            evening.garden.next_publish(loses_the_answer=True)
        _let_pass(evening, timedelta(minutes=change.minutes))
    _let_pass(evening, timedelta(days=2))
    _nothing_is_twice(evening)


def _let_pass(evening: Evening, time: timedelta) -> None:
    evening.run((evening.clock() + time).strftime("%Y-%m-%d %H:%M:%S"), steps=20_000)


def _is_as_planned(evening: Evening) -> None:
    """What waits of each chat of the file is what a fresh run sheet has, without what is out."""
    for stored in evening.all_chats():
        rows = [row for row in evening.rows(stored.chat.id) if row.is_cue and not row.is_correction]
        sheet = timetable.run_sheet(stored.series, stored.chat, evening.config.timing)
        wanted = {cue.key: cue for cue in again.numbered(sheet, rows, stored.series.zone, evening.clock())}
        gone = {row.key for row in rows if row.state is not DeliveryState.WAITING}
        waiting = {row.key: row for row in rows if row.state is DeliveryState.WAITING}

        assert wanted.keys() - gone == waiting.keys()
        for key, row in waiting.items():
            assert wanted[key].due_at == row.due_at or row.attempts
            assert wanted[key].draft == row.draft or row.attempts


def _nothing_is_twice(evening: Evening) -> None:
    rows = [row for s in evening.all_chats() for row in evening.rows(s.chat.id) if row.is_cue and row.state in _OUT]

    assert len(evening.own()) == len(rows) == len({row.local_id for row in rows})
    assert len(evening.own()) == len(evening.garden.published)
    asked = [(row.chat, row.question) for row in rows if row.is_question]
    assert len(asked) == len(set(asked))
    told = [(row.chat, row.kind, row.due_at.date()) for row in rows if row.kind in _ONCE_A_DAY]
    assert len(told) == len(set(told))
