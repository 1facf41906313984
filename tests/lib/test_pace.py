"""The token bucket, on a real Redis: what it holds, how it fills, and what happens without it."""

from __future__ import annotations

import logging
import os
import socket
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from redis import Redis

from annotation.lib import pace
from annotation.lib.pace import Pace

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def bucket() -> str:
    return str(uuid4())


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Pace:
    """Patient: it would let everybody go where Redis is slow, as it is at times while other tests have the machine."""
    monkeypatch.setattr(pace, "TIMEOUT_SECONDS", 10.0)
    return Pace(os.environ["REDIS_URL"])


def key(bucket: str) -> str:
    return f"flywheel:pace:{bucket}"


def test_a_full_bucket_holds_ten_seconds_worth_and_then_tells_how_long_to_wait(here: Pace, bucket: str) -> None:
    assert [here.wait(bucket, per_second=1) for _ in range(10)] == [0.0] * 10
    assert 0.5 < here.wait(bucket, per_second=1) <= 1


def test_it_fills_as_fast_as_the_limit_says(here: Pace, bucket: str) -> None:
    assert not any(here.wait(bucket, per_second=5) for _ in range(50))
    left = here.wait(bucket, per_second=5)
    assert 0 < left <= 0.2
    time.sleep(left)
    assert here.wait(bucket, per_second=5) == 0
    assert here.wait(bucket, per_second=5) > 0


def test_buckets_are_apart(here: Pace, bucket: str) -> None:
    assert sum(here.wait(bucket, per_second=1) > 0 for _ in range(12)) == 2
    assert here.wait(f"{bucket}-other", per_second=1) == 0


def test_many_at_once_take_no_more_than_it_holds(here: Pace, bucket: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: here.wait(bucket, per_second=2), range(60)))
    assert waits.count(0.0) in (20, 21)


def test_a_bucket_forgets_itself_once_it_is_full(here: Pace, bucket: str) -> None:
    here.wait(bucket, per_second=1)
    left = Redis.from_url(os.environ["REDIS_URL"]).pttl(key(bucket))
    assert isinstance(left, int)
    assert 500 < left <= 1000


def test_a_clock_that_was_set_back_locks_nobody_out(here: Pace, bucket: str) -> None:
    an_hour_ahead = (time.time() + 3600) * 1_000_000
    Redis.from_url(os.environ["REDIS_URL"]).set(key(bucket), f"{an_hour_ahead:.0f}")
    assert 0 < here.wait(bucket, per_second=1) <= 1


def test_a_limit_that_was_lowered_counts_at_once(here: Pace, bucket: str) -> None:
    assert not any(here.wait(bucket, per_second=1000) for _ in range(500))
    assert [here.wait(bucket, per_second=1) > 0 for _ in range(12)].count(False) in (9, 10)


def test_a_redis_that_forgot_its_scripts_is_told_again(here: Pace, bucket: str) -> None:
    here.wait(bucket, per_second=1)
    Redis.from_url(os.environ["REDIS_URL"]).script_flush()
    assert [here.wait(bucket, per_second=1) > 0 for _ in range(10)].count(True) == 1


@pytest.fixture(params=["refuses", "hangs"])
def lost(request: pytest.FixtureRequest) -> Iterator[Pace]:
    """No Redis there, and one that takes the connection and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield Pace(f"redis://127.0.0.1:{silent.getsockname()[1]}/0" if request.param == "hangs" else NOWHERE)


def test_without_redis_everybody_may_go_and_hardly_waits(lost: Pace, bucket: str) -> None:
    started = time.monotonic()
    assert lost.wait(bucket, per_second=1) == 0
    assert time.monotonic() - started < 2 * pace.TIMEOUT_SECONDS + 1
    started = time.monotonic()
    assert not any(lost.wait(bucket, per_second=1) for _ in range(1000))
    assert time.monotonic() - started < 2


def test_without_redis_it_is_said_once_a_minute(
    bucket: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "ASK_AGAIN_SECONDS", 0.0)
    lost = Pace(NOWHERE)
    with caplog.at_level(logging.WARNING, logger="annotation.lib.pace"):
        for _ in range(20):
            lost.wait(bucket, per_second=1)
    (said,) = [record.getMessage() for record in caplog.records]
    assert "Rate limits are not kept" in said


def test_redis_is_asked_again_once_it_is_back(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "ASK_AGAIN_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        here = Pace(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        assert here.wait(bucket, per_second=1) == 0
    monkeypatch.setattr(pace, "TIMEOUT_SECONDS", 10.0)
    real = Pace(os.environ["REDIS_URL"])
    monkeypatch.setattr(here, "_script", real._script)
    assert not any(here.wait(bucket, per_second=1) for _ in range(30))
    time.sleep(0.55)
    assert sum(here.wait(bucket, per_second=1) == 0 for _ in range(12)) == 10


def test_it_costs_one_short_round_trip(here: Pace, bucket: str) -> None:
    """About 0.1 ms on a quiet machine; the bound leaves room for a busy one."""
    here.wait(bucket, per_second=1_000_000)
    redis = Redis.from_url(os.environ["REDIS_URL"])
    calls = _calls(redis)
    spans = []
    for _ in range(500):
        started = time.perf_counter()
        here.wait(bucket, per_second=1_000_000)
        spans.append(time.perf_counter() - started)
    assert _calls(redis) - calls == 500
    print(f"a rate limit costs {statistics.median(spans) * 1e6:.0f} µs")
    assert statistics.median(spans) < 0.001


def _calls(redis: Redis) -> int:
    return int(redis.info("commandstats")["cmdstat_evalsha"]["calls"])
