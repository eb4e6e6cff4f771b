"""Another server in memory: it shows the posts of a network under ids of its own, of which ours may know nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from chatbot.core.model import Post
from chatbot.core.value import replace
from chatbot.platforms.port import Found, Gone, Limits, PostRef, Unsure
from tests.fakes import FakePlatform, FixedClock


class FarServer:
    """A vantage: `network` holds what it shows, and `calls` what it was asked."""

    def __init__(self, clock: FixedClock, server: str = "far.test") -> None:
        self.network = FakePlatform(clock, name="nobody", server=server)
        self.server = server
        self.limits = Limits()
        self.shows = "posts of every server it knows"

    @property
    def calls(self) -> list[str]:
        return self.network.calls

    def post(self, who: Any, text: str, **more: Any) -> Post:
        """Let somebody post something that reaches this server alone."""
        return self.network.post(who, text, **more)

    def receives(self, post: Post, **changes: Any) -> Post:
        """Let a post of another server arrive here."""
        here = self.network.post(post.author, "", at=post.at)
        received = replace(post, server=self.server, local_id=here.local_id, parent_local_id=None)
        self.network.posts[here.local_id] = replace(received, **changes)
        return self.network.posts[here.local_id]

    def close(self) -> None:
        self.network.close()

    def sees(self) -> str:
        self.network._read("sees")
        return self.shows

    def tag_timeline(self, tag: str, back_to: datetime) -> Iterator[Post]:
        return self.network.tag_timeline(tag, back_to)

    def thread(self, ref: PostRef) -> Iterator[Post]:
        return self.network.thread(ref)

    def look_up(self, refs: Sequence[PostRef]) -> Mapping[str, Found | Gone | Unsure]:
        return self.network.look_up(refs)
