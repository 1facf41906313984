"""Items weigh more whose answer is hard to foresee: how much, from what is known when they are made.

What is known are the rules that are switched on: whether one holds for the signal, and how often it is right. Whoever
sets a queue's mix to 1 pays nothing for it. Weights are no secret and lean nowhere: each item is counted by its own
chance, whatever that came from.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from annotation import copying, taxonomy
from annotation.lib import conditions
from annotation.lib.validity import weights as formula
from annotation.models import Queue, Rule, RuleVersion
from annotation.queues import known
from annotation.queues.routes import Route

LEAST = 30
"""Answers of people that a rule was compared with: from fewer, how often it is right isn't known."""

PAST = timedelta(days=7)

# Where several rules hold, the surest counts, as it does when items are made.
MEAN_U = """
SELECT told.queue_id, avg(told.u) FROM (
    SELECT i.queue_id, min(sqrt(v.right::float8 / v.judged * (1 - v.right::float8 / v.judged))) AS u
    FROM annotation_rule r
    JOIN annotation_ruleversion v ON v.id = r.current_id
    JOIN annotation_label l ON l.rater_id = v.rater_id AND l.superseded_at IS NULL
    JOIN annotation_item i ON i.id = l.item_id
    WHERE i.queue_id = ANY(%(queues)s) AND i.queued_at > %(since)s AND i.purpose = 'sample' AND v.judged >= %(least)s
    GROUP BY i.queue_id, i.id
) told
GROUP BY told.queue_id
"""


class Asked(NamedTuple):
    """A signal about to become an item, and the queue that takes it."""

    signal_id: int
    feature_id: int
    kind: str
    route: Route


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A rule's condition for signals of one kind, and the share of its answers that people gave too."""

    feature_id: int
    kind: str
    taxonomy_version_id: int
    condition: conditions.Group
    probability: float

    @property
    def uncertainty(self) -> float:
        return formula.uncertainty(self.probability)

    def is_about(self, asked: Asked) -> bool:
        wanted = asked.feature_id, asked.kind, asked.route.taxonomy_version_id
        return (self.feature_id, self.kind, self.taxonomy_version_id) == wanted


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a queue's mix rests on: the rules that are switched on for it, those that were `measured` often enough and
    the others. `mean_u` as in Queue."""

    mix: float
    mean_u: float | None
    measured: tuple[RuleVersion, ...]
    others: tuple[RuleVersion, ...]

    @property
    def is_at_work(self) -> bool:
        return self.mix < 1 and self.mean_u is not None and bool(self.measured)


def weights(asked: Collection[Asked]) -> dict[int, float]:
    """By signal: the weight of its item, for those that a measured rule holds for. The others weigh 1.

    Called inside the transaction that stores the signals. What no rule holds for is as uncertain as the mean.
    """
    rules = _measured({one.feature_id for one in asked})
    about = {one.signal_id: [rule for rule in rules if rule.is_about(one)] for one in asked}
    wanted = [pk for pk, found in about.items() if found]
    if not wanted:
        return {}
    copying.flush()
    fields = sorted(
        {field for found in about.values() for rule in found for field in conditions.fields_of(rule.condition)}
    )
    held = {pk: _surest(about[pk], case) for pk, case in known.of(wanted, fields=fields)}
    routes = {one.signal_id: one.route for one in asked}
    return {pk: _weight(routes[pk], rule) for pk, rule in held.items() if rule is not None}


def refresh(*, now: datetime) -> None:
    """Note for each queue that weighs its items how uncertain its rules were of late."""
    queues = list(Queue.objects.filter(mix__lt=1).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(MEAN_U, {"queues": queues, "since": now - PAST, "least": LEAST})
        found: dict[int, float] = dict(cursor.fetchall())
    for pk in queues:
        Queue.objects.filter(pk=pk).exclude(mean_u=found.get(pk)).update(mean_u=found.get(pk))


def standing(*, queue: Queue) -> Standing:
    version = taxonomy.of_queue(queue)
    kinds = Q() if not queue.signal_kinds else Q(reason__signal_kind__in=queue.signal_kinds)
    on = RuleVersion.objects.filter(
        kinds, Exists(Rule.objects.filter(current=OuterRef("pk"))), rule__feature=queue.feature_id
    )
    rules = list(on.filter(reason__taxonomy_version=version).select_related("rule").order_by("rule__name"))
    return Standing(
        mix=queue.mix,
        mean_u=queue.mean_u,
        measured=tuple(one for one in rules if one.judged >= LEAST),
        others=tuple(one for one in rules if one.judged < LEAST),
    )


def _measured(feature_ids: Collection[int]) -> list[Measured]:
    versions = RuleVersion.objects.filter(
        rule__feature__in=feature_ids, rule__current=F("pk"), judged__gte=LEAST
    ).values_list("rule__feature", "reason__signal_kind", "reason__taxonomy_version", "condition", "right", "judged")
    return [
        Measured(
            feature_id=feature,
            kind=kind,
            taxonomy_version_id=version,
            condition=conditions.parse(condition),
            probability=right / judged,
        )
        for feature, kind, version, condition, right, judged in versions
    ]


def _surest(rules: Sequence[Measured], case: conditions.Case) -> Measured | None:
    holding = (rule for rule in rules if conditions.holds(rule.condition, case))
    return min(holding, key=lambda rule: rule.uncertainty, default=None)


def _weight(route: Route, rule: Measured) -> float:
    assert route.mean_u is not None
    return formula.weight(probability=rule.probability, mix=route.mix, mean_u=route.mean_u)
