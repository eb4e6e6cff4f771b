"""What becomes of a post when the server does not simply take it: each ending is decided, and told to hosts once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from chatbot.config import Archive, Config
from chatbot.core.model import CueKind, DeliveryState, Draft, Visibility
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.platforms.errors import NoPicture, NotSignedIn, OutcomeUnknown, RateLimited, Rejected, Unavailable
from chatbot.platforms.port import PostRef
from chatbot.stages.deliver import Lane
from chatbot.stages.tell import Teller, Ways
from chatbot.store import outbox
from chatbot.store.engine import Store
from tests.fakes import FakePlatform, FixedClock
from tests.stages.nights import CHAT, START, Night, a_chat, a_cue, instant, run_sheet

END = "2026-12-01 22:30"
LOCKED = NotSignedIn("a.test does not let the bot's account do this.", "Ask the server's moderators.")


@pytest.fixture
def night(store: Store, clock: FixedClock, garden: FakePlatform) -> Night:
    return Night(store, clock, garden).plan()


@pytest.fixture
def teller(night: Night, tmp_path: Path) -> Teller:
    config = Config(tmp_path / "c.toml", "", Archive(tmp_path), {}, tmp_path, tmp_path)
    return Teller(night.store, config, night.timing, night.clock, Ways())


def told(teller: Teller) -> list[str]:
    """Let hosts be told what is new, and return all they were told, without a name's address."""
    teller.tell()
    with teller.store.read() as conn:
        notices = [row for row in outbox.of_chat(conn, CHAT) if row.kind == outbox.NOTICE]
    return [row.key.removeprefix("notice/").removesuffix("/ana@a.test") for row in notices]


def words(night: Night) -> list[str]:
    """Return the first word of every public or quiet post of the bot."""
    return [p.spans[0].text.split()[0] for p in night.own() if p.visibility is not Visibility.DIRECT]


# shown to fewer people


@pytest.mark.parametrize("loses_the_answer", [False, True])
def test_a_limited_account_goes_on_and_its_hosts_are_told_once(
    night: Night, garden: FakePlatform, teller: Teller, loses_the_answer: bool
) -> None:
    garden.silenced = True
    if loses_the_answer:
        night.run("2026-12-01 19:54")
        garden.next_publish(loses_the_answer=True)
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]
    assert {night.row(f"q{n}").visibility for n in (1, 2, 3)} == {Visibility.UNLISTED}
    assert night.told().count("quieted") >= 4
    assert [one for one in told(teller) if "quieted" in one] == [f"{CHAT}/quieted/gardenbot"]


# the post above is gone


def test_thanks_stand_alone_and_once_when_the_welcome_is_gone(
    night: Night, garden: FakePlatform, teller: Teller
) -> None:
    night.run("2026-12-01 20:30")
    del garden.posts[night.own()[0].local_id]
    night.run(END)

    assert words(night).count("Thank") == 1
    assert night.own()[-1].parent_local_id is None
    assert [one for one in told(teller) if "parent-gone" in one] == [
        f"{CHAT}/thanks//1/gardenbot/parent-gone",
    ]


def test_a_quiet_reply_goes_under_the_newest_question_instead(
    store: Store, clock: FixedClock, garden: FakePlatform
) -> None:
    sheet = run_sheet(a_chat())
    quiet = Draft("Last call! Ten minutes left.", Visibility.UNLISTED)
    at = START + timedelta(minutes=50)
    night = Night(store, clock, garden).plan(
        cues=[*sheet[:-1], a_cue(CueKind.LAST_CALL, at, "", draft=quiet, reply_to=sheet[0].key), sheet[-1]]
    )
    night.run("2026-12-01 20:40")
    del garden.posts[night.own()[0].local_id]
    night.run(END)

    last = next(post for post in night.own() if post.spans[0].text.startswith("Last call"))
    assert last.parent_local_id == night.row("q3").local_id
    assert words(night).count("Last") == 1


