"""A real HTTP server on this machine that behaves, or misbehaves, as a test asks."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def completion(text: str, finish_reason: str = "stop") -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
    return json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


class Server(ThreadingHTTPServer):
    """Calls `behave(handler, caption, number)` for each request; `number` counts what came before about a caption.

    Attributes:
        asked: caption -> how often it was asked about.
        bodies, headers: of all requests, as they came.
        most: the largest number of requests in progress at one time.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, behave: Callable) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behave = behave
        self.lock, self.asked, self.most, self.now = threading.Lock(), Counter(), 0, 0
        self.bodies, self.headers, self.times = [], [], []
        self.models = ["tiny"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.say(json.dumps({"data": [{"id": name} for name in self.server.models]}).encode())

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        caption = body["messages"][-1]["content"].removeprefix("Caption: ")
        with server.lock:
            number = server.asked[caption]
            server.asked[caption] += 1
            server.bodies.append(body)
            server.headers.append(self.headers)
            server.times.append(time.monotonic())
            server.now += 1
            server.most = max(server.most, server.now)
        try:
            server.behave(self, caption, number)
        finally:
            with server.lock:
                server.now -= 1

    def say(self, body: bytes, status: int = 200, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


def right(handler: Handler, caption: str, number: int) -> None:
    handler.say(completion(f"1. {caption} at once.\n2. And so {caption}."))


@contextmanager
def serving(behave: Callable = right) -> Iterator[Server]:
    server = Server(behave)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
