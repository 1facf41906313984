"""How fast somebody may go: a token bucket in Redis, emptied by one call of a script.

The bucket is one number, the time at which it will be full again: what is taken moves it on, and nothing has to fill
it. Redis tells the time, so that all servers share one clock.
"""

from __future__ import annotations

import logging
import time
from threading import Lock

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

BURST_SECONDS = 10
"""How much an idle bucket holds: what may be taken in so many seconds may also be taken at once."""

# A limiter must never be what makes a sender wait, or what turns it away.
TIMEOUT_SECONDS = 0.05
ASK_AGAIN_SECONDS = 1.0
TELL_AGAIN_SECONDS = 60.0

# In: microseconds that one request takes to be filled in again, and those that the bucket holds.
# Out: microseconds to wait; 0 if the request was taken. A bucket fuller than allowed (the limit was changed, or the
# clock was set back) counts as empty and not as more than that.
SCRIPT = """
local time = redis.call('TIME')
local now, step, holds = time[1] * 1000000 + time[2], tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now), now + holds) + step
if full > now + holds then return math.ceil(full - now - holds) end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return 0
"""


class Pace:
    """Buckets by name. Without Redis, or when it is slow, everybody may go: it is asked again a second later."""

    def __init__(self, url: str) -> None:
        once = Retry(NoBackoff(), 0)
        timeouts = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS}
        self._script = Redis.from_url(url, retry=once, **timeouts).register_script(SCRIPT)
        self._lock = Lock()
        self._ask_from = 0.0
        self._tell_from = 0.0

    def wait(self, name: str, *, per_second: int) -> float:
        """Take one request from the bucket: 0.0 if it may be made now, else the seconds until it may."""
        step = 1_000_000 / per_second
        if time.monotonic() < self._ask_from:
            return 0.0
        try:
            taken = self._script(keys=[f"flywheel:pace:{name}"], args=[step, BURST_SECONDS * 1_000_000])
        except RedisError as error:
            self._go_without(error)
            return 0.0
        return int(taken) / 1_000_000

    def _go_without(self, error: RedisError) -> None:
        with self._lock:
            now = time.monotonic()
            self._ask_from = now + ASK_AGAIN_SECONDS
            if now < self._tell_from:
                return
            self._tell_from = now + TELL_AGAIN_SECONDS
        log.warning("Rate limits are not kept: Redis does not answer (%s). Check REDIS_URL.", type(error).__name__)
