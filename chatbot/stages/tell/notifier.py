"""Sends a notice to phones and chat rooms: an account of the outbox like e-mail, behind which Apprise does the work.

What a service answers decides, as far as it answers: a refusal for good is not repeated, anything else is tried again,
at first soon and then ever more seldom. A notice whose answer was lost may so come twice; none is lost for that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from chatbot.config import Notify, shown_name
from chatbot.core.errors import Mistake
from chatbot.core.files.notify_list import NotifyAddress
from chatbot.core.model import Draft
from chatbot.core.timing import Timing
from chatbot.platforms.errors import RateLimited, Rejected, Unavailable
from chatbot.store.outbox import NOTIFY

INSTALL = "pip install apprise"
_PROCESS = Path(__file__).with_name("apprising.py")
_SOONER_OR_LATER = frozenset({408, 425, 429})  # statuses below 500 that say: not now
_SLOWER = 6  # times as long is each pause as the one before: some seven tries in a day


class Answer(NamedTuple):
    """What became of one address; see `apprising`."""

    outcome: str
    status: int | None = None


def ask(addresses: Sequence[str], timing: Timing, title: str = "", body: str = "") -> list[Answer]:
    """Let Apprise send to these addresses, or look at them when there is no body."""
    command = [sys.executable, "-P", str(_PROCESS)]
    asked = json.dumps({"addresses": list(addresses), "title": " ".join(title.split()), "body": body})
    try:
        ended = subprocess.run(
            command,
            input=asked,
            env={name: value for name, value in os.environ.items() if not _is_ours(name)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=(timing.lease - timing.request_deadline).total_seconds(),  # loading Apprise takes its time, too
            check=False,
        )
        return [Answer(one["outcome"], one.get("status")) for one in json.loads(ended.stdout)]
    except (OSError, ValueError, subprocess.TimeoutExpired):  # it could not be started, broke, or took too long
        return [Answer("refused") for _ in addresses]


HandOver = Callable[[Sequence[str], Timing, str, str], list[Answer]]


class Notifier:
    """Hands notices to the services of the settings; a draft's `warning` is the title."""

    name = NOTIFY

    def __init__(self, addresses: Sequence[NotifyAddress], timing: Timing, hand_over: HandOver = ask) -> None:
        self.addresses = {address.name: address for address in addresses}
        self.timing, self.hand_over = timing, hand_over
        self._tries: dict[str, int] = {}

    def publish(self, draft: Draft, key: str, recipient: str) -> None:
        """Send one notice; raises the port's errors, in which no address stands."""
        address = self.addresses.get(recipient)
        if address is None:
            raise Rejected(f"The address {recipient} is not in the settings any more.")
        tries = self._tries.pop(key, 0)
        self._judge(self.hand_over([address.url], self.timing, draft.warning, draft.text)[0], recipient, key, tries)

    def _judge(self, answer: Answer, recipient: str, key: str, tries: int) -> None:
        if answer.outcome == "sent":
            return
        if answer.outcome == "unknown":
            raise Rejected(f"Apprise knows no service for the address {recipient}; `chatbot check` names its line.")
        if answer.outcome == "missing":
            raise Unavailable(f"Notifications need Apprise, which is not installed: {INSTALL}")
        said = f"it said {answer.status}" if answer.status else "it did not answer as it should"
        if answer.status and 400 <= answer.status < 500 and answer.status not in _SOONER_OR_LATER:
            raise Rejected(f"The service of {recipient} refused the notice ({said}).")
        self._tries[key] = tries + 1
        pause = self.timing.retry_after * _SLOWER**tries
        raise RateLimited(f"The service of {recipient} did not take the notice ({said}).", after=pause)


def mistakes(notify: Notify, timing: Timing) -> Iterator[Mistake]:
    """Find what would keep notifications from being sent; no address is shown, and nothing is sent."""
    if not notify.addresses:
        return
    shown = shown_name(notify.file) if notify.file else "CHATBOT_NOTIFY"
    answers = ask([address.url for address in notify.addresses], timing)
    for address, answer in zip(notify.addresses, answers, strict=False):
        if answer.outcome == "missing":
            what = "notifications cannot be sent, because Apprise is not installed"
            yield Mistake(shown, None, what, f"run {INSTALL}, or take the addresses out")
            return
        if answer.outcome == "refused":
            what = "the addresses of notifications could not be looked at, because Apprise broke or took too long"
            yield Mistake(shown, None, what, "run chatbot check again")
            return
        if answer.outcome == "unknown":
            what = f"Apprise knows no service for the {address.url.partition(':')[0]} address"
            yield Mistake(shown, address.line, what, "look at https://appriseit.com how it is written")


def _is_ours(variable: str) -> bool:
    """Whether a variable may hold a secret of ours, which services have no use for."""
    return variable.startswith("CHATBOT_") or variable == "DATABASE_URL"
