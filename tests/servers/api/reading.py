"""Reading: timelines, threads, single posts, notifications, search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from tests.servers import words
from tests.servers.api.doors import door
from tests.servers.messages import Answer, Refusal, Request
from tests.servers.notices import Notice
from tests.servers.truth import SEEN_BY_ALL, Member, Post

if TYPE_CHECKING:
    from tests.servers.server import Server

Row = TypeVar("Row")


# who may see what


def visible(server: Server, viewer: Member | None, post: Post) -> bool:
    """Whether a post may be shown by itself."""
    return viewer.may_see(post) if viewer else post.visibility in SEEN_BY_ALL


def listed(server: Server, viewer: Member | None, post: Post) -> bool:
    """Whether it stands in threads and look-ups of many: nobody blocked, silenced only if followed (A3, A6)."""
    if not visible(server, viewer, post):
        return False
    if viewer is None:
        return post.author not in server.silenced
    if post.author is viewer:
        return True
    return post.author not in viewer.blocked and (post.author not in server.silenced or post.author in viewer.followed)


def found(server: Server, request: Request, local_id: str) -> Post:
    """Return a post, or 404, whether it is gone or not for the asker (A6)."""
    post = server.post(local_id)
    if post is None or not visible(server, request.member, post):
        raise Refusal(404, server.personality.not_found)
    return post


# pages


def page(request: Request, rows: Sequence[Row], key: Callable[[Row], Any], cursor: Callable[[str], Any]) -> list[Row]:
    """Cut one page out of rows, newest first: by id alone, never by time (A2)."""
    limit = min(int(request.first("limit", "20")), 80 if request.path.endswith("notifications") else 40)
    newest = sorted(rows, key=key, reverse=True)
    if "max_id" in request.query:
        newest = [row for row in newest if key(row) < cursor(request.first("max_id"))]
    for name in {"since_id", "min_id"} & set(request.query):
        newest = [row for row in newest if key(row) > cursor(request.first(name))]
    return newest[-limit:] if "min_id" in request.query else newest[:limit]


def _links(server: Server, request: Request, ids: Sequence[str], limit: int) -> dict[str, str]:
    """A `Link` header names the next page as long as this one is full (recorded)."""
    if not ids:
        return {}
    base = f"https://{server.domain}{quote(request.path)}?limit={limit}"
    rows = [f'<{base}&min_id={ids[0]}>; rel="prev"']
    if len(ids) >= limit:
        rows.insert(0, f'<{base}&max_id={ids[-1]}>; rel="next"')
    return {"Link": ", ".join(rows)}


def _posts(server: Server, request: Request, rows: Sequence[Post]) -> Answer:
    key = server.personality.ids.key
    shown = page(request, rows, lambda post: key(post.local_id), key)
    links = _links(server, request, [post.local_id for post in shown], int(request.first("limit", "20")))
    return Answer(200, [server.shape.status(post, request.member) for post in shown], links)


# timelines


@door("GET", "/api/v1/timelines/tag/:tag")
def tag_timeline(server: Server, request: Request, tag: str) -> Answer:
    """Public posts alone, and of nobody silenced (A2)."""
    names = _names(server, request, tag)
    if server.personality.unused_tag and not any(words.tag_name(tag) in post.tags for post in server.posts):
        return Answer(404, server.personality.unused_tag)
    rows = [
        post
        for post in server.posts
        if post.visibility == "public"
        and post.author not in server.silenced
        and not (request.member and post.author in request.member.blocked)
        and _matches(names, post)
        and _is_timeline_kind(server, request.member, post)
        and _is_shown_feed(server, request, post)
    ]
    return _posts(server, request, rows)


def _names(server: Server, request: Request, tag: str) -> dict[str, set[str]]:
    """Each list is cut to four names, the tag itself being one of `any` (A2)."""
    lists = {}
    for name, most in (("any", 3), ("all", 4), ("none", 4)):
        asked = request.query.get(f"{name}[]", []) if server.personality.any_tags else []
        lists[name] = {words.tag_name(one) for one in asked[:most]}
    lists["any"].add(words.tag_name(tag))
    return lists


def _matches(names: dict[str, set[str]], post: Post) -> bool:
    tags = set(post.tags)
    return bool(names["any"] & tags) and names["all"] <= tags and not names["none"] & tags


def _is_timeline_kind(server: Server, viewer: Member | None, post: Post) -> bool:
    """GoToSocial leaves out replies; Hollo shows only its own, whom one follows, and who mentions one (C)."""
    kind = server.personality.tag_timeline
    if kind == "no replies":
        return post.parent_uri is None
    if kind == "only acquaintances" and viewer is not None:
        return post.author is viewer or post.author in viewer.followed or viewer in post.mentions
    return True


def _is_shown_feed(server: Server, request: Request, post: Post) -> bool:
    """A disabled feed is silently empty; `local` and `remote` ask for one of the two (A2)."""
    is_local = post.author.server is server
    if request.first("remote" if is_local else "local") == "true":
        return False
    return (server.settings.local_feeds if is_local else server.settings.remote_feeds) != "disabled"


@door("GET", "/api/v1/accounts/:id/statuses")
def statuses_of(server: Server, request: Request, account_id: str) -> Answer:
    """Somebody's posts; the bot's own may lag behind, or fail, as a test has set it."""
    member = server.with_id(account_id)
    if member is None:
        raise Refusal(404, server.personality.not_found)
    settings = server.settings
    if member is request.member and settings.own_timeline_fails is not None:
        return settings.own_timeline_fails
    before = server.now() - settings.own_timeline_lag
    rows = [
        post
        for post in server.posts
        if post.author is member and visible(server, request.member, post) and post.arrived <= before
    ]
    return _posts(server, request, rows)


# single posts and threads


@door("GET", "/api/v1/statuses/:id")
def status(server: Server, request: Request, local_id: str) -> Answer:
    return Answer(200, server.shape.status(found(server, request, local_id), request.member))


@door("GET", "/api/v1/statuses")
def statuses_at_once(server: Server, request: Request) -> Answer:
    """Up to so many posts; what is missing is just absent, hidden people's too (A6)."""
    assert server.personality.at_once is not None
    name, most = server.personality.at_once
    ids = request.query.get(name, [])
    if not ids:
        raise Refusal(400, {"error": f"Missing field: {name.removesuffix('[]')}."})
    if len(ids) > most:
        raise Refusal(422, {"error": "Too many statuses"})
    posts = [post for post in map(server.post, ids) if post and listed(server, request.member, post)]
    return Answer(200, [server.shape.status(post, request.member) for post in posts])


