"""What only a real server shows: bodies without a length, bodies too large, senders that break off."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from annotation.models import Interaction
from tests import cast
from tests.ingest.sent import interaction
from tests.web_server import WebServer

MIB = 1024 * 1024
Answer = tuple[int, dict[str, Any]]


class Sender:
    def __init__(self, address: tuple[str, int], secret: str) -> None:
        self.address = address
        self.headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/x-ndjson"}

    def post(self, data: bytes | Iterable[bytes], **headers: str) -> Answer:
        with_encoding = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        is_chunked = not isinstance(data, bytes)
        connection.request(
            "POST", "/api/v1/interactions", data, self.headers | with_encoding, encode_chunked=is_chunked
        )
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer


@pytest.fixture
def sender(transactional_db: None, tmp_path: Path) -> Iterator[Sender]:
    cast.feature()
    _, secret = cast.token("ingest")
    with WebServer(tmp_path, workers=1) as server:
        yield Sender(("127.0.0.1", server.port), secret)


def pieces(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield orjson.dumps(interaction(f"g{number}")) + b"\n"


def worker_memory() -> int:
    """The most memory that any child of this process's servers has."""
    children = psutil.Process().children(recursive=True)
    return int(max(child.memory_info().rss for child in children if "gunicorn" in " ".join(child.cmdline())))


def test_a_real_server_takes_what_real_senders_send(sender: Sender) -> None:
    """One start of a server for all of it, since a start takes seconds."""
    status, told = sender.post(pieces(300), Transfer_Encoding="chunked")
    assert (status, told["accepted"]) == (200, 300)

    status, told = sender.post(b" " * (33 * MIB))
    assert (status, told["code"]) == (413, "too_large")

    status, told = sender.post((b" " * MIB for _ in range(40)), Transfer_Encoding="chunked")
    assert (status, told["code"]) == (413, "too_large")

    status, told = Sender(sender.address, "fw_wrong").post(b"{}\n" * (4 * MIB))
    assert (status, told["code"]) == (401, "unauthorized")

    before = worker_memory()
    bomb = gzip.compress(b"\0" * (1024 * MIB), compresslevel=1)
    status, told = sender.post(bomb, Content_Encoding="gzip")
    assert (status, told["code"]) == (413, "too_large")
    assert worker_memory() - before < 100 * MIB

    assert_a_sender_that_breaks_off_leaves_nothing(sender)
    assert Interaction.objects.count() == 300


def assert_a_sender_that_breaks_off_leaves_nothing(sender: Sender) -> None:
    half = orjson.dumps(interaction("half")) + b"\n"
    for head, sent in (
        ("Content-Length: 100000", half),
        ("Transfer-Encoding: chunked", f"{len(half):x}\r\n".encode() + half + b"\r\n"),
    ):
        with socket.create_connection(sender.address) as client:
            headers = "".join(f"{name}: {value}\r\n" for name, value in sender.headers.items())
            start = f"POST /api/v1/interactions HTTP/1.1\r\nHost: localhost\r\n{head}\r\n{headers}\r\n"
            client.sendall(start.encode() + sent)
            client.shutdown(socket.SHUT_WR)
            assert b"cut_short" in answered(client)
    assert not Interaction.objects.filter(external_id="half").exists()
    status, told = sender.post(orjson.dumps(interaction("g0")))
    assert (status, told["duplicates"]) == (200, 1)


def answered(client: socket.socket) -> bytes:
    client.settimeout(60)
    return b"".join(iter(lambda: client.recv(65536), b""))
