"""How long each stage takes, and which one holds up the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final

from annotation.closure.chain import STAGES
from annotation.closure.kept.passages import Durations
from annotation.closure.kept.reading import Only, Passages
from annotation.lib.survival.clusters import clustered
from annotation.lib.survival.incidence import Incidence, incidence

WEEK: Final = timedelta(days=7)
GROWS_FOR: Final = 4
"""A stock grows where it did in each of so many weeks. Exports and runs come in turns, so that a stock of no trend is
larger than a week ago every other time; four times in a row at one of all stages, in under 1 of 20 products."""

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
    counted; None where nothing came so far. `number` came here; `stocks` stand here now, stood here a week ago, and so
    on, `GROWS_FOR` weeks back."""

    stage: str
    number: int
    mean: float | None
    until: float
    stocks: tuple[int, ...]

    @property
    def stock(self) -> int:
        return self.stocks[0]

    @property
    def stock_before(self) -> int:
        """A week ago."""
        return self.stocks[1]

    @property
    def is_growing(self) -> bool:
        return all(later > earlier for later, earlier in pairwise(self.stocks))

    @property
    def between(self) -> str:
        return BETWEEN[self.stage]


def waits(passages: Passages, *, until: float, only: Only | None = None) -> tuple[Wait, ...]:
    """One for each of the eight stages that something can wait at, in their order. `until` in days."""
    ago = [number * WEEK for number in range(GROWS_FOR + 1)]
    return of(durations=passages.waits(only=only), stocks=passages.stocks(ago=ago, only=only), until=until)


def of(*, durations: Mapping[int, Durations], stocks: Mapping[int, tuple[int, ...]], until: float) -> tuple[Wait, ...]:
    """The same from what was read, by the place of each stage. `stocks`: as a wait has them."""
    return tuple(
        _wait(stage, durations[place], stocks[place], until) for place, stage in enumerate(STAGES[:-1], start=1)
    )


def stall(found: Sequence[Wait]) -> Wait | None:
    """The stage with the longest wait among those whose stock grows; None where none grows."""
    growing = [wait for wait in found if wait.is_growing and wait.mean]
    return max(growing, key=lambda wait: wait.mean or 0, default=None)


def curve(durations: Durations) -> Incidence:
    """The share that came to the event, over days. What came in one week is no more sure than one witness."""
    days, ends, weights = durations.hours / HOURS, durations.ends, durations.weights
    found = incidence(durations=days, ends=ends, weights=weights, squares=durations.squares, counts=durations.numbers)
    return clustered(found, durations=days, ends=ends, weights=weights, clusters=durations.weeks)


def _wait(stage: str, durations: Durations, stocks: tuple[int, ...], until: float) -> Wait:
    found = curve(durations)
    return Wait(
        stage=stage,
        number=found.number,
        mean=found.mean_under_way(until) if found.number else None,
        until=until,
        stocks=stocks,
    )