@door("GET", "/api/v1/statuses/:id/context")
def context(server: Server, request: Request, local_id: str) -> Answer:
    """The whole thread; of strangers 40 above, 60 below, 20 deep (A3)."""
    post = found(server, request, local_id)
    headers = _fetch_replies(server, post) if request.member else {}
    above = [one for one in _above(server, post) if listed(server, request.member, one)]
    below = [
        one
        for one, depth in _below(server, post, 1)
        if listed(server, request.member, one) and (request.member or depth <= 20)
    ]
    if request.member is None:
        above, below = above[:40], below[:60]
    shown = {
        "ancestors": [server.shape.status(one, request.member) for one in reversed(above)],
        "descendants": [server.shape.status(one, request.member) for one in below],
    }
    return Answer(200, shown, headers)


def _above(server: Server, post: Post) -> Iterator[Post]:
    parent = server.by_uri(post.parent_uri)
    while parent is not None:
        yield parent
        parent = server.by_uri(parent.parent_uri)


def _below(server: Server, post: Post, depth: int) -> Iterator[tuple[Post, int]]:
    """Depth first, by id; below a hidden post its replies still appear (A3)."""
    key = server.personality.ids.key
    for reply in sorted(server.replies(post), key=lambda one: key(one.local_id)):
        yield reply, depth
        yield from _below(server, reply, depth + 1)


def _fetch_replies(server: Server, post: Post) -> dict[str, str]:
    """Mastodon fetches what it lacks below a remote post, five minutes old, every fifteen (A3)."""
    kind, origin = server.personality, post.author.server
    if not kind.async_refresh or origin is server or server.now() - post.at < kind.fetches_replies_after:
        return {}
    last = server.refreshed.get(post.uri)
    if last is not None and server.now() - last < kind.fetches_replies_every:
        return {}
    server.refreshed[post.uri] = server.now()
    there = origin.by_uri(post.uri)
    missing = [one for one, _ in _below(origin, there, 1) if not server.by_uri(one.uri)] if there else []
    takes = max(server.settings.replies_take, timedelta(milliseconds=1))
    for one in missing:
        server.fetches(one, takes.total_seconds())
    return {"Mastodon-Async-Refresh": f'id="{post.local_id}", retry=3, result_count={len(missing)}'}


@door("GET", "/api/v1_alpha/async_refreshes/:id")
def async_refresh(server: Server, request: Request, refresh_id: str) -> Answer:
    return Answer(200, {"async_refresh": {"id": refresh_id, "status": "finished", "result_count": None}})


# notifications


@door("GET", "/api/v1/notifications")
def notifications(server: Server, request: Request) -> Answer:
    """Mentions, numbered as they came; filtered ones only for who asks for them (A4)."""
    member = request.member
    assert member is not None
    whole = request.first("include_filtered") == "true"
    rows = [notice for notice in server.notices.of(member) if whole or not notice.is_filtered]
    if not set(request.query.get("types[]", ["mention"])) & {"mention"}:
        rows = []
    shown = page(request, rows, lambda notice: notice.number, int)
    links = _links(server, request, [str(notice.number) for notice in shown], int(request.first("limit", "40")))
    return Answer(200, [_notification(server, notice) for notice in shown], links)


def _notification(server: Server, notice: Notice) -> dict[str, Any]:
    post = server.by_uri(notice.uri)
    assert post is not None
    return server.shape.notification(notice.number, "mention", post, notice.at, notice.to)


# search


@door("GET", "/api/v2/search")
def search(server: Server, request: Request) -> Answer:
    """An address finds a post, of another server too with `resolve`, which re-reads a known one (A6)."""
    wanted, resolve = request.first("q"), request.first("resolve") == "true"
    said: dict[str, list[Any]] = {"accounts": [], "statuses": [], "hashtags": []}
    if request.first("type") in ("", "statuses"):
        post = _by_address(server, wanted, resolve)
        if post is not None and visible(server, request.member, post):
            said["statuses"].append(server.shape.status(post, request.member))
    if request.first("type") in ("", "accounts"):
        user, _, host = wanted.lstrip("@").partition("@")
        member = server.named(user, host or None)
        if member is not None and (member.server is server or resolve):
            said["accounts"].append(server.shape.account(member))
    return Answer(200, said)


def _by_address(server: Server, address: str, resolve: bool) -> Post | None:
    for origin in (server, *server.peers()):
        for post in origin.posts:
            if address not in (post.uri, post.url):
                continue
            if origin is not server and resolve and post.author.server is origin:
                return server.fetches(post)
            if origin is server and not (resolve and post.author.server is not server):
                return post
    return None
