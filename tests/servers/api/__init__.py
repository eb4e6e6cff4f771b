"""The doors of the Mastodon API: which function answers a request, and what happens around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.api import accounts, posting, reading, strangers, streaming
from tests.servers.api.doors import find
from tests.servers.messages import Answer, Lie, Refusal, Request

if TYPE_CHECKING:
    from tests.servers.server import Server

__all__ = ["accounts", "answer", "posting", "reading", "streaming"]


def answer(server: Server, request: Request) -> Answer:
    """Answer a request, as far as no hook does."""
    server.settle()
    request.member = strangers.whose(server, request)
    server.note(request)
    try:
        server.hooks.meet("request received", request)
        headers, is_too_many = server.limits.refuses(request)
        if is_too_many:
            return server.limits.refusal(headers)
        answered = _worked(server, request)
        answered.headers = headers | answered.headers
        return server.hooks.ask("answer ready", request) or answered
    except Lie as lie:
        return lie.answer


def _worked(server: Server, request: Request) -> Answer:
    try:
        if request.is_writing:
            return server.idempotency.around(server, request, lambda: _done(server, request))
        return _done(server, request)
    except Refusal as refusal:
        return refusal.answer


def _done(server: Server, request: Request) -> Answer:
    door, places = find(request)
    missing = server.personality.missing.get(door.name if door else "")
    if door is None or missing is not None:
        status, said = missing or (404, server.personality.not_found)
        return Answer(status, said)
    strangers.admit(server, request, door.name)
    return door.opens(server, request, *places)