def test_a_refusal_without_a_reason_is_understood_when_the_parent_is_gone(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:30")
    del garden.posts[night.own()[0].local_id]
    garden.next_publish(refuses=Rejected("a.test refused (422). It says: Cannot reply to a deleted status."))
    night.run(END)

    assert words(night).count("Thank") == 1
    assert night.row("thanks").reason == "parent-gone"


# the picture


class Gallery(FakePlatform):
    """A network where pictures take their time; `ready_at` is when they are there."""

    ready_at = "2026-12-01 20:00"
    takes_pictures = True

    def prepare(self, draft: Draft) -> None:
        self.calls.append("prepare")
        if not self.takes_pictures or self.clock() < instant(self.ready_at):
            raise NoPicture("a.test is still working on the picture; the post was not made.")

    def publish(self, draft: Draft, key: str) -> PostRef:
        if draft.picture is not None:
            self.prepare(draft)
        return super().publish(draft, key)


def pictured(store: Store, clock: FixedClock, alt: str = "A spade.") -> tuple[Night, Gallery]:
    gallery = Gallery(clock)
    sheet = [
        replace(cue, draft=replace(cue.draft, picture="spade.png", alt=alt)) if cue.question == "q2" else cue
        for cue in run_sheet(a_chat())
    ]
    return Night(store, clock, gallery).plan(cues=sheet), gallery


def test_a_picture_is_brought_to_the_server_before_its_post_is_due(store: Store, clock: FixedClock) -> None:
    night, gallery = pictured(store, clock)
    night.run("2026-12-01 20:10:35")
    before = gallery.calls.count("prepare")
    night.run("2026-12-01 20:11:10")

    assert (before, gallery.calls.count("prepare")) == (0, 1)

    night.run(END)

    posted = night.row("q2").posted_at
    assert posted is not None
    assert posted - instant("2026-12-01 20:12") < timedelta(seconds=1)
    assert dict(gallery.published)[gallery.published[3][0]].picture == "spade.png"


def test_a_question_waits_two_minutes_for_its_picture(store: Store, clock: FixedClock) -> None:
    night, gallery = pictured(store, clock)
    gallery.ready_at = "2026-12-01 20:13"
    night.run(END)

    posted = night.row("q2").posted_at
    assert posted is not None
    assert timedelta() <= posted - instant("2026-12-01 20:13") < timedelta(seconds=45)
    assert [draft.picture for _key, draft in gallery.published].count("spade.png") == 1
    assert night.asked() == ["Q1", "Q2", "Q3"]


@pytest.mark.parametrize(
    ("alt", "ending"), [("A spade.", "[Picture: A spade.]"), ("x" * 600, "#GardenChat"), ("", "#GardenChat")]
)
def test_then_it_goes_out_without_and_says_what_it_showed(
    store: Store, clock: FixedClock, tmp_path: Path, alt: str, ending: str
) -> None:
    night, gallery = pictured(store, clock, alt)
    gallery.takes_pictures = False
    night.run(END)

    posted = night.row("q2").posted_at
    assert posted is not None
    assert timedelta(minutes=2) <= posted - instant("2026-12-01 20:12") < timedelta(minutes=3)
    assert night.asked() == ["Q1", "Q2", "Q3"]
    assert garden_text(night, "Q2").endswith(ending)
    assert night.told().count("no-picture") == 1


def garden_text(night: Night, label: str) -> str:
    return next(post.spans[0].text for post in night.own() if post.spans[0].text.startswith(label))


# locked out


def test_a_revoked_token_keeps_the_question_in_its_time_and_tells_once(
    night: Night, garden: FakePlatform, teller: Teller
) -> None:
    night.run("2026-12-01 20:11")
    for _ in range(7):
        garden.next_read("own_posts", LOCKED)  # what is asked before each send is refused too
    for _ in range(2):
        garden.next_publish(refuses=LOCKED)
    night.run("2026-12-01 20:12:30")
    once = told(teller)
    night.run("2026-12-01 20:20")

    assert [one for one in once if "refused" in one] == [f"{CHAT}/refused/gardenbot"]
    assert [one for one in told(teller) if "refused" in one] == [f"{CHAT}/refused/gardenbot"]
    assert night.asked() == ["Q1", "Q2"]

    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_an_account_that_stays_locked_loses_no_word_of_why(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    for _ in range(500):
        garden.next_read("own_posts", LOCKED)
    night.run("2026-12-01 20:40")

    assert night.row("q2").state is DeliveryState.SKIPPED
    assert night.row("q2").reason == str(LOCKED)


# pauses


@pytest.mark.parametrize(
    ("error", "at_least", "at_most"),
    [
        (RateLimited("Too many."), 5, 15),
        (RateLimited("Too many.", after=timedelta(minutes=3)), 180, 190),
        # by the server's own clock, which is an hour fast
        (RateLimited("Too many.", instant("2026-12-01 21:15"), timedelta(minutes=3)), 180, 190),
        (RateLimited("Too many.", instant("2026-12-01 20:15")), 180, 190),
        (RateLimited("Too many.", instant("2026-12-01 19:00")), 5, 15),
    ],
)
def test_a_429_waits_as_long_as_the_server_says_and_else_a_little(
    night: Night, garden: FakePlatform, error: RateLimited, at_least: int, at_most: int
) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(refuses=error)
    night.run(END)

    posted = night.row("q2").posted_at
    assert posted is not None
    late = (posted - instant("2026-12-01 20:12")).total_seconds()
    assert at_least <= late <= at_most
    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_a_name_that_is_not_known_leaves_the_cue_waiting(night: Night, garden: FakePlatform) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(refuses=Unavailable("a.test cannot be reached (its name is not known); nothing was sent."))
    night.run("2026-12-01 20:12:03")

    assert night.row("q2").state is DeliveryState.WAITING
    assert "its name is not known" in (night.row("q2").reason or "")


# keys


class Keeper(FakePlatform):
    """Pleroma's way: an answer is kept under its key for six hours, errors too, and given again."""

    answers: dict[str, Exception]

    def publish(self, draft: Draft, key: str) -> PostRef:
        self.keys = [*getattr(self, "keys", []), key]
        kept = self.__dict__.setdefault("answers", {})
        if key in kept:
            raise kept[key]
        try:
            return super().publish(draft, key)
        except (OutcomeUnknown, RateLimited, Rejected) as error:
            if not isinstance(error, OutcomeUnknown) or error.answered:
                kept[key] = error
            raise


@pytest.mark.parametrize(
    "errors",
    [
        [OutcomeUnknown("a 500", answered=True)],
        [RateLimited("Too many.")],
        [OutcomeUnknown("a 500", answered=True), RateLimited("Too many."), OutcomeUnknown("a 502", answered=True)],
    ],
)
def test_an_answer_that_is_given_again_is_not_taken_for_the_truth(
    store: Store, clock: FixedClock, errors: Sequence[OutcomeUnknown | RateLimited]
) -> None:
    keeper = Keeper(clock)
    night = Night(store, clock, keeper).plan()
    night.run("2026-12-01 20:11")
    for error in errors:
        keeper.next_publish(refuses=error)
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]
    assert night.row("q2").state is DeliveryState.SENT


def test_a_refusal_that_is_given_again_for_a_lost_answer_is_asked_anew(store: Store, clock: FixedClock) -> None:
    keeper = Keeper(clock)
    night = Night(store, clock, keeper).plan()
    night.run("2026-12-01 20:11")
    keeper.next_publish(refuses=OutcomeUnknown("the connection was lost"))
    night.run("2026-12-01 20:12:30")
    keeper.answers = {keeper.keys[-1]: Rejected("a.test refused (422), of which we heard nothing")}
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_a_lost_answer_is_followed_by_the_same_key(night: Night, garden: FakePlatform) -> None:
    """A server that keeps keys gives the old post back, even when our own timeline did not show it in time."""
    keys: list[str] = []

    class Keeping(FakePlatform):
        def publish(self, draft: Draft, key: str) -> PostRef:
            keys.append(key)
            return super().publish(draft, key)

    keeping = Keeping(night.clock)
    night.garden = keeping
    night.restart()
    night.run("2026-12-01 20:11")
    keeping.next_publish(refuses=OutcomeUnknown("the connection was lost"))
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]
    assert keys[3] == keys[4]
    assert len(set(keys)) == len(keys) - 1
    assert all(key.isalnum() for key in keys)


