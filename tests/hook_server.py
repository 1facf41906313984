"""A server that webhooks are sent to, over a real socket; it checks signatures as a receiver would."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import orjson

from tests.ports import free_port
from tests.serving import serving


@dataclass(frozen=True)
class Message:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return orjson.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """By the letter of Standard Webhooks."""
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
        return f"v1,{base64.b64encode(mac).decode()}" in self.headers["webhook-signature"].split(" ")


@dataclass
class HookServer:
    """`answers` are taken in turn, the last one again and again: a status, its headers and its text."""

    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=lambda: [(200, {}, b"thanks")])
    port: int = field(default_factory=free_port)
    messages: list[Message] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?of=flywheel"


@contextlib.contextmanager
def running(*answers: tuple[int, dict[str, str], bytes], certificate: Path | None = None) -> Iterator[HookServer]:
    """`certificate`: a PEM file with its key, to speak TLS with."""
    state = HookServer(answers=list(answers)) if answers else HookServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.messages.append(Message(self.path, headers, body))
            status, more, text = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(text)

    with serving(Handler, port=state.port, tls=_tls(certificate) if certificate else None):
        yield state


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
