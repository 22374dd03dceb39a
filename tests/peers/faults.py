"""Stands between a client and a peer and breaks what passes: lost answers, resets, garbage, half an answer, black-outs, redirects, refusals."""

import http.client
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.peers.serving import Handler, serving

AFTER = ("lost", "reset", "500 after", "garbage", "half", "hang after")
"""Faults in which the peer has carried out what it was asked for."""
BEFORE = ("refused", "500 before", "429", "hang before", "elsewhere")
"""Faults in which it has not."""
HANG = 1.0
"""Seconds without a word; a test's client has less patience."""


class Faults:
    """`choose` names the fault that a request meets, or None; each that passed is kept with its fault."""

    def __init__(self, choose: Callable[[str, str], str | None]) -> None:
        self.choose = choose
        self.passed: list[tuple[str, str, str | None]] = []
        self.url = ""


@contextmanager
def faults(upstream: str, choose: Callable[[str, str], str | None]) -> Iterator[Faults]:
    """A proxy in front of a peer, on a port of its own."""
    between = Faults(choose)
    target = urlsplit(upstream).netloc

    class Breaking(Handler):
        def serve(self) -> None:
            raw = self.body()
            fault = between.choose(self.command, urlsplit(self.path).path)
            between.passed.append((self.command, self.path, fault))
            if fault in BEFORE:
                return self._break(fault, b"")
            status, body = self._forward(raw)
            return self._break(fault, body) if fault else self.reply(status, body)

        def _forward(self, raw: bytes) -> tuple[int, bytes]:
            connection = http.client.HTTPConnection(target, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "content-length")}
            connection.request(self.command, self.path, raw or None, headers)
            reply = connection.getresponse()
            try:
                return reply.status, reply.read()
            finally:
                connection.close()

        def _break(self, fault: str, body: bytes) -> None:
            self.close_connection = True
            if fault.startswith("hang"):
                time.sleep(HANG)
            elif fault == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            elif fault.startswith("500"):
                self.reply(500, b'{"errorMessages": ["Internal server error"]}')
            elif fault == "429":
                self.reply(429, b"{}", {"Retry-After": "37"})
            elif fault == "garbage":
                self.reply(201, b"<html><body>Please sign in</body></html>")
            elif fault == "elsewhere":
                self.reply(302, b"", {"Location": "http://elsewhere.example/steal"})
            elif fault == "half":
                self.send_response(201)
                self.send_header("Content-Length", str(len(body) + 20))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2])

    with serving(Breaking) as between.url:
        yield between
