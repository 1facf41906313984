"""Real exchanges with a model's API, as recorded by OpenTelemetry's own tests, and a server that answers them again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler
from textwrap import dedent
from typing import Any

import orjson

from tests import realdata
from tests.serving import serving

FOLDER = "otel_openai_cassettes"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and the answer that came."""

    path: str
    request: dict[str, Any]
    status: int
    content_type: str
    answer: str

    @property
    def response_id(self) -> str | None:
        found = re.search(r'"id": ?"((?:chatcmpl|resp)[^"]*)"', self.answer)
        return found[1] if found else None

    def again(self, suffix: str) -> Exchange:
        """The same exchange at another time: no two answers of a model have one id."""
        name = self.response_id
        return replace(self, answer=self.answer.replace(name, f"{name}-{suffix}")) if name else self

    def asked(self) -> list[dict[str, Any]]:
        """The messages of a chat, as they were sent."""
        return list(self.request["messages"])

    def answered(self) -> list[dict[str, Any]]:
        """The message of each choice of a chat that wasn't streamed."""
        return [choice["message"] for choice in orjson.loads(self.answer)["choices"]]

    def streamed(self) -> str:
        """The text that came in pieces."""
        pieces = [orjson.loads(line) for line in re.findall(r"^data: (\{.*)$", self.answer, flags=re.MULTILINE)]
        deltas = [choice["delta"] for piece in pieces for choice in piece["choices"]]
        return "".join(delta.get("content") or "" for delta in deltas)


def read(*names: str) -> list[Exchange]:
    """The exchanges of these recordings (all: none named), in their order."""
    found = sorted(realdata.folder(FOLDER).glob("*.yaml"))
    chosen = [one for one in found if not names or any(one.stem.startswith(name) for name in names)]
    return [exchange for path in chosen for exchange in _exchanges(path.read_text())]


def _exchanges(text: str) -> Iterator[Exchange]:
    for part in re.split(r"^- request:\n", text, flags=re.MULTILINE)[1:]:
        asked, answered = part.split("\n  response:\n")
        kind = re.search(r"^ +content-type:\n +- (.+)$", answered, flags=re.MULTILINE | re.IGNORECASE)
        status = re.search(r"^ +code: (\d+)$", answered, flags=re.MULTILINE)
        path = re.search(r"^ +uri: https://[^/]+(/\S+)$", asked, flags=re.MULTILINE)
        assert kind
        assert status
        assert path
        request = orjson.loads(_block(asked, "body"))
        yield Exchange(path[1], request, int(status[1]), kind[1], _block(answered, "string"))


def _block(text: str, name: str) -> str:
    """A literal block of YAML."""
    found = re.search(rf"^( *){name}: \|[-+]?\n((?:\1 +.*\n|\n)+)", text, flags=re.MULTILINE)
    assert found
    return dedent(found[2]).rstrip("\n") + "\n\n"


@contextmanager
def served(exchanges: list[Exchange]) -> Iterator[str]:
    """A server that speaks as the model's API did; its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
            match = [one for one in exchanges if (one.path, one.request) == (self.path, sent)]
            status, kind, answer = (match[0].status, match[0].content_type, match[0].answer) if match else (500, "", "")
            raw = answer.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}"
