"""One call of a server that speaks OpenAI's chat completions, and each way in which it can fail, told apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self

import httpx
import orjson

from annotation.lib.messages import Message

MAX_BYTES = 2 * 1024 * 1024
"""Of an answer no more is read."""

CONNECT_SECONDS = 10.0
LONGEST_WAIT = 600.0
"""Longer than so many seconds nobody waits because a server asked for it."""

ENVELOPE_TOKENS = 64
"""What servers put around messages: marks of roles, and of where each begins and ends."""

_ASK_AGAIN = frozenset({408, 409, 425, 429})
_FOR_ALL = frozenset({401, 402, 403, 404, 405})


@dataclass(frozen=True, kw_only=True)
class Server:
    """`base_url` ends before `/chat/completions`. `seconds`: the longest that one call may take."""

    base_url: str
    api_key: str = ""
    seconds: float = 120.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """`schema`: the JSON schema that the answer is forced into; null: the messages alone ask for it."""

    model: str
    messages: Sequence[Message]
    max_tokens: int
    temperature: float | None = None
    schema: Mapping[str, Any] | None = None

    def body(self) -> bytes:
        sent: dict[str, Any] = {
            "model": self.model,
            "messages": list(self.messages),
            "max_tokens": self.max_tokens,
            "stream": False,
        }
        if self.temperature is not None:
            sent["temperature"] = self.temperature
        if self.schema is not None:
            named = {"name": "judgement", "strict": True, "schema": self.schema}
            sent["response_format"] = {"type": "json_schema", "json_schema": named}
        return orjson.dumps(sent)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the model wrote, and what the server counted; null where it told nothing."""

    text: str
    tokens_in: int | None
    tokens_out: int | None


class ChatError(Exception):
    """A call without an answer.

    `is_retryable`: the same call may fare better later, after `retry_after` seconds where the server said so.
    `is_free`: it surely cost nothing. `is_for_all`: no other call would fare better. `text` is what came back, if
    anything did; it may quote what was sent.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        is_retryable: bool = True,
        is_free: bool = False,
        is_for_all: bool = False,
        retry_after: float | None = None,
        text: str = "",
    ) -> None:
        super().__init__(f"{code} ({status})" if status else code)
        self.code = code
        self.status = status
        self.is_retryable = is_retryable
        self.is_free = is_free
        self.is_for_all = is_for_all
        self.retry_after = retry_after
        self.text = text


def most_tokens_in(body: bytes) -> int:
    """Never fewer than a server counts: a token stands for at least one byte of what is sent."""
    return len(body) + ENVELOPE_TOKENS


class Client:
    """Keeps its connections. May be used by several threads at once."""

    def __init__(self, server: Server) -> None:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if server.api_key:
            headers["Authorization"] = f"Bearer {server.api_key}"
        self._seconds = server.seconds
        self._url = f"{server.base_url.rstrip('/')}/chat/completions"
        self._http = httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(server.seconds, connect=min(CONNECT_SECONDS, server.seconds)),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def complete(self, body: bytes, *, sent: Callable[[], None] = lambda: None) -> Reply:
        """Send the body of a Request. `sent` is called once it is on its way, or won't be. Raises ChatError."""
        try:
            status, headers, read = self._exchange(body, sent)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise ChatError("unreachable", is_free=True) from error
        except httpx.TimeoutException as error:
            raise ChatError("timed_out") from error
        except httpx.RequestError as error:
            raise ChatError("cut_off") from error
        finally:
            sent()
        if status != 200:
            raise _refused(status, headers, read)
        return _reply(read)

    def _exchange(self, body: bytes, sent: Callable[[], None]) -> tuple[int, httpx.Headers, bytes]:
        def trace(event: str, _info: object) -> None:
            if event.endswith("send_request_body.complete"):
                sent()

        until = time.monotonic() + self._seconds
        read = bytearray()
        with self._http.stream("POST", self._url, content=body, extensions={"trace": trace}) as answer:
            for piece in answer.iter_bytes():
                read += piece
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("an answer that does not end")
                if len(read) > MAX_BYTES:
                    break
        return answer.status_code, answer.headers, bytes(read[:MAX_BYTES])


def _refused(status: int, headers: httpx.Headers, read: bytes) -> ChatError:
    text = read.decode("utf-8", "replace")
    if status == 429:
        return ChatError("rate_limited", status=status, is_free=True, retry_after=retry_after(headers), text=text)
    if status >= 500 or status in _ASK_AGAIN:
        return ChatError("server_error", status=status, retry_after=retry_after(headers), text=text)
    is_for_all = status in _FOR_ALL or status < 400
    return ChatError("refused", status=status, is_retryable=False, is_free=True, is_for_all=is_for_all, text=text)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the server asked for them, as a number or a date, up to LONGEST_WAIT."""
    told = headers.get("retry-after", "").strip()
    try:
        seconds = float(told)
    except ValueError:
        seconds = _until(told, headers.get("date", ""))
    return min(seconds, LONGEST_WAIT) if seconds >= 0 else None


def _until(told: str, date: str) -> float:
    """Seconds from the server's own date to the one that it names; -1 where they can't be told."""
    try:
        then = parsedate_to_datetime(told)
        since = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return max(0.0, (then - since).total_seconds())
    except (TypeError, ValueError):
        return -1.0


def _reply(read: bytes) -> Reply:
    try:
        told = orjson.loads(read)
        message = told["choices"][0]["message"]
        text = message.get("content") or message.get("refusal") or ""
        if not isinstance(text, str):
            raise TypeError("the content is no text")
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ChatError("malformed", status=200, text=read.decode("utf-8", "replace")) from error
    usage = told.get("usage")
    return Reply(text=text, tokens_in=_count(usage, "prompt_tokens"), tokens_out=_count(usage, "completion_tokens"))


def _count(usage: object, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if type(value) is int and 0 <= value < 2**31 else None
