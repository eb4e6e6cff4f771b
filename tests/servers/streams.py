"""Event streams: who listens to what, and the ways in which they fail."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Collection
from dataclasses import dataclass, field

Channel = tuple[str, str]  # ("user", name), ("hashtag", tag) …


@dataclass(eq=False)
class Listener:
    """One connection, with what it listens to; bytes in the queue are sent as they are, None ends it."""

    whose: str
    channels: set[Channel] = field(default_factory=set)
    heard: queue.SimpleQueue[Event | bytes | None] = field(default_factory=queue.SimpleQueue)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one channel; `payload` is JSON, or the bare id of what was deleted."""

    channel: Channel
    name: str
    payload: str

    def as_sse(self) -> bytes:
        return f"event: {self.name}\ndata: {self.payload}\n\n".encode()

    def as_frame(self) -> bytes:
        kind, which = self.channel
        stream = [kind, which] if kind == "hashtag" else [kind]
        return json.dumps({"stream": stream, "event": self.name, "payload": self.payload}).encode()


class Streams:
    """All streams of one server. Nothing is replayed: what nobody hears is lost (fact sheet A2b)."""

    def __init__(self) -> None:
        self.is_silent = False  # connections stay, nothing comes any more, not even a heartbeat
        self.repeats = 1  # how often each `update` is sent
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    @property
    def listeners(self) -> tuple[Listener, ...]:
        with self._lock:
            return tuple(self._listeners)

    def open(self, whose: str, *channels: Channel) -> Listener:
        listener = Listener(whose, set(channels))
        with self._lock:
            self._listeners.append(listener)
        return listener

    def close(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def publish(self, channel: Channel, name: str, payload: object, *, not_to: Collection[str] = ()) -> None:
        """Tell all who listen to a channel; a deletion's payload is the bare id."""
        said = payload if isinstance(payload, str) else json.dumps(payload)
        for listener in self.listeners:
            if channel in listener.channels and listener.whose not in not_to and not self.is_silent:
                for _ in range(self.repeats if name == "update" else 1):
                    listener.heard.put(Event(channel, name, said))

    def sends(self, raw: bytes) -> None:
        """Send bytes to everybody, whatever they are: half an event, an unknown one, nonsense."""
        for listener in self.listeners:
            listener.heard.put(raw)

    def hangs_up(self) -> None:
        """End every connection."""
        for listener in self.listeners:
            listener.heard.put(None)
