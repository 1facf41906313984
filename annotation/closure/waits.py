"""How long each stage takes, and which one holds up the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from annotation.closure.chain import STAGES
from annotation.closure.kept.reading import Duration, Only, Passages
from annotation.lib.survival.incidence import Incidence, incidence

STOCK_BEFORE: Final = timedelta(days=7)
HOURS: Final = 24

BETWEEN: Final = {
    "occurred": "before they arrive",
    "ingested": "between arrival and queue",
    "queued": "between queue and label",
    "labeled": "between label and agreement",
    "resolved": "between agreement and export",
    "exported": "between export and training",
    "trained": "between training and deployment",
    "deployed": "between deployment and the first changed answer",
}


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What happens at one stage before the next. `mean`: days until the next in the mean, of which `until` at most are
    counted; None where nothing came so far. `number` came here; `stock` stand here now, `stock_before` a week ago."""

    stage: str
    number: int
    mean: float | None
    until: float
    stock: int
    stock_before: int

    @property
    def is_growing(self) -> bool:
        return self.stock > self.stock_before

    @property
    def between(self) -> str:
        return BETWEEN[self.stage]


def waits(passages: Passages, *, until: float, only: Only | None = None) -> tuple[Wait, ...]:
    """One for each of the eight stages that something can wait at, in their order. `until` in days."""
    durations, stock = passages.waits(only=only), passages.stock(ago=STOCK_BEFORE, only=only)
    return tuple(
        _wait(stage, durations.get(place, []), stock.get(place, (0, 0)), until)
        for place, stage in enumerate(STAGES[:-1], start=1)
    )


def stall(found: Sequence[Wait]) -> Wait | None:
    """The stage with the longest wait among those whose stock grows; None where none grows."""
    growing = [wait for wait in found if wait.is_growing and wait.mean]
    return max(growing, key=lambda wait: wait.mean or 0, default=None)


def curve(durations: Sequence[Duration]) -> Incidence:
    """The share that came to the event, over days."""
    hours, ends, weights, squares, numbers = zip(*durations, strict=True) if durations else ((),) * 5
    return incidence(
        durations=np.asarray(hours, dtype=float) / HOURS,
        ends=np.asarray(ends, dtype=np.int64),
        weights=np.asarray(weights, dtype=float),
        squares=np.asarray(squares, dtype=float),
        counts=np.asarray(numbers, dtype=np.int64),
    )


def _wait(stage: str, durations: Sequence[Duration], stock: tuple[int, int], until: float) -> Wait:
    found = curve(durations)
    return Wait(
        stage=stage,
        number=found.number,
        mean=found.mean_under_way(until) if found.number else None,
        until=until,
        stock=stock[0],
        stock_before=stock[1],
    )
