"""Reads the address of a post as people copy it from any app: from another server's page, a web client, an embed."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_AROUND = " \t\r\n<>\"'\u201c\u201d\u2018\u2019()[],"
_TAIL = re.compile(r"/(?:embed|activity|reblogs|favourites|quotes)$")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?", re.IGNORECASE)


def candidates(address: str) -> tuple[str, ...]:
    """Return the addresses a copied one may stand for, the likeliest first; none when it is no web address.

    Clients such as Elk and Phanpy put the server into the path or the fragment: `elk.zone/a.test/@ana/1`,
    `phanpy.social/#/a.test/s/1`.
    """
    given = address.strip(_AROUND)
    if "://" not in given and _HOST.match(given):
        given = f"https://{given}"
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ()
    plain = f"{parts.scheme}://{parts.netloc.lower()}{_TAIL.sub('', parts.path.rstrip('/'))}"
    found = [given, plain]
    for path in (parts.fragment, parts.path):
        server, _, rest = path.lstrip("#/").partition("/")
        if rest and _HOST.fullmatch(server):
            found.append(f"https://{server.lower()}/{_TAIL.sub('', rest.split('?')[0].rstrip('/'))}")
    return tuple(dict.fromkeys(found))
