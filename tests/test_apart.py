"""Processes that tests are spread over don't meet: on no port, in no database, in no Redis."""

from __future__ import annotations

import os
import socket

import pytest
from django.db import connection
from redis import Redis

from tests import ports, servers

SPREAD = pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="this run is in one process")


def named(monkeypatch: pytest.MonkeyPatch, worker: str) -> set[int]:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
    return {ports.free_port() for _ in range(50)}


def test_each_process_names_ports_of_its_own_and_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    first, other = named(monkeypatch, "gw6"), named(monkeypatch, "gw7")
    assert len(first) == len(other) == 50
    assert not first & other


def test_a_port_on_which_somebody_listens_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw8")
    taken = ports.free_port()
    with socket.create_server(("127.0.0.1", taken)):
        assert taken not in {ports.free_port() for _ in range(ports.PART)}


@SPREAD
@pytest.mark.django_db
def test_a_process_has_a_database_and_a_redis_of_its_own() -> None:
    number = os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")
    assert connection.settings_dict["NAME"].endswith(f"_gw{number}")
    with Redis.from_url(os.environ["REDIS_URL"]) as client:
        assert client.config_get("dir")["dir"].endswith(f"valkey{number}/valkey")


@pytest.mark.parametrize(("cores", "processes"), [(1, 2), (2, 2), (3, 3), (64, 4)])
def test_there_are_as_many_as_cores_at_least_two_and_not_too_many(
    cores: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    monkeypatch.setattr(servers, "_is_redis_given", False)
    assert servers.pytest_xdist_auto_num_workers() == processes


def test_one_redis_that_was_given_serves_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_is_redis_given", True)
    assert servers.pytest_xdist_auto_num_workers() == 0
