"""The one place that puts the parts together, and the only reader of the real clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chatbot.config import Config, token_now
from chatbot.core.errors import ChatbotError
from chatbot.lock import FileLock, Lock
from chatbot.platforms.port import Platform, Vantage
from chatbot.store.engine import Store, open_store

if TYPE_CHECKING:
    from chatbot import config as files
    from chatbot.stages.collect import Collector, Lookout
    from chatbot.stages.obey import Ear


_CONTACTS = 3  # series whose contact is named to other servers


def now() -> datetime:
    """Read the real clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one installation: settings, database, clock, and its accounts on their networks.

    `stopped` ends what runs; nothing waits on a network's budget after it. `is_sure` tells whether the database is
    still this process's to send from. `sleep` and `monotonic` are what a lane waits for an instant by.
    """

    config: Config
    store: Store
    clock: Callable[[], datetime] = now
    stopped: threading.Event = field(default_factory=threading.Event)
    is_sure: Callable[[], bool] = lambda: True
    sleep: Callable[[float], object] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    _platforms: dict[str, Platform] = field(default_factory=dict)
    _vantages: dict[str, Vantage] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def platform(self, name: str) -> Platform:
        """Return the platform of an account named in the settings, made once."""
        with self._making:
            if name not in self._platforms:
                self._platforms[name] = self._make(name)
            return self._platforms[name]

    def _make(self, name: str) -> Platform:
        account = self.config.accounts.get(name)
        if account is None:
            raise ChatbotError(
                f"There is no account “{name}” in {self.config.file.name}, so nothing can be posted as it."
                f" Add [accounts.{name}] there, or correct the name in the series."
            )
        if account.network != "mastodon":
            raise ChatbotError(f"The account “{name}” names the network “{account.network}”; only mastodon is known.")
        from chatbot.platforms.mastodon import Mastodon

        return Mastodon(
            account.name,
            account.server,
            account.token,
            timing=self.config.timing,
            find_token=partial(token_now, account),
            contact=self.config.archive.public_url,  # where a server's people can see what this is
            stopped=self.stopped,
        )

    def vantage(self, named: files.Vantage) -> Vantage:
        """Return a way to another server, one for all accounts that ask it: it counts our requests together."""
        with self._making:
            if named.server not in self._vantages:
                from chatbot.platforms.mastodon import MastodonVantage

                self._vantages[named.server] = MastodonVantage(
                    named.server, named.token, self.config.timing, self._contact, self.stopped
                )
            return self._vantages[named.server]

    def _contact(self) -> str:
        """Return where other servers' people can ask about us: the archive's address, and whom each series names."""
        from chatbot.store import chats

        with self.store.read() as conn:
            named = [series.contact for series in chats.all_series(conn) if series.contact]
        known = [self.config.archive.public_url] if named and self.config.archive.public_url else []
        return "; ".join(dict.fromkeys([*known, *named[:_CONTACTS]]))

    def close(self) -> None:
        """Close every connection and the database."""
        for platform in self._platforms.values():
            platform.close()
        for vantage in self._vantages.values():
            vantage.close()
        self.store.close()


class Platforms(Mapping[str, Platform]):
    """Every account of the settings by name, each made when it is first asked for."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def __getitem__(self, name: str) -> Platform:
        """Return an account's platform; raises as `Parts.platform` does."""
        return self.parts.platform(name)

    def __iter__(self) -> Iterator[str]:
        """Name every account."""
        return iter(self.parts.config.accounts)

    def __len__(self) -> int:
        """Count the accounts."""
        return len(self.parts.config.accounts)


@contextmanager
def open_parts(config_file: str | None) -> Iterator[Parts]:
    """Read the settings, open the database, and close it at the end."""
    from chatbot.config import load

    with open_as(load(config_file)) as parts:
        yield parts


@contextmanager
def open_as(
    config: Config, stopped: threading.Event | None = None, is_sure: Callable[[], bool] = lambda: True
) -> Iterator[Parts]:
    """Open the database of settings that were read, and close it at the end."""
    parts = Parts(config, open_store(config.database), stopped=stopped or threading.Event(), is_sure=is_sure)
    try:
        if (config.state / "forgotten").exists():  # the database may be a restored backup
            from chatbot.stages import keep

            keep.apply_forget_list(parts.store, config, parts.clock())
        yield parts
    finally:
        parts.close()


def lock_of(config: Config) -> Lock:
    """Return the lock that one `run` of this database has at a time."""
    from chatbot.store.advisory import AdvisoryLock
    from chatbot.store.engine import is_postgresql

    if is_postgresql(config.database):
        return AdvisoryLock(config.database, config.timing.lock_trust)
    name = config.database.removeprefix("sqlite:///")
    is_file = name != config.database and not name.startswith((":memory:", "file:"))
    return FileLock(Path(f"{name}.lock") if is_file else config.state / "run.lock")


def collector(parts: Parts, listens: bool = True) -> Collector:
    """Put the collector together; with `listens`, words to the bot are obeyed as they are read."""
    from chatbot.stages.collect import Collector

    return Collector(parts.store, Platforms(parts), parts.config, parts.clock, ear(parts).hear if listens else None)


def lookout(parts: Parts, collector: Collector) -> Lookout:
    """Put the lookout together: every other server that an account asks, with the collector's door."""
    from chatbot.stages.collect import Lookout, Place

    accounts = parts.config.accounts.values()
    return Lookout(
        parts.store,
        [Place(parts.vantage(other), account.name) for account in accounts for other in account.vantage],
        Platforms(parts),
        collector.door,
        collector.was_read,
        frozenset(urlsplit(account.server).netloc.lower() for account in accounts),
        parts.config.timing,
        parts.clock,
    )


def ear(parts: Parts) -> Ear:
    """Put the ear together, with what a word does in the other stages."""
    from chatbot.stages import keep, planning
    from chatbot.stages.obey import Ear, Wishes
    from chatbot.store import chats

    store, config = parts.store, parts.config

    def publish(chat: str, by: str, at: datetime) -> None:
        with store.write() as conn:
            chats.approve(conn, chat, by, at)  # the next look at what is due verifies every post and writes it

    wishes = Wishes(
        say=partial(keep.say, store, config),
        forget=lambda author: keep.forget_person(store, config, author, parts.clock()),
        held=partial(keep.held, store, config),
        publish=publish,
        also=partial(planning.also, store, config.timing),
    )
    return Ear(store, config.timing, parts.clock, wishes)
