"""GET /metrics: figures of the whole installation, the same from every process."""

from __future__ import annotations

import http.client
from contextlib import closing
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from annotation import jobs
from annotation.lib.counters import Counters
from annotation.models import Feature
from annotation.operations import requests
from tests import cast, worlds
from tests.cast import Machine
from tests.exports import world
from tests.web_server import WebServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def feature(db: None) -> Feature:
    return cast.feature()


def figures(text: str) -> dict[str, float]:
    """Each sample by its name and labels; every one belongs to a family that says what it is."""
    families = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    samples = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    for name, _, _ in samples:
        assert name.partition("{")[0].removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") in families
    return {name: float(value) for name, _, value in samples}


def test_it_needs_a_token_that_may_read_and_is_bound_to_no_feature(feature: Feature) -> None:
    assert Client().get("/metrics").status_code == 401
    assert cast.machine("ingest").get("metrics").status_code == 404
    assert cast.machine("ingest").client.get("/metrics").json()["code"] == "missing_scope"
    bound = cast.machine("read", of=feature).client.get("/metrics")
    assert (bound.status_code, bound.json()["code"]) == (403, "forbidden_feature")
    assert cast.machine("read").client.post("/metrics").status_code == 405
    assert cast.machine("read").client.head("/metrics").status_code == 200


def test_it_tells_workers_jobs_items_and_connections(feature: Feature) -> None:
    client = cast.machine("read").client
    before = figures(client.get("/metrics").content.decode())
    assert before["flywheel_workers"] == 0
    assert before['flywheel_jobs{kind="export",status="pending"}'] == 0
    now = timezone.now()
    jobs.report_worker("celery@here", now=now)
    worlds.item(feature)
    world.asked(feature, now=now)
    answer = client.get("/metrics")
    after = figures(answer.content.decode())
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert after["flywheel_workers"] == 1
    assert after["flywheel_worker_seen_timestamp_seconds"] == pytest.approx(now.timestamp(), abs=0.01)
    assert after['flywheel_jobs{kind="export",status="pending"}'] == 1
    assert after['flywheel_open_items{feature="email-drafts",queue="default"}'] == 1
    assert 1 <= after["flywheel_database_connections"] <= after["flywheel_database_connections_most"]
    assert after["flywheel_bells"] >= 0


def test_requests_of_all_processes_are_one_sum(tmp_path: Path) -> None:
    _, secret = cast.token("read")
    asked, name = 40, 'flywheel_requests_total{view="healthz",method="GET",status="200"}'
    # One more was asked to see that the server is there.
    expected = requests.counters.sums().get(name, 0) + 1 + asked
    with WebServer(tmp_path, workers=2) as web:
        for _ in range(asked):
            _get(web, "/healthz")
        # Who is asked counts at once; the others carry over once a second, and when they stop.
        assert 0 < figures(_metrics(web, secret)).get(name, expected) <= expected
        web.stop()
    ended = requests.counters.sums()
    assert ended[name] == expected
    assert dict(requests.durations(ended))["flywheel_request_seconds_sum"] > 0


def test_each_bucket_of_durations_holds_those_below_it_too() -> None:
    before = dict(requests.durations(requests.counters.sums()))
    for seconds in (0.004, 0.01, 0.3, 60):
        requests.note(view="healthz", method="GET", status=200, seconds=seconds)
    after = dict(requests.durations(requests.counters.sums()))
    more = {name: round(after[name] - before[name], 3) for name in after}
    bucket = 'flywheel_request_seconds_bucket{le="%s"}'
    assert [more[bucket % bound] for bound in (0.01, 0.25, 0.5, 30.0, "+Inf")] == [2, 2, 3, 3, 4]
    assert (more["flywheel_request_seconds_count"], more["flywheel_request_seconds_sum"]) == (4, 60.314)


def _metrics(web: WebServer, secret: str) -> str:
    return _get(web, "/metrics", {"Authorization": f"Bearer {secret}"})


def _get(web: WebServer, path: str, headers: dict[str, str] | None = None) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)) as client:
        client.request("GET", path, headers=headers or {})
        answer = client.getresponse()
        assert answer.status == 200
        return answer.read().decode()


def test_without_redis_the_rest_is_told(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    away = Counters("redis://127.0.0.1:9/0", key="k")
    away.add([("flywheel_requests_total", 2)])
    assert away.sums() == {}
    monkeypatch.setattr(requests, "counters", away)
    assert "flywheel_workers 0" in Machine(cast.token("read")[1]).client.get("/metrics").content.decode()
