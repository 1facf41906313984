"""The token bucket, on a real Redis: what it holds, how it fills, and what happens without it."""

from __future__ import annotations

import logging
import os
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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


def emptied(of: Pace, bucket: str, *, per_second: int, least: int, most: int, since: float | None = None) -> float:
    """Take until one is refused, and return what that one is told to wait. Let in are as many as it holds, and what
    came in since then, however slow the machine is."""
    began, taken = since or time.monotonic(), 0
    while not (left := of.wait(bucket, per_second=per_second)):
        taken += 1
    assert least <= taken <= most + per_second * (time.monotonic() - began)
    assert left <= 1 / per_second
    return left


def test_a_full_bucket_holds_ten_seconds_worth_and_then_tells_how_long_to_wait(here: Pace, bucket: str) -> None:
    began = time.monotonic()
    assert [here.wait(bucket, per_second=1) for _ in range(10)] == [0.0] * 10
    left = here.wait(bucket, per_second=1)
    assert max(1 - (time.monotonic() - began), 0) <= left <= 1


def test_it_fills_as_fast_as_the_limit_says(here: Pace, bucket: str) -> None:
    began = time.monotonic()
    time.sleep(emptied(here, bucket, per_second=5, least=50, most=50))
    emptied(here, bucket, per_second=5, least=1, most=1, since=began)


def test_buckets_are_apart(here: Pace, bucket: str) -> None:
    emptied(here, bucket, per_second=1, least=10, most=10)
    assert here.wait(f"{bucket}-other", per_second=1) == 0


def test_many_at_once_take_no_more_than_it_holds(here: Pace, bucket: str) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: here.wait(bucket, per_second=2), range(60)))
    assert 20 <= waits.count(0.0) <= 21 + 2 * (time.monotonic() - began)


def test_a_bucket_forgets_itself_once_it_is_full(here: Pace, bucket: str) -> None:
    began = time.monotonic()
    here.wait(bucket, per_second=1)
    left = Redis.from_url(os.environ["REDIS_URL"]).pttl(key(bucket))
    assert isinstance(left, int)
    # -2 says that it is gone, as it should be once the second is over.
    assert max(999 - 1000 * (time.monotonic() - began), -2) <= left <= 1000


def test_a_clock_that_was_set_back_locks_nobody_out(here: Pace, bucket: str) -> None:
    an_hour_ahead = (time.time() + 3600) * 1_000_000
    Redis.from_url(os.environ["REDIS_URL"]).set(key(bucket), f"{an_hour_ahead:.0f}")
    assert 0 < here.wait(bucket, per_second=1) <= 1


def test_a_limit_that_was_lowered_counts_at_once(here: Pace, bucket: str) -> None:
    assert not any(here.wait(bucket, per_second=1000) for _ in range(500))
    emptied(here, bucket, per_second=1, least=9, most=10)


def test_a_redis_that_forgot_its_scripts_is_told_again(here: Pace, bucket: str) -> None:
    began = time.monotonic()
    here.wait(bucket, per_second=1)
    Redis.from_url(os.environ["REDIS_URL"]).script_flush()
    emptied(here, bucket, per_second=1, least=9, most=9, since=began)


@pytest.fixture(params=["refuses", "hangs"])
def lost(request: pytest.FixtureRequest) -> Iterator[Pace]:
    """No Redis there, and one that takes the connection and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield Pace(f"redis://127.0.0.1:{silent.getsockname()[1]}/0" if request.param == "hangs" else NOWHERE)


def test_without_redis_everybody_may_go_and_hardly_waits(lost: Pace, bucket: str) -> None:
    # Asked each time, it would take 50 s.
    started = time.monotonic()
    assert not any(lost.wait(bucket, per_second=1) for _ in range(1000))
    assert time.monotonic() - started < 25


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
    monkeypatch.setattr(pace, "ASK_AGAIN_SECONDS", 60.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        here = Pace(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        assert here.wait(bucket, per_second=1) == 0
    monkeypatch.setattr(pace, "TIMEOUT_SECONDS", 10.0)
    real = Pace(os.environ["REDIS_URL"])
    monkeypatch.setattr(here, "_script", real._script)
    assert not any(here.wait(bucket, per_second=1) for _ in range(30))
    monkeypatch.setattr(time, "monotonic", partial(later, time.monotonic))
    emptied(here, bucket, per_second=1, least=10, most=10)


def later(now: Callable[[], float]) -> float:
    return now() + 61


def test_it_costs_one_short_round_trip(here: Pace, bucket: str) -> None:
    """About 0.1 ms on a quiet machine: not much more than what nothing is asked for."""
    here.wait(bucket, per_second=1_000_000)
    redis = Redis.from_url(os.environ["REDIS_URL"])
    calls = _calls(redis)
    spans, bare = [], []
    for _ in range(500):
        started = time.perf_counter()
        here.wait(bucket, per_second=1_000_000)
        between = time.perf_counter()
        redis.ping()
        spans.append(between - started)
        bare.append(time.perf_counter() - between)
    assert _calls(redis) - calls == 500
    print(f"a rate limit costs {statistics.median(spans) * 1e6:.0f} µs, a ping {statistics.median(bare) * 1e6:.0f} µs")
    assert statistics.median(spans) < 5 * statistics.median(bare)


def _calls(redis: Redis) -> int:
    return int(redis.info("commandstats")["cmdstat_evalsha"]["calls"])
