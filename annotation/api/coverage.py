"""How much of each day people reached, as JSON."""

from __future__ import annotations

import math
from datetime import date, datetime

from ninja import Schema

from annotation.backlog import CohortCoverage
from annotation.models import Queue


class CohortShown(Schema):
    """One queue's items of one UTC day: `reached` of `items`, when it closed or so far; `sampled`: below the threshold.

    `threshold` is null while the cohort is open, and where nothing was left (`is_all`).
    """

    queue: str
    day: date
    items: int
    reached: int
    sampled: int | None
    closed_at: datetime | None
    threshold: float | None
    is_all: bool


def cohort(queue: Queue, one: CohortCoverage) -> dict[str, object]:
    is_all = one.threshold is not None and math.isinf(one.threshold)
    return {
        "queue": queue.name,
        "day": one.day,
        "items": one.items,
        "reached": one.reached,
        "sampled": one.sampled,
        "closed_at": one.closed_at,
        "threshold": None if is_all else one.threshold,
        "is_all": is_all,
    }
