"""What is done about a post that is out and, after a change of the plan, no longer true.

A host chooses: it is edited, or followed by a correction, or left as it is. A question's new words are edited where
that can be unless a host chose otherwise; nothing is ever deleted and posted again.

    edit     the post gets its new text in place; people who boosted it are told by their server
    reply    a correction below it, public and with the hashtag under the newest such post, quiet public under others
    none     it stands as it is

An edit that cannot be (the network has none, the server refused it, a poll would lose its votes) becomes a reply. What
a host posted by hand, the host corrects by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chatbot.core.model import CueKind, Facts
from chatbot.core.nights import facts
from chatbot.core.plan import How
from chatbot.core.value import Value

Step = Literal["edit", "reply", "quiet reply", "stands", "by hand", "ask"]

HOWS: tuple[How, ...] = ("edit", "reply", "none")


class Out(Value, frozen=True):
    """A post that is out on one account: what it or its last correction tells, and what it should tell now.

    `refused` says that an edit to these facts was tried and refused; `adopted` that a host made the post.
    """

    key: str
    account: str
    kind: CueKind
    question: str | None
    at: datetime
    said: Facts
    now: Facts
    adopted: bool = False
    refused: bool = False

    @property
    def untrue(self) -> tuple[str, ...]:
        """The facts that are told and are not so."""
        return facts.untrue(self.said, self.now)


class Correction(Value, frozen=True):
    """What is to be done about one post."""

    out: Out
    step: Step


def steps(posts: Sequence[Out], chosen: How | None, setting: str) -> tuple[Correction, ...]:
    """Say what is to be done about each untrue post; `chosen` is a host's own word, `setting` the plan's."""
    untrue = [out for out in posts if out.untrue]
    newest = {_place(out): out for out in sorted(untrue, key=lambda out: out.at)}
    return tuple(Correction(out, _step(out, newest[_place(out)] is out, chosen, setting)) for out in untrue)


def _place(out: Out) -> tuple[str, str | None]:
    """Return what needs one public correction: each question, and all that is told of the chat itself."""
    return out.account, out.question


def _step(out: Out, is_newest: bool, chosen: How | None, setting: str) -> Step:
    how = chosen or (setting if setting in HOWS else "edit" if out.kind is CueKind.QUESTION else None)
    if how is None:
        return "ask"
    if how == "none":
        return "stands"
    if out.adopted:
        return "by hand"
    only_warned = out.untrue == ("warning",)  # no reply can put a warning before a post
    if only_warned and out.refused:
        return "by hand"
    if only_warned or (how == "edit" and not out.refused and "poll" not in out.untrue):
        return "edit"
    return "reply" if is_newest else "quiet reply"
