"""Obeys words to the bot: hosts' commands by private message, and what people say about themselves in any post.

1. a post whose whole text is no such word is passed by; an odd private message is answered with the words there are
2. a word heard before is passed by, for ever (table `heard`), also when it names two accounts and is read on both
3. a host's command acts on the chat that was on, or next, when it was written; one read too late is only answered
4. a person's word is handed on with the time it was written, so that the latest wins in whatever order they come
5. the answer goes to that person alone, through the outbox; of the text nothing is stored
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chatbot.core import text
from chatbot.core.errors import ChatbotError, Wrong
from chatbot.core.model import Author, Draft, Post, Visibility, Word
from chatbot.core.plan import Series
from chatbot.core.talk import braking, commands, replies
from chatbot.core.talk.braking import Outcome, Result
from chatbot.core.talk.commands import HostCommand, PersonWord
from chatbot.core.timing import Timing
from chatbot.platforms.port import Platform
from chatbot.store import brake, chats, outbox
from chatbot.store.brake import Said
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store

log = logging.getLogger("chatbot.obey")

_REMEMBERED = 5000
_ANSWERED_LATE = (HostCommand.PAUSE, HostCommand.STOP)  # a brake counts however late it is read, while the chat lasts


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is done when a person says a word, and when a host says `publish`; each opens its own transactions."""

    say: Callable[[Author, Word, datetime], object]
    forget: Callable[[Author], object]
    held: Callable[[Author], str]
    publish: Callable[[str, str, datetime], object]  # chat, by whom, when
    also: Callable[[str, Sequence[str], str, datetime], Outcome]  # chat, hashtags, by whom, when


