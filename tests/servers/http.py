"""The real HTTP under a server: connections that are kept open, each with a thread of its own."""

from __future__ import annotations

import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers import api
from tests.servers.messages import HANG_UP, Answer, Request

if TYPE_CHECKING:
    from tests.servers.server import Server


class Listening:
    """A port that is listened to until `close`."""

    def __init__(self, server: Server) -> None:
        self._http = _HTTPServer(server)
        self.port: int = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.005,), name=server.domain, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End every connection, and wait for the threads that had one."""
        self._http.ends.set()
        self._http.shutdown()
        self._http.end_connections()
        self._http.server_close()
        self._thread.join()


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, server: Server) -> None:
        self.state = server
        self.ends = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        for connection in tuple(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it had ended by itself

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that dies in the middle is what these tests are about; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536  # one packet an answer
    server: _HTTPServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _any(self) -> None:
        state = self.server.state
        parts = urlsplit(self.path)
        request = Request(
            state.number(),
            state.now(),
            self.command,
            unquote(parts.path),
            parse_qs(parts.query, keep_blank_values=True),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            self.path,
        )
        answer = api.answer(state, request)
        request.status = answer.status
        self._write(answer, request)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _any

    def _write(self, answer: Answer, request: Request) -> None:
        if answer is HANG_UP or not answer.status:
            self.close_connection = True
            return
        if answer.talks is not None:
            answer.talks(self)
            return
        self.write(answer, request)
        self.server.state.hooks.ask("answer sent", request)

    def write(self, answer: Answer, request: Request | None = None) -> None:
        """Write a whole answer, or as much of it as is to be seen."""
        body = answer.body
        kind = {"Content-Type": "application/json; charset=utf-8"}
        self.send_response(answer.status)
        for name, value in {**kind, **self.server.state.settings.headers, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if answer.drip is not None:
            self._drip(body, answer.drip)
        elif answer.cut or (request and self.server.state.hooks.waits_for("answer half sent", request)):
            self._halve(body, answer, request)
        else:
            self.wfile.write(body)
            self.wfile.flush()

    def _halve(self, body: bytes, answer: Answer, request: Request | None) -> None:
        half = len(body) // 2
        self.wfile.write(body[:half])
        self.wfile.flush()
        taken = self.server.state.hooks.ask("answer half sent", request) if request else None
        if answer.cut or taken is not None:
            self.close_connection = True
            return
        self.wfile.write(body[half:])
        self.wfile.flush()

    def _drip(self, body: bytes, seconds: float) -> None:
        for at in range(len(body)):
            self.wfile.write(body[at : at + 1])
            self.wfile.flush()
            if self.server.ends.is_set():
                return
            time.sleep(seconds)

    def ends(self) -> bool:
        """Whether the server is closing."""
        return self.server.ends.is_set()
