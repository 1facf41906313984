"""What days say whose terms are not written yet: shown as provisional, and part of no verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from annotation import loading
from annotation.models import Audit, Cell, Cohort, Item
from annotation.queues import cohorts
from annotation.validity import cells, facts, locks, pace
from annotation.validity.figures import CLAIMS, CellKey

ENOUGH: Final = 100

OPEN: Final = """
SELECT n.model_version, i.signal_kind, count(*), sum(1 / least(1, $2::float8 * i.weight)),
    coalesce(sum(1 / least(1, $2 * i.weight)) FILTER (WHERE r.outcome = 'good'), 0),
    coalesce(sum(1 / least(1, $2 * i.weight)) FILTER (WHERE r.outcome = 'bad'), 0)
FROM annotation_item i
JOIN annotation_interaction n ON n.id = i.interaction_id AND n.erased_at IS NULL
JOIN annotation_consensusrevision v ON v.item_id = i.id AND v.superseded_at IS NULL
JOIN annotation_reason r ON r.id = v.reason_id
WHERE i.cohort_id = $1 AND i.status = 'resolved' AND i.key < $2
GROUP BY 1, 2
"""


@dataclass
class Sum:
    labels: int = 0
    weight: float = 0.0
    good: float = 0.0
    bad: float = 0.0
    days: frozenset[date] = frozenset()

    def rate(self, claim: str) -> float | None:
        if self.labels < ENOUGH or claim not in ("good", "bad"):
            return None
        return (self.good if claim == "good" else self.bad) / self.weight


def refresh(*, now: datetime) -> None:
    """Say anew, in every feature, what the days say that are not counted yet."""
    unwritten = Cohort.objects.filter(termsheet=None).order_by("day", "pk").select_related("queue")
    by_feature: dict[int, list[Cohort]] = defaultdict(list)
    for cohort in unwritten:
        by_feature[cohort.queue.feature_id].append(cohort)
    shown = Cell.objects.filter(provisional_days__gt=0).values_list("feature", flat=True)
    for feature_id in sorted({*by_feature, *shown}):
        _of_feature(feature_id, by_feature.get(feature_id, []), now)


@transaction.atomic
def _of_feature(feature_id: int, open_: list[Cohort], now: datetime) -> None:
    if not locks.have(feature_id):
        return
    sums = _sums(open_)
    states = cells.of(feature_id=feature_id)
    missing = sums.keys() - {(state.cell.model_version, state.cell.signal_kind) for state in states}
    polarities = facts.polarities() if missing else {}
    keys = [
        CellKey(kind=kind, polarity=polarities.get(kind, "none"), model_version=version, part=0)
        for version, kind in sorted(missing)
    ]
    _write([state.cell for state in [*states, *cells.make(feature_id=feature_id, keys=keys, now=now)]], sums)
    audit, _ = Audit.objects.get_or_create(feature_id=feature_id)
    if audit.seconds_a_label is None:
        audit.seconds_a_label = pace.seconds(feature_id=feature_id, now=now)
        audit.save(update_fields=["seconds_a_label"])


def _sums(open_: list[Cohort]) -> Mapping[tuple[str, str], Sum]:
    found: dict[tuple[str, str], Sum] = defaultdict(Sum)
    for cohort in open_:
        threshold = _threshold(cohort)
        for version, kind, labels, weight, good, bad in loading.asked(OPEN, [cohort.pk, threshold]):
            one = found[version, kind]
            one.labels, one.weight = one.labels + labels, one.weight + weight
            one.good, one.bad, one.days = one.good + good, one.bad + bad, one.days | {cohort.day}
    return found


def _threshold(cohort: Cohort) -> float:
    """κ as it would be if the cohort closed now."""
    return cohorts.threshold(Item.objects.filter(cohort=cohort)) if cohort.threshold is None else cohort.threshold


def _write(found: list[Cell], sums: Mapping[tuple[str, str], Sum]) -> None:
    changed = []
    for cell in found:
        one = sums.get((cell.model_version, cell.signal_kind), Sum()) if cell.part_id is None else Sum()
        claim = CLAIMS[cell.polarity] if cell.polarity != "none" else ""
        told = (one.labels, one.rate(claim), len(one.days))
        if told != (cell.provisional_labels, cell.provisional_rate, cell.provisional_days):
            cell.provisional_labels, cell.provisional_rate, cell.provisional_days = told
            changed.append(cell)
    Cell.objects.bulk_update(changed, ["provisional_labels", "provisional_rate", "provisional_days"])
