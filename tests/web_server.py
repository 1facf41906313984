"""A real gunicorn on the test database: for what threads and a test client can't show."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

import psutil
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from annotation.models import User
from annotation.web.sessions import SessionStore
from tests.ports import free_port
from tests.web.pages import hidden
from tests.workers import ROOT, environment

PATIENCE = 90.0
# gunicorn closes a connection on which nothing was asked for 2 seconds.
KEPT_SECONDS = 1.0


class WebServer:
    """gunicorn as in production, `workers` processes of eight threads, on a port of its own.

    `settings`: what differs from the test run's own, such as the database. `application`: what it serves.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 2,
        settings: Mapping[str, str] | None = None,
        application: str = "flywheel_app.wsgi:application",
    ) -> None:
        self.port = free_port()
        self._application = application
        self._settings = settings or {}
        self._log = folder / f"web-{self.port}.log"
        self._workers = workers
        self._popen = self._start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def processes(self) -> list[psutil.Process]:
        """Those that answer: the server's own only starts them."""
        found: list[psutil.Process] = psutil.Process(self._popen.pid).children()
        return found

    def kill(self) -> None:
        """`kill -9` of the server and all its processes at once."""
        if self._popen.poll() is None:
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait(PATIENCE)

    def stop(self) -> None:
        """A clean stop: what is being answered is answered first."""
        self._popen.terminate()
        self._popen.wait(PATIENCE)

    def restart(self) -> None:
        self.kill()
        self._popen = self._start()

    @property
    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def workers(self) -> list[psutil.Process]:
        """The processes that answer; the master, which replaces those that die, is none of them."""
        return [] if self.has_ended else psutil.Process(self._popen.pid).children()

    def _start(self) -> subprocess.Popen[bytes]:
        size = ["--worker-class", "gthread", "--threads", "8", "--workers", str(self._workers)]
        command = ["gunicorn", self._application, "--bind", f"127.0.0.1:{self.port}", *size]
        with self._log.open("ab") as log:
            popen = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env={**environment(), "ALLOWED_HOSTS": "127.0.0.1,localhost", **self._settings},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait(popen)
        return popen

    def _wait(self, popen: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and popen.poll() is None:
            try:
                if Visitor(self).get("/healthz").status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"gunicorn did not start: {self._log.read_text()[-2000:]}")


class Answer:
    def __init__(self, status: int, text: str, location: str) -> None:
        self.status = status
        self.text = text
        self.location = location


class Visitor:
    """One browser tab without a browser: keeps its connection and cookies, sends forms as htmx does."""

    def __init__(self, server: WebServer, user: User | None = None) -> None:
        self._server = server
        self._cookies: dict[str, str] = {settings.SESSION_COOKIE_NAME: _session(user)} if user else {}
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self._answered = time.monotonic()

    def get(self, path: str) -> Answer:
        return self._send("GET", path, b"", {})

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form as the page's script does: the answer is the fragment that it would swap in."""
        token = self._cookies.get(settings.CSRF_COOKIE_NAME, "")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token, "HX-Request": "true"}
        return self._send("POST", path, urlencode(fields).encode(), headers | {"Origin": self._server.url})

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if time.monotonic() - self._answered > KEPT_SECONDS:
            self._connection.close()  # The next request opens it anew.
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        try:
            self._connection.request(method, path, body, headers | {"Cookie": cookies})
            answer = self._connection.getresponse()
            text = answer.read().decode()
            self._answered = time.monotonic()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ConnectionError(str(error)) from error
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        return Answer(answer.status, text, answer.getheader("Location") or "")


def label_form(page: str) -> dict[str, str] | None:
    """The hidden fields of the label form on a page, or None where there is nothing to label."""
    mark = 'id="label"'
    return hidden(page, mark) if mark in page else None


def _session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
