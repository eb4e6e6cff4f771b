"""A proxy that stands before a server and makes each exchange meet its fault."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.chaos.faults import Fault, Weather

_SAID: dict[Fault, tuple[int, bytes]] = {
    Fault.SAYS_500_AFTER: (500, b"<html>We're sorry, but something went wrong.</html>"),
    Fault.SAYS_502: (502, b"<html>Bad Gateway</html>"),
    Fault.SAYS_503: (503, b'{"error": "down for maintenance"}'),
    Fault.SAYS_429: (429, b'{"error": "Too many requests"}'),
    Fault.SAYS_429_WITHOUT_RESET: (429, b"Too many requests"),
    Fault.SAYS_HTML: (200, b"<html>Welcome to the hotel's network. Please sign in.</html>"),
}
_NOT_CARRIED_OUT = {Fault.SAYS_503, Fault.SAYS_429, Fault.SAYS_429_WITHOUT_RESET, Fault.SAYS_HTML}


@dataclass(frozen=True)
class Waits:
    """How long a proxy keeps things back, in seconds."""

    request: float  # at most
    answer: float


class Proxy:
    """Listens on a port of its own and passes on what it is sent, more or less."""

    def __init__(self, port: int, weather: Weather, waits: Waits) -> None:
        self.behind, self.weather, self.waits = port, weather, waits
        self.ended = threading.Event()
        self.exchanges = 0
        proxy = self

        class Handler(_Handler):
            proxy_of = proxy

        self._http = _HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), name="proxy", daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed, or a server that hung up, is what this is about."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError | http.client.HTTPException):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    proxy_of: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _any(self) -> None:
        if "streaming" in self.path:
            self._pass_on_for_good()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        proxy = self.proxy_of
        proxy.exchanges += 1
        fault = proxy.weather.fault(self.command in ("POST", "PUT", "DELETE"))
        if fault is Fault.RESETS_BEFORE:
            self._reset()
        elif fault in _NOT_CARRIED_OUT:
            self._say(fault)
        else:
            self._carry_out(body, fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def _carry_out(self, body: bytes, fault: Fault | None) -> None:
        weather, waits = self.proxy_of.weather, self.proxy_of.waits
        if fault is Fault.DELAYS_REQUEST:
            self.proxy_of.ended.wait(weather.between(0, waits.request))
        answer = self._ask(body)
        if fault is Fault.DUPLICATES:
            answer = self._ask(body)
        if fault is Fault.DELAYS_ANSWER:
            self.proxy_of.ended.wait(weather.between(waits.answer, 2 * waits.answer))
        if fault is Fault.LOSES_ANSWER:
            self.close_connection = True
        elif fault is Fault.RESETS_AFTER:
            self._reset()
        elif fault in _SAID:
            self._say(fault)
        else:
            self._pass_on(answer, cut=fault is Fault.TRUNCATES)

    def _ask(self, body: bytes) -> _Answer:
        """Let the server carry it out, whether or not anybody still waits for the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy_of.behind, timeout=30)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            connection.request(self.command, self.path, body, headers)
            found = connection.getresponse()
            return _Answer(found.status, found.getheaders(), found.read())
        finally:
            connection.close()

    def _say(self, fault: Fault) -> None:
        status, body = _SAID[fault]
        headers = [("Content-Type", "application/json" if body.startswith(b"{") else "text/html")]
        if fault is Fault.SAYS_429:
            soon = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 1))
            headers += [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", soon)]
        self._pass_on(_Answer(status, headers, body), cut=False)

    def _pass_on(self, answer: _Answer, *, cut: bool) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        self.wfile.flush()
        self.close_connection = self.close_connection or cut

    def _reset(self) -> None:
        """End the connection as a router does that forgot it: with a reset, not a farewell."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def _pass_on_for_good(self) -> None:
        """Join both sides of an event stream until one of them ends."""
        self.close_connection = True
        lines = [f"{self.command} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        with socket.create_connection(("127.0.0.1", self.proxy_of.behind), timeout=30) as behind:
            behind.sendall("\r\n".join([*lines, "", ""]).encode())
            back = threading.Thread(target=self._pump, args=(self.connection, behind), daemon=True)
            back.start()
            self._pump(behind, self.connection)

    def _pump(self, source: socket.socket, to: socket.socket) -> None:
        source.settimeout(0.2)
        while not self.proxy_of.ended.is_set():
            try:
                came = source.recv(65536)
                if not came:
                    break
                to.sendall(came)
            except TimeoutError:
                continue
            except OSError:
                break
        for end in (source, to):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
