"""What the demo consists of: both servers, then web, worker and beat, each a direct child of the launcher."""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

from annotation.errors import Refusal
from flywheel_app.local import keys, postgres, process, valkey
from flywheel_app.local.environment import ROOT
from flywheel_app.local.place import Place, make_folder
from flywheel_app.local.process import Group
from flywheel_app.local.supervise import Service, Supervisor

HOST = "127.0.0.1"
PROCESSES = ("web", "worker", "beat")
SETUP = "setup"
WORKERS = 2
THREADS = 8
# Web takes WORKERS * THREADS at most; the rest is for the worker, beat and people who look in.
MAX_CONNECTIONS = {"max_connections": "60"}
PATIENCE = 60.0


class PortTaken(Refusal):
    """Port {port} can't be used ({reason}). Choose another, such as: make demo PORT={other}."""


class Failed(Refusal):
    """{what} failed. The end of {log} says why:{tail}"""


class Services:
    """All processes of one demo and the settings they share."""

    def __init__(self, place: Place, *, port: int, given: Mapping[str, str], say: Callable[[str], None]) -> None:
        self.place = place
        self.port = port
        self.url = f"http://{HOST}:{port}"
        self.settings: dict[str, str] = {}
        self._given = given
        self._group = Group()
        self._supervisor = Supervisor(say=say)

    def check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except OSError as error:
                other = self.port + 1 if 1024 <= self.port < 65535 else 8000
                raise PortTaken(port=self.port, reason=error.strerror, other=other) from error

    def start_servers(self) -> None:
        """Start the servers whose URLs were not given, and fix the settings that all children get."""
        here, group = self.place, self._group
        secret = keys.read_or_make(here.folder, has_data=(here.data / "postgres").exists())
        password = secret["database_password"]
        if "DATABASE_URL" not in self._given:
            start = functools.partial(postgres.start, here, group=group, password=password, options=MAX_CONNECTIONS)
            self._supervisor.start(Service("database", start, functools.partial(postgres.stop, here)))
        if "REDIS_URL" not in self._given:
            start = functools.partial(valkey.start, here, group=group, durable=True)
            self._supervisor.start(Service("broker", start, functools.partial(valkey.stop, here)))
        self.settings = self._settings(secret, password=password)

    def start_processes(self) -> None:
        """Start worker, beat and web, and wait until web answers."""
        app = ["-A", "flywheel_app"]
        schedule = str(self.place.folder / "beat-schedule")
        quiet = ["--without-gossip", "--without-mingle"]
        self._add("worker", "celery", *app, "worker", "--concurrency", "2", "--loglevel", "INFO", *quiet)
        self._add("beat", "celery", *app, "beat", "--schedule", schedule, "--pidfile", "")
        bind = ["--bind", f"{HOST}:{self.port}", "--worker-class", "gthread", "--no-control-socket"]
        size = ["--workers", str(WORKERS), "--threads", str(THREADS), "--graceful-timeout", "5"]
        self._add("web", "gunicorn", "flywheel_app.wsgi:application", *bind, *size)
        self._wait_for_web()

    def manage(self, *arguments: str) -> None:
        """Run one `manage.py` command to its end."""
        child = self._spawn(SETUP, [str(ROOT / "manage.py"), *arguments])
        if child.wait() != 0:
            raise self._failed(f"`manage.py {arguments[0]}`", SETUP)

    def tend(self) -> None:
        self._supervisor.tend(now=time.monotonic())

    def stop(self) -> bool:
        """End every process of this place in order, also those of an earlier launcher; whether there was any."""
        ended = [process.stop(self._tag(name)) for name in ("web", "beat", "worker", SETUP)]
        return any([*ended, valkey.stop(self.place), postgres.stop(self.place)])

    def _settings(self, secret: dict[str, str], *, password: str) -> dict[str, str]:
        storage = self.place.folder / "storage"
        make_folder(storage, mode=0o700)
        own = {
            "DATABASE_URL": postgres.url(self.place, password=password),
            "REDIS_URL": valkey.url(self.place),
            "SECRET_KEY": secret["secret_key"],
            "HASH_KEY": secret["hash_key"],
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "STORAGE_URL": f"file://{storage}",
        }
        chosen = {name: self._given.get(name) or value for name, value in own.items()}
        return chosen | {"HTTPS": "false", "FLYWHEEL_DEMO": "1"}

    def _add(self, name: str, module: str, *arguments: str) -> None:
        start = functools.partial(self._spawn, name, ["-m", module, *arguments])
        self._supervisor.start(Service(name, start, functools.partial(process.stop, self._tag(name))))

    def _spawn(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        # Connections are pooled in the web processes alone: a pool doesn't survive the worker's forks.
        pool = {"DATABASE_POOL": str(THREADS)} if name == "web" else {}
        return self._group.spawn(
            # Python ignores an -X option that it doesn't know; it is there to carry the tag.
            [sys.executable, "-X", f"launcher={self._tag(name)}", *arguments],
            log=self.place.log(name),
            environment={**os.environ, **self.settings, **pool},
            folder=ROOT,
        )

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + PATIENCE
        web = self._supervisor.services[-1]
        while not web.is_down() and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):  # noqa: S310 - our own http address
                    return
            except urllib.error.HTTPError as error:
                raise self._failed(
                    f"{self.url}/healthz answered {error.code}: starting the web server", "web"
                ) from error
            except OSError:
                time.sleep(0.1)
        raise self._failed("Starting the web server", "web")

    def _failed(self, what: str, name: str) -> Failed:
        log = self.place.log(name)
        return Failed(what=what, log=log, tail=process.tail(log))

    def _tag(self, name: str) -> str:
        return f"{self.place.tag}:{name}"
