"""The questions of one chat, from their forms: numbers, ids, and the instants they are asked at."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from chatbot.core.errors import Wrong
from chatbot.core.files.fields import OFFSET, read_duration
from chatbot.core.files.forms import Notes
from chatbot.core.files.plan_forms import ChatForm, QuestionForm
from chatbot.core.files.series_reading import beside
from chatbot.core.files.toml import Path
from chatbot.core.model import PollDraft, QuestionNumber
from chatbot.core.nights import recurrence
from chatbot.core.plan import Question
from chatbot.core.value import Value, replace

_POLL_OPTION = 50  # characters that most servers take


class QuestionReading(Value, frozen=True):
    """Reads the questions of a chat that begins and ends at these instants; `path` is the chat's in its file."""

    notes: Notes
    path: Path
    zone: str
    starts_at: datetime
    ends_at: datetime
    is_past: bool

    def read(self, chat: ChatForm) -> tuple[Question, ...]:
        """Turn the forms into questions, and note what does not go together."""
        questions: list[Question] = []
        for position, form in enumerate(chat.question):
            path = (*self.path, "question", position)
            number = self._number(form, chat.unnumbered, questions, path)
            questions.append(self._question(form, number, position, path))
        self._note_repeats(questions)
        self._note_disorder(questions)
        return tuple(questions)

    def _number(self, form: QuestionForm, unnumbered: bool, before: list[Question], path: Path) -> QuestionNumber:
        if unnumbered:
            if form.number not in (None, "none"):
                todo = "take the number out, or the line unnumbered = true"
                self.notes.wrong((*path, "number"), "the chat is unnumbered, and this question has a number", todo)
            return None
        if form.number == "none":
            return None
        if form.number is not None:
            return form.number
        return max((question.number for question in before if isinstance(question.number, int)), default=0) + 1

    def _question(self, form: QuestionForm, number: QuestionNumber, position: int, path: Path) -> Question:
        if any(len(option) > _POLL_OPTION for option in (form.poll.options if form.poll else ())):
            todo = "shorten it; chatbot preview shows what your server takes"
            self.notes.warn((*path, "poll"), f"an answer has more than {_POLL_OPTION} characters", todo)
        return Question(
            id=form.id or _usual_id(number, position),
            number=number,
            text=form.text,
            at=self._at(form, path),
            picture=beside(self.notes.document.file, form.picture),
            alt=form.alt or "",
            warning=form.warning or "",
            poll=_poll(form),
            language=form.language,
            asked_at=self._asked_at(form, path),
            uris=tuple(form.uris),
        )

    def _at(self, form: QuestionForm, path: Path) -> datetime | None:
        if form.at is None:
            return None
        try:
            at = self._instant(form.at)
        except Wrong as wrong:
            self.notes.refused((*path, "at"), wrong)
            return None
        if not self.starts_at <= at <= self.ends_at:
            length = self.ends_at - self.starts_at
            todo = f"it lasts {int(length.total_seconds() // 60)} minutes; choose a time within, or a longer `length`"
            self.notes.wrong((*path, "at"), f'"{form.at}" is outside the chat', todo)
        return at

    def _instant(self, text: str) -> datetime:
        """Reckon an offset or a local time; a time before the start is meant for the next day."""
        if text.startswith("+"):
            return self.starts_at + read_duration(text[1:])
        match = OFFSET.fullmatch(text)
        day, clock = (match[1], match[2]) if match else (None, text)
        if day:
            return recurrence.local_instant(recurrence.read_date(day), clock, self.zone)
        first = recurrence.local_date(self.starts_at, self.zone)
        at = recurrence.local_instant(first, clock, self.zone)
        return at if at >= self.starts_at else recurrence.local_instant(_next(first), clock, self.zone)

    def _asked_at(self, form: QuestionForm, path: Path) -> tuple[datetime, ...]:
        if form.asked_at and not self.is_past:
            todo = "write at = … to say when it is to be asked"
            self.notes.wrong((*path, "asked_at"), "the chat is still to come, so nothing was asked yet", todo)
            return ()
        asked = []
        for number, moment in enumerate(form.asked_at):
            try:
                asked.append(self._moment(moment))
            except (ValueError, OverflowError):
                todo = 'write "20:05" (local time) or 2026-01-06T20:05:00Z'
                self.notes.wrong((*path, "asked_at", number), f'"{moment}" is not a time', todo)
        return tuple(asked)

    def _moment(self, moment: datetime | str) -> datetime:
        if isinstance(moment, str):
            if OFFSET.fullmatch(moment):
                return self._instant(moment)
            moment = datetime.fromisoformat(moment)
        if moment.tzinfo is None:
            local = recurrence.local_instant(moment.date(), f"{moment:%H:%M}", self.zone)
            return local + timedelta(seconds=moment.second, microseconds=moment.microsecond)
        return moment.astimezone(UTC)

    def _note_repeats(self, questions: list[Question]) -> None:
        ids: set[str] = set()
        numbers: set[QuestionNumber] = set()
        for position, question in enumerate(questions):
            path = (*self.path, "question", position)
            if question.number is not None and question.number in numbers:
                what = f"two questions have the number {question.number}"
                self.notes.wrong((*path, "number"), what, "give each its own, or leave the numbers out")
            elif question.id in ids:
                self.notes.wrong((*path, "id"), f'two questions have the id "{question.id}"', "give each its own")
            ids.add(question.id)
            numbers.add(question.number)

    def _note_disorder(self, questions: list[Question]) -> None:
        latest: datetime | None = None
        for position, question in enumerate(questions):
            if question.at is None:
                continue
            if latest is not None and question.at <= latest:
                path = (*self.path, "question", position, "at")
                self.notes.wrong(path, "it is asked before the question above it", "put them in the order of the night")
            latest = question.at


def _usual_id(number: QuestionNumber, position: int) -> str:
    """Return the id of a question that has none of its own: it must stay when other questions come and go."""
    if number is None:
        return f"part-{position + 1}"
    return number if number == "wrap" else f"q{number}"


def _poll(form: QuestionForm) -> PollDraft | None:
    if form.poll is None:
        return None
    poll = PollDraft(tuple(form.poll.options), multiple=form.poll.multiple)
    return replace(poll, open_for=form.poll.open_for) if form.poll.open_for else poll


def _next(day: date) -> date:
    return day + timedelta(days=1)
