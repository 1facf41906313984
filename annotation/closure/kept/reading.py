"""Read what is kept.

Training runs, deployments and later answers are few and belong to exports: they are put beside the kept figures here,
so that a deployment changes none of them, and a run that is taken back counts no more at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from annotation import loading
from annotation.closure import reading
from annotation.closure.chain import Tail
from annotation.models import Feature

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)

SETS: Final = """
    SELECT id, train, held_out FROM annotation_exportset
    WHERE id IN (SELECT exports_id FROM annotation_closurecell WHERE feature_id = %s)
"""

# A line for each cell: where it came, when it reached each stage, and why and since when it leads no further.
PASSAGES: Final = """
    WITH tail AS (
        SELECT * FROM unnest(
            %(id)s::uuid[], %(place)s::int[], %(is_held_out)s::bool[], %(exported)s::int[], %(trained)s::int[],
            %(deployed)s::int[], %(changed)s::int[], %(validated)s::int[]
        ) AS tail (id, place, is_held_out, exported, trained, deployed, changed, validated)
    ), timed AS (
        SELECT cell.*, tail.place, tail.is_held_out,
               CASE WHEN tail.exported IS NOT NULL THEN GREATEST(tail.exported, cell.resolved) END AS exported,
               CASE WHEN tail.trained IS NOT NULL THEN GREATEST(tail.trained, cell.resolved) END AS trained,
               CASE WHEN tail.deployed IS NOT NULL THEN GREATEST(tail.deployed, cell.resolved) END AS deployed,
               CASE WHEN tail.changed IS NOT NULL THEN GREATEST(tail.changed, cell.resolved) END AS changed,
               GREATEST(tail.validated, cell.resolved) AS validated_or_resolved, tail.validated
        FROM annotation_closurecell cell LEFT JOIN tail ON tail.id = cell.exports_id
        WHERE cell.feature_id = %(feature)s AND (cell.signal_kind <> '') = %(by_kind)s
    ), passage AS (
        SELECT timed.*, COALESCE(place, reached) AS came,
               CASE WHEN changed IS NOT NULL THEN ''
                    WHEN stopped <> '' THEN stopped
                    WHEN place IS NULL THEN ended
                    WHEN is_held_out THEN 'held_out' ELSE '' END AS stands,
               CASE WHEN changed IS NULL THEN LEAST(
                   stopped_at, CASE WHEN place IS NULL THEN ended_at WHEN is_held_out THEN exported END
               ) END AS left_at
        FROM timed
    )
"""

CURVES: Final = """
    SELECT {by}, LEAST(event, left_at, %(now)s) - occurred,
           CASE WHEN event <= LEAST(left_at, %(now)s) THEN 1 WHEN left_at <= %(now)s THEN 2 ELSE 0 END,
           sum(weight), sum(weight_squared), sum(number)::bigint, occurred / 168
    FROM (SELECT passage.*, {event} AS event FROM passage) passage
    WHERE population = 'sample' AND occurred <= %(now)s {only}
    GROUP BY 1, 2, 3, 7
"""

EVENTS: Final = {
    "closed": "changed",
    # Validated in between: what a model was made of and measured on in time counts, though it answers later.
    "validated": "LEAST(changed, CASE WHEN validated IS NOT NULL THEN validated_or_resolved END)",
}

WAITS: Final = """
    SELECT place, LEAST(gone, left_at, %(now)s) - came_in,
           CASE WHEN gone <= LEAST(left_at, %(now)s) THEN 1 WHEN left_at <= %(now)s THEN 2 ELSE 0 END,
           sum(weight), sum(weight_squared), sum(number)::bigint
    FROM (
        SELECT stage.place, stage.came_in, stage.gone,
               CASE WHEN left_at IS NOT NULL THEN GREATEST(left_at, stage.came_in) END AS left_at,
               weight, weight_squared, number
        FROM passage CROSS JOIN LATERAL (VALUES {stages}) AS stage (place, came_in, gone)
        WHERE population = 'sample' AND stage.came_in <= %(now)s {only}
    ) stage
    GROUP BY 1, 2, 3
"""

# Of everything that arrives by itself, and not of samples alone: those of the last days are not drawn yet.
STOCK: Final = """
    SELECT stage.place, {here}
    FROM passage CROSS JOIN LATERAL (VALUES {stages}) AS stage (place, came_in, gone)
    WHERE population NOT IN ('imported', 'let_go') {only}
    GROUP BY 1
"""
HERE: Final = """COALESCE(sum(number) FILTER (
        WHERE came_in <= {at} AND COALESCE(gone > {at}, true) AND COALESCE(left_at > {at}, true)
    ), 0)::bigint"""

TIMES: Final = ("occurred", "ingested", "queued", "labeled", "resolved", "exported", "trained", "deployed", "changed")
STAGES: Final = ", ".join(f"({place}, {TIMES[place - 1]}, {TIMES[place]})" for place in range(1, 9))

FUNNEL: Final = """
    SELECT came, stands = '', sum(number)::bigint, COALESCE(sum(number) FILTER (WHERE {mature}), 0)::bigint,
           COALESCE(sum(number) FILTER (WHERE {mature} AND changed <= occurred + %(within)s), 0)::bigint
    FROM passage GROUP BY 1, 2
"""
MATURE: Final = "COALESCE(occurred, (day - DATE '1970-01-01') * 24 + 23) <= %(now)s - %(within)s"

POPULATIONS: Final = """
    SELECT {by}, population, sum(number)::bigint FROM passage WHERE true {only} GROUP BY 1, 2
