"""Flywheel's real web server on a socket, over the tests' database: for what a test client can't show."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

START_SECONDS = 30


@contextlib.contextmanager
def serving(*options: str) -> Iterator[tuple[str, int]]:
    """Host and port of a server that runs as long as the block. The test must be `transaction=True`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        os.set_inheritable(listener.fileno(), True)
        host, port = listener.getsockname()
        command = [sys.executable, "-m", "gunicorn", "flywheel_app.wsgi:application"]
        command += ["--bind", f"fd://{listener.fileno()}", "--worker-class", "gthread", "--threads", "4", *options]
        process = subprocess.Popen(command, env=_environment(), pass_fds=[listener.fileno()], cwd=_root())
        try:
            _wait(process, host, port)
            yield host, port
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def _environment() -> dict[str, str]:
    """The settings of this process, with the database that the tests made beside the one of the settings."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(parts._replace(path="/" + str(connection.settings_dict["NAME"])))
    # Without a host, putting the URL together again would drop its two slashes.
    url = url if "://" in url else url.replace(":", "://", 1)
    return os.environ | {"DATABASE_URL": url, "HTTPS": "false"}


def _root() -> Path:
    return Path(__file__).resolve().parent.parent


def _wait(process: subprocess.Popen[bytes], host: str, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1) as client:
            client.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            if b"200" in client.recv(64):
                return
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not start")
