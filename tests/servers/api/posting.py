"""Posting: making, editing and deleting posts, uploading pictures."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.servers import words
from tests.servers.api import reading
from tests.servers.api.doors import door
from tests.servers.messages import Answer, Refusal, Request
from tests.servers.truth import Media, Member, Poll, Post, Wording

if TYPE_CHECKING:
    from tests.servers.server import Server


@door("POST", "/api/v1/statuses", "post")
def make(server: Server, request: Request) -> Answer:
    """Make a post; a crash after it is kept and before anything else is a hook at "post stored"."""
    member = _signed_in(request)
    form = request.form
    parent = _parent(server, request, str(form.get("in_reply_to_id") or ""))
    media = _media(server, form)
    wording = Wording(
        str(form.get("status") or ""),
        form.get("visibility"),
        parent.uri if parent else None,
        str(form.get("spoiler_text") or ""),
        form.get("language") or "en",
        media,
        _poll(server, form),
    )
    _check_length(server, wording.text, wording.warning)
    post = server.publish(member, wording)
    for one in media:
        server.media[one].is_attached = True
    server.hooks.meet("post stored", request)
    return Answer(200, server.shape.status(post, member))


def _signed_in(request: Request) -> Member:
    assert request.member is not None
    return request.member


def _parent(server: Server, request: Request, local_id: str) -> Post | None:
    """A parent that was deleted is a 404, and nothing is posted (A1)."""
    return reading.found(server, request, local_id) if local_id else None


def _check_length(server: Server, text: str, warning: str) -> None:
    kind = server.personality
    if words.length(text, warning, kind.url_weight) > kind.characters:
        status, said = kind.too_long
        raise Refusal(status, {"error": said.format(limit=kind.characters)})


def _media(server: Server, form: dict[str, Any]) -> tuple[str, ...]:
    """A picture must be worked on already, and belongs to one post only (A1)."""
    ids = tuple(map(str, form.get("media_ids") or ()))
    for one in ids:
        media = server.media.get(one)
        if media is None or media.is_attached:
            raise Refusal(422, {"error": "Media not found or already attached"})
        if media.ready_at > server.now():
            raise Refusal(422, {"error": "Cannot attach files that have not finished processing"})
    if len(ids) > server.personality.media_attachments:
        raise Refusal(422, {"error": "Cannot attach more files"})
    return ids


def _poll(server: Server, form: dict[str, Any]) -> Poll | None:
    asked = form.get("poll")
    if asked is None and "poll[options]" in form:  # a form names its fields so
        asked = {"options": form["poll[options]"], "expires_in": form.get("poll[expires_in]")}
        asked["multiple"] = form.get("poll[multiple]")
    if not asked:
        return None
    if len(asked["options"]) > server.personality.poll_options:
        raise Refusal(422, {"error": "Validation failed: Poll can't have that many options"})
    seconds = int(asked["expires_in"])
    if seconds < 300:
        raise Refusal(422, {"error": "Validation failed: Poll ends too soon"})
    return Poll(
        tuple(asked["options"]),
        server.now() + timedelta(seconds=seconds),
        str(asked.get("multiple")).lower() in ("true", "1"),
    )


@door("PUT", "/api/v1/statuses/:id", "edit")
def edit(server: Server, request: Request, local_id: str) -> Answer:
    """What is left out of an edit is taken away: pictures, poll, warning (A1)."""
    member, form = _signed_in(request), request.form
    post = _own(server, request, local_id)
    text, warning = str(form.get("status") or ""), str(form.get("spoiler_text") or "")
    _check_length(server, text, warning)
    media = tuple(map(str, form.get("media_ids") or ()))
    poll = _poll(server, form)
    if poll is not None and post.poll is not None and poll.options == post.poll.options:
        poll = post.poll  # other options would begin the poll anew (A1)
    edited = server.edit(
        post, text=text, warning=warning, media=media, poll=poll, language=form.get("language") or post.language
    )
    server.hooks.meet("post stored", request)
    return Answer(200, server.shape.status(edited, member))


def _own(server: Server, request: Request, local_id: str) -> Post:
    post = reading.found(server, request, local_id)
    if post.author is not request.member:
        raise Refusal(404, server.personality.not_found)
    return post


@door("DELETE", "/api/v1/statuses/:id", "delete")
def delete(server: Server, request: Request, local_id: str) -> Answer:
    post = _own(server, request, local_id)
    shown = server.shape.status(post, request.member) | {"text": post.text}
    server.delete(post)
    return Answer(200, shown)


@door("POST", "/api/v1/statuses/:id/favourite")
def favourite(server: Server, request: Request, local_id: str) -> Answer:
    post = reading.found(server, request, local_id)
    server.favour(_signed_in(request), post)
    return Answer(200, server.shape.status(post, request.member) | {"favourited": True})


@door("POST", "/api/v2/media")
def upload(server: Server, request: Request) -> Answer:
    """200 when it is ready at once, 202 without an address while it is worked on (A1)."""
    alt = request.form.get("description")
    local_id, takes = server.new_id(server.now()), server.settings.media_takes
    ready = server.shape.media(local_id, alt, ready=True)
    server.media[local_id] = Media(ready, server.now() + takes)
    return Answer(202, server.shape.media(local_id, alt, ready=False)) if takes else Answer(200, ready)


@door("GET", "/api/v1/media/:id")
def uploaded(server: Server, request: Request, local_id: str) -> Answer:
    """206 as long as it is worked on (A1)."""
    media = server.media.get(local_id)
    if media is None:
        raise Refusal(404, server.personality.not_found)
    if media.ready_at > server.now():
        return Answer(206, server.shape.media(local_id, media.json["description"], ready=False))
    return Answer(200, media.json)