# clocks and sleep


@pytest.mark.parametrize(("wakes", "expected"), [("20:26", ["Q1", "Q2", "Q3"]), ("22:05", ["Q1"])])
def test_a_laptop_that_slept_asks_no_burst_of_questions(
    night: Night, clock: FixedClock, teller: Teller, wakes: str, expected: list[str]
) -> None:
    night.run("2026-12-01 20:05")
    clock.to(f"2026-12-01 {wakes}")
    night.run("2026-12-01 23:30")

    asked = [row.posted_at for row in night.rows() if row.is_question and row.posted_at is not None]
    assert night.asked() == expected
    assert all(later - earlier >= timedelta(minutes=6) for earlier, later in pairwise(asked[1:]))
    assert len([one for one in told(teller) if one.endswith("/skipped")]) == night.told().count("skipped")


def test_a_clock_set_back_an_hour_after_a_lost_answer_is_looked_for_all_the_same(
    night: Night, garden: FakePlatform, clock: FixedClock
) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(refuses=OutcomeUnknown("a 500"))
    night.run("2026-12-01 20:12:01")
    clock.forward(hours=-1)
    garden.own_lag = timedelta(hours=-2)  # the server's clock is right
    began = clock()
    while night.row("q2").state is DeliveryState.UNKNOWN:
        if night.lane.step() is None:
            clock.forward(seconds=5)

    assert clock() - began < timedelta(minutes=2)
    assert night.row("q2").state is DeliveryState.WAITING

    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_nothing_is_sent_once_we_cannot_be_sure_that_nobody_else_sends(night: Night, clock: FixedClock) -> None:
    class Fence:
        up = False

        def is_set(self) -> bool:
            return self.up

    fence = Fence()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        fence.up = True  # the lock is lost while the instant is waited for

    night.run("2026-12-01 20:11:58.500")
    garden, timing = night.garden, Timing()
    night.lane = Lane(night.store, garden, timing, clock, sleep, clock.monotonic, "fenced", fence)
    night.run("2026-12-01 20:20")

    assert night.asked() == ["Q1"]
    assert night.row("q2").state is DeliveryState.WAITING
    assert night.row("q2").attempts == 0