@dataclass(slots=True)
class Ear:
    """Hears every post that mentions the bot or replies to it, as often as it is read, and obeys each word once."""

    store: Store
    timing: Timing
    clock: Callable[[], datetime]
    wishes: Wishes
    failures: int = 0
    _known: set[tuple[str, str]] = field(default_factory=set)
    _helped: dict[str, datetime] = field(default_factory=dict)
    _selves: dict[str, str] = field(default_factory=dict)

    def hear(self, post: Post, platform: Platform) -> None:
        """Obey a post to the account of this platform, by a mention or in reply, if it says a word."""
        place = (post.server, post.local_id)
        if place in self._known:
            return
        try:
            self._hear(post, platform)
        except ChatbotError as error:
            log.warning("word put off", extra={"why": type(error).__name__})
            return
        except Exception as error:  # one odd message must not keep the bot from hearing the others
            self.failures += 1
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error("word failed", extra={"error": type(error).__name__, "at": f"{where.name}:{where.lineno}"})
            return
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known.add(place)

    def _hear(self, post: Post, platform: Platform) -> None:
        word, command = commands.person_word(post.spans), commands.host_command(post.spans)
        is_direct = post.visibility is Visibility.DIRECT
        if word is None and command is None and not is_direct:
            return
        with self.store.read() as conn:
            hosted = _hosted(conn, post.author, platform.name)
            order = command if hosted and command is not HostCommand.FORGET else None
            meant = [series.id for series in _named_by_hashtag(post, hosted)]
            about = meant if order is not None else [word.value if word is not None else "help"]
            heard = Said(post.server, post.local_id, post.uri, tuple(about))
            if brake.is_heard(conn, heard):
                return
        if order is not None:
            self._order(heard, post, platform, order, hosted)
        elif word is not None:
            self._grant(heard, post, platform, word)
        elif is_direct:
            self._help(heard, post, platform, hosted)

    # hosts

    def _order(self, heard: Said, post: Post, platform: Platform, command: HostCommand, hosted: list[Series]) -> None:
        now = self.clock()
        if post.visibility is not Visibility.DIRECT:
            self._answer(heard, post, platform, replies.say_it_privately(command), "not private")
        elif command is HostCommand.PUBLISH:
            self._publish(heard, post, platform, hosted, now)
        elif command is HostCommand.ALSO:
            self._also(heard, post, platform, hosted, now)
        else:
            with self.store.write() as conn:
                if not brake.hear(conn, heard, now):
                    return
                meant = self._meant(conn, post, hosted)
                said = self._obey(conn, post, command, meant, now)
                self._put_answer(conn, post, platform, said, now)
            self._tell(command, meant)

    def _tell(self, command: HostCommand, meant: list[StoredChat]) -> None:
        """Write down which command was answered, for which chat it was."""
        for chat in [stored.chat.id for stored in meant] or ("",):
            log.info("command answered", extra={"chat": chat or None, "command": command.value})

    def _obey(self, conn: Connection, post: Post, command: HostCommand, meant: list[StoredChat], now: datetime) -> str:
        """Act on a host's command and return the answer."""
        if not meant:
            return replies.no_chat(command)
        if len(meant) > 1:
            return replies.which(command, [stored.series for stored in meant])
        stored, said_at, by = meant[0], min(post.at, now), commands.folded(post.author.handle)
        if self._is_too_old(stored, command, said_at, now):
            return replies.too_old(command, now - said_at)
        last = brake.latest(conn, stored.chat.id)
        if last is not None and said_at < last[1]:
            return replies.overtaken(command)
        outcome = self._act(conn, stored, command, by, said_at)
        brake.note(conn, stored.chat.id, command, by, said_at, now)
        return braking.sentence(stored.series, stored.chat, outcome, braking.BY_MESSAGE, now)

    def _act(self, conn: Connection, stored: StoredChat, command: HostCommand, by: str, said_at: datetime) -> Outcome:
        now = self.clock()
        if command is HostCommand.PAUSE:
            return brake.pause(conn, stored, by, now)
        if command is HostCommand.RESUME:
            return brake.resume(conn, stored, by, now)
        if command is HostCommand.NEXT:
            return brake.next_question(conn, stored, self.timing, now, said_at)
        if command is HostCommand.SKIP:
            return brake.skip_question(conn, stored, by, self.timing, now, said_at)
        if command is HostCommand.STOP:
            return brake.ask_to_stop(conn, stored, by, now)
        asked = brake.latest(conn, stored.chat.id, by)
        if asked is None or asked[0] is not HostCommand.STOP or said_at - asked[1] > self.timing.command_valid:
            return Outcome(command, Result.UNASKED)
        return brake.stop(conn, stored, by, now)

    def _is_too_old(self, stored: StoredChat, command: HostCommand, said_at: datetime, now: datetime) -> bool:
        is_over = now >= stored.chat.ends_at + self.timing.past_the_end
        if command in _ANSWERED_LATE:
            return is_over and now - said_at > self.timing.command_valid
        return now - said_at > self.timing.command_valid

    def _meant(self, conn: Connection, post: Post, hosted: list[Series]) -> list[StoredChat]:
        """Return the chat a host means: of the series named by a hashtag, the one on when it was written, or next."""
        ids = {series.id for series in _named_by_hashtag(post, hosted)}
        ahead = [
            stored
            for stored in chats.all_chats(conn)
            if stored.series.id in ids and post.at < stored.chat.ends_at + self.timing.past_the_end
        ]
        on = [stored for stored in ahead if braking.is_on(stored.chat, post.at, self.timing)]
        if on:
            return [stored for stored in on if stored.state != "cancelled"] or on[:1]
        return [stored for stored in ahead if stored.state != "cancelled"][:1]

    def _publish(self, heard: Said, post: Post, platform: Platform, hosted: list[Series], now: datetime) -> None:
        """Publish the latest chat that was over when the host wrote."""
        ids = {series.id for series in _named_by_hashtag(post, hosted)}
        with self.store.read() as conn:
            over = [
                stored
                for stored in chats.all_chats(conn)
                if stored.series.id in ids and stored.chat.ends_at <= post.at and _may_be_published(stored)
            ]
        if not over:
            self._answer(heard, post, platform, replies.no_chat(HostCommand.PUBLISH), "publish")
            return
        stored = over[-1]
        result = Result.DONE if stored.approved_at is None else Result.ALREADY
        if result is Result.DONE:
            self.wishes.publish(stored.chat.id, commands.folded(post.author.handle), now)
        outcome = Outcome(HostCommand.PUBLISH, result)
        said = braking.sentence(stored.series, stored.chat, outcome, braking.BY_MESSAGE, now)
        self._answer(heard, post, platform, said, "publish", stored.chat.id)

    def _also(self, heard: Said, post: Post, platform: Platform, hosted: list[Series], now: datetime) -> None:
        """Collect another hashtag for the chat that is on or was on last, else for the next one; twice does no harm."""
        meant_by = {text.normalise_tag(tag) for series in hosted for tag in series.hashtags}
        said = [tag for tag in commands.hashtags(post.spans) if text.normalise_tag(tag) not in meant_by]
        with self.store.read() as conn:
            meant = _open(conn, post, hosted) or self._meant(conn, post, hosted)
        if not meant:
            answer = replies.no_chat(HostCommand.ALSO)
        elif len(meant) > 1:
            answer = replies.which(HostCommand.ALSO, [stored.series for stored in meant])
        else:
            stored, by = meant[0], commands.folded(post.author.handle)
            try:
                outcome = self.wishes.also(stored.chat.id, said, by, now)
                answer = braking.sentence(stored.series, stored.chat, outcome, braking.BY_MESSAGE, now)
            except Wrong as wrong:
                answer = str(wrong)
        about = meant[0].chat.id if len(meant) == 1 else None
        self._answer(heard, post, platform, answer, "also", about)

    # everybody

    def _grant(self, heard: Said, post: Post, platform: Platform, word: PersonWord) -> None:
        """Do what a person asks about themselves, then confirm it; done twice after a crash it does no harm."""
        if word is PersonWord.HELD:
            said = self.wishes.held(post.author)
        else:
            if word is PersonWord.FORGET:
                self.wishes.forget(post.author)
            else:
                self.wishes.say(post.author, Word(word.value), min(post.at, self.clock()))
            said = replies.CONFIRMATION[word]
        self._answer(heard, post, platform, said, word.value)

    def _help(self, heard: Said, post: Post, platform: Platform, hosted: list[Series]) -> None:
        """Answer a private message that says no word, at most once in a while, and never a bot or ourselves."""
        now, handle = self.clock(), commands.folded(post.author.handle)
        if post.author.bot or now - post.at > self.timing.grace_notice or handle == self._self(platform):
            return
        last = self._helped.get(handle)
        if not hosted and last is not None and now - last < self.timing.grace_notice:
            return
        self._helped[handle] = now
        with self.store.read() as conn:
            served = [series for series in chats.all_series(conn) if platform.name in series.accounts]
        contact = served[0].contact if served else ""
        said = replies.help_for_hosts() if hosted else replies.help_for_people(contact)
        self._answer(heard, post, platform, said, "help")

    def _self(self, platform: Platform) -> str:
        if platform.name not in self._selves:
            self._selves[platform.name] = commands.folded(platform.me().handle)
        return self._selves[platform.name]

    # answers

    def _answer(
        self, heard: Said, post: Post, platform: Platform, said: str, what: str, chat: str | None = None
    ) -> None:
        now = self.clock()
        with self.store.write() as conn:
            if brake.hear(conn, heard, now):
                self._put_answer(conn, post, platform, said, now)
        log.info("word answered", extra={"word": what, "chat": chat})

    def _put_answer(self, conn: Connection, post: Post, platform: Platform, said: str, now: datetime) -> None:
        outbox.put_notice(
            conn,
            key=f"reply/{post.server}/{post.local_id}",
            account=platform.name,
            recipient=post.author.handle.lstrip("@"),
            draft=Draft(said, Visibility.DIRECT, reply_to=None if said == replies.FORGOTTEN else post.local_id),
            due_at=now,
            grace_until=now + self.timing.grace_notice,
            kind=outbox.REPLY,
            now=now,
        )


