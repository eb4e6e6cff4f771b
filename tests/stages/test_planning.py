"""Plan files into the database: once, in words, and never over a person's head."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chatbot import config as settings
from chatbot.config import Config
from chatbot.core.errors import ChatbotError, Mistakes
from chatbot.core.model import CueKind, DeliveryState
from chatbot.core.nights import timetable
from chatbot.core.nights.preview import Server
from chatbot.core.nights.wording import Room
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.stages import planning, preview
from chatbot.store import chats, outbox, servers
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock

NIGHT = "gardenchat-2026-12-01"

SETTINGS = """
[accounts.gardenbot]
server = "https://a.test"
"""

SERIES = """
[series]
name = "Garden Chat"
short_name = "gardenchat"
hashtags = ["GardenChat"]
zone = "Europe/Lisbon"
accounts = ["gardenbot"]
operator = "Rosa Marques"
[[series.host]]
name = "Rosa Marques"
account = "rosa@a.test"
"""

CHAT = """
[[chat]]
theme = "Winter gardens"
date = 2026-12-01
start = "20:00"
ready = true
[[chat.question]]
text = "What do you plant first?"
[[chat.question]]
text = "What do you do against slugs?"
[[chat.question]]
text = "What will you try next year?"
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "chats").mkdir()
    (tmp_path / "chatbot.toml").write_text(SETTINGS, encoding="utf-8")
    return settings.load(str(tmp_path / "chatbot.toml"), {})


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock("2026-11-22 12:00")


