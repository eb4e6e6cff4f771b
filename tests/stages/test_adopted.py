"""Whoever asked a question by hand and wants to be left out: the question stays, and nothing leads to them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from chatbot.core.errors import ChatbotError
from chatbot.core.model import CueKind, Draft, Lateness, Visibility, Word
from chatbot.core.nights import wording
from chatbot.core.pages import transcript
from chatbot.core.pages.shown import QuestionSection
from chatbot.stages import keep, planning, publish
from chatbot.stages.deliver import Lane, by_address
from chatbot.stages.planning.repeating import Wish
from chatbot.store import adopted, chats, claims, outbox, records, so_far, tables
from chatbot.store.codec import to_json
from chatbot.store.engine import Store
from chatbot.store.rows import Row
from tests.fakes import FakePlatform, FixedClock, person
from tests.people import garden_series
from tests.stages.gardens import CHAT, Garden, bytes_of, settings
from tests.stages.nights import CHAT as NIGHT
from tests.stages.nights import Night

NORA = person("@nora@c.test")  # a co-host in November, when she asked; the plan does not name her any more
TRACES = (b"nora", b"c.test/")
ASKED = "Q3 What do you do against slugs? #GardenChat"


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path) -> Garden:
    """An evening on which Nora asked Q3 by hand, "Tonight so far" links it, and Ana and Ben answered."""
    g = Garden(store, clock, garden, tmp_path)
    _so_far(g)
    by_hand = g.post(NORA, ASKED)
    g.post("@ana@b.test", "A3 Beer! #GardenChat")
    g.post("@ben@d.test", "Toads and patience #GardenChat", reply_to=by_hand)
    with store.write() as conn:
        claims.insert_adopted(conn, CHAT, "q3", "gardenbot", by_hand, clock())
        so_far.put_edit(conn, CHAT, "gardenbot", g.config.timing, clock())
    _deliver(g)
    assert by_hand.url in _links(g)
    g.collect()
    clock.to(g.chat.ends_at + timedelta(minutes=6))
    publish.approve(store, g.config, CHAT, "rosa@a.test", clock())
    assert b"@nora" in bytes_of(g.config.archive.folder)
    return g


def _so_far(g: Garden) -> None:
    """Let "Tonight so far" be out."""
    made = g.platform.post(g.platform.account, wording.so_far(garden_series(), g.chat, []))
    place = {"state": "sent", "server": "a.test", "local_id": made.local_id, "uri": made.uri, "url": made.url}
    row = {"key": f"{CHAT}/so-far//1", "account": "gardenbot", "chat": CHAT, "kind": CueKind.SO_FAR.value, **place}
    draft = to_json(Draft(made.spans[0].text, Visibility.UNLISTED))
    times = {"due_at": made.at, "grace_until": made.at, "posted_at": made.at, "changed_at": made.at}
    with g.store.write() as conn:
        conn.execute(tables.outbox.insert().values(**row, **times, draft=draft, lateness=Lateness.SKIP.value))


def _deliver(g: Garden) -> None:
    """Let the lane do everything that is due."""
    lane = Lane(g.store, g.platform, g.config.timing, g.clock, g.clock.sleep, g.clock.monotonic, "test")
    for _ in range(50):
        lane.step()


def _links(g: Garden) -> str:
    """Return "Tonight so far" as it stands on the network."""
    return next(post for post in g.platform.posts.values() if post.edited_at).spans[0].text


def _question(g: Garden) -> Row:
    with g.store.read() as conn:
        return next(row for row in outbox.of_chat(conn, CHAT) if row.question == "q3")


def _section(g: Garden) -> QuestionSection:
    with g.store.read() as conn:
        record = records.load(conn, CHAT, keep.forgotten(g.config))
    return next(one for one in transcript.build(record).questions if one.id == "q3")


@pytest.mark.parametrize("word", [Word.FORGET, Word.STOP])
def test_the_question_stays_and_leads_to_nobody(g: Garden, word: Word) -> None:
    keep.say(g.store, g.config, NORA, word, g.clock())
    publish.heed(g.store, g.config, g.clock())
    _deliver(g)

    row, section = _question(g), _section(g)
    assert (row.uri or "").startswith("empty:")
    assert (row.url, row.local_id, row.state.value) == (None, None, "sent")
    assert "c.test" not in _links(g)
    assert [(one.uri, one.url) for one in section.asked] == [("", "")]
    assert (section.text, section.not_asked) == ("What do you do against slugs?", "")
    assert len(section.answers) + len(section.talk) == 2
    for trace in TRACES:
        assert trace not in bytes_of(g.config.archive.folder).lower()
    assert b"What do you do against slugs?" in bytes_of(g.config.archive.folder)


def test_of_who_is_forgotten_no_byte_is_left(g: Garden, tmp_path: Path) -> None:
    keep.forget_person(g.store, g.config, NORA, g.clock())
    publish.heed(g.store, g.config, g.clock())

    for trace in TRACES:
        assert trace not in bytes_of(tmp_path).lower()
    _deliver(g)
    g.restarted()
    g.collect()
    for trace in TRACES:
        assert trace not in bytes_of(tmp_path).lower()


def test_it_cannot_be_asked_again_with_a_link_and_that_is_said(g: Garden) -> None:
    keep.say(g.store, g.config, NORA, Word.STOP, g.clock())
    with g.store.read() as conn:
        stored = chats.find(conn, CHAT)
    assert stored is not None

    during = g.chat.starts_at + timedelta(minutes=40)
    with pytest.raises(ChatbotError, match="by somebody who wants to be left out: there is no post that may be linked"):
        planning.ask_again(g.store, stored, Wish("3", "rosa"), g.config.timing, during)


def test_who_comes_back_is_linked_again(g: Garden) -> None:
    before = _question(g)
    keep.say(g.store, g.config, NORA, Word.STOP, g.clock())
    keep.say(g.store, g.config, NORA, Word.START, g.clock.forward(minutes=1))
    g.collect()

    after = _question(g)
    assert (after.uri, after.url, after.local_id) == (before.uri, before.url, before.local_id)


def test_a_restored_backup_leads_to_nobody_of_whom_no_post_was_stored(g: Garden) -> None:
    keep.forget_person(g.store, g.config, NORA, g.clock())
    post = g.post(NORA, "Q4 How do you make compost? #GardenChat")
    with g.store.write() as conn:  # as it would stand in a backup
        claims.insert_adopted(conn, CHAT, "q4", "gardenbot", post, g.clock())
        assert adopted.accounts(conn) == {"nora@c.test"}

    assert keep.apply_forget_list(g.store, g.config, g.clock()) == 1
    assert keep.apply_forget_list(g.store, g.config, g.clock()) == 0
    with g.store.read() as conn:
        assert adopted.accounts(conn) == frozenset()


# what is posted by hand later


def test_the_bot_asks_by_itself_when_a_host_who_is_out_asks_by_hand(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path
) -> None:
    night = Night(store, clock, garden).plan()
    is_out = partial(keep.is_out, store, settings(tmp_path))
    night.lane = Lane(store, garden, night.timing, clock, clock.sleep, clock.monotonic, "test", is_out=is_out)
    keep.say(store, settings(tmp_path), person("@ana@a.test"), Word.STOP, clock())
    night.run("2026-12-01 20:11")
    by_hand = garden.post("@ana@a.test", "Q2 What ate your beans? #GardenChat")
    with store.read() as conn:
        stored = chats.find(conn, NIGHT)
    assert stored is not None
    word = by_address.Word("2", by_hand.url, "ana")
    with pytest.raises(ChatbotError, match="who asked to be left out, so nothing of it may be kept and nothing was ch"):
        by_address.adopt_address(store, garden, stored, word, night.timing, clock(), is_out)
    night.run("2026-12-01 22:30")

    assert night.asked() == ["Q1", "Q2", "Q3"]
