"""How far people agree about one feature: in all, by queue, kind of signal, week and reason, and who with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import numpy as np

from annotation.consensus.agreement import confusion, loading, measure
from annotation.consensus.agreement.confusion import Confusion, Mixed
from annotation.consensus.agreement.loading import Crossed, Pattern, Stratum
from annotation.consensus.agreement.measure import Line
from annotation.lib import agreement
from annotation.lib.agreement import MIN_UNITS, Cohen
from annotation.lib.agreement.coefficients import Counts
from annotation.models import Feature, Queue, Rater, Reason

WEEKS = 26
"""How far back labels count: what people did before that was done under other guidelines."""


@dataclass(frozen=True, kw_only=True)
class OfReason:
    """`labels` with it; `figures` are None where these are too few."""

    reason: Reason
    labels: int
    figures: agreement.OfReason | None


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """Two raters, on the items that both labeled."""

    one: Rater
    other: Rater
    figures: Cohen


@dataclass(frozen=True, kw_only=True)
class Report:
    """`total` and `outcomes` are the same items, by reason and by outcome. Kinds and reasons come with the most items
    first, weeks with the latest."""

    feature: Feature
    since: datetime
    total: Line
    outcomes: Line
    queues: Sequence[Line]
    kinds: Sequence[Line]
    weeks: Sequence[Line]
    reasons: Sequence[OfReason]
    confusions: Sequence[Confusion]
    mixed: Sequence[Mixed]
    raters: Sequence[SideBySide]

    @property
    def is_empty(self) -> bool:
        return not self.total.units


def of_feature(*, feature: Feature, now: datetime) -> Report:
    """Over the labels of the last `WEEKS` weeks, and over items whose overlap was fixed beforehand."""
    since = datetime.combine(now.astimezone(UTC).date() - timedelta(weeks=WEEKS), time.min, UTC)
    found = loading.patterns(feature=feature, since=since)
    known = loading.reasons(found)
    strata = loading.strata(found, known)
    return Report(
        feature=feature,
        since=since,
        total=measure.line(feature.name, strata),
        outcomes=measure.of_outcomes(feature.name, strata),
        queues=_queues(feature, found, known),
        kinds=[measure.line(one.signal_kind, [one]) for one in strata],
        weeks=_weeks(found, known),
        reasons=[told for one in strata if one.units >= MIN_UNITS for told in _reasons(one)],
        confusions=[confusion.of_kind(one) for one in strata if one.units >= MIN_UNITS],
        mixed=confusion.mixed(strata),
        raters=_raters(loading.side_by_side(feature=feature, since=since, least=MIN_UNITS)),
    )


def _queues(feature: Feature, found: Sequence[Pattern], known: Mapping[str, Sequence[Reason]]) -> list[Line]:
    names = dict(Queue.objects.filter(feature=feature).values_list("pk", "name"))
    by_queue = loading.grouped(found, lambda one: one.queue_id)
    return [measure.line(name, loading.strata(by_queue[pk], known)) for pk, name in names.items() if pk in by_queue]


def _weeks(found: Sequence[Pattern], known: Mapping[str, Sequence[Reason]]) -> list[Line]:
    by_week = loading.grouped(found, lambda one: one.week)
    return [measure.line(f"{week}", loading.strata(by_week[week], known)) for week in sorted(by_week, reverse=True)]


def _reasons(one: Stratum) -> list[OfReason]:
    figures = agreement.by_reason(one.counts, times=one.times)
    told = [
        OfReason(reason=reason, labels=of.chosen, figures=of if of.chosen >= MIN_UNITS else None)
        for reason, of in zip(one.reasons, figures, strict=True)
    ]
    return sorted(told, key=lambda one: -one.labels)


def _raters(found: Sequence[Crossed]) -> list[SideBySide]:
    pairs = loading.grouped(found, lambda one: (one.one, one.other))
    raters = Rater.objects.select_related("user").in_bulk({pk for pair in pairs for pk in pair})
    told = []
    for (one, other), rows in pairs.items():
        figures = agreement.cohen(*_tables(rows))
        if figures is not None:
            told.append(SideBySide(one=raters[one], other=raters[other], figures=figures))
    return told


def _tables(rows: Sequence[Crossed]) -> list[Counts]:
    """One for each kind."""
    tables = []
    for of_kind in loading.grouped(rows, lambda one: one.signal_kind).values():
        codes = sorted({code for one in of_kind for code in (one.said, one.met)})
        table = np.zeros((len(codes), len(codes)), dtype=np.int64)
        for one in of_kind:
            table[codes.index(one.said), codes.index(one.met)] += one.items
        tables.append(table)
    return tables
