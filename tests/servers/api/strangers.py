"""Who asks, and what is shown to somebody without a token (fact sheet A2, A11, D)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.messages import Refusal, Request
from tests.servers.truth import Member

if TYPE_CHECKING:
    from tests.servers.server import Server

ALWAYS = frozenset({"instance", "old instance", "robots"})


def token_of(request: Request) -> str:
    """Return the token of a header, of the address (streams), or of a WebSocket's protocol header."""
    said = request.headers.get("authorization", "")
    return said.partition(" ")[2] or request.first("access_token") or request.headers.get("sec-websocket-protocol", "")


def whose(server: Server, request: Request) -> Member | None:
    """Return whose token it is, if it is anybody's."""
    return server.with_token(token_of(request)) if token_of(request) else None


def admit(server: Server, request: Request, door: str) -> None:
    """Refuse who may not come in."""
    member = request.member
    if member is not None and member.token_is == "valid":
        return
    if member is not None and member.token_is == "disabled":
        raise Refusal(403, {"error": "Your login is currently disabled"})
    if member is not None:
        raise Refusal(401, {"error": "The access token was revoked"})
    if door in ALWAYS:
        return
    if token_of(request) or not server.settings.open_to_strangers or door not in server.personality.open_to_strangers:
        raise server.personality.no_token()
    feeds = {server.settings.local_feeds, server.settings.remote_feeds}
    if door == "tag timeline" and feeds != {"public"} and not {"local", "remote"} & set(request.query):
        # A2: 422 where the documentation says 401
        raise Refusal(422, {"error": "This method requires an authenticated user"})
