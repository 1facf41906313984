"""A client of Flywheel without a browser: a machine with a token, or a person with session and forms, who goes to the
next host where one doesn't answer."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

# gunicorn closes a connection on which nothing was asked for 2 seconds.
KEPT_SECONDS = 1.0
SECONDS = 30.0
CONNECT_SECONDS = 3.0


class Host(NamedTuple):
    address: str
    port: int


@dataclass(frozen=True)
class Answer:
    """`began` and `ended` are times of the monotonic clock."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    began: float
    ended: float
    method: str = ""
    path: str = ""

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Caller:
    """Keeps a connection and cookies. Not for two threads."""

    def __init__(self, hosts: Sequence[Host], *, token: str = "", seconds: float = SECONDS, first: int = 0) -> None:
        self._hosts = hosts
        self._at = first
        self._token = token
        self._seconds = seconds
        self._cookies: dict[str, str] = {}
        self._connection: http.client.HTTPConnection | None = None
        self._used_at = 0.0

    def get(self, path: str) -> Answer:
        return self._send("GET", path, b"", {})

    def post(self, path: str, body: object, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._send("POST", path, orjson.dumps(body), {"Content-Type": "application/json"} | named)

    def form(self, path: str, fields: Mapping[str, str], *, is_script: bool = True) -> Answer:
        """Send a form; as the page's script does, whose answer is the fragment that it would swap in."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": self._cookies["csrftoken"]}
        if is_script:
            headers["HX-Request"] = "true"
        return self._send("POST", path, urlencode(fields).encode(), headers)

    def sign_in(self, email: str, password: str) -> None:
        assert self.get("/accounts/login/").status == 200
        answer = self.form("/accounts/login/", {"login": email, "password": password}, is_script=False)
        assert (answer.status, "sessionid" in self._cookies) == (302, True), answer.text[:2000]

    def twin(self, first: int) -> Caller:
        """The same person at another machine, whose first host is that of this number."""
        made = Caller(self._hosts, token=self._token, seconds=self._seconds, first=first)
        made._cookies = dict(self._cookies)
        return made

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Raises ConnectionError where nobody answered; the next one is sent to the next host."""
        host = self._hosts[self._at % len(self._hosts)]
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            headers["Origin"] = f"http://{host.address}:{host.port}"
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        began = time.monotonic()
        try:
            connection = self._connected(host)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            read = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            self._at += 1
            raise ConnectionError(f"{type(error).__name__}: {error}") from error
        self._used_at = time.monotonic()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, read, began, self._used_at, method, path)

    def _connected(self, host: Host) -> http.client.HTTPConnection:
        if time.monotonic() - self._used_at > KEPT_SECONDS:
            self.close()
        if self._connection is None:
            self._connection = http.client.HTTPConnection(host.address, host.port, timeout=CONNECT_SECONDS)
            self._connection.connect()
            self._connection.sock.settimeout(self._seconds)
        return self._connection
