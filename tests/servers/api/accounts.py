"""The server's description, and accounts: our own, others', and what reaches us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.api.doors import door
from tests.servers.messages import Answer, Refusal, Request

if TYPE_CHECKING:
    from tests.servers.server import Server


@door("GET", "/api/v2/instance")
def instance(server: Server, request: Request) -> Answer:
    return Answer(200, server.shape.instance())


@door("GET", "/api/v1/instance")
def old_instance(server: Server, request: Request) -> Answer:
    """What servers said of themselves before version 2, and say still."""
    said = server.shape.instance()
    streaming = said["configuration"].pop("urls").get("streaming")
    old = {"uri": server.domain, "urls": {"streaming_api": streaming}, "stats": {}}
    return Answer(200, old | {name: said[name] for name in ("title", "version", "configuration", "rules")})


@door("GET", "/robots.txt")
def robots(server: Server, request: Request) -> Answer:
    if server.settings.robots is None:
        return Answer(404, server.personality.not_found)
    return Answer(200, raw=server.settings.robots.encode(), headers={"Content-Type": "text/plain"})


@door("GET", "/api/v1/accounts/verify_credentials")
def own_account(server: Server, request: Request) -> Answer:
    assert request.member is not None
    return Answer(200, server.shape.own_account(request.member))


@door("PATCH", "/api/v1/accounts/update_credentials")
def change_own_account(server: Server, request: Request) -> Answer:
    member = request.member
    assert member is not None
    form = request.form
    member.bot = str(form.get("bot", member.bot)).lower() == "true"
    member.note = str(form.get("note", member.note))
    return Answer(200, server.shape.own_account(member))


@door("GET", "/api/v1/accounts/lookup")
def look_up_account(server: Server, request: Request) -> Answer:
    user, _, host = request.first("acct").partition("@")
    member = server.named(user, host or None)
    if member is None:
        raise Refusal(404, server.personality.not_found)
    return Answer(200, server.shape.account(member))


@door("GET", "/api/v1/accounts/:id")
def account(server: Server, request: Request, account_id: str) -> Answer:
    member = server.with_id(account_id)
    if member is None:
        raise Refusal(404, server.personality.not_found)
    return Answer(200, server.shape.account(member))


@door("GET", "/api/v2/notifications/policy")
def policy(server: Server, request: Request) -> Answer:
    assert request.member is not None
    return Answer(200, server.notices.policy(request.member))


@door("PATCH", "/api/v2/notifications/policy", "policy")
def change_policy(server: Server, request: Request) -> Answer:
    assert request.member is not None
    known = server.notices.policy(request.member)
    known |= {name: value for name, value in request.form.items() if name in known}
    return Answer(200, known)