# lists that cannot be believed


def test_an_empty_list_is_not_believed_for_a_cue_that_nobody_tried_yet(
    night: Night, garden: FakePlatform, clock: FixedClock
) -> None:
    night.run("2026-12-01 20:04")
    clock.to("2026-12-01 20:13")
    garden.own_lag = timedelta(days=1)
    night.restart()
    night.run("2026-12-01 20:17")

    assert night.row("q2").state is DeliveryState.UNKNOWN

    garden.own_lag = timedelta()
    night.run(END)

    assert night.asked() == ["Q1", "Q2", "Q3"]


def test_a_question_that_is_asked_once_more_is_no_double_of_itself(
    night: Night, garden: FakePlatform, clock: FixedClock
) -> None:
    night.run("2026-12-01 20:11")
    garden.next_publish(loses_the_answer=True)
    night.run("2026-12-01 20:13")
    first = night.row("q2")
    assert first.reason == "found"

    again = a_cue(CueKind.QUESTION, clock(), first.draft.text, question="q2", nth=2, key=f"{CHAT}/question/q2/2")
    with night.store.write() as conn:
        outbox.put_cue(conn, again, [garden.name], clock())
        row = outbox.find(conn, again.key, garden.name)
        assert row is not None
        outbox.send_now(conn, row.id, clock())
    garden.next_publish(loses_the_answer=True)
    night.run(END)

    assert [post.spans[0].text.split()[0] for post in night.own()].count("Q2") == 2
    assert "double-deleted" not in night.told()
