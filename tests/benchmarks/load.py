"""Senders under load: connections that stay open, and records of about 2 KB."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import time
from typing import Any

import orjson

from tests.ingest.sent import interaction, signal
from tests.web_server import WebServer

MIB = 1024 * 1024

TEXT = "The meeting moves to Friday; please bring the figures of the last quarter. " * 20


class Sender:
    def __init__(self, server: WebServer, secret: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def post(self, records: object) -> None:
        """Send, and return once it was answered that all is stored."""
        self._connection.request("POST", "/api/v1/interactions", orjson.dumps(records), self._headers)
        answer = self._connection.getresponse()
        told = answer.read()
        assert answer.status == 200, told
        assert orjson.loads(told)["refused"] == []


def post(server: WebServer, secret: str, body: bytes) -> None:
    """A batch on a connection of its own."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as client:
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        client.request("POST", "/api/v1/interactions", body, headers)
        answer = client.getresponse()
        assert answer.status == 200, answer.read()


def memory(server: WebServer) -> list[int]:
    """The resident memory of each web process, in MiB."""
    return [process.memory_info().rss // MIB for process in server.workers()]


async def posts(server: WebServer, secret: str, name: str, *, until: float, count: int | None = None) -> list[float]:
    """One sender among others of one thread, which leaves most of the machine to who answers.

    Returns the seconds of each single record: `count` of them, else as many as come until then (`perf_counter`).
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    spans: list[float] = []
    while len(spans) < count if count is not None else time.perf_counter() < until:
        began = time.perf_counter()
        body = orjson.dumps(record(f"{name}-{len(spans):06}"))
        head = f"POST /api/v1/interactions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {secret}\r\n"
        sized = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(f"{head}{sized}".encode() + body)
        told = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        answer = await reader.readexactly(int(told.partition("content-length:")[2].partition("\r\n")[0]))
        assert told.startswith("http/1.1 200"), answer
        spans.append(time.perf_counter() - began)
    writer.close()
    return spans


def record(name: str) -> dict[str, Any]:
    """With one signal, which the default queue takes."""
    return interaction(name, output=f"{TEXT}{name}", signals=[signal(details={"dwell_ms": 2100})])


def share(values: list[float], of: float) -> float:
    """The value that this share of them doesn't pass."""
    return sorted(values)[min(int(len(values) * of), len(values) - 1)]
