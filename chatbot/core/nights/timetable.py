"""Tonight's timetable: every post of a chat with its instant, its words, and what becomes of it when it is late.

    run_sheet(series, chat, timing)  all cues of a chat, in order; none of a draft or a past chat
    digest_cue(…, now, url)          the digest's announcement, once somebody said `publish`
    again_cue(…, question, again)    a question asked once more
    reworded(…, kind, question)      what a post that is out would say under this plan

A cue's key names what the post is for and never its words, so that a reworded plan finds its cues again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.model import INVITATIONS, Cue, CueKind, Draft, Lateness, Visibility
from chatbot.core.nights import facts, spacing, wording
from chatbot.core.nights.wording import EVERYWHERE, Room
from chatbot.core.plan import Chat, Question, Series
from chatbot.core.timing import Timing
from chatbot.core.value import Value, replace


class _Manner(Value, frozen=True):
    """How posts of one kind are made: who sees them, under what, how late they may be, and what if they are."""

    visibility: Visibility
    under_welcome: bool
    lateness: Lateness
    grace: str = "grace_other"  # the name of a duration in `Timing`


_TOP = (Visibility.PUBLIC, False)
_UNDER = (Visibility.PUBLIC, True)
_QUIET = (Visibility.UNLISTED, True)
_MANNERS = {
    CueKind.ANNOUNCEMENT: _Manner(*_TOP, Lateness.POST_LATE, "grace_announcement"),
    CueKind.REMINDER: _Manner(*_TOP, Lateness.POST_LATE, "grace_reminder"),
    CueKind.WELCOME: _Manner(*_TOP, Lateness.POST_LATE, "grace_welcome"),
    CueKind.SO_FAR: _Manner(*_QUIET, Lateness.POST_LATE),
    CueKind.HEADS_UP: _Manner(*_QUIET, Lateness.SKIP),
    CueKind.QUESTION: _Manner(*_TOP, Lateness.POST_LATE, "grace_question"),
    CueKind.LAST_CALL: _Manner(*_QUIET, Lateness.SKIP),
    CueKind.THANKS: _Manner(*_UNDER, Lateness.POST_LATE),
    CueKind.CORRECTION: _Manner(*_TOP, Lateness.POST_LATE, "grace_digest"),
    CueKind.DIGEST: _Manner(*_UNDER, Lateness.POST_LATE, "grace_digest"),
}
_ORDER = {kind: place for place, kind in enumerate(CueKind)}


def key(chat_id: str, kind: CueKind, question_id: str | None = None, nth: int = 1) -> str:
    """Return a cue's key, `chat/kind/question-id/nth`; `-` stands where there is no question."""
    return f"{chat_id}/{kind}/{question_id or '-'}/{nth}"


def is_postable(chat: Chat) -> bool:
    """Tell whether a chat posts anything: it has a theme and questions, is said to be ready, and is to come."""
    return bool(chat.theme and chat.questions and chat.ready) and not (chat.is_past or chat.cancelled)


def run_sheet(series: Series, chat: Chat, timing: Timing, rooms: Sequence[Room] = EVERYWHERE) -> tuple[Cue, ...]:
    """Return all cues of a chat in the order of the night; a draft and a past chat have none.

    `rooms` says what each account's server takes. Raises `Mistakes` with every text that is too long and every
    template that cannot be used.
    """
    if not is_postable(chat):
        return ()
    scribe = _Scribe(series, chat, timing, rooms)
    cues = [cue for cue in _cues(scribe) if cue is not None]
    if scribe.mistakes:
        raise Mistakes(tuple(dict.fromkeys(scribe.mistakes)))
    return tuple(_ending_in_time(sorted(cues, key=lambda cue: (cue.due_at, _ORDER[cue.kind])), chat))


def digest_cue(
    series: Series, chat: Chat, timing: Timing, now: datetime, url: str, rooms: Sequence[Room] = EVERYWHERE
) -> Cue:
    """Return the cue that tells where the digest can be read, due at once."""
    scribe = _Scribe(series, chat, timing, rooms)
    return scribe.sure(scribe.cue(CueKind.DIGEST, now, named={"url": url}))


class Again(Value, frozen=True):
    """A question's further time: the how manieth it is, where the first one stands, and the instant and its grace."""

    nth: int
    first_url: str
    due_at: datetime
    grace: timedelta


def again_cue(series: Series, chat: Chat, question: Question, again: Again, rooms: Sequence[Room] = EVERYWHERE) -> Cue:
    """Return the cue that asks a question once more, with the address of the first time.

    A poll is not repeated, or its votes would be split: it is where the address leads.
    """
    text = wording.asked_again(series, chat, question, again.first_url, rooms)
    return Cue(
        key=key(chat.id, CueKind.QUESTION, question.id, again.nth),
        chat=chat.id,
        kind=CueKind.QUESTION,
        due_at=again.due_at,
        draft=replace(_draft(CueKind.QUESTION, text, chat, question), poll=None),
        grace=again.grace,
        lateness=_MANNERS[CueKind.QUESTION].lateness,
        question=question.id,
        nth=again.nth,
        says=facts.of_cue(CueKind.QUESTION, series, chat, question),
    )


def reworded(
    series: Series,
    chat: Chat,
    kind: CueKind,
    rooms: Sequence[Room] = EVERYWHERE,
    *,
    question: Question | None = None,
    notice: bool = False,
) -> Draft:
    """Return what a post that is out would say under this plan; a question that carried the notice keeps it."""
    for carries in dict.fromkeys((notice, False)):
        with contextlib.suppress(Mistakes):
            text = wording.cue_text(kind, series, chat, rooms, question=question, notice=carries)
            return _draft(kind, text, chat, question)
    return _draft(kind, wording.cue_text(kind, series, chat, rooms, question=question), chat, question)


