"""A real S3-compatible server, with a folder of its own in a bucket for each test, and a line to it that can be cut.

Where a test asks for `bucket`, that is its storage; `with bucket.cut():` takes the server away.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import socketserver
import subprocess
import sys
import threading
import xml.etree.ElementTree as Xml
from collections.abc import Iterator

import httpx
import pytest
from django.conf import LazySettings

from tests.ports import free_port
from tests.workers import until

BUCKET = "datasets"
SHARE = 64 * 1024
_numbers = itertools.count()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[tuple[int, Line]]:
    with running() as found:
        yield found


@pytest.fixture
def bucket(s3_server: tuple[int, Line], settings: LazySettings) -> S3:
    """Where this test's files are kept."""
    found = S3(*s3_server, prefix=f"of/test-{next(_numbers)}")
    settings.STORAGE_FOLDER, settings.STORAGE_BUCKET = None, found.settings
    return found


class S3:
    """`settings`: what STORAGE_BUCKET is for it."""

    def __init__(self, server: int, line: Line, *, prefix: str) -> None:
        self._server = f"http://127.0.0.1:{server}/{BUCKET}"
        self._line = line
        self._prefix = prefix
        self.settings = {
            "bucket": BUCKET,
            "prefix": prefix,
            "endpoint": f"http://127.0.0.1:{line.port}",
            "region": "us-east-1",
            "access_key_id": "test",
            "secret_access_key": "test",
        }

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """Nobody reaches the server, and who was talking to it hears no more."""
        self._line.cut()
        try:
            yield
        finally:
            self._line.mend()

    def names(self) -> list[str]:
        """What lies in the bucket, below the prefix."""
        found = Xml.fromstring(httpx.get(self._server, params={"list-type": "2", "prefix": self._prefix}).text)
        keys = [one.text or "" for one in found.iter() if one.tag.endswith("Key")]
        return sorted(key.removeprefix(f"{self._prefix}/") for key in keys)

    def unfinished(self) -> list[str]:
        """Uploads in parts that nobody finished."""
        found = Xml.fromstring(httpx.get(f"{self._server}?uploads").text)
        return [one.text or "" for one in found.iter() if one.tag.endswith("UploadId")]


class Line:
    """Passes on what comes, while it isn't cut."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._ends: set[socket.socket] = set()
        self.port = free_port()
        self._server = self._open()

    def cut(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for end in list(self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._server = self._open()

    def _open(self) -> socketserver.ThreadingTCPServer:
        line = self

        class Passing(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                line.between(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        server = Server(("127.0.0.1", self.port), Passing)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return server

    def between(self, here: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._to)) as there:
            self._ends |= {here, there}
            back = threading.Thread(target=_pass, args=(there, here), daemon=True)
            back.start()
            _pass(here, there)
            back.join()
        self._ends -= {here, there}


@contextlib.contextmanager
def running() -> Iterator[tuple[int, Line]]:
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    line: Line | None = None
    try:
        until(lambda: _answers(port), every=0.1)
        assert httpx.put(f"http://127.0.0.1:{port}/{BUCKET}").status_code == 200
        line = Line(port)
        yield port, line
    finally:
        if line:
            line.cut()
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _pass(from_: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := from_.recv(SHARE):
            to.sendall(data)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)
