"""WebSocket: one connection that carries the account's events and those of every hashtag.

GoToSocial and Pleroma have nothing else. The library answers the server's pings and sends its own, so that a dead
connection is noticed also where the server has no heartbeat. Nothing of it is logged: it would log the token.
"""

from __future__ import annotations

import logging
import os
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from chatbot.core.timing import Timing
from chatbot.platforms.errors import Rejected
from chatbot.platforms.mastodon import failures
from chatbot.platforms.mastodon.connection import PATIENCE
from chatbot.platforms.mastodon.eventstream import LONGEST, event_in
from chatbot.platforms.mastodon.http import Http, why
from chatbot.platforms.mastodon.line import Line

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

log = logging.getLogger("chatbot.stream")

_UNSEEN_TOKEN = (400, 401, 403)  # answers of a server that looks for the token elsewhere
_SILENT = logging.Logger("silent", logging.CRITICAL + 1)
_SILENT.disabled = True


@dataclass
class WebSocket:
    """The way GoToSocial and Pleroma offer, and Mastodon too.

    The token goes in a header, which no server writes down. Where it is not seen there it goes in the address, as the
    servers' own documentation has it.
    """

    http: Http
    timing: Timing
    token_in_address: bool = False
    name = "websocket"

    def connections(self, base: str, tags: Sequence[str]) -> list[Callable[[Line], None]]:
        """Return what reads the one connection to its end."""
        return [partial(self._read, base, tags)]

    def _read(self, base: str, tags: Sequence[str], line: Line) -> None:
        self.http.must_have_token()
        seen = self._tried(base, tags, line)
        if seen is not None and seen.status in _UNSEEN_TOKEN:
            self.token_in_address = not self.token_in_address
            again = self._tried(base, tags, line)
            if again is not None:
                self.token_in_address = False
            seen = again and seen
        if seen is not None and seen.status is not None and seen.status < 400:
            raise Rejected(f"{self.http.server} answered with something that is not a WebSocket.")
        if seen is not None:
            raise failures.judge(seen, self.http.server, writing=False, account=self.http.account or "ACCOUNT")

    def _tried(self, base: str, tags: Sequence[str], line: Line) -> failures.Seen | None:
        """Read a connection to its end; returns what was seen of one that could not be opened.

        Whatever the library raises holds the address, and that may hold the token: nothing of it leaves this function.
        """
        from websockets.exceptions import InvalidStatus, WebSocketException

        try:
            with self._connected(base) as connection:
                self._pass_on(connection, tags, line)
        except InvalidStatus as error:
            body = bytes(error.response.body or b"").replace((self.http.token or "-").encode(), b"(the token)")
            seen = failures.Seen(True, error.response.status_code, dict(error.response.headers.raw_items()), body)
        except (WebSocketException, OSError, ValueError, EOFError, ImportError) as error:
            seen = failures.Seen(False, why=why(error))
        else:
            return None
        return None if line.is_open else seen

    def _connected(self, base: str) -> AbstractContextManager[ClientConnection]:
        from websockets.sync.client import connect

        address, headers = f"ws{base.removeprefix('http')}?stream=user", {}
        if self.token_in_address:
            address += f"&access_token={quote(self.http.token or '', safe='')}"
        else:
            headers["Authorization"] = f"Bearer {self.http.token}"
        beat = self._beat()
        return connect(
            address,
            additional_headers=headers,
            user_agent_header=str(self.http.session.headers["User-Agent"]),
            ssl=self._certificates(base) if base.startswith("https:") else None,
            open_timeout=self.timing.request_deadline.total_seconds(),
            ping_interval=beat,
            ping_timeout=beat,
            close_timeout=PATIENCE,
            max_size=LONGEST,
            logger=_SILENT,
        )

    def _certificates(self, base: str) -> ssl.SSLContext:
        """Trust whom all other requests trust."""
        verify = self.http.session.merge_environment_settings(base, {}, None, None, None)["verify"]
        place = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
        is_folder = os.path.isdir(place)
        return ssl.create_default_context(cafile=None if is_folder else place, capath=place if is_folder else None)

    def _beat(self) -> float:
        """Return the seconds between two pings: one that is not answered in time shows within the allowed silence."""
        return self.timing.stream_silence.total_seconds() / 3

    def _pass_on(self, connection: ClientConnection, tags: Sequence[str], line: Line) -> None:
        for tag in tags:
            connection.send(orjson.dumps({"type": "subscribe", "stream": "hashtag", "tag": tag}).decode())
        line.opened()
        signs_at = time.monotonic() + self._beat()
        while not line.ended.is_set():
            try:
                frame = connection.recv(timeout=PATIENCE, decode=False)
            except TimeoutError:
                if time.monotonic() >= signs_at:  # a ping was answered, or the library would have hung up
                    line.alive()
                    signs_at += self._beat()
                continue
            named = event_in(frame)
            if named is not None:
                line.tell(named)
            elif b'"error"' in frame:
                log.warning("the server refuses one of its streams", extra={"account": self.http.account})
