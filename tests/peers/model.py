"""A chat model that speaks the OpenAI protocol over HTTP and says what a script tells it to."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ModelPeer:
    """Replies from a queue of scripts; keeps every request. A script is a text, a dict with `status`, `cut`, `drip` or `hang`, or a function from the request to one."""

    def __init__(self) -> None:
        self.scripts: list[Any] = []
        self.requests: list[dict[str, Any]] = []
        self.url = ""

    def next(self) -> Any:
        """The next script; the last one stays."""
        return self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]


@contextmanager
def model_peer() -> Iterator[ModelPeer]:
    """A peer listening on a port of its own."""
    peer = ModelPeer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            peer.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            script = peer.next()
            script = script(peer.requests[-1]) if callable(script) else script
            script = script if isinstance(script, dict) else {"text": script}
            if "status" in script:
                return self._refuse(script["status"])
            if script.get("hang"):
                time.sleep(script["hang"])
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._stream(script)
            return None

        def _stream(self, script: dict[str, Any]) -> None:
            text = script.get("text", "")
            pieces = [text[i : i + 40] for i in range(0, len(text), 40)]
            try:
                for number, piece in enumerate(pieces):
                    if script.get("cut") and number == script["cut"]:
                        self.wfile.flush()
                        self.connection.shutdown(socket.SHUT_RDWR)
                        return
                    if script.get("drip"):
                        time.sleep(script["drip"])
                    self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}]})
                self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                self._chunk(b"data: [DONE]\n\n")
                self._chunk(b"")
            except (BrokenPipeError, ConnectionResetError):
                pass

        def _event(self, body: dict[str, Any]) -> None:
            whole = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", **body}
            self._chunk(f"data: {json.dumps(whole)}\n\n".encode())

        def _chunk(self, data: bytes) -> None:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()

        def _refuse(self, status: int) -> None:
            body = b'{"error": {"message": "no", "type": "refused"}}'
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "60")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    peer.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
