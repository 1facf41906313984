"""The database is there and does not answer in time: each request ends with 503 in time, and nothing is halved."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from django.db import connection

from annotation.models import Feature, Interaction
from flywheel_app import config
from flywheel_app.local import servers
from tests import cast
from tests.ingest.sent import interaction, signal
from tests.locks import somebody_waits
from tests.web_server import WebServer
from tests.workers import until

BATCH = [interaction(f"g{number}", signals=[signal()]) for number in range(20)]


@dataclass
class Told:
    status: int
    retry_after: str | None
    body: dict[str, Any]
    seconds: float


def ask(server: WebServer, secret: str, path: str = "/features", batch: list[Any] | None = None) -> Told:
    """Send a batch, or get."""
    started = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as client:
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        body = json.dumps(batch) if batch is not None else None
        client.request("POST" if batch is not None else "GET", f"/api/v1{path}", body, headers)
        answer = client.getresponse()
        told = json.loads(answer.read())
        return Told(answer.status, answer.getheader("Retry-After"), told, time.monotonic() - started)


@contextmanager
def locked_signals() -> Iterator[None]:
    """A batch gets as far as its signals, and waits: its interactions are written by then."""
    with closing(psycopg.connect(**connection.get_connection_params())) as own:
        own.execute("LOCK TABLE annotation_signal IN EXCLUSIVE MODE")
        yield


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_kept_waiting_is_given_up_whole_and_holds_up_nobody_else(
    feature: Feature, tmp_path: Path
) -> None:
    _, secret = cast.token()
    with WebServer(tmp_path, workers=1, settings={"DATABASE_TIMEOUT": "2"}) as server, ThreadPoolExecutor(1) as pool:
        with locked_signals():
            sent: Future[Told] = pool.submit(ask, server, secret, "/interactions", BATCH)
            until(somebody_waits)
            assert ask(server, secret).status == 200
            told = sent.result()
        assert (told.status, told.body["code"], told.retry_after) == (503, "service_unavailable", "5")
        assert 1.5 < told.seconds < 30
        assert not Interaction.objects.exists()
        assert ask(server, secret, "/interactions", BATCH).body["accepted"] == len(BATCH)


@pytest.mark.django_db(transaction=True)
def test_who_finds_every_connection_taken_is_told_to_come_again(feature: Feature, tmp_path: Path) -> None:
    _, secret = cast.token()
    few = {"DATABASE_POOL": "1", "DATABASE_TIMEOUT": "30"}
    with WebServer(tmp_path, workers=1, settings=few) as server, ThreadPoolExecutor(1) as pool:
        with locked_signals():
            sent = pool.submit(ask, server, secret, "/interactions", BATCH)
            until(somebody_waits)
            told = ask(server, secret)
        assert (told.status, told.body["code"], told.retry_after) == (503, "service_unavailable", "5")
        assert told.seconds < 25
        assert sent.result().status == 200
        assert ask(server, secret).status == 200


@pytest.fixture
def own_servers(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A whole environment around a PostgreSQL that nobody else uses, with its tables."""
    with servers.running(tmp_path / "own") as urls:
        settings = servers.settings(urls, storage=tmp_path) | {"HTTPS": "false"}
        manage(settings, "migrate", "--verbosity", "0")
        yield settings


def manage(settings: dict[str, str], *command: str) -> str:
    ended = subprocess.run(
        [sys.executable, str(config.ROOT / "manage.py"), *command],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.strip()


def test_a_frozen_postgresql_freezes_no_request_and_goes_on_once_it_thaws(
    own_servers: dict[str, str], tmp_path: Path
) -> None:
    secret = manage(own_servers, "create_token", "--name", "sender", "--scopes", "ingest,manage")
    impatient = own_servers | {"DATABASE_TIMEOUT": "1"}
    with (
        WebServer(tmp_path, workers=1, settings=impatient) as server,
        psycopg.connect(own_servers["DATABASE_URL"]) as own,
    ):
        assert ask(server, secret, "/features").status == 200
        feature = psycopg_feature(own)
        with frozen(own.info.backend_pid), ThreadPoolExecutor(6) as pool:
            told = [
                one.result() for one in [pool.submit(ask, server, secret, "/interactions", BATCH) for _ in range(6)]
            ]
        assert [one.status for one in told] == [503] * 6
        assert max(one.seconds for one in told) < 50
        own.rollback()
        until(lambda: ask(server, secret, "/interactions", BATCH).status == 200)
        stored = own.execute("SELECT count(*) FROM annotation_interaction WHERE feature_id = %s", [feature]).fetchone()
        assert stored == (len(BATCH),)


def psycopg_feature(own: psycopg.Connection[Any]) -> int:
    """By hand, since the models lead to the test database."""
    row = own.execute(
        "INSERT INTO annotation_feature (slug, name, closure_days, settle_hours, eval_share, redaction, is_sample,"
        " created_at) VALUES ('email-drafts', 'x', 30, 24, 0, '{}', false, now()) RETURNING id"
    ).fetchone()
    own.commit()
    assert row is not None
    return int(row[0])


@contextmanager
def frozen(backend: int) -> Iterator[None]:
    """Stop the server of this backend and all its processes in the midst of whatever they do."""
    postmaster = psutil.Process(backend).parent()
    assert postmaster is not None
    processes = [postmaster, *postmaster.children()]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()
