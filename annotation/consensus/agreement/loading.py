"""From the database to count matrices: how many items were answered how, few rows however many labels there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString, NamedTuple, TypeVar

import numpy as np

from annotation import loading
from annotation.consensus.agreement import stood
from annotation.lib.agreement.coefficients import Counts
from annotation.models import Feature, Reason

MOST_PAIRS = 20
"""Two raters side by side: those with the most items in common."""

_CHOSEN: LiteralString = f"""
    SELECT i.id, i.queue_id AS unit FROM annotation_item i
    JOIN annotation_queue q ON q.id = i.queue_id
    WHERE i.feature_id = %(feature)s AND {stood.fixed_overlap()}
"""  # noqa: S608 - of constants alone

PATTERNS: LiteralString = f"""
    WITH {stood.labels(_CHOSEN)}, units AS (
        SELECT unit AS queue_id, signal_kind, array_agg(code ORDER BY code) AS codes,
            date_trunc('week', min(received_at) AT TIME ZONE 'UTC')::date AS week
        FROM stood GROUP BY item_id, unit, signal_kind HAVING count(*) > 1
    )
    SELECT queue_id, signal_kind, week, codes, count(*) FROM units GROUP BY queue_id, signal_kind, week, codes
    ORDER BY queue_id, signal_kind, week, codes
"""  # noqa: S608 - of constants alone

SIDE_BY_SIDE: LiteralString = f"""
    WITH {stood.labels(_CHOSEN)}, units AS (
        SELECT signal_kind, array_agg(rater_id ORDER BY rater_id) AS raters, array_agg(code ORDER BY rater_id) AS codes
        FROM stood GROUP BY item_id, signal_kind HAVING count(*) > 1
    ), pairs AS (
        SELECT raters[a] AS one, raters[b] AS other, signal_kind, codes[a] AS said, codes[b] AS met
        FROM units, generate_subscripts(raters, 1) AS a, generate_subscripts(raters, 1) AS b
        WHERE a < b
    ), crossed AS (
        SELECT *, count(*) AS items, sum(count(*)) OVER (PARTITION BY one, other) AS common
        FROM pairs GROUP BY one, other, signal_kind, said, met
    ), ranked AS (
        SELECT *, dense_rank() OVER (ORDER BY common DESC, one, other) AS place FROM crossed WHERE common >= %(least)s
    )
    SELECT one, other, signal_kind, said, met, items FROM ranked WHERE place <= %(most)s
    ORDER BY place, signal_kind, said, met
"""  # noqa: S608 - of constants alone

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")


class Pattern(NamedTuple):
    """So many `items` of a queue, kind and week (its Monday, UTC, of the first label) were given just these reasons."""

    queue_id: int
    signal_kind: str
    week: date
    codes: tuple[str, ...]
    items: int


class Crossed(NamedTuple):
    """On so many `items` of a kind one rater said `said` where the other one said `met`."""

    one: int
    other: int
    signal_kind: str
    said: str
    met: str
    items: int


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """The items of one kind: a row of counts for each pattern, `times` how many items have it. The columns are those
    of `reasons`, which somebody chose: reasons that nobody does would make Gwet's chance ever smaller."""

    signal_kind: str
    reasons: Sequence[Reason]
    counts: Counts
    times: Counts

    @property
    def units(self) -> int:
        return int(self.times.sum())


def patterns(*, feature: Feature, since: datetime) -> list[Pattern]:
    """Of the items with two labels or more."""
    found = loading.fetched(PATTERNS, {"feature": feature.pk, "since": since})
    return [Pattern(queue, kind, week, tuple(codes), items) for queue, kind, week, codes, items in found]


def side_by_side(*, feature: Feature, since: datetime, least: int) -> list[Crossed]:
    """Of pairs of raters with at least so many items in common, those with the most."""
    parameters = {"feature": feature.pk, "since": since, "least": least, "most": MOST_PAIRS}
    return [Crossed(*row) for row in loading.fetched(SIDE_BY_SIDE, parameters)]


def reasons(found: Iterable[Pattern]) -> dict[str, list[Reason]]:
    """Those of each kind that somebody chose, as the latest version that knows them has them, in people's order."""
    seen = {(one.signal_kind, code) for one in found for code in one.codes}
    latest: dict[tuple[str, str], Reason] = {}
    for one in Reason.objects.filter(signal_kind__in={kind for kind, _ in seen}).order_by("taxonomy_version__number"):
        latest[one.signal_kind, one.code] = one
    told: dict[str, list[Reason]] = defaultdict(list)
    for key in sorted(seen, key=lambda key: latest[key].position):
        told[key[0]].append(latest[key])
    return told


def strata(found: Iterable[Pattern], known: Mapping[str, Sequence[Reason]]) -> list[Stratum]:
    """One for each kind, the one with the most items first."""
    by_kind: dict[str, dict[tuple[str, ...], int]] = defaultdict(lambda: defaultdict(int))
    for one in found:
        by_kind[one.signal_kind][one.codes] += one.items
    made = [_stratum(kind, known[kind], items) for kind, items in by_kind.items()]
    return sorted(made, key=lambda one: (-one.units, one.signal_kind))


def grouped(found: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    told: dict[Key, list[Row]] = defaultdict(list)
    for one in found:
        told[key(one)].append(one)
    return told


def _stratum(kind: str, known: Sequence[Reason], items: Mapping[tuple[str, ...], int]) -> Stratum:
    seen = {code for codes in items for code in codes}
    known = [reason for reason in known if reason.code in seen]
    counts = np.array([[codes.count(reason.code) for reason in known] for codes in items], dtype=np.int64)
    times = np.array(list(items.values()), dtype=np.int64)
    return Stratum(signal_kind=kind, reasons=known, counts=counts, times=times)
