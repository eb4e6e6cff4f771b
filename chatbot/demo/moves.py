"""What one member of the invented community does at a time, and where it must stand in the archive afterwards.

A move waits for one of the bot's posts to appear on the server, then for a share of the time between two questions.
`expects` is where the post must stand in the archive; the demo checks every one of them in the published files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chatbot.core.model import Visibility

Where = Literal["answer", "under", "left_out", "queued", "also_said", "absent", "question", ""]


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a post must be found in the archive, and the sentence that tells a person why."""

    where: Where
    questions: tuple[int, ...] = ()
    under: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One thing one member does.

    `when` names the post of the bot it follows ("welcome", "Q1" … "Q6", "thanks"), `after` the share of the time
    between two questions. `reply_to` is such a name or the name of an earlier move. An `edit`, `delete` or
    `boost` acts on the move named in `reply_to`.
    """

    who: str
    when: str
    after: float
    text: str = ""
    name: str = ""
    reply_to: str = ""
    act: Literal["post", "edit", "delete", "boost", "favourite", "leave out"] = "post"
    visibility: Visibility = Visibility.PUBLIC
    warning: str = ""
    language: str = "en"
    picture: str = ""
    alt: str = ""
    awkward: str = ""
    expects: Expected | None = None


def answers(*questions: int, why: str = "") -> Expected:
    """Expect a post among the answers to these questions."""
    return Expected("answer", questions, why=why)


def below(move: str, why: str = "") -> Expected:
    """Expect a post in the talk under another one."""
    return Expected("under", under=move, why=why)
