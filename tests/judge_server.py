"""A server that speaks OpenAI's chat completions over a real socket, and fails where a test wants it to.

It keeps what a provider would: when each call came, what it answered, and what it would bill.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any

from django.db import connections

from annotation.lib.chat_rate import SLACK_SECONDS
from tests.ports import free_port
from tests.serving import serving

PRICE_IN, PRICE_OUT = Decimal("0.5"), Decimal("1.5")
"""For a million tokens."""

TICK = 0.02

Body = dict[str, Any]
Write = Callable[["Call"], None]


@dataclass
class Call:
    """One call that came, and what the handler needs to answer it. `number` counts from 0."""

    number: int
    body: Body
    handler: BaseHTTPRequestHandler
    state: JudgeServer

    @property
    def codes(self) -> list[str]:
        """The reasons that it may be answered with."""
        forced = self.body.get("response_format")
        return list(forced["json_schema"]["schema"]["properties"]["reason"]["enum"]) if forced else []

    @property
    def system(self) -> str:
        return str(self.body["messages"][0]["content"])

    @property
    def evidence(self) -> str:
        return str(self.body["messages"][1]["content"])

    def answer(self, text: object, *, billed: bool = True) -> None:
        """As the model writes it: a value as JSON, or a text as it is."""
        content = text if isinstance(text, str) else json.dumps(text)
        usage = {"prompt_tokens": len(json.dumps(self.body)) // 4, "completion_tokens": max(1, len(content) // 4)}
        if billed:
            self.state.bill(usage)
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        self.send(200, json.dumps({"choices": [choice], "usage": usage}).encode())

    def send(self, status: int, data: bytes, **headers: str) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", "application/json")
        self.handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(data)

    def cut(self) -> None:
        """Half a response, and then nothing."""
        self.handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{")
        self.handler.wfile.flush()
        self.handler.connection.shutdown(socket.SHUT_RDWR)
        self.handler.close_connection = True


def agree(call: Call) -> None:
    call.answer({"explanation": "It was kept.", "reason": call.codes[0], "confidence": 0.9})


@dataclass
class JudgeServer:
    """`respond` answers each call; it may be replaced between two."""

    respond: Write = agree
    port: int = field(default_factory=free_port)
    calls: list[Call] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    billed: Decimal = Decimal(0)
    seconds: float = 0.0
    late: float = 0.0
    """Seconds that this process stood still at most: what came meanwhile is written down so much later."""

    def __post_init__(self) -> None:
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def bill(self, usage: dict[str, int]) -> None:
        cost = PRICE_IN * usage["prompt_tokens"] + PRICE_OUT * usage["completion_tokens"]
        with self.lock:
            self.billed += cost / 1_000_000

    def take(self, handler: BaseHTTPRequestHandler, body: Body) -> None:
        with self.lock:
            self.arrived.append(time.monotonic())
            call = Call(len(self.calls), body, handler, self)
            self.calls.append(call)
        if self.seconds:
            time.sleep(self.seconds)
        self.respond(call)

    def most_in_a_second(self) -> int:
        """Calls that came within any one second, or in less of it where they may have been written down too late."""
        times, seconds = sorted(self.arrived), 1.0 - max(0.0, self.late - SLACK_SECONDS / 2)
        return max((bisect_left(times, at + seconds) - place for place, at in enumerate(times)), default=0)


def failing(call: Call) -> None:
    """One call of ten fails, in one of five ways that take turns."""
    if call.number % 10 != 7:
        agree(call)
        return
    way = ("rate_limited", "server_error", "cut_off", "unparsed", "malformed")[call.number // 10 % 5]
    with call.state.lock:
        call.state.told[way] += 1
    match way:
        case "rate_limited":
            call.send(429, b'{"error": {"message": "slow down"}}', Retry_After="0.2")
        case "server_error":
            call.send(500, b"oops")
        case "cut_off":
            call.cut()
        case "unparsed":
            call.answer('{"explanation": "It was kept", "reason": "veri')
        case _:
            call.send(200, b'{"choices": [{"message"')


@contextlib.contextmanager
def running(**options: Any) -> Iterator[JudgeServer]:
    state = JudgeServer(**options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            # Whoever was killed meanwhile waits for no answer.
            with contextlib.suppress(OSError):
                state.take(self, body | {"path": self.path, "key": self.headers.get("Authorization")})
            connections.close_all()

    is_over = threading.Event()
    watch = threading.Thread(target=_watch, args=(state, is_over))
    watch.start()
    try:
        with serving(Handler, port=state.port):
            yield state
    finally:
        is_over.set()
        watch.join()


def _watch(state: JudgeServer, is_over: threading.Event) -> None:
    before = time.monotonic()
    while not is_over.wait(TICK):
        now = time.monotonic()
        state.late, before = max(state.late, now - before - TICK), now
