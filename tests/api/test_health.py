"""GET /healthz and /readyz."""

from __future__ import annotations

import pytest
from celery import current_app
from django.test import Client
from django.utils import timezone

from annotation import jobs
from tests import away


def test_a_living_process_says_so_without_a_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.head("/healthz").status_code == 200
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_with_database_broker_and_worker_it_is_ready(client: Client) -> None:
    jobs.report_worker("worker@here", now=timezone.now())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "missing": []})
    assert client.head("/readyz").status_code == 200


@pytest.mark.django_db
def test_without_a_worker_it_is_503_and_says_what_to_start(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["worker"])
    assert "celery -A flywheel_app worker" in answer.json()["detail"]


@pytest.mark.django_db
def test_without_a_broker_it_is_503_and_names_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.report_worker("worker@here", now=timezone.now())
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:9/0")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["broker"])


@pytest.mark.django_db(transaction=True)
def test_without_a_database_it_is_503_and_names_it(client: Client) -> None:
    with away.database():
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["database", "worker"])
