"""The addresses that apps give a post when somebody copies it, read as a post on one server. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import urlsplit

_ID = r"(?P<id>[0-9A-Za-z-]{5,40})"
# What stands behind a server's host: /@ana/1, /@ana@b.test/1, /@ana/statuses/1, /web/@ana/1, /users/ana/statuses/1 …
_PATHS = re.compile(
    rf"/(?:web/|deck/)?(?:@[\w.-]+(?:@(?P<host>[\w.:-]+))?/(?:statuses/)?|users/[\w.-]+/statuses/|statuses/|notice/){_ID}/?"
)
_ELK = re.compile(r"/(?P<host>[\w.-]+\.\w+(?::\d+)?)(?P<rest>/@.+)")  # elk.zone/HOST/@ana@b.test/1
_PHANPY = re.compile(rf"/(?P<host>[\w.-]+(?::\d+)?)/s/{_ID}/?")  # phanpy.social/#/HOST/s/1


class Place(NamedTuple):
    """Where to look: `local_id` on our server, if the address is one of it, and the address to search for."""

    local_id: str | None
    address: str


def place_of(address: str, own: Collection[str]) -> Place | None:
    """Read a copied address; `own` are our server's hosts. None for what is no web address at all."""
    address = address.strip().strip("<>")
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or len(address) > 2000 or " " in address:
        return None
    phanpy = _PHANPY.fullmatch(parts.fragment)
    if phanpy is not None:
        return Place(
            phanpy["id"] if phanpy["host"] in own else None, f"https://{phanpy['host']}/statuses/{phanpy['id']}"
        )
    elk = _ELK.fullmatch(parts.path)
    if elk is not None:
        return place_of(f"https://{elk['host']}{elk['rest']}", own)
    known = _PATHS.fullmatch(parts.path)
    local_id = known["id"] if known is not None and parts.netloc in own else None
    return Place(local_id, f"{parts.scheme}://{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else ""))
