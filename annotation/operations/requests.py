"""What became of a request: one line in the log, and counters that all web processes share.

Addresses hold what people searched for and how senders name their records, so requests are told by the name of what
answered them.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping

from django.conf import settings

from annotation.lib import keyed
from annotation.lib.counters import Counters

logger = logging.getLogger(__name__)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Of the histogram of durations, in seconds."""

WITHIN = "seconds within "
SECONDS = "seconds"

# Asked every few seconds by machines, or served from memory: counted, and not worth a line.
QUIET = frozenset({"healthz", "readyz", "metrics", "static"})

# By key, since installations may share a Redis.
counters = Counters(settings.REDIS_URL, key=f"flywheel:counters:{keyed.key_check(settings.HASH_KEY)}")


def note(*, view: str, method: str, status: int, seconds: float) -> None:
    """`view` is the name of what answered; `seconds` until the first byte of the answer."""
    method = method if method in METHODS else "OTHER"
    if view not in QUIET:
        fields = {"view": view, "method": method, "status": status, "ms": round(seconds * 1000, 1)}
        logger.info("request", extra={"fields": fields})
    within = next((bound for bound in BOUNDS if seconds <= bound), math.inf)
    counters.add(
        [
            (f'flywheel_requests_total{{view="{view}",method="{method}",status="{status}"}}', 1),
            (f"{WITHIN}{within}", 1),
            (SECONDS, seconds),
        ]
    )


def durations(sums: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """The histogram, as samples: each bucket holds those below it too, which were counted in theirs alone."""
    count = 0.0
    for bound in (*BOUNDS, math.inf):
        count += sums.get(f"{WITHIN}{bound}", 0)
        told = "+Inf" if math.isinf(bound) else bound
        yield f'flywheel_request_seconds_bucket{{le="{told}"}}', count
    yield "flywheel_request_seconds_count", count
    yield "flywheel_request_seconds_sum", sums.get(SECONDS, 0)
