"""The database or the broker is away: everybody is told so in words, and nothing that was sent is lost or halved."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery import current_app
from django.conf import LazySettings
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from annotation import jobs, tasks
from annotation.models import Export, Feature, Interaction, Label, User
from tests import away, cast, own_valkey, stock
from tests.cast import Machine
from tests.ingest.sent import interaction
from tests.locks import HERE
from tests.own_valkey import OwnValkey
from tests.web import pages
from tests.web_server import Visitor, WebServer, label_form
from tests.workers import Process, environment, until

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "/annotate/email-drafts.default/"
OBSERVED = "2026-03-02T08:00:05Z"
NOWHERE = "redis://127.0.0.1:9/0"


def patient(client: Client) -> Client:
    """Gets the answer that a browser would get, where the test client raises what was not anticipated."""
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(("method", "path"), [("get", "/features"), ("post", "/interactions")])
def test_a_machine_is_told_when_to_send_again(machine: Machine, method: str, path: str) -> None:
    patient(machine.client)
    with away.database():
        answer = machine.get(path) if method == "get" else machine.post(path, interaction())
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (503, 503, "service_unavailable")
    assert (answer["Content-Type"], answer["Retry-After"]) == ("application/problem+json", "5")
    assert "send the same request again" in told["detail"]


@pytest.mark.parametrize("address", ["/", "/annotate/", QUEUE, "/accounts/login/", "/nowhere/"])
def test_a_person_is_told_in_words_under_the_same_policy(annotator: User, address: str) -> None:
    client = patient(pages.sign_in(annotator))
    with away.database():
        answer = client.get(address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "can't reach its database" in pages.text(answer)
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_what_was_typed_comes_back_and_is_saved_once_when_it_is_sent_again(feature: Feature, annotator: User) -> None:
    pages.item(feature)
    client = patient(pages.sign_in(annotator))
    form = pages.form(pages.take(client, feature), reason="verified", comment="half an hour of thought")
    with away.database():
        without_script = client.post(f"{QUEUE}label/", form)
        fragment = client.post(f"{QUEUE}label/", form, headers=pages.SCRIPT)
    assert (without_script.status_code, fragment.status_code) == (503, 503)
    assert "half an hour of thought" in pages.text(without_script)
    assert fragment["HX-Retarget"] == "#trouble"
    assert "data-again" in pages.text(fragment)
    assert not Label.objects.exists()
    assert client.post(f"{QUEUE}label/", form, headers=pages.SCRIPT).status_code == 200
    assert Label.objects.get().content.comment == "half an hour of thought"


def test_a_server_goes_on_by_itself_once_the_database_is_back(tmp_path: Path, annotator: User) -> None:
    """Its pool holds connections that died; nobody may meet them."""
    stock.items(annotator.memberships.get().feature, 2)
    with WebServer(tmp_path, workers=1) as server:
        tab = Visitor(server, annotator)
        form = label_form(tab.get(QUEUE).text)
        assert form is not None
        with away.database():
            assert tab.get("/healthz").status == 200
            assert tab.post(f"{QUEUE}label/", form | {"reason": "verified"}).status == 503
        # A server that waited long for its database may look once a second whether it is back.
        until(lambda: tab.post(f"{QUEUE}label/", form | {"reason": "verified"}).status == 200)
        assert Label.objects.count() == 1
        away.restarted()
        assert tab.get(QUEUE).status == 200


def test_nobody_meets_the_many_connections_that_died_with_a_busy_server(tmp_path: Path, annotator: User) -> None:
    stock.items(annotator.memberships.get().feature, 2)
    with WebServer(tmp_path, workers=1) as server, ThreadPoolExecutor(8) as threads:
        tabs = [Visitor(server, annotator) for _ in range(8)]
        for _ in range(5):
            list(threads.map(lambda tab: tab.get(QUEUE), tabs))
        away.restarted()
        assert tabs[0].get(QUEUE).status == 200
        away.restarted()
        assert {answer.status for answer in threads.map(lambda tab: tab.get(QUEUE), tabs)} == {200}


def test_a_batch_that_loses_its_database_half_way_leaves_nothing_and_can_be_sent_again(machine: Machine) -> None:
    batch = [interaction(f"g{number}", signals=[{"kind": "accepted", "observed_at": OBSERVED}]) for number in range(50)]
    patient(machine.client)
    with closing(psycopg.connect(**connection.get_connection_params())) as own:
        # Its interactions are written by now, and its signals wait.
        own.execute("LOCK TABLE annotation_signal IN EXCLUSIVE MODE")
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(_post_and_close, machine, batch)
            until(_end_whoever_waits)
    assert sent.result().status_code == 503
    assert not Interaction.objects.exists()
    assert machine.post("/interactions", batch).json()["accepted"] == 50


def _post_and_close(machine: Machine, batch: list[dict[str, Any]]) -> Any:
    try:
        return machine.post("/interactions", batch)
    finally:
        connections.close_all()


def _end_whoever_waits() -> bool:
    with connection.cursor() as cursor:
        waits = f"NOT granted AND relation = 'annotation_signal'::regclass AND {HERE}"
        cursor.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE {waits}")
        return bool(cursor.fetchall())


@pytest.fixture(params=["refuses", "hangs"])
def lost_broker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A broker that is not there, and one that takes the connection and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0" if request.param == "hangs" else NOWHERE
        monkeypatch.setattr(current_app.conf, "broker_write_url", address)
        # The connections of before lead to the broker that is there, and those of now must not stay.
        monkeypatch.setattr(current_app.amqp, "_producer_pool", None)
        assert 0 < current_app.conf.broker_transport_options["socket_timeout"] < 10
        monkeypatch.setitem(current_app.conf.broker_transport_options, "socket_timeout", 0.2)
        yield


def test_an_export_asked_for_without_a_broker_stays_asked_for(feature: Feature, lost_broker: None) -> None:
    answer = cast.machine().post("/exports", {"feature": feature.slug, "format": "reasons"})
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    later = Export.objects.get().created_at + jobs.BELL_LOST_AFTER + timedelta(seconds=1)
    assert jobs.unattended(Export, now=later) == [Export.objects.get().pk]


def test_a_busy_worker_outlives_its_broker(tmp_path: Path, feature: Feature) -> None:
    """With bells that it has taken and not begun with, which it can't give back."""
    with own_valkey.running() as valkey, psycopg.connect(**connection.get_connection_params()) as own:
        arguments = ["worker", "-n", "busy@test", "--concurrency", "2", "--without-gossip", "--without-mingle"]
        worker = Process(arguments, environment=environment() | valkey.settings, log=tmp_path / "worker.log")
        try:
            until(lambda: jobs.workers_alive(now=timezone.now()))
            own.execute("LOCK TABLE annotation_lease IN ACCESS EXCLUSIVE MODE")
            _ring(valkey, 3)
            with valkey.client() as client:
                until(lambda: _all_wait() and client.hlen("unacked") == 1)
            valkey.restart(signal.SIGKILL)
            until(lambda: "Connection to broker lost" in worker.log.read_text())
            own.rollback()
            _ring(valkey, 5)
            with valkey.client() as client:
                until(lambda: client.llen("celery") == 0)
        finally:
            worker.kill()
    assert "Unrecoverable" not in worker.log.read_text()


def _ring(valkey: OwnValkey, times: int) -> None:
    with current_app.connection_for_write(valkey.broker_url) as broker:
        for _ in range(times):
            tasks.expire_leases.apply_async(connection=broker)  # type: ignore[call-arg]


def _all_wait() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM pg_locks WHERE NOT granted AND {HERE}")
        return bool(cursor.fetchone() == (2,))


def test_signing_in_without_the_broker_is_refused_in_words(settings: LazySettings, annotator: User) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": NOWHERE}}
    answer = patient(Client()).post("/accounts/login/", {"login": annotator.email, "password": cast.PASSWORD})
    assert answer.status_code == 503
    assert "its broker" in pages.text(answer)
