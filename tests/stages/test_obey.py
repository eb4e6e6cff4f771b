"""Words to the bot: who may order what, once, privately, and only by a whole text."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.core.model import Author, Cue, CueKind, DeliveryState, Draft, Lateness, Post, Visibility, Word
from chatbot.core.plan import Chat, Person, Question, Series
from chatbot.core.talk import replies
from chatbot.core.talk.braking import Outcome, Result
from chatbot.core.talk.commands import HostCommand
from chatbot.core.text import spans_from_text
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.stages import obey
from chatbot.store import chats, outbox
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock, person

STARTS = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
ANA, BEN, EVE = "@ana@a.test", "@ben@b.test", "@eve@e.test"
SERIES = Series(
    "gardenchat",
    "GardenChat",
    ("GardenChat",),
    "Europe/Lisbon",
    ("gardenbot",),
    (Person("Ana", "ana@a.test"), Person("Ben", "@Ben@B.test")),
    contact="garden@example.org",
)
TONIGHT, JANUARY = "gardenchat-2026-12-01", "gardenchat-2027-01-05"


@dataclass
class Asked:
    """What was asked of the other stages."""

    said: list[tuple[str, Word, datetime]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    published: list[tuple[str, str]] = field(default_factory=list)
    tags: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)

    def also(self, chat: str, tags: Sequence[str], by: str, at: datetime) -> Outcome:
        self.tags.append((chat, tuple(tags), by))
        return Outcome(HostCommand.ALSO, Result.DONE, due_at=at, hashtags=tuple(tag.lstrip("#") for tag in tags))

    def wishes(self) -> obey.Wishes:
        return obey.Wishes(
            say=lambda author, word, at: self.said.append((author.handle, word, at)),
            forget=lambda author: self.forgotten.append(author.handle),
            held=lambda author: f"2 posts of {author.name}",
            publish=lambda chat, by, at: self.published.append((chat, by)),
            also=self.also,
        )


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def ear(store: Store, clock: FixedClock, asked: Asked) -> obey.Ear:
    return obey.Ear(store, Timing(), clock, asked.wishes())


@pytest.fixture(autouse=True)
def planned(store: Store, clock: FixedClock) -> None:
    with store.write() as conn:
        chats.save_series(conn, SERIES, file=None, file_hash=None, now=clock())
    plan(store, clock, TONIGHT, STARTS)
    plan(store, clock, JANUARY, STARTS + timedelta(days=35))


def plan(store: Store, clock: FixedClock, chat_id: str, starts: datetime, series: Series = SERIES) -> Chat:
    """Store a ready chat of three questions and its cues."""
    questions = tuple(Question(f"q{n}", n, f"Question {n}?") for n in (1, 2, 3))
    cues = [cue(chat_id, starts, q, n) for n, q in enumerate(questions)]
    hour = timedelta(hours=1)
    chat = Chat(chat_id, series.id, starts, starts + hour, starts + 7 * 24 * hour, "Compost", questions, True)
    with store.write() as conn:
        chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=clock())
        outbox.replace_unsent(conn, chat_id, cues, series.accounts, clock())
    return chat


def cue(chat_id: str, starts: datetime, question: Question, nth: int) -> Cue:
    due = starts + timedelta(minutes=5 + 12 * nth)
    key, grace = f"{chat_id}/question/{question.id}/1", timedelta(minutes=15)
    return Cue(key, chat_id, CueKind.QUESTION, due, Draft(question.text), grace, Lateness.POST_LATE, question.id)


def state(store: Store, chat_id: str = TONIGHT) -> str:
    with store.read() as conn:
        found = chats.find(conn, chat_id)
    assert found is not None
    return found.state


def rows(store: Store, chat_id: str = TONIGHT) -> list[outbox.Row]:
    with store.read() as conn:
        return [row for row in outbox.of_chat(conn, chat_id) if row.is_cue]


def answers(store: Store) -> list[tuple[str, str]]:
    """Return whom the bot answers what, in order."""
    with store.read() as conn:
        found = outbox.in_state(conn, "gardenbot", DeliveryState.WAITING)
    return [(row.recipient or "", row.draft.text) for row in sorted(found, key=lambda r: r.id) if row.kind == "reply"]


class Garden:
    """People writing to the bot, and the bot hearing them."""

    def __init__(self, platform: FakePlatform, ear: obey.Ear, clock: FixedClock) -> None:
        self.platform, self.ear, self.clock = platform, ear, clock

    def privately(self, who: str | Author, text: str, at: datetime | None = None) -> Post:
        return self.publicly(who, text, at, Visibility.DIRECT)

    def publicly(
        self, who: str | Author, text: str, at: datetime | None = None, visibility: Visibility = Visibility.PUBLIC
    ) -> Post:
        post = self.platform.post(who, f"@gardenbot@a.test {text}", at=at, visibility=visibility)
        self.ear.hear(post, self.platform)
        return post


@pytest.fixture
def people(garden: FakePlatform, ear: obey.Ear, clock: FixedClock) -> Garden:
    return Garden(garden, ear, clock)


# hosts


def test_a_host_pauses_and_is_told_what_will_not_go_out(people: Garden, store: Store) -> None:
    people.privately(ANA, "pause")

    assert state(store) == "paused"
    assert answers(store) == [
        ("ana@a.test", "Paused. Q1 is due tonight 20:05. Nothing goes out until you answer `resume`.")
    ]


def test_a_host_resumes(people: Garden, store: Store) -> None:
    people.privately(ANA, "pause")
    people.clock.forward(minutes=1)
    people.privately(BEN, "Resume!")

    assert state(store) == "ready"
    assert answers(store)[1] == ("ben@b.test", "Resumed. Next is Q1, tonight 20:05.")


def test_the_first_stop_holds_and_the_second_word_cancels(people: Garden, store: Store) -> None:
    people.privately(ANA, "stop!")
    assert (state(store), {row.state for row in rows(store)}) == ("paused", {DeliveryState.WAITING})

    people.clock.forward(minutes=1)
    people.privately(ANA, "yes stop")

    assert (state(store), {row.state for row in rows(store)}) == ("cancelled", {DeliveryState.SKIPPED})
    assert "To cancel what is not out yet (3 posts) for good, answer `yes stop`" in answers(store)[0][1]
    assert answers(store)[1][1].startswith("Stopped. 3 posts of GardenChat “Compost” will not go out")


@pytest.mark.parametrize(("by", "minutes"), [(BEN, 1), (ANA, 11)])
def test_a_second_word_counts_from_the_same_host_and_soon(people: Garden, store: Store, by: str, minutes: int) -> None:
    people.privately(ANA, "stop")
    people.clock.forward(minutes=minutes)
    people.privately(by, "yes stop")

    assert state(store) == "paused"
    assert "nothing was cancelled" in answers(store)[1][1]


def test_a_second_word_without_a_first_cancels_nothing(people: Garden, store: Store) -> None:
    people.privately(ANA, "yes stop")

    assert state(store) == "ready"


def test_a_further_stop_does_not_reach_next_month(people: Garden, store: Store) -> None:
    people.clock.to("2026-12-01 20:10")
    for word in ("stop", "yes stop", "stop", "pause", "yes stop"):
        people.clock.forward(seconds=20)
        people.privately(ANA, word)

    assert (state(store), state(store, JANUARY)) == ("cancelled", "ready")


def test_next_sends_the_next_question_now(people: Garden, store: Store) -> None:
    people.clock.to("2026-12-01 20:01")
    people.privately(ANA, "next")

    first = rows(store)[0]
    assert (first.question, first.due_at, first.at_once) == ("q1", people.clock(), True)
    assert answers(store)[0][1].startswith("Q1 goes out now. It was planned for 20:05.")


def test_two_hosts_saying_next_at_once_send_one_question(people: Garden, store: Store) -> None:
    people.clock.to("2026-12-01 20:01")
    people.privately(ANA, "next")
    people.privately(BEN, "next")

    assert [row.question for row in rows(store) if row.at_once] == ["q1"]
    assert answers(store)[1][1].startswith("Q1 is on its way or just out")


def test_next_before_the_chat_is_no_way_to_spoil_it(people: Garden, store: Store) -> None:
    people.privately(ANA, "next")

    assert not any(row.at_once for row in rows(store))
    assert "starts tonight 20:00" in answers(store)[0][1]


def test_skip_drops_the_next_question(people: Garden, store: Store) -> None:
    people.privately(ANA, "skip")

    assert [row.state for row in rows(store)] == [DeliveryState.SKIPPED, DeliveryState.WAITING, DeliveryState.WAITING]
    assert answers(store)[0][1].startswith("Q1, due tonight 20:05, is dropped for good.")


def test_publish_means_the_chat_that_is_over(people: Garden, store: Store, asked: Asked) -> None:
    people.clock.to("2026-12-02 09:00")
    people.privately(ANA, "publish")

    assert asked.published == [(TONIGHT, "ana@a.test")]
    assert "will be published" in answers(store)[0][1]


def test_publish_with_nothing_over_does_nothing(people: Garden, store: Store, asked: Asked) -> None:
    people.privately(ANA, "publish")

    assert asked.published == []
    assert "nothing was done" in answers(store)[0][1]


@pytest.mark.parametrize("word", ["pause", "stop", "next", "skip", "resume", "publish", "yes stop"])
def test_strangers_order_nothing(people: Garden, store: Store, asked: Asked, word: str) -> None:
    before = rows(store)
    people.privately(EVE, word)

    assert (state(store), rows(store), asked.published) == ("ready", before, [])


@pytest.mark.parametrize(
    "impostor",
    [
        person("@ana@evil.test"),
        person("@ana@a.test", uri="https://evil.test/users/ana"),
        person("@eve@e.test", name="Ana @ana@a.test"),
        person("@ana@a.test.evil.test"),
    ],
)
def test_a_borrowed_name_orders_nothing(people: Garden, store: Store, impostor: Author) -> None:
    people.privately(impostor, "pause")

    assert state(store) == "ready"


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.UNLISTED, Visibility.PRIVATE])
def test_a_hosts_command_in_the_open_is_answered_and_not_obeyed(
    people: Garden, store: Store, asked: Asked, visibility: Visibility
) -> None:
    people.publicly(ANA, "stop", visibility=visibility)

    assert (state(store), asked.said) == ("ready", [])
    assert answers(store) == [("ana@a.test", replies.say_it_privately(HostCommand.STOP))]


@pytest.mark.parametrize("said", ["Stop digging!", "Start with compost", "Skip the roses", "next question please?"])
def test_a_command_inside_a_sentence_is_none(people: Garden, store: Store, asked: Asked, said: str) -> None:
    people.publicly(ANA, said)
    people.publicly(EVE, said)

    assert (state(store), asked.said, answers(store)) == ("ready", [], [])


def test_a_private_message_that_is_no_command_is_answered_with_the_commands(people: Garden, store: Store) -> None:
    people.privately(ANA, "puase")

    assert answers(store) == [("ana@a.test", replies.help_for_hosts())]


def test_a_command_is_obeyed_once_however_often_it_is_read(
    people: Garden, store: Store, asked: Asked, garden: FakePlatform, clock: FixedClock
) -> None:
    clock.to("2026-12-01 20:01")
    post = people.privately(ANA, "skip")
    people.ear.hear(post, garden)
    obey.Ear(store, Timing(), clock, asked.wishes()).hear(post, garden)  # after a restart

    assert [row.state for row in rows(store)].count(DeliveryState.SKIPPED) == 1
    assert len(answers(store)) == 1


def test_a_command_read_long_after_it_was_written_is_answered_and_not_obeyed(people: Garden, store: Store) -> None:
    people.clock.to("2026-12-01 20:30")
    people.privately(ANA, "skip", at=STARTS + timedelta(minutes=5))

    assert not any(row.state is DeliveryState.SKIPPED for row in rows(store))
    assert "was read only 25 minutes after you wrote it" in answers(store)[0][1]


def test_a_pause_written_while_the_bot_was_away_holds_the_chat_it_was_meant_for(people: Garden, store: Store) -> None:
    people.privately(ANA, "pause", at=STARTS - timedelta(hours=8))

    assert state(store) == "paused"


def test_a_pause_for_a_chat_that_is_over_holds_no_other(people: Garden, store: Store) -> None:
    people.clock.to("2026-12-02 08:00")
    people.privately(ANA, "pause", at=STARTS + timedelta(minutes=20))

    assert (state(store), state(store, JANUARY)) == ("ready", "ready")
    assert "was not obeyed" in answers(store)[0][1]


def test_commands_read_in_the_wrong_order_end_as_the_host_wrote_them(
    people: Garden, store: Store, garden: FakePlatform
) -> None:
    people.clock.to("2026-12-01 20:01")
    pause = garden.post(ANA, "@gardenbot@a.test pause", visibility=Visibility.DIRECT)
    people.clock.forward(seconds=30)
    people.privately(ANA, "resume")
    people.ear.hear(pause, garden)

    assert state(store) == "ready"


def test_a_host_of_two_chats_at_once_is_asked_which(people: Garden, store: Store, clock: FixedClock) -> None:
    seeds = replace(SERIES, id="seedchat", name="SeedChat", hashtags=("SeedChat",))
    with store.write() as conn:
        chats.save_series(conn, seeds, file=None, file_hash=None, now=clock())
    plan(store, clock, "seedchat-2026-12-01", STARTS, seeds)
    clock.to("2026-12-01 20:01")

    people.privately(ANA, "pause")
    people.privately(ANA, "pause #SeedChat")

    assert (state(store), state(store, "seedchat-2026-12-01")) == ("ready", "paused")
    assert "`pause #GardenChat` or `pause #SeedChat`" in answers(store)[0][1]


def test_a_host_orders_only_through_an_account_of_the_chat(
    people: Garden, store: Store, ear: obey.Ear, clock: FixedClock
) -> None:
    other = FakePlatform(clock, "otherbot", "o.test")
    ear.hear(other.post(ANA, "@otherbot@o.test pause", visibility=Visibility.DIRECT), other)

    assert state(store) == "ready"


def test_a_hosts_own_forget_me_is_about_the_person(people: Garden, asked: Asked, store: Store) -> None:
    people.privately(ANA, "forget me")

    assert (asked.forgotten, state(store)) == (["ana@a.test"], "ready")


# everybody


@pytest.mark.parametrize("visibility", list(Visibility))
@pytest.mark.parametrize("word", [Word.STOP, Word.START])
def test_a_persons_word_counts_wherever_it_is_said(
    people: Garden, asked: Asked, store: Store, word: Word, visibility: Visibility
) -> None:
    people.publicly(EVE, f"{word} #GardenChat", visibility=visibility)

    assert asked.said == [("eve@e.test", word, people.clock())]
    assert answers(store) == [("eve@e.test", replies.STOPPED if word is Word.STOP else replies.STARTED)]


def test_the_word_carries_the_time_it_was_written(people: Garden, asked: Asked) -> None:
    written = people.clock() - timedelta(days=3)
    people.publicly(EVE, "stop", at=written)
    people.publicly(EVE, "start", at=people.clock() + timedelta(days=3))

    assert [at for _who, _word, at in asked.said] == [written, people.clock()]


def test_a_person_is_forgotten_and_told_so(people: Garden, asked: Asked, store: Store) -> None:
    people.publicly(EVE, "Forget me.")

    assert asked.forgotten == ["eve@e.test"]
    assert answers(store) == [("eve@e.test", replies.FORGOTTEN)]


def test_a_person_learns_what_is_held(people: Garden, store: Store) -> None:
    people.privately(EVE, "what do you have?")

    assert answers(store) == [("eve@e.test", "2 posts of Eve")]


def test_answers_are_private_and_carry_no_text_of_the_message(people: Garden, store: Store) -> None:
    people.privately(EVE, "What do you have about me?")

    with store.read() as conn:
        row = next(r for r in outbox.in_state(conn, "gardenbot", DeliveryState.WAITING) if r.kind == outbox.REPLY)
    assert row.draft.visibility is Visibility.DIRECT
    assert "What do you have about me" not in row.draft.text


def test_a_chatty_stranger_is_helped_once_a_day_and_a_bot_never(people: Garden, store: Store) -> None:
    people.privately(EVE, "hello?")
    people.privately(EVE, "hello??")
    people.privately(person("@otherbot@o.test", bot=True), "hello")
    people.privately(person("@gardenbot@a.test"), "a test post to myself")

    assert answers(store) == [("eve@e.test", replies.help_for_people("garden@example.org"))]


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("@rita@mock.local", "write to https://mock.local/@rita."),
        ("Rita, @rita@mock.local:8443", "write to Rita, https://mock.local:8443/@rita."),
        ("rita@example.org", "write to rita@example.org."),
        ("rita.silva+chat@example.org", "write to rita.silva+chat@example.org."),
        ("https://mock.local/@rita", "write to https://mock.local/@rita."),
        ("@rita", "write to rita."),
    ],
)
def test_a_stranger_is_told_an_address_that_can_be_used_and_nobody_is_called(contact: str, said: str) -> None:
    answer = replies.help_for_people(contact)

    assert said in answer
    assert _mentions(answer) == []


def test_an_old_private_message_is_left_alone(people: Garden, store: Store) -> None:
    people.privately(EVE, "hello?", at=people.clock() - timedelta(days=40))

    assert answers(store) == []


def test_talk_to_the_bot_in_public_is_nobodys_business(people: Garden, store: Store) -> None:
    people.publicly(EVE, "A1 Compost! #GardenChat")
    people.publicly(EVE, "pause")

    assert (answers(store), state(store)) == ([], "ready")


def test_one_message_that_breaks_does_not_deafen_the_bot(store: Store, clock: FixedClock, garden: FakePlatform) -> None:
    heard: list[str] = []

    def say(author: Author, word: Word, at: datetime) -> None:
        if author.handle.startswith("eve"):
            raise RuntimeError("disk full, and the text was: …")
        heard.append(author.handle)

    ear = obey.Ear(store, Timing(), clock, dataclasses.replace(Asked().wishes(), say=say))
    people = Garden(garden, ear, clock)
    people.publicly(EVE, "stop")
    people.publicly(BEN, "start")

    assert (heard, ear.failures) == (["ben@b.test"], 1)


def test_every_answer_fits_a_post() -> None:
    said = [
        *replies.CONFIRMATION.values(),
        replies.help_for_people("Maria Silva, garden@example.org"),
        replies.help_for_hosts(),
        replies.say_it_privately(HostCommand.PUBLISH),
        replies.too_old(HostCommand.PUBLISH, timedelta(hours=30)),
        replies.overtaken(HostCommand.RESUME),
        replies.which(HostCommand.PAUSE, [SERIES] * 4),
        replies.no_chat(HostCommand.STOP),
    ]

    assert [text for text in said if len(text) > 440 or _mentions(text)] == []


def _mentions(text: str) -> list[str]:
    return [span.text for span in spans_from_text(text) if span.kind == "mention"]


@pytest.mark.parametrize("text", ["also #OtherTag", "Also: #OtherTag!", "#OtherTag also", "also #OtherTag #GardenChat"])
def test_a_host_has_another_hashtag_collected(people: Garden, asked: Asked, store: Store, text: str) -> None:
    people.privately(ANA, text)

    assert asked.tags == [(TONIGHT, ("#OtherTag",), "ana@a.test")]
    ((who, said),) = answers(store)
    assert (who, said.split(", too, ")[0]) == ("ana@a.test", "#OtherTag is collected")


def test_a_hashtag_is_meant_for_the_chat_that_still_collects_answers(people: Garden, asked: Asked) -> None:
    people.clock.to(STARTS + timedelta(days=3))
    people.privately(ANA, "also #OtherTag")

    people.clock.to(STARTS + timedelta(days=10))
    people.privately(ANA, "also #ThirdTag")

    assert [chat for chat, _tags, _by in asked.tags] == [TONIGHT, JANUARY]


@pytest.mark.parametrize(("who", "text"), [(EVE, "also #OtherTag"), (ANA, "I saw beans also #OtherTag")])
def test_nothing_else_adds_a_hashtag(people: Garden, asked: Asked, who: str, text: str) -> None:
    people.privately(who, text)
    people.publicly(ANA, "also #OtherTag")

    assert asked.tags == []