"""

By = Literal["signal_kind", "reason", "model_version"]
COLUMNS: Final[Mapping[By, str]] = {
    "signal_kind": "passage.signal_kind",
    # The same reason of several taxonomy versions is one.
    "reason": "(SELECT r.signal_kind || ': ' || r.code FROM annotation_reason r WHERE r.id = passage.reason_id)",
    "model_version": "passage.model_version",
}


@dataclass(frozen=True, kw_only=True)
class Only:
    """Interactions with one kind of signal, one reason (`kind: code`; None: not resolved), or of one model version."""

    by: By
    value: str | None


class Duration(NamedTuple):
    """Interactions that took as many `hours` to the same end (`lib.survival.incidence.End`). `week`: the one in which
    they occurred, counted from 1970; 0 where weeks aren't told apart."""

    hours: int
    end: int
    weight: float
    squares: float
    number: int
    week: int = 0


class Passages:
    """The kept figures of a feature with what came of its exports, as of `now`: loaded once, asked several times."""

    def __init__(self, *, feature: Feature, now: datetime) -> None:
        self.now = hours(now)
        self._parameters = {"feature": feature.pk, "now": self.now, **_tails(feature)}

    def durations(
        self, *, event: Literal["closed", "validated"] = "closed", by: By | None = None, only: Only | None = None
    ) -> dict[Any, list[Duration]]:
        """How long what is in the sample took, by the values of `by`; by None where all are asked."""
        key = COLUMNS[by] if by else "NULL"
        found: dict[Any, list[Duration]] = {}
        for value, *duration in self._ask(CURVES, by=key, event=EVENTS[event], only=only, group=by):
            found.setdefault(value, []).append(Duration(*duration))
        return found

    def waits(self, *, only: Only | None = None) -> dict[int, list[Duration]]:
        """How long each stage took, by the place of the stage that was waited at."""
        found: dict[int, list[Duration]] = {}
        for place, *duration in self._ask(WAITS, stages=STAGES, only=only):
            found.setdefault(place, []).append(Duration(*duration))
        return found

    def stocks(self, *, ago: Sequence[timedelta], only: Only | None = None) -> dict[int, tuple[int, ...]]:
        """How many stood at each place, so long ago each."""
        here = ", ".join(HERE.format(at=f"(%(now)s - {time // HOUR})") for time in ago)
        return {place: tuple(counts) for place, *counts in self._ask(STOCK, stages=STAGES, here=here, only=only)}

    def funnel(self, *, within: timedelta) -> list[tuple[int, bool, int, int, int]]:
        """(stage's place, whether it may go on, interactions, mature ones, those closed in time)."""
        return self._ask(FUNNEL, mature=MATURE, within=within // HOUR)

    def populations(self, *, by: By | None = None, only: Only | None = None) -> dict[Any, dict[str, int]]:
        """How many interactions each population has, by the values of `by`."""
        found: dict[Any, dict[str, int]] = {}
        for value, population, number in self._ask(POPULATIONS, by=COLUMNS[by] if by else "NULL", only=only, group=by):
            found.setdefault(value, {})[population] = number
        return found

    def _ask(
        self, statement: str, *, only: Only | None = None, group: By | None = None, **parts: Any
    ) -> list[tuple[Any, ...]]:
        by_kind = "signal_kind" in (group, only.by if only else None)
        values = {name: value for name, value in parts.items() if not isinstance(value, str)}
        texts = {name: value for name, value in parts.items() if isinstance(value, str)}
        condition = f"AND {COLUMNS[only.by]} IS NOT DISTINCT FROM %(value)s" if only else ""
        if "{only}" in statement:
            texts["only"] = condition
        parameters = self._parameters | values | {"by_kind": by_kind, "value": only.value if only else None}
        return loading.fetched(PASSAGES + statement.format(**texts), parameters)


def hours(at: datetime) -> int:
    """Whole hours since 1970."""
    return (at - EPOCH) // HOUR


def _tails(feature: Feature) -> dict[str, list[Any]]:
    """The best tail of each set of exports as columns; sets that lead nowhere are missing."""
    sets = [(pk, train, held_out) for pk, train, held_out in loading.fetched(SETS, [feature.pk])]
    tails: dict[int, list[Tail]] = {}
    for tail in reading.of_exports({export for _, *both in sets for export in (*both[0], *both[1])}):
        tails.setdefault(tail.export_id, []).append(tail)
    rows = [_row(pk, _best(train, held_out, tails), _validated(train, tails)) for pk, train, held_out in sets]
    found = [row for row in rows if row is not None]
    names = ("id", "place", "is_held_out", "exported", "trained", "deployed", "changed", "validated")
    return {name: [row[place] for row in found] for place, name in enumerate(names)}


def _best(train: Iterable[int], held_out: Iterable[int], tails: Mapping[int, Sequence[Tail]]) -> Tail | None:
    candidates = [tail for export in train for tail in tails.get(export, [])]
    candidates += [tail.for_split("") for export in held_out for tail in tails.get(export, [])]
    return min(candidates, key=lambda tail: tail.rank, default=None)


def _validated(train: Iterable[int], tails: Mapping[int, Sequence[Tail]]) -> datetime | None:
    """When a model that was trained on it had first been validated."""
    times = [tail.validated_at for export in train for tail in tails.get(export, []) if tail.validated_at]
    return min(times, default=None)


def _row(pk: UUID, tail: Tail | None, validated: datetime | None) -> tuple[Any, ...] | None:
    if tail is None:
        return None
    known = [hours(time) for time in tail.times if time is not None]
    times = [*accumulate(known, max), *[None] * (len(tail.times) - len(known))]
    return (pk, 5 + tail.reached, tail.is_held_out, *times, hours(validated) if validated else None)
