"""Two web hosts, two worker hosts, and PostgreSQL, Valkey and a bucket each on a host of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import redis

from flywheel_app.local import binaries, place, postgres, process, servers
from tests import units
from tests.caller import Caller, Host
from tests.hosts.net import Elsewhere, Machine, Net, hosts
from tests.s3 import BUCKET
from tests.units import Unit
from tests.workers import ROOT, until

PASSWORD = "for one test alone"
# A table that nobody else here writes to.
HOLD = """
import time, django
django.setup()
from django.db import connection, transaction
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute("LOCK TABLE annotation_flag IN EXCLUSIVE MODE")
    print("held", flush=True)
    time.sleep(300)
"""
HELD = "SELECT pid FROM pg_locks WHERE relation = 'annotation_flag'::regclass AND mode = 'ExclusiveLock'"
PORT, POSTGRES_PORT, VALKEY_PORT, STORE_PORT = 8000, 5432, 6379, 9000


class Cluster:
    """`web` and `work` are machines; `units` are what runs on them, two of each kind."""

    def __init__(self, net: Net, folder: Path) -> None:
        self.folder = folder
        self._net = net
        self.database, self.valkey, self.store = net.machine(), net.machine(), net.machine()
        self.web = [net.machine(), net.machine()]
        self.work = [net.machine(), net.machine()]
        self.hosts = [Host(one.address, PORT) for one in self.web]
        self._here = place.prepare(folder)
        self.settings = servers.settings(
            {"DATABASE_URL": self._database_url, "REDIS_URL": f"redis://{self.valkey.address}:{VALKEY_PORT}/0"},
            storage=folder,
        ) | {
            "STORAGE_URL": f"s3://{BUCKET}/flywheel",
            "AWS_ENDPOINT_URL": f"http://{self.store.address}:{STORE_PORT}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "ALLOWED_HOSTS": ",".join(one.address for one in self.web),
            "HTTPS": "false",
        }
        # The store takes longest to start, so the others do so meanwhile.
        self._others = [self._start_store()]
        self._start_postgres()
        self._others.append(self._start_valkey())
        self.manage("migrate", "--verbosity", "0")
        until(self._is_bucket_made, every=0.1)
        self.units = {
            kind: [self._unit(kind, number, machine) for number, machine in enumerate(machines)]
            for kind, machines in (("web", self.web), ("worker", self.work), ("beat", self.work))
        }

    @property
    def all_units(self) -> list[Unit]:
        return [unit for pair in self.units.values() for unit in pair]

    def manage(self, *arguments: str) -> str:
        """What one `manage.py` command prints, run beside the database, whose line is never cut for it."""
        ran = subprocess.run(
            [*self.web[0].inside, sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def people(self, count: int) -> str:
        return self.manage(
            "shell", "--verbosity", "0", "--command", f"from tests.soak import prepare; prepare.people({count})"
        )

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """By the database's own socket, whatever is cut."""
        url = postgres.url(self._here, password=PASSWORD)
        with psycopg.connect(url, autocommit=True) as own:
            return own.execute(statement).fetchall()

    @contextlib.contextmanager
    def holding(self, machine: Machine) -> Iterator[Callable[[], bool]]:
        """A process on that machine is in the midst of a change; yields whether PostgreSQL still keeps its lock."""
        command = [*machine.inside, sys.executable, "-c", HOLD]
        with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **self.settings}, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            try:
                yield lambda: bool(self.rows(HELD))
            finally:
                holder.kill()

    def close(self) -> None:
        for server in self._others:
            server.kill()
            server.wait()
        process.stop(place.tag(self.folder), first=signal.SIGQUIT, grace=5)

    # --- What runs where

    @property
    def _database_url(self) -> str:
        secret = quote(PASSWORD)
        return f"postgresql://{postgres.USER}:{secret}@{self.database.address}:{POSTGRES_PORT}/{postgres.DATABASE}"

    def _start_postgres(self) -> None:
        rules = self.folder / "pg_hba.conf"
        rules.write_text("local all all scram-sha-256\nhost all all samenet scram-sha-256\n")
        options = servers.DURABLE | {"listen_addresses": self.database.address, "hba_file": str(rules)}
        postgres.start(self._here, group=Elsewhere(self.database), password=PASSWORD, options=options)

    def _start_valkey(self) -> subprocess.Popen[bytes]:
        data = self._here.data / "valkey"
        place.make_folder(data, mode=0o700, account=self._here.account)
        # The same as in `deploy`, on an address; nobody but these hosts can reach it.
        options = ["--bind", self.valkey.address, "--protected-mode", "no", "--port", str(VALKEY_PORT)]
        server = Elsewhere(self.valkey).spawn(
            [str(binaries.valkey(self._here)), *options, "--dir", str(data), "--appendonly", "yes", "--save", ""],
            log=self._here.log("valkey"),
            environment=postgres.environment(self._here),
            folder=data,
            account=self._here.account,
        )
        until(self._is_valkey_there, every=0.1)
        return server

    def _is_valkey_there(self) -> bool:
        with contextlib.suppress(redis.exceptions.ConnectionError), redis.Redis(self.valkey.address) as client:
            return bool(client.ping())
        return False

    def _start_store(self) -> subprocess.Popen[bytes]:
        return Elsewhere(self.store).spawn(
            [sys.executable, "-m", "moto.server", "--host", self.store.address, "--port", str(STORE_PORT)],
            log=self._here.log("store"),
            environment=os.environ,
            folder=ROOT,
        )

    def _is_bucket_made(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.put(f"http://{self.store.address}:{STORE_PORT}/{BUCKET}").status_code == 200
        return False

    def _unit(self, kind: str, number: int, machine: Machine) -> Unit:
        options = {
            "web": {"--bind": f"{machine.address}:{PORT}", "--workers": "2"},
            "worker": {"-n": f"worker@host{number}"},
            "beat": {"--schedule": str(self.folder / f"beat-{number}")},
        }
        return Unit(
            kind,
            environment={**os.environ, **self.settings},
            log=self._here.log(f"{kind}-{number}"),
            options=options[kind],
            inside=machine.inside,
        )


def is_ready(host: Host) -> bool:
    with contextlib.suppress(ConnectionError):
        return Caller([host]).get("/readyz").status == 200
    return False


@contextlib.contextmanager
def running() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="fw-")).resolve()
    folder.chmod(0o711)
    try:
        with hosts() as net:
            cluster = Cluster(net, folder)
            try:
                with units.tended(cluster.all_units):
                    until(lambda: all(map(is_ready, cluster.hosts)), every=0.2)
                    yield cluster
            finally:
                cluster.close()
    finally:
        shutil.rmtree(folder)