def question_times(series: Series, chat: Chat, timing: Timing) -> tuple[datetime, ...]:
    """Return when each question is asked, in the plan's order; those without a time are spread as real chats do."""
    return spacing.spread(chat, timing, series.zone)


def _cues(scribe: _Scribe) -> Iterator[Cue | None]:
    chat, timing = scribe.chat, scribe.timing
    yield scribe.cue(CueKind.ANNOUNCEMENT, chat.starts_at - timing.announcement_before)
    yield scribe.cue(CueKind.REMINDER, chat.starts_at - timing.reminder_before)
    yield scribe.cue(CueKind.WELCOME, chat.starts_at - timing.welcome_before, notice=True)
    yield scribe.cue(CueKind.SO_FAR, chat.starts_at - timing.so_far_before, named={"asked": ""})
    yield from _questions(scribe)
    if chat.settings.last_call:
        yield scribe.cue(CueKind.LAST_CALL, chat.ends_at - timing.last_call_before_end)
    yield scribe.cue(CueKind.THANKS, chat.ends_at, notice=True)


def _questions(scribe: _Scribe) -> Iterator[Cue | None]:
    chat = scribe.chat
    times = question_times(scribe.series, chat, scribe.timing)
    carrier = _notice_question(scribe)
    first = min(times)
    for question, at in zip(chat.questions, times, strict=True):
        if chat.settings.heads_up and at != first:  # the welcome has just announced the first
            yield scribe.cue(CueKind.HEADS_UP, at - scribe.timing.heads_up_before, question)
        yield scribe.cue(CueKind.QUESTION, at, question, notice=question is carrier)


def _notice_question(scribe: _Scribe) -> Question | None:
    """Return the question nearest to the middle that leaves room for the notice."""
    questions = scribe.chat.questions
    middle = len(questions) // 2
    for question in sorted(questions, key=lambda q: abs(questions.index(q) - middle)):
        if _Scribe(scribe.series, scribe.chat, scribe.timing, scribe.rooms).cue(
            CueKind.QUESTION, scribe.chat.starts_at, question, notice=True
        ):
            return question
    if all(scribe.cue(CueKind.QUESTION, scribe.chat.starts_at, question) for question in questions):
        what = "no question leaves room for the notice of what is collected, which one in the middle must carry"
        scribe.mistakes.append(Mistake(scribe.chat.id, None, what, "shorten one question by about 120 characters"))
    return None


class _Scribe:
    """Writes the cues of one chat; what cannot be written is kept in `mistakes`, so that all of it is named at once."""

    def __init__(self, series: Series, chat: Chat, timing: Timing, rooms: Sequence[Room]) -> None:
        self.series = series
        self.chat = chat
        self.timing = timing
        self.rooms = rooms
        self.mistakes: list[Mistake] = []

    def cue(
        self,
        kind: CueKind,
        due_at: datetime,
        question: Question | None = None,
        *,
        notice: bool = False,
        named: dict[str, str] | None = None,
    ) -> Cue | None:
        """Return a cue, or None when its words cannot be posted."""
        try:
            text = wording.cue_text(
                kind, self.series, self.chat, self.rooms, question=question, notice=notice, named=named
            )
        except Mistakes as found:
            self.mistakes.extend(found.mistakes)
            return None
        manner, question_id = _MANNERS[kind], question.id if question else None
        return Cue(
            key=key(self.chat.id, kind, question_id),
            chat=self.chat.id,
            kind=kind,
            due_at=due_at,
            draft=_draft(kind, text, self.chat, question),
            grace=self._grace(kind),
            lateness=manner.lateness,
            question=question_id,
            reply_to=key(self.chat.id, CueKind.WELCOME) if manner.under_welcome else None,
            notice=notice,
            says=facts.of_cue(kind, self.series, self.chat, question),
        )

    def sure(self, cue: Cue | None) -> Cue:
        """Return the cue, or raise what is wrong with it."""
        if cue is None:
            raise Mistakes(self.mistakes)
        return cue

    def _grace(self, kind: CueKind) -> timedelta:
        unhurried = kind is CueKind.QUESTION and self.chat.slow  # one a day may come some hours late
        grace: timedelta = getattr(self.timing, "grace_announcement" if unhurried else _MANNERS[kind].grace)
        return grace


def _draft(kind: CueKind, text: str, chat: Chat, question: Question | None) -> Draft:
    draft = Draft(text, _MANNERS[kind].visibility, language=chat.settings.language)
    if question is None or kind is not CueKind.QUESTION:
        return draft
    return replace(
        draft,
        warning=question.warning,
        language=question.language or draft.language,
        picture=question.picture,
        alt=question.alt,
        poll=question.poll,
    )


def _ending_in_time(cues: Sequence[Cue], chat: Chat) -> Iterator[Cue]:
    """Yield cues whose grace ends where they would be nonsense: a reminder at the start, a heads-up at its question."""
    questions = {cue.question: cue.due_at for cue in cues if cue.kind is CueKind.QUESTION}
    for cue in cues:
        ends = {
            **dict.fromkeys(INVITATIONS, chat.starts_at),
            CueKind.HEADS_UP: questions.get(cue.question, cue.due_at),
            CueKind.LAST_CALL: chat.ends_at,
        }
        latest = ends.get(cue.kind)
        yield cue if latest is None else replace(cue, grace=max(timedelta(), min(cue.grace, latest - cue.due_at)))
