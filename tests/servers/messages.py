"""What goes over the wire: a request as it was read, an answer as it is to be written."""

from __future__ import annotations

import email.parser
import email.policy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from tests.servers.truth import Member


@dataclass
class Request:
    """One request; `form` reads JSON, a form or the parts of an upload alike."""

    number: int
    at: datetime
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]  # names in lower case
    body: bytes = b""
    target: str = ""  # path and query as they were sent
    member: Member | None = None
    status: int | None = None  # of the answer, once it is known

    def first(self, name: str, default: str = "") -> str:
        """Return a parameter of the address."""
        return self.query.get(name, [default])[0]

    @property
    def is_writing(self) -> bool:
        return self.method in ("POST", "PUT", "PATCH", "DELETE")

    @property
    def is_posting(self) -> bool:
        """Whether it is to make a post."""
        return (self.method, self.path) == ("POST", "/api/v1/statuses")

    @property
    def key(self) -> str | None:
        """The idempotency key."""
        return self.headers.get("idempotency-key")

    @property
    def form(self) -> dict[str, Any]:
        kind = self.headers.get("content-type", "")
        if "json" in kind:
            found: dict[str, Any] = json.loads(self.body or b"{}")
            return found
        if "multipart" in kind:
            return _parts(kind, self.body)
        pairs = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {k.removesuffix("[]"): v if k.endswith("[]") else v[0] for k, v in pairs.items()}


def _parts(kind: str, body: bytes) -> dict[str, Any]:
    whole = f"Content-Type: {kind}\r\n\r\n".encode() + body
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(whole)
    found: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content: Any = part.get_payload(decode=True)
        found[str(name)] = content if part.get_filename() else content.decode("utf-8", "replace").strip("\r\n")
    return found


@dataclass
class Answer:
    """An answer: JSON, or `raw` bytes; `cut` ends it in the middle, `drip` sends a byte each so many seconds."""

    status: int = 200
    json: object = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False
    drip: float | None = None
    talks: Callable[[Any], None] | None = None  # takes the connection over: an event stream

    @property
    def body(self) -> bytes:
        return json.dumps(self.json).encode() if self.raw is None else self.raw


HANG_UP = Answer(0)  # closes the connection without a byte


class Refusal(Exception):
    """The server says no; nothing further is done."""

    def __init__(self, status: int, json: object) -> None:
        super().__init__(f"{status} {json}")
        self.answer = Answer(status, json)


class Lie(Exception):
    """A hook took over in the middle: the server's own work ends here, as in a crash, and this is answered."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("taken over by a hook")
        self.answer = answer