class Desk:
    """A host at the keyboard: writes the plan file and applies it."""

    def __init__(self, store: Store, config: Config, clock: FixedClock) -> None:
        self.store, self.config, self.clock = store, config, clock
        self.file = config.chats / "gardenchat.toml"

    def write(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")

    def apply(self, text: str | None = None, *, force: bool = False) -> planning.Applied:
        if text is not None:
            self.write(text)
        return planning.apply(self.store, self.file, self.config, self.clock(), force)

    def rows(self, chat: str = NIGHT) -> list[outbox.Row]:
        with self.store.read() as conn:
            return outbox.of_chat(conn, chat)

    def stored(self, chat: str = NIGHT) -> chats.StoredChat:
        with self.store.read() as conn:
            found = chats.find(conn, chat)
        assert found is not None
        return found

    def texts(self) -> str:
        return "\n".join(row.draft.text for row in self.rows())

    def sent(self, kind: CueKind) -> None:
        """Let a post be out."""
        (row,) = [row for row in self.rows() if row.kind == kind and row.state is DeliveryState.WAITING][:1]
        with self.store.write() as conn:
            from chatbot.store import tables  # a test may look under the bonnet

            conn.execute(tables.outbox.update().where(tables.outbox.c.id == row.id).values(state="sent", attempts=1))


@pytest.fixture
def desk(store: Store, config: Config, clock: FixedClock) -> Desk:
    return Desk(store, config, clock)


# taking in


def test_a_new_plan_is_stored_with_its_posts(desk: Desk) -> None:
    applied = desk.apply(SERIES + CHAT)

    assert ("series gardenchat: new", f"{NIGHT}: new", f"{NIGHT}: posts: 8 new") == applied.lines
    assert desk.stored().state == "ready"
    assert len(desk.rows()) == 8
    assert {DeliveryState.WAITING} == {row.state for row in desk.rows()}


def test_applying_twice_changes_nothing(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    before, rows = desk.stored(), desk.rows()
    desk.clock.forward(hours=1)

    applied = desk.apply()

    assert (applied.lines, applied.changed) == ((), False)
    assert (before, rows) == (desk.stored(), desk.rows())


def test_a_reworded_question_keeps_its_place_in_the_outbox(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    keys = [(row.id, row.key) for row in desk.rows()]

    applied = desk.apply(SERIES + CHAT.replace("against slugs", "about snails"))

    assert keys == [(row.id, row.key) for row in desk.rows()]
    assert "about snails" in desk.texts()
    assert applied.lines[0].startswith(f"{NIGHT}: question q2, text: “What do you do against slugs?” -> “What do")
    assert applied.lines[1] == f"{NIGHT}: posts: 1 changed"


def test_a_question_added_and_one_taken_out_are_said(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)

    applied = desk.apply(SERIES + CHAT.replace('text = "What do you plant first?"', 'id = "hello"\ntext = "Hello?"'))

    assert f"{NIGHT}: question q1 taken out" in applied.lines
    assert f"{NIGHT}: question hello added: “Hello?”" in applied.lines
    assert {"hello", "q2", "q3", None} == {row.question for row in desk.rows()}


def test_what_is_out_stays_as_it_is(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    desk.sent(CueKind.ANNOUNCEMENT)

    desk.apply(SERIES + CHAT.replace("Winter gardens", "Compost"))

    announcement, reminder = desk.rows()[:2]
    assert "Winter gardens" in announcement.draft.text
    assert "Compost" in reminder.draft.text


def test_a_draft_posts_nothing_and_taking_ready_back_takes_its_posts_back(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)

    applied = desk.apply(SERIES + CHAT.replace("ready = true", ""))

    assert desk.stored().state == "draft"
    assert desk.rows() == []
    assert "draft, nothing is posted until" in applied.lines[-1]
    assert "8 taken back" in applied.lines[-1]


def test_a_chat_applied_after_its_end_is_a_past_chat(desk: Desk) -> None:
    desk.clock.to("2027-01-20 12:00")

    applied = desk.apply(SERIES + CHAT)

    assert desk.rows() == []
    assert desk.stored().chat.is_past
    assert "a past chat: nothing is posted" in applied.lines[-1]


def test_a_chat_applied_at_the_last_moment_leaves_out_what_is_over(desk: Desk) -> None:
    desk.clock.to("2026-12-01 18:00")
    desk.apply(SERIES + CHAT)
    first, *others = desk.rows()

    # due 22 hours ago, six hours of grace: it never was late, it was never planned
    assert (first.kind, first.state, first.reason) == (CueKind.ANNOUNCEMENT, DeliveryState.SKIPPED, "planned-late")
    assert {DeliveryState.WAITING} == {row.state for row in others}


def test_a_new_host_in_the_series_reaches_the_posts_of_chats_from_other_files(desk: Desk) -> None:
    desk.apply(SERIES)
    night = desk.config.chats / "night.toml"
    night.write_text('[[chat]]\nseries = "gardenchat"\n' + CHAT.removeprefix("\n[[chat]]\n"), encoding="utf-8")
    planning.apply(desk.store, night, desk.config, desk.clock())

    applied = desk.apply(SERIES.replace('name = "Rosa Marques"\naccount', 'name = "Bia Lopes"\naccount'))

    assert f"{NIGHT}: posts: 1 changed" in applied.lines
    assert "Hosted by Bia Lopes" in desk.texts()


# what people decided


WITH_TAG = CHAT.replace("ready = true", 'ready = true\nhashtags = ["SlugClub"]')


def changed_by_rosa(desk: Desk) -> None:
    planning.also(desk.store, desk.config.timing, NIGHT, ["#SlugClub"], "rosa@a.test", desk.clock())


def test_a_persons_later_change_is_not_undone(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    changed_by_rosa(desk)

    with pytest.raises(ChatbotError) as refused:
        desk.apply(SERIES + CHAT.replace("slugs", "snails"))

    said = str(refused.value)
    assert said.startswith("rosa@a.test changed gardenchat-2026-12-01 on 2026-11-22 at 12:00 Lisbon time, after ")
    assert "Nothing was applied, and what was planned before stands." in said
    assert 'Write hashtags = ["SlugClub"] below its [[chat]] in the file, or use --force' in said
    assert desk.stored().chat.hashtags == ("GardenChat", "SlugClub")
    assert "slugs" in desk.texts()


def test_a_file_that_takes_a_cancellation_back_says_so_first(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    planning.cancel(desk.store, desk.stored(), "rosa@a.test", None, desk.config.timing, desk.clock())

    with pytest.raises(ChatbotError, match=r"Write cancelled = true below its \[\[chat\]\]"):
        desk.apply(SERIES + CHAT.replace("slugs", "snails"))


def test_force_lets_the_file_win(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    changed_by_rosa(desk)

    desk.apply(force=True)

    assert (desk.stored().chat.hashtags, desk.stored().edited_by) == (("GardenChat",), None)


def test_a_file_that_says_the_same_as_the_person_is_welcome_with_all_its_other_wishes(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    changed_by_rosa(desk)

    applied = desk.apply(SERIES + WITH_TAG.replace("Winter gardens", "Slugs, again").replace("SlugClub", "slugclub"))

    assert (desk.stored().edited_by, desk.stored().chat.theme) == (None, "Slugs, again")
    assert f"{NIGHT}: theme: “Winter gardens” -> “Slugs, again”" in applied.lines


def test_changes_are_told_in_the_words_of_the_file_and_the_time_of_the_chat(desk: Desk) -> None:
    zone = ('"Europe/Lisbon"', '"Europe/Berlin"')
    desk.apply(SERIES.replace(*zone) + CHAT)

    applied = desk.apply(SERIES.replace(*zone) + CHAT.replace("ready = true", 'ready = true\nlength = "90m"'))

    assert f"{NIGHT}: ends: 2026-12-01 21:00 Berlin time -> 2026-12-01 21:30 Berlin time" in applied.lines
    assert f"{NIGHT}: setting length: 1h -> 1h 30m" in applied.lines


@pytest.mark.parametrize("state", ["paused", "cancelled"])
def test_no_file_takes_a_pause_or_a_cancellation_back(desk: Desk, state: chats.ChatState) -> None:
    desk.apply(SERIES + CHAT)
    with desk.store.write() as conn:
        chats.set_state(conn, NIGHT, state, "rosa@a.test", desk.clock())

    applied = desk.apply(SERIES + CHAT.replace("slugs", "snails"))

    assert state == desk.stored().state
    assert state in applied.lines[-1]


def test_a_cancelled_chat_gets_no_new_posts(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    with desk.store.write() as conn:
        chats.set_state(conn, NIGHT, "cancelled", "rosa@a.test", desk.clock())
        outbox.cancel_unsent(conn, NIGHT, "stopped", desk.clock())

    desk.apply(
        SERIES + CHAT.replace("[[chat.question]]", '[[chat.question]]\nid = "new"\ntext="New?"\n[[chat.question]]', 1)
    )

    assert {DeliveryState.SKIPPED} == {row.state for row in desk.rows()}


# moving and leaving


def test_a_chat_moved_to_another_day_does_not_run_twice(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)

    applied = desk.apply(SERIES + CHAT.replace("2026-12-01", "2026-12-08"))

    assert f"{NIGHT}: no longer in the file; it was untouched and is taken back" in applied.lines
    assert desk.rows() == []
    assert len(desk.rows("gardenchat-2026-12-08")) == 8


def test_a_chat_that_was_announced_stays_and_is_named(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    desk.sent(CueKind.ANNOUNCEMENT)

    other = '[[chat]]\ntheme = "Tools"\ndate = 2026-12-08\nready = true\n[[chat.question]]\ntext = "Which spade?"\n'
    applied = desk.apply(SERIES + other)

    assert f"`chatbot cancel {NIGHT}` ends it" in "\n".join(applied.lines)
    assert len(desk.rows()) == 8
    assert "gardenchat-2026-12-08: new" in applied.lines


def test_a_file_used_again_for_next_month_leaves_the_past_alone(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    desk.clock.to("2026-12-20 12:00")

    applied = desk.apply(SERIES + CHAT.replace("2026-12-01", "2027-01-05"))

    assert NIGHT not in "\n".join(applied.lines)
    assert len(desk.rows()) == 8


def test_a_series_keeps_its_short_name_until_an_announced_chat_is_over(desk: Desk) -> None:
    renamed = (SERIES + CHAT).replace('short_name = "gardenchat"', 'short_name = "plantchat"')
    desk.apply(SERIES + CHAT)
    desk.sent(CueKind.ANNOUNCEMENT)

    with pytest.raises(Mistakes) as raised:
        desk.apply(renamed)

    (mistake,) = raised.value.mistakes
    assert desk.file.read_text(encoding="utf-8").splitlines()[(mistake.line or 0) - 1].startswith("short_name")
    assert mistake.what.startswith(f'{NIGHT} was announced under the old short name "gardenchat"')
    assert mistake.todo.startswith("keep that short_name until it is over")
    desk.clock.to("2026-12-01 23:00")
    assert desk.apply(renamed.replace("2026-12-01", "2027-01-05")).changed


def test_a_series_keeps_its_short_name_while_a_person_holds_its_chat(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    with desk.store.write() as conn:
        chats.set_state(conn, NIGHT, "paused", "ana", desk.clock())

    with pytest.raises(Mistakes, match=f"{NIGHT} was changed by a person under the old short name"):
        desk.apply((SERIES + CHAT).replace('short_name = "gardenchat"', 'short_name = "plantchat"'))


@pytest.mark.parametrize("state", ["ready", "cancelled"])
def test_a_series_gets_another_short_name_while_nothing_would_be_held_twice(desk: Desk, state: chats.ChatState) -> None:
    desk.apply(SERIES + CHAT)
    if state == "cancelled":
        desk.sent(CueKind.ANNOUNCEMENT)
    with desk.store.write() as conn:
        chats.set_state(conn, NIGHT, state, "ana", desk.clock())

    desk.apply((SERIES + CHAT).replace('short_name = "gardenchat"', 'short_name = "plantchat"'))

    assert len(desk.rows("plantchat-2026-12-01")) == 8


MONTHLY = SERIES.replace("[[series.host]]", 'rhythm = "FREQ=MONTHLY;BYDAY=1TU"\n[[series.host]]')
UNDATED = CHAT.replace("date = 2026-12-01\n", "")


@pytest.mark.parametrize("at", ["2026-12-01 20:10", "2026-12-01 21:30", "2026-12-06 09:00"])
def test_a_chat_without_a_date_stays_the_one_it_was_once_it_has_begun(desk: Desk, at: str) -> None:
    desk.apply(MONTHLY + UNDATED)
    desk.clock.to(at)

    again = desk.apply()
    mended = desk.apply(MONTHLY + UNDATED.replace("against slugs", "about snails"))

    assert not again.changed
    assert mended.lines[0].startswith(f"{NIGHT}: question q2, text")
    assert desk.rows("gardenchat-2027-01-05") == []
    assert ("already held" in str(again.warnings)) == (at > "2026-12-01 21:00")


def test_what_is_planned_too_late_to_be_posted_is_said(desk: Desk) -> None:
    desk.clock.to("2026-12-01 19:58")

    lines = desk.apply(SERIES + CHAT).lines

    assert f"{NIGHT}: posts: 6 new; planned too late to be posted: announcement, reminder" in lines


def test_a_file_may_hold_its_one_chat_as_a_single_table(desk: Desk) -> None:
    one_table = CHAT.replace("[[chat]]", "[chat]")

    applied = desk.apply(SERIES + one_table)

    assert f"{NIGHT}: new" in applied.lines


def test_a_file_with_a_new_chat_and_no_date_makes_the_next_one(desk: Desk) -> None:
    desk.apply(MONTHLY + UNDATED)
    desk.clock.to("2026-12-06 09:00")
    new_chat = (
        '\n[[chat]]\ntheme = "Seeds"\nstart = "20:00"\nready = true\n[[chat.question]]\ntext = "What do you sow?"\n'
    )

    desk.apply(MONTHLY + new_chat)

    assert desk.rows("gardenchat-2027-01-05")
    assert desk.stored().chat.theme == "Winter gardens"


# mistakes


def test_every_mistake_is_named_with_its_line_and_nothing_is_stored(desk: Desk) -> None:
    bad = CHAT.replace("What do you plant first?", "x" * 600).replace("What will you", "y" * 480 + " will you")

    with pytest.raises(Mistakes) as raised:
        desk.apply(SERIES.replace('accounts = ["gardenbot"]', 'accounts = ["gardnbot"]') + bad)

    *said, meaning = str(raised.value).splitlines()
    assert meaning == "Nothing was applied, and what was planned before stands."
    text = desk.file.read_text(encoding="utf-8").splitlines()
    assert [
        next(w for w in ("gardnbot", "x" * 600, "y" * 480) if w in text[mistake.line - 1])  # type: ignore[operator]
        for mistake in raised.value.mistakes
    ] == ["gardnbot", "x" * 600, "y" * 480]
    assert all(line.startswith(f"{desk.file}:") for line in said)
    assert "characters too long for the server" in said[1]
    with desk.store.read() as conn:
        assert chats.all_series(conn) == []


def test_a_draft_with_a_question_too_long_is_told_at_once(desk: Desk) -> None:
    with pytest.raises(Mistakes, match="too long"):
        desk.apply(SERIES + CHAT.replace("ready = true", "").replace("slugs", "s" * 500))


def test_a_server_that_takes_more_is_remembered(desk: Desk) -> None:
    with desk.store.write() as conn:
        servers.note(conn, Server("gardenbot", Room(5000), "a.test"), desk.clock())

    desk.apply(SERIES + CHAT.replace("slugs", "s" * 900))

    assert "s" * 900 in desk.texts()


def test_a_picture_is_found_beside_its_file_or_missed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pictured = CHAT.replace('plant first?"', 'plant first?"\npicture = "bed.png"\nalt = "A bed"')
    with pytest.raises(Mistakes, match=r"there is no picture bed\.png beside this file"):
        desk.apply(SERIES + pictured)
    (desk.config.chats / "bed.png").write_bytes(b"")
    monkeypatch.chdir(desk.config.chats)
    desk.file = Path("gardenchat.toml")

    desk.apply(SERIES + pictured)

    drafts = [row.draft for row in desk.rows() if row.question == "q1"]
    assert [(str(desk.config.chats / "bed.png"), "A bed")] == [(draft.picture, draft.alt) for draft in drafts]


def test_a_file_that_is_not_there_is_said(desk: Desk) -> None:
    with pytest.raises(ChatbotError, match=r"cannot be read \(No such file or directory\). Nothing was changed"):
        desk.apply()


def test_a_file_that_is_not_text_is_said(desk: Desk) -> None:
    desk.file.write_bytes(b"[series]\nname = \xff")

    with pytest.raises(Mistakes, match=":2: "):
        desk.apply()


# unsent posts follow the plan


def test_refresh_follows_what_a_person_changed(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    with desk.store.write() as conn:
        chats.edit_plan(conn, replace(desk.stored().chat, theme="Slugs, again"), "rosa@a.test", desk.clock())

    replaced = planning.refresh(desk.store, NIGHT, desk.config.timing, desk.clock())

    assert replaced.changed > 0
    assert "Slugs, again" in desk.texts()


def test_refresh_keeps_the_digest_and_what_was_asked_again(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    stored, now = desk.stored(), desk.clock()
    digest = timetable.digest_cue(stored.series, stored.chat, Timing(), now, "https://garden.example/1/")
    sheet = timetable.run_sheet(stored.series, stored.chat, Timing())
    again = replace(sheet[4], key=timetable.key(NIGHT, CueKind.QUESTION, "q1", 2), nth=2)
    with desk.store.write() as conn:
        outbox.replace_unsent(conn, NIGHT, [*sheet, digest, again], ["gardenbot"], now)
    before = desk.rows()

    assert not planning.refresh(desk.store, NIGHT, desk.config.timing, now + timedelta(minutes=5))
    assert before == desk.rows()


def test_refresh_of_a_chat_that_is_not_there_changes_nothing(desk: Desk) -> None:
    assert not planning.refresh(desk.store, "moonchat-2026-12-01", Timing(), desk.clock())


# files compared with what was applied


def test_run_can_tell_which_files_were_changed_since(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    assert planning.changed_files(desk.store, desk.config) == ()

    desk.write(SERIES + CHAT + "\n# a thought\n")
    (desk.config.chats / "moon.toml").write_text("[series]\n", encoding="utf-8")
    assert (
        planning.Drift("chats/gardenchat.toml", "changed"),
        planning.Drift("chats/moon.toml", "not applied"),
    ) == planning.changed_files(desk.store, desk.config)

    desk.apply()
    desk.file.unlink()
    assert planning.Drift("chats/gardenchat.toml", "missing") in planning.changed_files(desk.store, desk.config)


# looking the night over


def test_servers_are_asked_and_their_answer_is_kept_for_when_they_are_silent(desk: Desk, garden: FakePlatform) -> None:
    (asked,) = preview.ask_servers(desk.store, {"gardenbot": garden}, desk.clock())
    (silent,) = preview.ask_servers(desk.store, {"gardenbot": ChatbotError("no network")}, desk.clock.forward(days=1))

    assert ("a.test", "", asked.asked_at) == (asked.host, asked.trouble, silent.asked_at)
    assert (silent.host, silent.trouble) == ("a.test", "no network")
    assert (replace(silent, trouble=""),) == preview.known_servers(desk.store, ["gardenbot"])


def test_a_preview_shows_where_each_post_stands(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    desk.sent(CueKind.ANNOUNCEMENT)

    shown = preview.show(desk.store, desk.stored(), [Server("gardenbot", Room())], Timing())

    assert [post.states for post in shown.posts[:2]] == [(("gardenbot", "sent"),), (("gardenbot", "waiting"),)]
    assert [(day.name, day.posts, day.public) for day in shown.days] == [
        ("Monday 30 November", 1, 1),
        ("Tuesday 1 December", 7, 6),
    ]


def test_a_preview_says_when_posts_wait_with_other_words(desk: Desk) -> None:
    desk.apply(SERIES + CHAT)
    roomy, narrow = Server("gardenbot", Room()), Server("gardenbot", Room(150))

    assert not any("other words" in note for note in preview.show(desk.store, desk.stored(), [roomy], Timing()).notes)
    with pytest.raises(Mistakes):
        preview.show(desk.store, desk.stored(), [narrow], Timing())
    less = Server("gardenbot", Room(300))
    assert any("other words" in note for note in preview.show(desk.store, desk.stored(), [less], Timing()).notes)
