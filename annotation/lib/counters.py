"""Counters of all processes on all hosts, kept in Redis: any of them can tell the sums.

A process adds to numbers of its own and carries them over once a second, so counting costs a request nothing and waits
for nobody. A process that is killed loses the last second. A flushed Redis begins anew at 0, which whoever reads
counters knows from restarts.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable
from threading import Event, Lock, Thread

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

EVERY_SECONDS = 1.0
TIMEOUT_SECONDS = 1.0


class Counters:
    """Numbers by name, under one `key`."""

    def __init__(self, url: str, *, key: str) -> None:
        once = Retry(NoBackoff(), 0)
        timeouts = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS}
        self.redis = Redis.from_url(url, retry=once, decode_responses=True, **timeouts)
        self._key = key
        self._lock = Lock()
        self._own: dict[str, float] = {}
        self._pid = 0

    def add(self, amounts: Iterable[tuple[str, float]]) -> None:
        """Add to these counters, in this process first."""
        with self._lock:
            for name, amount in amounts:
                self._own[name] = self._own.get(name, 0) + amount
            is_new = self._pid != os.getpid()
            self._pid = os.getpid()
        if is_new:
            # Threads don't survive a fork: each process begins its own.
            Thread(target=self._carry_on, name="counters", daemon=True).start()
            atexit.register(self.carry_over)

    def carry_over(self) -> None:
        """Bring what this process counted to the sums. Without Redis it is kept for the next time."""
        with self._lock:
            own, self._own = self._own, {}
        if not own:
            return
        try:
            pipe = self.redis.pipeline(transaction=True)
            for name, amount in own.items():
                pipe.hincrbyfloat(self._key, name, amount)
            pipe.execute()
        except RedisError:
            with self._lock:
                for name, amount in own.items():
                    self._own[name] = self._own.get(name, 0) + amount

    def sums(self) -> dict[str, float]:
        """All counters of all processes, and of this one up to now. Empty without Redis."""
        self.carry_over()
        try:
            return {str(name): float(value) for name, value in self.redis.hgetall(self._key).items()}
        except RedisError:
            return {}

    def _carry_on(self) -> None:
        pause = Event()
        while not pause.wait(EVERY_SECONDS):
            self.carry_over()
