"""How much of each day was reached, as its page shows it: a picture a queue, with its figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation import backlog
from annotation.backlog import CohortCoverage, Coverage
from annotation.models import Feature, Queue
from annotation.web import charts
from annotation.web.charts import Column


@dataclass(frozen=True, kw_only=True)
class Together:
    """Several cohorts in one: `reached` of `items` on so many `days`, `sampled` of them."""

    days: int
    items: int
    reached: int
    sampled: int

    @property
    def share(self) -> float:
        return self.reached / self.items if self.items else 0.0


@dataclass(frozen=True, kw_only=True)
class Shown:
    queue: Queue
    closed: Together
    open: Together
    highest: int
    columns: list[Column]
    lines: list[tuple[CohortCoverage, str | Promise]]


def shown(*, features: Iterable[Feature], now: datetime) -> list[Shown]:
    return [_shown(one, now) for one in backlog.coverage(features=features, now=now)]


def _shown(one: Coverage, now: datetime) -> Shown:
    return Shown(
        queue=one.queue,
        closed=_together(one.closed),
        open=_together(one.open),
        highest=max(day.items for day in one.cohorts),
        columns=_columns(one.cohorts, now),
        lines=[(day, _threshold(day)) for day in reversed(one.cohorts)],
    )


def _together(cohorts: Sequence[CohortCoverage]) -> Together:
    return Together(
        days=len(cohorts),
        items=sum(one.items for one in cohorts),
        reached=sum(one.reached for one in cohorts),
        sampled=sum(one.sampled or 0 for one in cohorts),
    )


def _columns(cohorts: Sequence[CohortCoverage], now: datetime) -> list[Column]:
    """Two columns a day, also for days without a cohort: what came, and what of it was reached."""
    by_day = {one.day: one for one in cohorts}
    today = now.astimezone(UTC).date()
    days = [today - timedelta(days=back) for back in range(backlog.SHOWN_DAYS, -1, -1)]
    return charts.columns([_day(by_day.get(day)) for day in days])


def _day(one: CohortCoverage | None) -> list[tuple[str, int]]:
    if one is None:
        return [("end", 0), ("on", 0)]
    return [("end" if one.is_closed else "wait", one.items), ("on", one.reached)]


def _threshold(one: CohortCoverage) -> str | Promise:
    if one.threshold is None:
        return _("open")
    return _("all reached") if math.isinf(one.threshold) else f"{one.threshold:.3g}"
