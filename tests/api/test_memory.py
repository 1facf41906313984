"""Whatever is sent, and by however many at once: a web process's memory is bounded, and so is the wait for a sender."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import orjson
import psutil
import pytest
import zstandard

from annotation.api import streams
from annotation.ingest import body
from annotation.models import Interaction
from tests import cast
from tests.ingest.sent import interaction
from tests.web_server import WebServer

MIB = 1024 * 1024

# What eight of the worst bodies at once may take beside the process itself: one that is being stored, some 330 MiB, and
# those that wait in the other three threads, packed and unpacked. Without `body.ROOM` they took 1,100 to 1,800 MiB.
MOST = 800 * MIB

pytestmark = pytest.mark.django_db(transaction=True)

Body = tuple[bytes, str, set[int]]
"""What is sent, how it is packed, and what it may be answered with."""


def wide_text(name: str) -> Body:
    """One character beyond the others makes each of thirty million take four bytes."""
    return zstandard.compress(orjson.dumps(interaction(name, output="a" * (30 * MIB) + "🙂"))), "zstd", {200}


def small_values() -> Body:
    """Ten thousand records of a hundred values each, for a feature that isn't there, so that the test is short."""
    record = interaction("ID", feature="nowhere", metadata={"x": [1000] * 80})
    return zstandard.compress(orjson.dumps([record | {"id": f"g{number}"} for number in range(10_000)])), "zstd", {422}


def bombs() -> list[Body]:
    zeros = b"\0" * (256 * MIB)
    return [
        (gzip.compress(zeros, compresslevel=1), "gzip", {413}),
        (zstandard.compress(zeros), "zstd", {413}),
        (zstandard.compress(b"[" * (31 * MIB)), "zstd", {413}),
        (zstandard.compress(b"[" + b"{}," * 300_000 + b"{}]"), "zstd", {413}),
    ]


@contextmanager
def watched(process: psutil.Process) -> Iterator[list[int]]:
    """How much more memory a process had at most, in bytes, once the block is over."""
    before, is_over, most = process.memory_info().rss, Event(), [0]

    def watch() -> None:
        while not is_over.wait(0.01):
            most[0] = max(most[0], process.memory_info().rss - before)

    thread = Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        is_over.set()
        thread.join()


def test_eight_of_the_worst_bodies_at_once_take_bounded_memory(tmp_path: Path) -> None:
    cast.feature()
    _, secret = cast.token("ingest")
    with WebServer(tmp_path, workers=1) as server, ThreadPoolExecutor(9) as pool:

        def send(sent: Body) -> bool:
            data, encoding, expected = sent
            with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)) as client:
                headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
                client.request("POST", "/api/v1/interactions", data, headers | {"Content-Encoding": encoding})
                answer = client.getresponse()
                told = json.loads(answer.read())
            # Who finds no room in time is told to come again.
            is_busy = (answer.status, told.get("code"), answer.getheader("Retry-After")) == (503, "busy", "5")
            return is_busy or answer.status in expected

        (process,) = server.processes()
        bodies = [*(wide_text(f"w{number}") for number in range(3)), *bombs(), small_values(), small_values()]
        with watched(process) as most:
            assert all(pool.map(send, bodies))
        print(f"{most[0] / MIB:.0f} MiB beside the process itself")
        assert most[0] < MOST
        assert_a_sender_that_stalls_is_let_go(server, secret)
    assert Interaction.objects.count() <= 3


def assert_a_sender_that_stalls_is_let_go(server: WebServer, secret: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        head = f"POST /api/v1/interactions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n"
        client.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{".encode())
        client.settimeout(streams.STALLED_SECONDS * 3)
        started = time.monotonic()
        answer = b""
        while b"cut_short" not in answer:
            part = client.recv(65536)
            assert part, answer
            answer += part
        assert time.monotonic() - started >= streams.STALLED_SECONDS / 2


def test_a_refused_or_broken_request_gives_its_room_back() -> None:
    cast.feature()
    machine = cast.machine()
    large = orjson.dumps([interaction(f"g{number}", feature="nowhere") for number in range(9000)])
    assert len(large) > MIB
    for _ in range(3):
        assert machine.post("/interactions", raw=large).status_code == 422
        assert machine.post("/interactions", raw=large[:-1]).status_code == 400
    assert body.ROOM._held == {}
