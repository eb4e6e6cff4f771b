"""The list of doors: a method and a path, each with a name by which a personality may lack it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Concatenate
from urllib.parse import unquote, urlsplit

from tests.servers.messages import Answer, Request

if TYPE_CHECKING:
    from tests.servers.server import Server

Opens = Callable[Concatenate["Server", Request, ...], Answer]


@dataclass(frozen=True, slots=True)
class Door:
    """One door; `:id` in its path is handed on."""

    name: str
    method: str
    path: re.Pattern[str]
    opens: Opens


_doors: list[Door] = []


def door(method: str, path: str, name: str = "") -> Callable[[Opens], Opens]:
    """Let a function answer requests to a path."""

    def register(opens: Opens) -> Opens:
        pattern = re.compile(re.sub(r":\w+", "([^/]+)", path))
        _doors.append(Door(name or opens.__name__.replace("_", " "), method, pattern, opens))
        return opens

    return register


def find(request: Request) -> tuple[Door | None, tuple[str, ...]]:
    """Return the door of a request, and what stands in the changing places of its path."""
    path = urlsplit(request.target).path.rstrip("/")
    for each in _doors:
        found = each.path.fullmatch(path)
        if found and each.method == request.method:
            return each, tuple(map(unquote, found.groups()))
    return None, ()
