"""Read what is kept.

Training runs, deployments and later answers are few and belong to exports: they are put beside the kept figures here,
so that a deployment changes none of them, and a run that is taken back counts no more at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any, Final, Literal
from uuid import UUID

import numpy as np

from annotation import loading
from annotation.closure import reading
from annotation.closure.chain import Tail
from annotation.closure.kept import columns
from annotation.closure.kept.columns import Whole
from annotation.closure.kept.passages import STAGES, Course, Durations, Passage, Truth, passage
from annotation.closure.kept.records import NEVER, POPULATIONS
from annotation.models import ClosureTally, Feature, Reason

Population = ClosureTally.Population

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
A_DAY: Final = 24
"""In hours."""
WEEK: Final = 7 * A_DAY

# Those that some day needs now: the others are forgotten at night, and a day of many exports leaves thousands.
SETS: Final = """
    SELECT id, train, held_out FROM annotation_exportset
    WHERE id IN (SELECT exports_id FROM annotation_closuretally WHERE feature_id = %s)
"""

By = Literal["signal_kind", "reason", "model_version"]


@dataclass(frozen=True, kw_only=True)
class Only:
    """Interactions with one kind of signal, one reason (`kind: code`; None: not resolved), or of one model version."""

    by: By
    value: str | None


class Passages:
    """The kept figures of a feature with what came of its exports, as of `now`: loaded once, asked several times."""

    def __init__(self, *, feature: Feature, now: datetime) -> None:
        self.now = hours(now)
        self._feature = feature
        self._courses = _courses(feature)

    def durations(
        self, *, event: Literal["closed", "validated"] = "closed", by: By | None = None, only: Only | None = None
    ) -> dict[Any, Durations]:
        """How long what is in the sample took, by the values of `by`; by None where all are asked.

        Validated in between: what a model was made of and measured on in time counts, though it answers later.
        """
        found = self._passage(by, only)
        gone = found.changed if event == "closed" else found.in_time
        sample = found.among(Population.SAMPLE) & self._meant(found, only)
        return {
            value: found.durations(
                sample & part,
                since=found.cells.occurred,
                gone=gone,
                left_at=found.left_at,
                now=self.now,
                weeks=found.cells.occurred // WEEK,
            )
            for value, part in self._parts(found, by)
        }

    def waits(self, *, only: Only | None = None) -> dict[int, Durations]:
        """How long each stage took, by the place of the stage that was waited at."""
        found = self._passage(None, only)
        sample = found.among(Population.SAMPLE) & self._meant(found, only)
        return {place: found.wait(place, sample, now=self.now) for place in range(1, STAGES)}

    def stocks(self, *, ago: Sequence[timedelta], only: Only | None = None) -> dict[int, tuple[int, ...]]:
        """How many stood at each place, so long ago each.

        Of everything that arrives by itself, and not of samples alone: those of the last days are not drawn yet.
        """
        found = self._passage(None, only)
        chosen = ~found.among(Population.IMPORTED, Population.LET_GO) & self._meant(found, only)
        times = [self.now - time // HOUR for time in ago]
        return {place: tuple(found.stock(place, chosen, at=at) for at in times) for place in range(1, STAGES)}

    def funnel(self, *, within: timedelta) -> list[tuple[int, bool, int, int, int]]:
        """(stage's place, whether it may go on, interactions, mature ones, those closed in time)."""
        found, cells = self._all, self._all.cells
        last_hour = np.where(cells.occurred < NEVER, cells.occurred, cells.day * A_DAY + A_DAY - 1)
        is_mature = last_hour <= self.now - within // HOUR
        is_closed = is_mature & (found.changed <= np.minimum(cells.occurred + within // HOUR, NEVER - 1))
        keys = 2 * found.came + found.may_go_on
        counts = [np.bincount(keys, weights=cells.number * one) for one in (1, is_mature, is_closed)]
        return [
            (int(key) // 2, bool(key % 2), *(int(count[key]) for count in counts))  # type: ignore[misc]
            for key in np.flatnonzero(counts[0])
        ]

    def populations(self, *, by: By | None = None, only: Only | None = None) -> dict[Any, dict[str, int]]:
        """How many interactions each population has, by the values of `by`."""
        found = self._passage(by, only)
        meant = self._meant(found, only)
        return {value: _by_population(found, meant & part) for value, part in self._parts(found, by)}

    def days(self, first: date, last: date) -> Whole:
        """(n, 2): how many interactions were queued and how many resolved on each UTC day from `first` to before
        `last`."""
        begin, end = ((day - EPOCH.date()).days for day in (first, last))
        cells = self._all.cells
        return np.stack([_by_day(cells.number, at, begin, end) for at in (cells.queued, cells.resolved)], axis=1)

    def waiting(self) -> int:
        """How many wait for people: queued, not resolved, and may go on."""
        found = self._all
        waits = (found.cells.queued < NEVER) & (found.cells.resolved == NEVER) & found.may_go_on
        return int(found.cells.number[waits].sum())

    @cached_property
    def _all(self) -> Passage:
        return self._load(by_kind=False)

    @cached_property
    def _of_kinds(self) -> Passage:
        return self._load(by_kind=True)

    @cached_property
    def _reasons(self) -> dict[int | None, str]:
        """The same reason of several taxonomy versions is one."""
        return {pk: f"{kind}: {code}" for pk, kind, code in Reason.objects.values_list("pk", "signal_kind", "code")}

    def _load(self, *, by_kind: bool) -> Passage:
        found = columns.cells(feature_id=self._feature.pk, by_kind=by_kind, exports=list(self._courses))
        return passage(found, [Course(), *self._courses.values()])

    def _passage(self, by: By | None, only: Only | None) -> Passage:
        return self._of_kinds if "signal_kind" in (by, only.by if only else None) else self._all

    def _meant(self, found: Passage, only: Only | None) -> Truth:
        if only is None:
            return np.ones(len(found.came), dtype=bool)
        values = self._values(found, only.by)
        return np.asarray([value == only.value for value in values], dtype=bool)[found.cells.group]

    def _parts(self, found: Passage, by: By | None) -> list[tuple[str | None, Truth]]:
        """Which cells have each of the values; all of them where none is asked."""
        if by is None:
            return [(None, self._meant(found, None))]
        values = self._values(found, by)
        return [(value, self._meant(found, Only(by=by, value=value))) for value in dict.fromkeys(values)]

    def _values(self, found: Passage, by: By) -> list[str | None]:
        """Of each group of cells."""
        groups = found.cells.groups
        if by == "reason":
            return [self._reasons.get(group.reason) for group in groups]
        return [group.signal_kind if by == "signal_kind" else group.model_version for group in groups]


def hours(at: datetime) -> int:
    """Whole hours since 1970."""
    return (at - EPOCH) // HOUR


def _by_population(found: Passage, chosen: Truth) -> dict[str, int]:
    counts = np.bincount(found.cells.population[chosen], weights=found.cells.number[chosen], minlength=len(POPULATIONS))
    return {name: int(count) for name, count in zip(POPULATIONS, counts, strict=True) if count}


def _by_day(number: Whole, at: Whole, begin: int, end: int) -> Whole:
    day = at // A_DAY
    chosen = (begin <= day) & (day < end)
    return np.bincount(day[chosen] - begin, weights=number[chosen], minlength=end - begin).astype(np.int64)


def _courses(feature: Feature) -> dict[UUID, Course]:
    """The best tail of each set of exports; sets that lead nowhere are missing."""
    sets = loading.fetched(SETS, [feature.pk])
    trained: dict[int, Tail] = {}
    validated: dict[int, datetime] = {}
    for tail in reading.of_exports({export for _, *both in sets for export in (*both[0], *both[1])}):
        trained.setdefault(tail.export_id, tail)
        if tail.validated_at is not None:
            validated[tail.export_id] = min(validated.get(tail.export_id, tail.validated_at), tail.validated_at)
    # Hundreds of exports are in hundreds of sets each: what is compared are places in one order of all tails.
    held_out = [tail.for_split("") for tail in trained.values()]
    ranked = sorted([*trained.values(), *held_out], key=lambda tail: tail.rank)
    places = {(tail.export_id, tail.is_held_out): place for place, tail in enumerate(ranked)}
    found: dict[UUID, Course] = {}
    for pk, in_train, out in sets:
        named = [*((export, False) for export in in_train), *((export, True) for export in out)]
        if known := [places[one] for one in named if one in places]:
            # When a model that was trained on it had first been validated.
            first = min((validated[export] for export in in_train if export in validated), default=None)
            found[pk] = _course(ranked[min(known)], first)
    return found


def _course(tail: Tail, validated: datetime | None) -> Course:
    known = [hours(time) for time in tail.times if time is not None]
    exported, trained, deployed, changed = [*accumulate(known, max), *[NEVER] * (len(tail.times) - len(known))]
    return Course(
        place=5 + tail.reached,
        is_held_out=tail.is_held_out,
        exported=exported,
        trained=trained,
        deployed=deployed,
        changed=changed,
        validated=hours(validated) if validated else NEVER,
    )
