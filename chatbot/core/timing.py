"""Every duration of the program, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from chatbot.core.value import Value, replace


def _minutes(*numbers: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=number) for number in numbers)


class Timing(Value, frozen=True):
    """Every duration of the program; the demo and the tests shrink them, the code is the same.

    The delivery figures are `design.md` section 6: a look proves absence only `settle_after` after the attempt ended.
    """

    tick: timedelta = timedelta(seconds=1)
    claim_ahead: timedelta = timedelta(seconds=2)
    last_look: timedelta = timedelta(milliseconds=50)  # before the instant: whether a host braked meanwhile
    request_deadline: timedelta = timedelta(seconds=20)
    lease: timedelta = timedelta(seconds=60)
    settle_after: timedelta = timedelta(seconds=40)
    between_looks: timedelta = timedelta(seconds=10)
    unknown_holds_up: timedelta = timedelta(minutes=5)
    retry_after: timedelta = timedelta(seconds=5)
    lock_trust: timedelta = timedelta(seconds=10)  # without having asked: whether this process still has the database
    picture_ahead: timedelta = timedelta(seconds=90)  # a picture is brought to the server before its post is due
    picture_waits: timedelta = timedelta(minutes=2)  # a post waits so long for its picture, then goes out without
    between_questions: timedelta = timedelta(minutes=6)
    past_the_end: timedelta = timedelta(minutes=10)
    late_after: timedelta = timedelta(minutes=2)  # a cue later than this is skipped or asked about, if so planned
    look_back: timedelta = timedelta(hours=2)  # how long before its time a cue may have gone out already (`next`)

    grace_question: timedelta = timedelta(minutes=15)
    grace_announcement: timedelta = timedelta(hours=6)
    grace_reminder: timedelta = timedelta(minutes=30)
    grace_welcome: timedelta = timedelta(minutes=20)
    grace_digest: timedelta = timedelta(days=3)
    grace_other: timedelta = timedelta(minutes=30)
    grace_notice: timedelta = timedelta(hours=24)

    announcement_before: timedelta = timedelta(hours=24)
    reminder_before: timedelta = timedelta(hours=1)
    welcome_before: timedelta = timedelta(minutes=5)
    so_far_before: timedelta = timedelta(minutes=2)
    first_question_after: timedelta = timedelta(minutes=3)
    first_of_few_after: timedelta = timedelta(minutes=5)  # five questions or fewer leave more time for hellos
    last_question_before_end: timedelta = timedelta(minutes=12)
    heads_up_before: timedelta = timedelta(minutes=1)
    last_call_before_end: timedelta = timedelta(minutes=3)
    limits_kept: timedelta = timedelta(hours=6)  # what a server said that it takes; then it is asked again
    pre_flight: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=1))
    not_ready: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=2), timedelta(hours=3))

    collect_every: timedelta = timedelta(seconds=30)
    collect_every_late: timedelta = timedelta(minutes=15)
    budget_window: timedelta = timedelta(minutes=1)  # in which an account reads at most 20 further pages
    rescan_after: tuple[timedelta, ...] = _minutes(10, 60, 24 * 60)
    rescan_missed: timedelta = timedelta(days=30)  # a last reading that was missed is made up for so long
    window_before: timedelta = timedelta(minutes=30)
    collect_whole_every: timedelta = timedelta(minutes=3)  # live: the whole window; between, back to `overlap`
    overlap: timedelta = timedelta(minutes=10)
    reply_thread_after: timedelta = timedelta(minutes=5)  # a server fetches what it lacks below a remote reply
    reply_thread_every: timedelta = timedelta(minutes=15)  # and ever more seldom as the reply grows old
    vantage_every: timedelta = timedelta(minutes=2)  # other servers, live; those that fail rest longer and longer
    vantage_every_late: timedelta = timedelta(hours=1)
    vantage_whole_every: timedelta = timedelta(minutes=20)  # live: the whole window there
    vantage_ask_again: timedelta = timedelta(hours=6)  # one that shows nothing; and how long a pause may be
    robots_every: timedelta = timedelta(days=1)
    resolve_again: tuple[timedelta, ...] = _minutes(10, 60, 6 * 60, 24 * 60)  # what our server could not fetch
    gone_confirmed_after: timedelta = timedelta(minutes=5)
    doubted_every: timedelta = timedelta(hours=1)  # while many posts have vanished at once
    believed_after: timedelta = timedelta(days=1)  # that many posts vanished at once
    missing_kept: timedelta = timedelta(days=7)  # out of the pages by then, and not erased before
    verify_every: tuple[timedelta, ...] = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
    verify_until: tuple[timedelta, ...] = (timedelta(days=8), timedelta(days=60))  # after the end; then the last
    stream_silence: timedelta = timedelta(seconds=60)
    stream_stable: timedelta = timedelta(seconds=60)  # signs of life for so long, and the next pause is short again
    stream_backoff: timedelta = timedelta(seconds=5)
    favourite_after: timedelta = timedelta(minutes=2)  # a host may have left it out by then
    mentions_every: timedelta = timedelta(minutes=1)  # when no chat is on: words to the bot are heard at any hour

    command_valid: timedelta = timedelta(minutes=10)  # an older `next` is answered, not obeyed
    late_told_after: timedelta = timedelta(minutes=1)
    stale_after: timedelta = timedelta(seconds=30)  # without a tick for so long, `health` says it is not running
    overdue_limit: timedelta = timedelta(minutes=5)
    heartbeat_every: timedelta = timedelta(minutes=1)
    backoff_limit: timedelta = timedelta(minutes=5)

    edition_after: timedelta = timedelta(minutes=5)
    publish_reminders: tuple[timedelta, ...] = (timedelta(hours=1), timedelta(hours=24))
    forget_unpublished_after: timedelta = timedelta(days=30)
    forget_warnings: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=1))

    @classmethod
    def in_seconds(cls, told: Mapping[str, float]) -> Timing:
        """Return the usual durations with some of them told by name; raises `KeyError` for a name there is not."""
        known = cls()
        unknown = sorted(set(told) - set(cls.__struct_fields__))
        if unknown:
            raise KeyError(", ".join(unknown))
        given = {name: timedelta(seconds=seconds) for name, seconds in told.items()}
        several = {name: (one,) for name, one in given.items() if isinstance(getattr(known, name), tuple)}
        return replace(known, **{**given, **several})

    def scaled(self, factor: float, **kept: timedelta | tuple[timedelta, ...]) -> Timing:
        """Return these durations times `factor`, except those given by name."""
        shrunk = {name: _times(getattr(self, name), factor) for name in self.__struct_fields__}
        return replace(self, **{**shrunk, **kept})


def _times(value: timedelta | tuple[timedelta, ...], factor: float) -> timedelta | tuple[timedelta, ...]:
    return tuple(item * factor for item in value) if isinstance(value, tuple) else value * factor