def _hosted(conn: Connection, author: Author, account: str) -> list[Series]:
    """Return the series that a person hosts and that this account serves."""
    who = commands.account_of(author)
    if who is None:
        return []
    served = [series for series in chats.all_series(conn) if account in series.accounts]
    return [series for series in served if any(commands.folded(host.account or "") == who for host in series.hosts)]


def _open(conn: Connection, post: Post, hosted: list[Series]) -> list[StoredChat]:
    """Return the chat of each series a message may mean that began last and still collects answers."""
    ids = {series.id for series in _named_by_hashtag(post, hosted)}
    begun = {
        stored.series.id: stored
        for stored in chats.all_chats(conn)
        if stored.series.id in ids and stored.chat.starts_at <= post.at <= stored.chat.late_until
    }
    return list(begun.values())


def _may_be_published(stored: StoredChat) -> bool:
    """An imported chat is published by its name only, at the computer; one that was forgotten not at all."""
    return not stored.chat.is_past and stored.emptied_at is None and stored.state != "draft"


def _named_by_hashtag(post: Post, hosted: list[Series]) -> list[Series]:
    """Return the series that a message names by a hashtag, or all of them where it names none."""
    tags = set(post.hashtags)
    named = [series for series in hosted if tags & {text.normalise_tag(tag) for tag in series.hashtags}]
    return named or hosted
