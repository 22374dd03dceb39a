"""An HTTP server on a port of its own for as long as a block runs; every method goes to one function."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """Hands every request to `serve`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Head and body are sent apart: the second would wait 40 ms for the first one's receipt."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def serve(self) -> None:
        """Answer the request."""
        raise NotImplementedError

    def body(self) -> bytes:
        """The request's body."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send JSON."""
        if headers and "Date" in headers:
            self.send_response_only(status)
        else:
            self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def do_PUT(self) -> None:
        self.serve()

    def do_PATCH(self) -> None:
        self.serve()


@contextmanager
def serving(handler: type[Handler]) -> Iterator[str]:
    """The address of a server with that handler."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
