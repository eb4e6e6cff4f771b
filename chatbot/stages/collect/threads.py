"""Remembers which threads were read when, and says which are next: a pass may stop anywhere, and none is forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chatbot.core.nights.cadence import Asked
from chatbot.core.timing import Timing
from chatbot.platforms.port import Platform, PostRef
from chatbot.stages.collect import routes
from chatbot.stages.collect.routes import Route
from chatbot.store import posts
from chatbot.store.engine import Store


@dataclass(frozen=True, slots=True)
class Threads:
    """When the thread under each post was last read to its end, and last tried, by account and chat."""

    store: Store
    timing: Timing
    clock: Callable[[], datetime]
    _asked: dict[tuple[str, str], dict[str, Asked]] = field(default_factory=lambda: defaultdict(dict))
    _tried: dict[tuple[str, str], dict[str, datetime]] = field(default_factory=lambda: defaultdict(dict))

    def due(self, chat_id: str, platform: Platform, sent: Sequence[PostRef], through: bool) -> Iterator[Route]:
        """Yield the threads of a chat that are due on an account, each once; `through` goes on until none is."""
        asked, tried = self._asked[platform.name, chat_id], self._tried[platform.name, chat_id]
        yielded: set[str] = set()
        while True:
            with self.store.read() as conn:
                seen = posts.to_verify(conn, chat_id, platform.server)
            due = routes.due_threads(seen, sent, asked, tried, self.clock(), self.timing)
            due = [thread for thread in due if thread.ref.local_id not in yielded]
            for thread in due:
                yield routes.below(platform, thread, asked, tried, self.clock)
            yielded.update(thread.ref.local_id for thread in due)
            if not due or not through:
                return
