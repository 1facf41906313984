"""One call of a server over a real socket: what it is sent, and each way in which it fails told apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from annotation.lib import chat
from annotation.lib.chat import ChatError, Client, Reply, Request, Server
from tests import judge_server
from tests.judge_server import Call, JudgeServer
from tests.ports import free_port

REQUEST = Request(model="small-1", messages=[{"role": "user", "content": "Grüße"}], max_tokens=9, temperature=0.5)


@pytest.fixture
def server() -> Iterator[JudgeServer]:
    with judge_server.running() as running:
        yield running


def complete(server: JudgeServer, *, seconds: float = 5.0, request: Request = REQUEST) -> Reply:
    with Client(Server(base_url=f"{server.url}/", api_key="sk-1", seconds=seconds)) as client:
        return client.complete(request.body())


def failing(server: JudgeServer, **options: Any) -> ChatError:
    with pytest.raises(ChatError) as raised:
        complete(server, **options)
    return raised.value


def test_what_is_sent_and_what_comes_back(server: JudgeServer) -> None:
    server.respond = lambda call: call.answer("Hello")
    reply = complete(server, request=Request(**vars(REQUEST) | {"schema": {"type": "object"}}))
    sent = server.calls[0].body
    assert (reply.text, reply.tokens_out) == ("Hello", 1)
    assert reply.tokens_in
    assert (sent["path"], sent["key"]) == ("/v1/chat/completions", "Bearer sk-1")
    assert (sent["model"], sent["max_tokens"], sent["temperature"], sent["stream"]) == ("small-1", 9, 0.5, False)
    assert sent["messages"] == [{"role": "user", "content": "Grüße"}]
    schema = {"name": "judgement", "strict": True, "schema": {"type": "object"}}
    assert sent["response_format"] == {"type": "json_schema", "json_schema": schema}


def test_what_is_not_wished_is_not_sent() -> None:
    sent = json.loads(Request(model="m", messages=[], max_tokens=1).body())
    assert set(sent) == {"model", "messages", "max_tokens", "stream"}


@pytest.mark.parametrize(
    ("status", "code", "is_retryable", "is_free", "is_for_all"),
    [
        (429, "rate_limited", True, True, False),
        (408, "server_error", True, False, False),
        (500, "server_error", True, False, False),
        (503, "server_error", True, False, False),
        (400, "refused", False, True, False),
        (401, "refused", False, True, True),
        (403, "refused", False, True, True),
        (404, "refused", False, True, True),
        (302, "refused", False, True, True),
    ],
)
def test_refusals(
    status: int, code: str, is_retryable: bool, is_free: bool, is_for_all: bool, server: JudgeServer
) -> None:
    server.respond = lambda call: call.send(status, b"no", Retry_After="7", Location=server.url)
    error = failing(server)
    told = (error.code, error.status, error.is_retryable, error.is_free, error.is_for_all, error.text)
    assert told == (code, status, is_retryable, is_free, is_for_all, "no")
    assert error.retry_after == (7.0 if is_retryable else None)
    assert len(server.calls) == 1


def slow(call: Call) -> None:
    """A byte at a time, each soon enough, and no end."""
    call.handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        call.handler.wfile.write(b"1\r\n \r\n")
        call.handler.wfile.flush()


def large(call: Call) -> None:
    call.send(200, b'{"choices": [{"message": {"content": "' + b"x" * (chat.MAX_BYTES + 9) + b'"}}]}')


@pytest.mark.parametrize(
    ("respond", "code", "is_free"),
    [
        (Call.cut, "cut_off", False),
        (lambda call: call.send(200, b'{"choices": ['), "malformed", False),
        (lambda call: call.send(200, b'{"choices": [{"message": {"content": ["a"]}}]}'), "malformed", False),
        (lambda call: call.send(200, b'{"error": "no model is loaded"}'), "malformed", False),
        (large, "malformed", False),
    ],
)
def test_what_comes_back_broken(respond: Any, code: str, is_free: bool, server: JudgeServer) -> None:
    server.respond = respond
    error = failing(server)
    assert (error.code, error.is_retryable, error.is_free) == (code, True, is_free)
    assert len(error.text) <= chat.MAX_BYTES + 100_000


def test_an_answer_that_does_not_come_or_does_not_end_is_given_up(server: JudgeServer) -> None:
    server.seconds = 0.3
    assert failing(server, seconds=0.1).code == "timed_out"
    server.seconds, server.respond = 0.0, slow
    assert failing(server, seconds=0.3).code in ("timed_out", "malformed")


def test_a_server_that_is_not_there_cost_nothing() -> None:
    error = failing(JudgeServer(port=free_port()))
    assert (error.code, error.is_retryable, error.is_free) == ("unreachable", True, True)


def test_it_says_when_a_call_is_on_its_way_and_when_it_never_will_be(server: JudgeServer) -> None:
    told: list[int] = []
    for port in (server.port, free_port()):
        with Client(Server(base_url=f"http://127.0.0.1:{port}")) as client:
            try:
                client.complete(REQUEST.body(), sent=lambda: told.append(len(server.calls)))
            except ChatError:
                told.append(-1)
    assert -1 in told[2:]
    assert len(told) >= 4


@pytest.mark.parametrize(
    ("told", "date", "seconds"),
    [
        ("12", "", 12.0),
        ("0.25", "", 0.25),
        ("99999", "", chat.LONGEST_WAIT),
        ("Wed, 21 Oct 2026 07:28:30 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 0.0),
        ("-5", "", None),
        ("nan", "", None),
        ("soon", "", None),
        ("", "", None),
    ],
)
def test_how_long_a_server_wants_one_to_wait(told: str, date: str, seconds: float | None) -> None:
    assert chat.retry_after({"retry-after": told, "date": date}) == seconds


def test_the_worst_case_counts_at_least_a_token_a_byte() -> None:
    body = Request(model="m", messages=[{"role": "user", "content": "\N{GRINNING FACE}" * 50}], max_tokens=1).body()
    assert chat.most_tokens_in(body) >= 200
