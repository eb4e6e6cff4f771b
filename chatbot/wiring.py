"""The one place that puts the parts together, and the only reader of the real clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chatbot.config import Config
from chatbot.core.errors import ChatbotError
from chatbot.platforms.port import Platform
from chatbot.store.engine import Store, open_store


def now() -> datetime:
    """Read the real clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one installation: settings, database, clock, and its accounts on their networks."""

    config: Config
    store: Store
    clock: Callable[[], datetime] = now
    _platforms: dict[str, Platform] = field(default_factory=dict)

    def platform(self, name: str) -> Platform:
        """Return the platform of an account named in the settings, made once."""
        if name not in self._platforms:
            account = self.config.accounts.get(name)
            if account is None:
                raise ChatbotError(
                    f"There is no account {name!r} in {self.config.file.name}, so nothing can be posted as it."
                    f" Add [accounts.{name}] there, or correct the name in the series."
                )
            if account.network != "mastodon":
                raise ChatbotError(
                    f"The account {name!r} names the network {account.network!r}; only mastodon is known."
                )
            from chatbot.platforms.mastodon import Mastodon

            self._platforms[name] = Mastodon(account.name, account.server, account.token, timing=self.config.timing)
        return self._platforms[name]


@contextmanager
def open_parts(config_file: str | None) -> Iterator[Parts]:
    """Read the settings, open the database, and close it at the end."""
    from chatbot.config import load

    config = load(config_file)
    store = open_store(config.database)
    try:
        if (config.state / "forgotten").exists():  # the database may be a restored backup
            from chatbot.stages import keep

            keep.apply_forget_list(store, config)
        yield Parts(config, store)
    finally:
        store.close()
