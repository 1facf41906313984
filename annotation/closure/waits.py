"""How long each stage takes, and which one holds up the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from annotation.closure.chain import STAGES
from annotation.closure.kept.passages import Durations
from annotation.closure.kept.reading import Only, Passages
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
        _wait(stage, durations[place], stock[place], until) for place, stage in enumerate(STAGES[:-1], start=1)
    )


def stall(found: Sequence[Wait]) -> Wait | None:
    """The stage with the longest wait among those whose stock grows; None where none grows."""
    growing = [wait for wait in found if wait.is_growing and wait.mean]
    return max(growing, key=lambda wait: wait.mean or 0, default=None)


def curve(durations: Durations) -> Incidence:
    """The share that came to the event, over days."""
    return incidence(
        durations=durations.hours / HOURS,
        ends=durations.ends,
        weights=durations.weights,
        squares=durations.squares,
        counts=durations.numbers,
    )


def _wait(stage: str, durations: Durations, stock: tuple[int, int], until: float) -> Wait:
    found = curve(durations)
    return Wait(
        stage=stage,
        number=found.number,
        mean=found.mean_under_way(until) if found.number else None,
        until=until,
        stock=stock[0],
        stock_before=stock[1],
    )
