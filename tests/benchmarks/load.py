"""A sender under load: one connection that stays open, and records of about 2 KB."""

from __future__ import annotations

import http.client
from typing import Any

import orjson

from tests.ingest.sent import interaction, signal
from tests.web_server import WebServer

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


def record(name: str) -> dict[str, Any]:
    """With one signal, which the default queue takes."""
    return interaction(name, output=f"{TEXT}{name}", signals=[signal(details={"dwell_ms": 2100})])


def share(values: list[float], of: float) -> float:
    """The value that this share of them doesn't pass."""
    return sorted(values)[min(int(len(values) * of), len(values) - 1)]
