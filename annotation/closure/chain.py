"""One interaction's way through the nine stages, from values to values.

An interaction can have many ways: several items, exports, runs, deployments. A way is a head (queued, labeled,
resolved: of one item) and a tail (exported, trained, deployed, first changed: of one export). The way that leads
furthest is the interaction's closure; of those that lead equally far, the earliest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STAGES = (
    "occurred",
    "ingested",
    "queued",
    "labeled",
    "resolved",
    "exported",
    "trained",
    "deployed",
    "first_changed",
)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Tail:
    """Where one export led. `run` is a succeeded training run that names it, `changed` the first interaction that its
    model answered at or after `deployed_at`. A report of a time to come (`…_reported_at`) tells that it was so by when
    it was reported: that is then the time."""

    export_id: int
    export: str
    exported_at: datetime
    run: str | None = None
    model_version: str | None = None
    trained_at: datetime | None = None
    validated_at: datetime | None = None
    deployed_at: datetime | None = None
    first_changed_at: datetime | None = None
    first_changed: str | None = None
    trained_reported_at: datetime | None = None
    deployed_reported_at: datetime | None = None

    is_held_out: bool = False

    @property
    def times(self) -> tuple[datetime | None, ...]:
        return (self.exported_at, self.trained_at, self.deployed_at, self.first_changed_at)

    @property
    def reported(self) -> tuple[datetime | None, ...]:
        """The same as they were reported."""
        trained, deployed = self.trained_reported_at, self.deployed_reported_at
        return (self.exported_at, trained or self.trained_at, deployed or self.deployed_at, self.first_changed_at)

    @property
    def reached(self) -> int:
        """How many of the four stages have a time; they have no gaps."""
        return sum(time is not None for time in self.times)

    @property
    def closed_at(self) -> datetime | None:
        """When the first changed interaction came; never before the export, the training and the deployment."""
        return max(time for time in self.times if time) if self.first_changed_at else None

    @property
    def rank(self) -> tuple[object, ...]:
        """Smaller is better: leads further, runs forward, is earlier."""
        first = (self.first_changed_at, self.trained_at, self.deployed_at, self.exported_at)
        return (-self.reached, self.is_held_out, runs_backwards(self.times), *(time or NEVER for time in first))

    def for_split(self, split: str) -> Tail:
        """The tail of a row of this export: nothing was trained on a row outside the train split."""
        if split == "train":
            return self
        return Tail(export_id=self.export_id, export=self.export, exported_at=self.exported_at, is_held_out=True)


@dataclass(frozen=True, kw_only=True)
class Head:
    """What became of one item. `end` says why it can lead no further, if so."""

    queued_at: datetime
    labeled_at: datetime | None
    resolved_at: datetime | None
    end: str | None

    @property
    def times(self) -> tuple[datetime | None, ...]:
        return (self.queued_at, self.labeled_at, self.resolved_at)

    @property
    def rank(self) -> tuple[object, ...]:
        reached = max(place for place, time in enumerate(self.times) if time is not None)
        first = (self.resolved_at, self.labeled_at, self.queued_at)
        return (-reached, self.end is not None, *(time or NEVER for time in first))


@dataclass(frozen=True, kw_only=True)
class Way:
    head: Head
    tail: Tail | None

    @property
    def end(self) -> str | None:
        if self.tail is None:
            return self.head.end
        return "held_out" if self.tail.is_held_out else None

    @property
    def rank(self) -> tuple[object, ...]:
        """A way with an export is ahead of any without."""
        tail = (0, *self.tail.rank) if self.tail else (1,)
        return (tail, self.head.rank)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage. `at` never lies before an earlier stage's; where `reported_at` does, the step is inconsistent."""

    stage: str
    at: datetime | None
    reported_at: datetime | None

    @property
    def is_inconsistent(self) -> bool:
        return self.at != self.reported_at


@dataclass(frozen=True, kw_only=True)
class Closure:
    """The closure of one interaction. `steps` has all nine stages; `end` says why it can lead no further, if so."""

    steps: tuple[Step, ...]
    tail: Tail | None
    end: str | None

    @property
    def reached(self) -> str:
        """The last stage that has a time."""
        return next(step.stage for step in reversed(self.steps) if step.at is not None)

    @property
    def waits_at(self) -> str | None:
        """The stage it stands at; None once it closed or can lead no further."""
        return None if self.end or self.time_to_close is not None else self.reached

    @property
    def time_to_close(self) -> timedelta | None:
        first, last = self.steps[0].at, self.steps[-1].at
        return last - first if first and last else None

    @property
    def inconsistent(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.is_inconsistent)


def close(*, occurred_at: datetime, ingested_at: datetime, ways: Iterable[Way], end: str | None) -> Closure:
    """The closure along the best way. `end`: why the interaction as a whole can lead no further, if so."""
    best = min(ways, key=lambda way: way.rank, default=None)
    head = best.head.times if best else (None,) * 3
    tail, reported = (best.tail.times, best.tail.reported) if best and best.tail else ((None,) * 4,) * 2
    steps = derive((occurred_at, ingested_at, *head, *tail), (occurred_at, ingested_at, *head, *reported))
    closed = steps[-1].at is not None
    reason = None if closed else end or (best.end if best else None)
    return Closure(steps=steps, tail=best.tail if best else None, end=reason)


def derive(times: Sequence[datetime | None], reported: Sequence[datetime | None]) -> tuple[Step, ...]:
    """Steps of the nine stages: a time before an earlier stage's is moved up to that one, and the report kept."""
    steps = []
    latest: datetime | None = None
    for stage, time, reported_at in zip(STAGES, times, reported, strict=True):
        at = max(time, latest or time) if time else None
        latest = at or latest
        steps.append(Step(stage=stage, at=at, reported_at=reported_at))
    return tuple(steps)


def runs_backwards(times: Iterable[datetime | None]) -> bool:
    known = [time for time in times if time is not None]
    return known != sorted(known)
