"""Two chats under one hashtag, the second inside the first one's late window: each page shows its own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.core.model import Draft
from chatbot.core.pages import transcript
from chatbot.core.pages.shown import Transcript
from chatbot.core.plan import Chat
from chatbot.store import chats, forgetfile, records, tables
from chatbot.store.codec import to_json
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.people import STARTS, garden_chat
from tests.stages.gardens import CHAT, Garden


class TwoChats(Garden):
    """A garden chat, and the next one: a week later, or on the same evening."""

    def then(self, later: timedelta, state: str = "ready") -> Chat:
        self.following = garden_chat(starts_at=STARTS + later, id="the-next")
        with self.store.write() as conn:
            chats.save_chat(conn, self.following, state=state, file=None, file_hash=None, now=STARTS)
        self.clock.to(self.following.starts_at)
        self.asked = self.platform.post(self.platform.account, "Q1 Which rake? #GardenChat")
        sent = {"state": "sent", "server": "a.test", "local_id": self.asked.local_id, "uri": self.asked.uri}
        plan = {"key": "the-next/question/q1/1", "chat": "the-next", "kind": "question", "question": "q1"}
        times = dict.fromkeys(("due_at", "grace_until", "posted_at", "changed_at"), self.asked.at)
        row = {"account": "gardenbot", "lateness": "ask", "draft": to_json(Draft("Q1")), **plan, **times, **sent}
        with self.store.write() as conn:
            conn.execute(tables.outbox.insert().values(row))
        return self.following

    def answers(self, chat: str = CHAT) -> list[str]:
        return ["".join(span.text for span in a.post.spans) for q in self.view(chat).questions for a in q.answers]

    def view(self, chat: str = CHAT) -> Transcript:
        self.collector.collect(chat)
        with self.store.read() as conn:
            return transcript.build(records.load(conn, chat, forgetfile.read(self.config.state)))


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path) -> TwoChats:
    return TwoChats(store, clock, garden, tmp_path)


@pytest.mark.parametrize("later", [timedelta(days=7), timedelta(hours=3)], ids=["next week", "the same evening"])
def test_each_answer_stands_with_the_chat_that_asked(g: TwoChats, later: timedelta) -> None:
    g.post("@ana@b.test", "A1 leeks #GardenChat")
    g.then(later)
    g.post("@ben@c.test", "A1 the wooden one #GardenChat", reply_to=g.asked)
    g.post("@cleo@c.test", "A1 any, and you? #GardenChat")
    g.post("@dora@d.test", "A1 still leeks #GardenChat", reply_to=g.questions[0])

    assert g.answers() == ["A1 leeks #GardenChat", "A1 still leeks #GardenChat"]
    assert g.answers("the-next") == ["A1 the wooden one #GardenChat", "A1 any, and you? #GardenChat"]


def test_what_the_next_chat_has_is_not_called_missing_here(g: TwoChats) -> None:
    g.post("@ana@b.test", "A1 leeks #GardenChat")
    before = g.view().missing
    g.then(timedelta(days=7))
    g.post("@olaf@c.test", "Lovely light #GardenChat")
    g.post("@nora@c.test", "A1 roses #GardenChat")

    assert g.view().missing == before
    assert g.view().numbers.people == 1


def test_a_chat_that_does_not_take_place_takes_no_answers(g: TwoChats) -> None:
    g.then(timedelta(days=6), state="cancelled")
    g.post("@cleo@c.test", "A1 leeks, late #GardenChat")

    assert g.answers() == ["A1 leeks, late #GardenChat"]
