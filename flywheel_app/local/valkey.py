"""Flywheel's own Valkey: the broker and the cache, reached by a socket alone."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import redis

from annotation.errors import Refusal
from flywheel_app.local import binaries, postgres, process
from flywheel_app.local.place import Place, make_folder
from flywheel_app.local.process import Group

PATIENCE = 60.0


class NotStarted(Refusal):
    """Valkey did not start. The end of {log} says why:{tail}"""


def start(place: Place, *, group: Group, durable: bool) -> subprocess.Popen[bytes]:
    """Start the server on the place's data and wait until it answers.

    Whatever was left over is ended first: two servers that append to one file would corrupt it.
    """
    program = binaries.valkey(place)
    data = place.data / "valkey"
    stop(place)
    make_folder(data, mode=0o700, account=place.account)
    server = group.spawn(
        [str(program), *_options(place, data=data, durable=durable)],
        log=place.log("valkey"),
        environment=postgres.environment(place),
        folder=data,
        account=place.account,
    )
    _wait(place, server=server)
    return server


def stop(place: Place) -> bool:
    return process.stop(tag(place), grace=15)


def url(place: Place) -> str:
    return f"unix://{quote(str(_socket(place)))}?db=0"


def tag(place: Place) -> str:
    return f"{place.tag}:valkey"


def _socket(place: Place) -> Path:
    return place.sockets / "valkey.sock"


def _options(place: Place, *, data: Path, durable: bool) -> list[str]:
    options = {
        "--port": "0",
        "--unixsocket": str(_socket(place)),
        "--unixsocketperm": "700",
        "--dir": str(data),
        "--appendonly": "yes" if durable else "no",
        "--save": "",
        "--maxmemory-policy": "noeviction",
        # The server rewrites its own command line; the tag has to stay in it.
        "--proc-title-template": f"{{title}} {tag(place)}",
    }
    return [part for option in options.items() for part in option]


def _wait(place: Place, *, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    with redis.Redis.from_url(url(place)) as client:
        while server.poll() is None and time.monotonic() < deadline:
            try:
                client.ping()
            except redis.exceptions.ConnectionError:  # also: busy loading its data
                time.sleep(0.02)
            else:
                return
    log = place.log("valkey")
    raise NotStarted(log=log, tail=process.tail(log))
