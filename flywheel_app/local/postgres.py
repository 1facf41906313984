"""Flywheel's own PostgreSQL: made once, started as a direct child, reached by a socket alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from annotation.errors import Refusal
from flywheel_app.local import account as accounts
from flywheel_app.local import binaries, process
from flywheel_app.local.place import Place
from flywheel_app.local.process import Group

USER = "app"
DATABASE = "flywheel"
# Recovery after a crash reads the log from the last checkpoint on, and nobody can connect before it ends.
PATIENCE = 300.0


class OtherMajor(Refusal):
    """The data in {data} was made by PostgreSQL {found}, and the PostgreSQL at hand is {major}; one can't read the
    other's files. Start it with a PostgreSQL {found} on PATH and dump it with pg_dump, or move {data} away to start
    with empty data."""


class InUse(Refusal):
    """Another PostgreSQL (process {pid}) already serves {data}. Stop it and try again."""


class NotStarted(Refusal):
    """PostgreSQL did not start. The end of {log} says why:{tail}"""


def start(place: Place, *, group: Group, password: str, options: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start the server on the place's data, made now if there is none, and wait until it answers."""
    programs = binaries.postgres(place)
    data = place.data / "postgres"
    stop(place)
    if not data.exists():
        _create(place, programs=programs, password=password)
    check_version(data, major=programs.major)
    forget_dead_postmaster(data)
    server = group.spawn(
        [str(programs.postgres), "-D", str(data), "-k", str(place.sockets), *_options(place, options)],
        log=place.log("postgres"),
        environment=environment(place),
        folder=place.sockets,
        account=place.account,
    )
    _wait(place, server=server, password=password)
    return server


def stop(place: Place) -> bool:
    """End the server and whatever of it an earlier launcher left; open connections are cut."""
    return process.stop(tag(place), first=signal.SIGINT, grace=30)


def url(place: Place, *, password: str) -> str:
    return f"postgresql://{USER}:{quote(password, safe='')}@/{DATABASE}?host={quote(str(place.sockets))}"


def tag(place: Place) -> str:
    return f"{place.tag}:postgres"


def environment(place: Place) -> dict[str, str]:
    """What a server gets to see of the environment: none of the settings, which hold secrets."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": str(place.data)}


def check_version(data: Path, *, major: int) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != str(major):
        raise OtherMajor(data=data, found=found, major=major)


def forget_dead_postmaster(data: Path) -> None:
    """Remove the pid file of a server that is gone.

    PostgreSQL asks only whether a process of that number exists, so a zombie, or any other program that got the
    number since, would keep it from starting.
    """
    file = data / "postmaster.pid"
    first = file.read_text().split("\n", 1)[0].strip() if file.exists() else ""
    if first.isdigit() and process.mentions(int(first), str(data)):
        raise InUse(pid=first, data=data)
    file.unlink(missing_ok=True)


def _options(place: Place, options: dict[str, str]) -> list[str]:
    # The name stands in the title of each process of the server. A batch writes more log than PostgreSQL's own buffers
    # hold: senders would wait for each other's.
    fixed = {"listen_addresses": "", "unix_socket_permissions": "0700", "cluster_name": tag(place)}
    fixed["wal_buffers"] = "64MB"
    return [part for name, value in (fixed | options).items() for part in ("-c", f"{name}={value}")]


def _create(place: Place, *, programs: binaries.Postgres, password: str) -> None:
    """Make the data under another name first: an interrupted initdb leaves nothing that looks finished."""
    half = place.data / "postgres.new"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    accounts.give(half, account=place.account)
    secret = _password_file(place, password=password)
    try:
        done = subprocess.run(
            [str(programs.initdb), "-D", str(half), "-U", USER, f"--pwfile={secret}", *locale(programs.major)],
            **(place.account.popen() if place.account else {}),
            capture_output=True,
            text=True,
            cwd=place.sockets,
            env=environment(place),
            check=False,
        )
    finally:
        secret.unlink()
    if done.returncode != 0:
        raise NotStarted(log="what initdb printed", tail=f"\n{done.stderr}")
    half.rename(place.data / "postgres")


def _password_file(place: Place, *, password: str) -> Path:
    # A pipe made by root can't be opened again by path after the change of account; a file can.
    file = place.sockets / "password"
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(password)
    accounts.give(file, account=place.account)
    return file


def locale(major: int) -> list[str]:
    common = ["-A", "scram-sha-256", "-E", "UTF8", "--no-instructions"]
    if major < 17:
        return [*common, "--locale=C.UTF-8"]
    return [*common, "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]


def _wait(place: Place, *, server: subprocess.Popen[bytes], password: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            _make_database(place, password=password)
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                break
            time.sleep(0.05)
        else:
            return
    log = place.log("postgres")
    raise NotStarted(log=log, tail=process.tail(log))


def _make_database(place: Place, *, password: str) -> None:
    with psycopg.connect(
        host=str(place.sockets), user=USER, password=password, dbname="postgres", autocommit=True, connect_timeout=5
    ) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
