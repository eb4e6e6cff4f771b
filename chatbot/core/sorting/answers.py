"""Sorts a chat's posts: which question each one answers, what it is talk about, and why.

The evidence, strongest first: a person's decision, the number a post says, what it replies to, what it quotes. The
clock alone is never evidence: of real posts two in five are talk, and one numbered answer in six comes when the next
question is out already.

1. Read every post on its own (`answer_notes`, `answer_number`).
2. Place each one after what it hangs on: the first rule that has a say decides.

The result depends on the facts of the record alone, not on their order, and a post of somebody unrelated changes no
other placement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from chatbot.core.model import CueKind, Evidence, Placement
from chatbot.core.record import Record
from chatbot.core.sorting import answer_notes, answer_words, moderation
from chatbot.core.sorting.answer_names import Names
from chatbot.core.sorting.answer_notes import Note
from chatbot.core.sorting.chatroom import Room
from chatbot.core.talk import commands
from chatbot.core.value import replace

# How far apart the parts of one answer may be. In the labelled chats the longest gap was a little over three minutes;
# the times of posts are facts, so the demo's shrunken durations do not apply.
PARTS_APART = timedelta(minutes=5)


def place(record: Record) -> Mapping[str, Placement]:
    """Return where every post of a chat stands, by uri, in the order of time.

    An answer is late when it was posted after the chat's end.
    """
    return _Sorter(record).place()


class _Sorter:
    """What all rules look at, and the rules in the order in which they are asked."""

    def __init__(self, record: Record) -> None:
        self.room = Room(record)
        self.standing = moderation.standing(record.decisions)
        self.notes = answer_notes.take(self.room)
        self.named_later = answer_notes.named_later(self.room, self.notes)
        self.moved = dict(self.named_later.values())
        self.writers_of_letters = answer_notes.writers_of_letters(self.notes)
        self.part = answer_notes.taking_part(self.room, self.notes)
        self.names = Names(self.room)
        self.done: dict[str, Placement] = {}
        self.rules: tuple[Callable[[Note], Placement | None], ...] = (
            self._of_the_chat,
            self._decided,
            self._elsewhere,
            self._repost,
            self._word_to_bot,
            self._asked_by_host,
            self._moved,
            self._numbered,
            self._introduction,
            self._reply,
            self._quote,
            self._further_part,
            self._reply_by_name,
            self._bare_number,
            self._rest,
        )

    def place(self) -> Mapping[str, Placement]:
        """Place every post after those it hangs on; parents that turn in circles are as if not seen."""
        for uri in self.notes:
            waiting, opened = [uri], set[str]()
            while waiting:
                top = waiting[-1]
                new = [] if top in opened else [other for other in self._hangs_on(top) if other not in opened]
                opened.add(top)
                waiting += new
                if not new:
                    self._settle(waiting.pop())
        return {uri: self.done[uri] for uri in self.notes}

    def _settle(self, uri: str) -> None:
        if uri in self.done:
            return
        placed = next(placed for rule in self.rules if (placed := rule(self.notes[uri])) is not None)
        late = placed.role == "answer" and self.notes[uri].post.at > self.room.chat.ends_at
        self.done[uri] = replace(placed, is_late=True) if late else placed

    def _hangs_on(self, uri: str) -> list[str]:
        """Return posts that have to be placed first: what it replies to or quotes, and its author's post before it."""
        post = self.notes[uri].post
        others = (self.room.parent_of(post), self.room.quoted_by(post), self.room.earlier.get(uri))
        return [other for other in others if other is not None and other in self.notes and other not in self.done]

    # the rules

    def _of_the_chat(self, note: Note) -> Placement | None:
        """Place the chat's own posts: a question, or anything else the hosts' bot says."""
        post = note.post
        if post.uri in self.room.asked_at:
            return Placement(post.uri, "question", (self.room.asked_at[post.uri],), why="because it asks the question")
        if self.room.is_bot(post):
            return Placement(post.uri, "host", why="because the chat's own account posted it")
        return None

    def _decided(self, note: Note) -> Placement | None:
        """Follow a person who put a post under a question, or under none."""
        standing = self.standing.get(note.post.uri)
        if standing is None or standing.assigned is None:
            return None
        question = self.room.question_called(standing.assigned)
        if question is not None:
            return self._answer(note, (question,), Evidence.PERSON, "because a host put it here")
        said = self._said(note, "because a host said that it answers no question")
        return replace(said, evidence=Evidence.PERSON)

    def _elsewhere(self, note: Note) -> Placement | None:
        """Leave to another chat what hangs on its posts, and what hangs on nothing once the next chat has begun."""
        post, record = note.post, self.room.record
        standing = self.standing.get(post.uri)
        if standing is not None and standing.included:
            return None
        on = self.room.parent_of(post) if self.room.is_reply(post) else self.room.quoted_by(post)
        placed = self.done.get(on or "")
        hangs_there = on in record.elsewhere or (placed is not None and placed.role == "elsewhere")
        hangs_here = placed is not None or (on is not None and self.room.is_known(on))
        is_later = record.next_at is not None and post.at >= record.next_at
        if hangs_there or (is_later and not hangs_here):
            return Placement(post.uri, "elsewhere", why="because it belongs to another chat with the hashtag")
        return None

    def _repost(self, note: Note) -> Placement | None:
        if note.is_repost:
            return Placement(note.post.uri, "repost", why="because it repeats somebody else's post")
        return None

    def _word_to_bot(self, note: Note) -> Placement | None:
        """Know a word that the bot heard, "start" under a question for one; what hangs below it keeps its place."""
        post = note.post
        if not self.room.is_to_bot(post):
            return None
        word = commands.person_word(post.spans) or (self.room.is_host(post) and commands.host_command(post.spans))
        if not word:
            return None
        return Placement(post.uri, "word", under=self.room.parent_of(post), why="because it is a word to the bot")

    def _asked_by_host(self, note: Note) -> Placement | None:
        """Know a question that a host asks again by hand; a Q-number of anybody else is an answer."""
        reading = note.reading
        if not (reading.asks and reading.numbers):
            return None
        question = self.room.numbers[reading.numbers[0]]
        repeats = any(answer_words.repeats(reading.rest, text) for text in self.room.wordings_of(question))
        if self.room.is_host(note.post):
            if repeats and not note.is_conversation:
                return Placement(note.post.uri, "question", (question,), why="because a host asks the question again")
            return self._said(note, "because a host speaks of a question")
        return self._said(note, "because it only repeats the question") if repeats else None

    def _moved(self, note: Note) -> Placement | None:
        """Follow an author who said afterwards what a post was; those words stand below it."""
        uri = note.post.uri
        if uri in self.moved:
            why = f"because its author said afterwards that it answers {self.room.name_of(self.moved[uri])}"
            return self._answer(note, (self.moved[uri],), Evidence.NUMBER, why)
        if uri in self.named_later:
            return self._talk(note, self.named_later[uri][0], "because it says what its author's earlier post was")
        return None

    def _numbered(self, note: Note) -> Placement | None:
        reading = note.reading
        if not reading.numbers or reading.place == "bare":
            return None
        questions = tuple(dict.fromkeys(self.room.numbers[number] for number in reading.numbers))
        parent = self.done.get(self.room.parent_of(note.post) or "")
        why = f"because it says {reading.says}"
        if parent is None or parent.role == "question":
            if parent is not None and not set(parent.answers) & set(questions):
                why += f", though it replies to {self.room.name_of(parent.answers[0])}"
            return self._answer(note, questions, Evidence.NUMBER, why, continues=self._part_of(note, questions))
        if not note.is_conversation and parent.role == "answer" and parent.answers == questions:
            return self._answer(note, questions, Evidence.NUMBER, why, continues=parent.uri)
        placed = self._answer(note, questions, Evidence.NUMBER, why, continues=self._part_of(note, questions))
        if note.is_conversation and set(parent.answers) & set(questions):
            return replace(placed, under=parent.uri, why=f"{why}, in reply to another answer")
        return placed

    def _part_of(self, note: Note, questions: tuple[str, ...]) -> str | None:
        """Return the author's earlier answer that "A3b" or "A3 also" goes on from."""
        if not note.reading.is_part and (note.share is None or note.share[0] == 1):
            return None
        for earlier in self.room.before(note.post.uri):
            placed = self.done.get(earlier.uri)
            if placed is not None and placed.role == "answer" and placed.answers == questions:
                return earlier.uri
        return None

    def _introduction(self, note: Note) -> Placement | None:
        """Know who says hello: in reply to the welcome, or with a greeting after it, before the first question."""
        first = self.room.first_question_at
        if (first is not None and note.post.at >= first) or note.post.author.handle.lower() in self.room.at_home:
            return None
        to_welcome = self.room.own.get(self.room.parent_of(note.post) or "") is CueKind.WELCOME
        greets = answer_words.greets(note.words) and not self.room.is_reply(note.post)
        if to_welcome or (greets and note.post.at >= self.room.opened_at and note.post.author.uri in self.part):
            return Placement(note.post.uri, "introduction", why="because it says hello before the first question")
        return None

    def _reply(self, note: Note) -> Placement | None:
        """Place a reply: to a question an answer, to one's own answer a part of it, to anybody else talk below it."""
        uri = self.room.parent_of(note.post)
        if uri is None:
            return None
        question = self._question_at(uri)
        if question is not None:
            return self._to_question(note, question, uri)
        if uri in self.room.empty:
            return self._talk(note, uri, "because it replies to a post that is not kept")
        parent = self.done.get(uri)
        if parent is None or uri in self.room.own:
            return None
        if parent.role == "answer" and not note.is_conversation:
            return self._goes_on(note, parent)
        takes_part = note.post.author.uri in self.part
        return self._talk(note, uri, "because it replies to another post") if takes_part else None

    def _to_question(self, note: Note, question: str, uri: str) -> Placement:
        name = self.room.name_of(question)
        if not note.is_conversation:  # its asker adds something
            return self._talk(note, uri, f"because it adds to {name}")
        return self._answer(note, (question,), Evidence.THREAD, f"because it replies to {name}")

    def _quote(self, note: Note) -> Placement | None:
        """Place a quote with words of one's own: of a question an answer, of another post talk below it."""
        uri = self.room.quoted_by(note.post)
        if uri is None or self.room.is_reply(note.post) or not answer_words.own_words(note.words):
            return None
        question = self._question_at(uri)
        if question is not None and not self.room.is_host(note.post):
            return self._answer(note, (question,), Evidence.QUOTE, f"because it quotes {self.room.name_of(question)}")
        if uri in self.done and uri not in self.room.own and note.post.author.uri in self.part:
            return replace(self._talk(note, uri, "because it quotes another post"), evidence=Evidence.QUOTE)
        return None

    def _further_part(self, note: Note) -> Placement | None:
        """Place "2/2" or "And …", posted minutes after an answer of the same person without replying to it."""
        second = note.share is not None and note.share[0] > 1
        if note.is_conversation or not (second or note.names_self or answer_words.goes_on(note.words)):
            return None
        alone = (post for post in self.room.before(note.post.uri) if not self.notes[post.uri].is_conversation)
        before = next(alone, None)
        if before is None or note.post.at - before.at > PARTS_APART:
            return None
        earlier = self.done.get(before.uri)
        return self._goes_on(note, earlier) if earlier is not None and earlier.role == "answer" else None

    def _reply_by_name(self, note: Note) -> Placement | None:
        question = self.names.question_replied_to(note.post, note.words)
        if question is None or note.reading.doubt or self.room.is_host(note.post):
            return None
        why = f"because it is addressed to whoever had just asked {self.room.name_of(question)}"
        return self._answer(note, (question,), Evidence.THREAD, why)

    def _bare_number(self, note: Note) -> Placement | None:
        """Believe "2. text" of somebody who never writes a letter, when it is no reply: weak, but all they say."""
        reading = note.reading
        if reading.place != "bare" or self.room.is_reply(note.post) or note.post.author.uri in self.writers_of_letters:
            return None
        question = self.room.numbers[reading.numbers[0]]
        return self._answer(note, (question,), Evidence.NUMBER, f"because it begins with {reading.says}")

    def _rest(self, note: Note) -> Placement:
        """Place what nothing else places: people who take part also said it, anything else waits for a person."""
        uri = note.post.uri
        standing = self.standing.get(uri)
        if standing is not None and standing.included:
            return Placement(uri, "also_said", evidence=Evidence.PERSON, why="because a host included it")
        if note.reading.doubt and note.post.author.handle.lower() not in self.room.at_home:
            return Placement(uri, "queued", why=f"because {note.reading.doubt}")
        if self.room.is_host(note.post):
            return self._said(note, "because a host said it")
        if note.post.author.uri in self.part:
            return Placement(uri, "also_said", why="because nothing says which question it answers")
        return Placement(uri, "queued", why="because it has the hashtag, and nothing else says that it takes part")

    # what the rules share

    def _question_at(self, uri: str) -> str | None:
        """Return the question that a post asked, for the bot or by hand."""
        placed = self.done.get(uri)
        again = placed.answers[0] if placed is not None and placed.role == "question" else None
        return self.room.asked_at.get(uri, again)

    def _answer(
        self, note: Note, questions: tuple[str, ...], evidence: Evidence, why: str, continues: str | None = None
    ) -> Placement:
        return Placement(note.post.uri, "answer", questions, evidence, why=why, continues=continues)

    def _goes_on(self, note: Note, earlier: Placement) -> Placement:
        names = " and ".join(map(self.room.name_of, earlier.answers))
        why = f"because it goes on from its author's answer to {names}"
        return self._answer(note, earlier.answers, Evidence.THREAD, why, continues=earlier.uri)

    def _talk(self, note: Note, under: str, why: str) -> Placement:
        return Placement(note.post.uri, "talk", evidence=Evidence.THREAD, under=under, why=why)

    def _said(self, note: Note, why: str) -> Placement:
        """Place words that answer nothing: below what they reply to, or by time."""
        under = self.room.parent_of(note.post)
        if under is not None and under in self.done and under not in self.room.own:
            return self._talk(note, under, why)
        return Placement(note.post.uri, "host" if self.room.is_host(note.post) else "also_said", why=why)
