"""A process of its own, in which Apprise hands one notice over.

    {"addresses": ["ntfy://…"], "title": "…", "body": "…"}  on standard input
    [{"outcome": "sent", "status": null}]                   on standard output, one for each address

Without a body addresses are only looked at. Apprise loads some 180 services (a second of work, 50 MB), waits without a
total limit, and logs addresses, which are secrets: here none of that touches the chat that goes on, and whoever started
this can end it in time. Addresses come by standard input, for anybody may read a command line. Imports nothing of ours.

    fine       the address could be used (nothing was sent)
    sent       the service took it
    refused    it did not, and `status` is what it said, if it said something
    unknown    no service is known by such an address
    missing    Apprise is not installed
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from contextlib import suppress
from typing import Any

_STATUS = re.compile(r"\berror=([1-5]\d\d)\b")


class _Statuses(logging.Handler):
    """Keeps of what Apprise logs only the status that a service answered with."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take the number out of a line and forget the line."""
        found = _STATUS.search(record.getMessage())
        self.last = int(found[1]) if found else self.last


def main() -> None:
    """Answer one question and end."""
    asked = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr  # a service that prints something does not spoil the answer
    with suppress(AttributeError, OSError):  # Windows has no such thing, and a service may not be allowed to
        os.nice(5)  # a chat that goes on comes first
    json.dump(_answers(asked), out)


def _answers(asked: dict[str, Any]) -> list[dict[str, object]]:
    try:
        import apprise
    except ImportError:
        return [{"outcome": "missing"} for _ in asked["addresses"]]
    statuses = _Statuses()
    logger = logging.getLogger("apprise")
    logger.handlers[:], logger.propagate = [statuses], False
    asset = apprise.AppriseAsset(
        app_id="chatbot",
        app_desc="Notices to hosts",
        app_url="",
        image_url_mask="",  # icons would be fetched from somebody else's server by whoever reads the notice
        image_url_logo="",
        image_path_mask="",
        async_mode=False,
        storage_mode="memory",
    )
    return [_answer(apprise, asset, address, asked, statuses) for address in asked["addresses"]]


def _answer(apprise: Any, asset: Any, address: str, asked: dict[str, Any], statuses: _Statuses) -> dict[str, object]:
    service, statuses.last = apprise.Apprise.instantiate(address, asset=asset), None
    if service is None:
        return {"outcome": "unknown"}
    if not asked.get("body"):
        return {"outcome": "fine"}
    words = {"title": asked.get("title") or "", "body": asked["body"]}
    is_sent = bool(service.notify(**words, body_format=apprise.NotifyFormat.TEXT))
    return {"outcome": "sent" if is_sent else "refused", "status": statuses.last}


if __name__ == "__main__":
    main()
