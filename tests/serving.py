"""A server of a test's own handler, over a real socket, for as long as a block runs."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Whoever was killed meanwhile waits for no answer."""


@contextlib.contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler], *, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """Yields the port, a free one unless it is named."""

    class Quiet(handler):  # type: ignore[valid-type, misc]
        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", port), Quiet)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
