"""Builds the whole view of a chat from its record: same facts, same view, whenever and wherever it is built.

1. Sift: decide for every post whether it may be shown (`sifting`), and name everybody who may be named (`naming`).
2. Plant: put answers under questions and talk under what it replies to (`threads`).
3. Show and count what is left (`showing`, `counting`), and say what is missing (`missing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from chatbot.core.model import CueKind
from chatbot.core.pages import counting, missing, naming, sifting, threads
from chatbot.core.pages.showing import Shower, web_address
from chatbot.core.pages.shown import Answer, AskedShown, Edition, Introduced, QuestionSection, Talk, Transcript
from chatbot.core.pages.sifting import Sifted
from chatbot.core.plan import Person, Question, Reading
from chatbot.core.privacy.forgetting import HIDDEN
from chatbot.core.record import Record
from chatbot.core.value import replace

DEEPEST = 3  # levels of talk that are nested; what is deeper stands flat in the third, naming whom it answers
NOT_HERE = "This post is not in the archive; what was said below it is."


def build(
    record: Record, copies: Mapping[str, str] | None = None, faces: Mapping[str, str] | None = None
) -> Transcript:
    """Return everything that everybody may read of a chat.

    `copies` are files of copied pictures, the plan's own too, `faces` of copied avatars, each by its address.
    """
    sifted = sifting.sift(record)
    shown = [item.post for item in sifted.values() if item.fate == "shown"]
    names = naming.names(record, shown, faces)
    builder = _Builder(record, sifted, Shower(record, names, sifted, copies or {}))
    questions = tuple(map(builder.section, record.chat.questions))
    also_said = builder.talk_of(builder.forest.alone)
    posts = counting.all_posts(questions, also_said)
    answering = frozenset(a.post.anchor for section in questions for a in section.answers)
    cards = {builder.shower.anchors[post.uri]: post.links for post in shown if post.links}
    left_out = missing.left_out(record, sifted, names)
    chat, series = record.chat, record.series
    return Transcript(
        chat_id=chat.id,
        series_id=series.id,
        series=series.name,
        theme=names.redact_text(chat.theme),
        hashtags=chat.hashtags or series.hashtags,
        language=chat.settings.language,
        zone=series.zone,
        starts_at=chat.starts_at,
        ends_at=chat.ends_at,
        late_until=chat.late_until,
        edition=_edition(record),
        hosts=tuple(_introduced(series.hosts, names, copies or {})),
        guests=tuple(_introduced(chat.guests, names, copies or {})),
        framing=names.redact_text(chat.framing),
        reading=tuple(_reading(chat.reading, names)),
        questions=questions,
        also_said=also_said,
        people=counting.people(posts, answering),
        links=counting.links(posts, cards, _labels(questions), names),
        numbers=counting.numbers(chat, questions, posts),
        missing=missing.missing(record, sifted),
        left_out=left_out,
        operator=series.operator,
        contact=series.contact,
        index=chat.settings.index,
        updated_at=_updated_at(record, shown_at=[post.edited_at or post.at for post in posts]),
        letters=tuple(dict.fromkeys((*chat.settings.answer_letters, chat.settings.question_letter))),
    )


class _Builder:
    """Turns a planted forest into sections, answers and talk."""

    def __init__(self, record: Record, sifted: Mapping[str, Sifted], shower: Shower) -> None:
        self.record = record
        self.sifted = sifted
        self.shower = shower
        asked = {asking.uri: question for question, askings in record.asked.items() for asking in askings}
        corrected = (own for own in record.own_posts if own.kind is CueKind.CORRECTION and own.question)
        asked.update((own.uri, own.question) for own in corrected if own.question)  # what replies to it is below it
        ids = [question.id for question in record.chat.questions]
        self.forest = threads.Planter(sifted, record.empty, asked, ids).plant()
        self.labels = {question.id: question.label or question.text for question in record.chat.questions}
        self.urls = {post.uri: post.url for post in record.own_posts}
        self.urls.update((uri, sifted[uri].post.url) for uri in asked if uri in sifted)
        self.hanging: dict[str, tuple[str, ...]] = {}
        for question in ids:  # what hangs below an answer has its first place there
            for uri in self.forest.answers.get(question, ()):
                if (uri, question) in self.forest.hanging:
                    self.hanging[uri] = (*self.hanging.get(uri, ()), self.labels[question])
        self.first_place: dict[str, str] = dict.fromkeys(self.hanging, "")

    def section(self, question: Question) -> QuestionSection:
        """Return a question with everything below it."""
        return QuestionSection(
            id=question.id,
            anchor=f"q-{question.number if question.number is not None else question.id}",
            number=question.number,
            label=question.label,
            text=self.shower.words(question.text),
            language=question.language,
            warning=self.shower.words(question.warning),
            picture=self.shower.copies.get(question.picture or ""),
            alt=self.shower.words(question.alt),
            asked=tuple(self._asked(question.id)),
            first_asked_as=self._first_asked_as(question),
            answers=tuple(self._answer(uri, question.id) for uri in self.forest.answers.get(question.id, ())),
            talk=self.talk_of(self.forest.below_question.get(question.id, ())),
            not_asked=missing.not_asked(self.record, question.id),
        )

    def _asked(self, question: str) -> Iterable[AskedShown]:
        for asking in self.record.asked.get(question, ()):
            url = self.urls.get(asking.uri, asking.uri)
            leads_somewhere = not asking.uri.startswith(HIDDEN)  # whoever asked it by hand wants to be left out
            is_named = leads_somewhere and self.shower.may_lead_to(asking.uri) and self.shower.may_lead_to(url)
            yield AskedShown(
                asking.uri if is_named else "", asking.at, asking.account, web_address(url) or "" if is_named else ""
            )

    def _first_asked_as(self, question: Question) -> str:
        """Return the words a question was first asked in, if others than white space were changed since."""
        first = next((asking.text for asking in self.record.asked.get(question.id, ()) if asking.text), "")
        return "" if first.split() == question.text.split() else self.shower.words(first)

    def _answer(self, uri: str, question: str) -> Answer:
        item = self.sifted[uri]
        post = self.shower.post(item)
        under = self._hangs_below(uri) if (uri, question) in self.forest.hanging else None
        first = self.first_place.setdefault(uri, question) == question
        parts = threads.parts_of(uri, self.forest)
        below = [child for part in (uri, *parts) for child in self.forest.below.get(part, ())]
        others = [other for other in item.placement.answers if other != question and other in self.labels]
        return Answer(
            anchor=post.anchor if first or under else f"{post.anchor}-{question}",
            post=post,
            evidence=item.placement.evidence,
            why=item.placement.why,
            parts=tuple(self.shower.post(self.sifted[part]) for part in parts),
            also_answers=tuple(self.labels[other] for other in others),
            is_featured=item.is_featured,
            talk=self.talk_of(below, post.anchor) if first and under is None else (),
            talk_at=None if first or not below else post.anchor,
            under=under,
        )

    def _hangs_below(self, uri: str) -> str | None:
        return self.shower.anchors.get(self.sifted[uri].placement.under or "")

    def talk_of(self, uris: Iterable[str], under: str | None = None, depth: int = 1) -> tuple[Talk, ...]:
        """Return posts with what stands below them, nested as deep as a phone can show."""
        return tuple(self._talk(uri, under, depth) for uri in uris)

    def _talk(self, uri: str, under: str | None, depth: int) -> Talk:
        item = self.sifted.get(uri)
        post = self.shower.post(item) if item is not None and item.fate == "shown" else None
        anchor = post.anchor if post is not None else None
        deeper = depth < DEEPEST
        talk = self.talk_of(self._below(uri), anchor, depth + 1) if deeper else tuple(self._flat(uri))
        if item is None or post is None:
            return Talk(None, NOT_HERE, talk=talk, under=under)
        answers = self.hanging.get(uri, ())
        return Talk(post, item.placement.why, item.placement.evidence, talk, under, None, answers, item.is_featured)

    def _flat(self, uri: str) -> Iterator[Talk]:
        """Yield everything below a post in the order of time, each naming whom it answers."""
        parents = dict.fromkeys(self._below(uri), uri)
        waiting = list(parents)
        while waiting:
            parent = waiting.pop()
            new = [child for child in self._below(parent) if child not in parents]
            parents.update(dict.fromkeys(new, parent))
            waiting += new
        shown = [child for child in parents if child in self.shower.anchors]
        for child in sorted(shown, key=lambda c: (self.sifted[c].post.at, c)):
            item, parent = self.sifted[child], parents[child]
            yield Talk(
                self.shower.post(item),
                item.placement.why,
                item.placement.evidence,
                under=self.shower.anchors.get(parent),
                reply_to=self.shower.name_of(parent),
                answers=self.hanging.get(child, ()),
                is_featured=item.is_featured,
            )

    def _below(self, uri: str) -> list[str]:
        return [*self.forest.below.get(uri, ()), *self.forest.parts.get(uri, ())]


def _labels(questions: Iterable[QuestionSection]) -> Mapping[str, tuple[str, ...]]:
    """Return the labels of the questions each answer answers, by the anchor of its post and of its parts."""
    found: dict[str, tuple[str, ...]] = {}
    for section in questions:
        for answer in section.answers:
            for post in (answer.post, *answer.parts):
                found[post.anchor] = (*found.get(post.anchor, ()), section.label or section.text)
    return found


def _introduced(people: Iterable[Person], names: naming.Names, copies: Mapping[str, str]) -> Iterator[Introduced]:
    """Yield hosts or guests as the plan introduces them, without those who refuse."""
    for person in people:
        account = person.account.lstrip("@") if person.account else None
        if account and names.refuses(account):
            continue
        known = (one.avatar for one in names.people.values() if account and one.handle == account)
        introduction = names.redact_text(person.introduction)
        picture = copies.get(person.picture or "")
        yield Introduced(person.name, account, introduction, picture, person.alt, next(known, None))


def _reading(entries: Iterable[Reading], names: naming.Names) -> Iterator[Reading]:
    for entry in entries:
        if web_address(entry.url) and names.instead_of(entry.url) is None:
            yield replace(entry, title=names.redact_text(entry.title))


def _edition(record: Record) -> Edition:
    if record.final_at is not None:
        return "final"
    return "provisional" if record.approved_at is not None else "preview"


def _updated_at(record: Record, shown_at: Iterable[datetime]) -> datetime:
    """Return the newest instant that the view rests on; it moves only when something that is shown does."""
    decided = (decision.at for decision in record.decisions)
    said = (at for at in (record.approved_at, record.final_at) if at is not None)
    return max((record.chat.starts_at, *shown_at, *decided, *said))
