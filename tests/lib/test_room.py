"""Room for large things among threads."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from annotation.lib.room import FullError, Room


def test_no_more_is_held_at_once_than_there_is_room_for() -> None:
    room, lock = Room(10), Lock()
    now, most = 0, 0

    def work(weight: int) -> None:
        nonlocal now, most
        room.take(weight, within=30)
        with lock:
            now += weight
            most = max(most, now)
        time.sleep(0.002)
        with lock:
            now -= weight
        room.leave()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [3, 4, 5, 10, 1, 6] * 10))
    assert now == 0
    assert 5 < most <= 10


def test_what_is_larger_than_the_room_is_let_in_alone() -> None:
    room = Room(10)
    room.take(1000, within=0)
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(FullError):
            pool.submit(room.take, 1, within=0.01).result()
        room.leave()
        pool.submit(room.take, 1, within=0.01).result()


def test_who_waits_is_let_in_as_soon_as_there_is_room() -> None:
    room, is_taken = Room(10), Event()
    room.take(10, within=0)

    def second() -> float:
        is_taken.set()
        started = time.monotonic()
        room.take(10, within=30)
        return time.monotonic() - started

    with ThreadPoolExecutor(1) as pool:
        waited = pool.submit(second)
        assert is_taken.wait(10)
        time.sleep(0.05)
        room.leave()
        assert waited.result() < 10


def test_a_thread_that_takes_again_gives_back_what_it_held() -> None:
    room = Room(10)
    for _ in range(3):
        room.take(10, within=0)
    room.take(4, within=0)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(room.take, 6, within=0).result()
    room.leave()
    room.leave()
