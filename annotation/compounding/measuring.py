"""Compare the versions of a feature over all that was labeled, and keep what comes out: too much for a page."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max

from annotation.compounding import lineage
from annotation.compounding.lineage import Version
from annotation.models import Correction, Deployment, Feature, Part, TermSheet, TrainingRun, VersionFigures
from annotation.validity import votes
from annotation.validity.contest import Contest
from annotation.validity.votes import RANDOM, Told


@dataclass(kw_only=True)
class Pair:
    """A version and the one before it, on all of their traffic; and on what chance gave to each at the same time."""

    old: Version
    new: Version
    together: Sequence[tuple[datetime, datetime]]
    all: Contest = field(default_factory=Contest)
    random: Contest = field(default_factory=Contest)

    def is_random(self, told: Told) -> bool:
        at = told.occurred_at
        if told.assignment != RANDOM or at is None:
            return False
        return any(since <= at < until for since, until in self.together)

    def as_json(self) -> dict[str, Any]:
        return {
            "old": self.old.name,
            "new": self.new.name,
            "since": self.new.since.isoformat(),
            "is_deployed": self.new.is_deployed,
            "is_trained": self.new.is_trained,
            "were_together": bool(self.together),
            "all": self.all.as_json(),
            "random": self.random.as_json(),
        }


def refresh(*, now: datetime) -> int:
    """Compare anew in each feature where something came since. Returns in how many."""
    labeled = Feature.objects.filter(pk__in=TermSheet.objects.values("feature"))
    return sum(measure(feature=feature, now=now) for feature in labeled)


def measure(*, feature: Feature, now: datetime) -> bool:
    """Whether there was something new to compare."""
    stamp = _stamp(feature)
    if VersionFigures.objects.filter(feature=feature, stamp=stamp).exists():
        return False
    figures = {"pairs": [pair.as_json() for pair in compared(feature=feature)], "key": feature.audited_key}
    kept = {"figures": figures, "stamp": stamp, "computed_at": now}
    VersionFigures.objects.update_or_create(feature=feature, defaults=kept)
    return True


def compared(*, feature: Feature) -> list[Pair]:
    """Each version with the one before it, the earliest first."""
    known = lineage.versions(feature)
    periods = lineage.served(feature)
    pairs = [
        Pair(old=old, new=new, together=lineage.together(old.name, new.name, periods))
        for old, new in itertools.pairwise(known)
    ]
    for day, told in votes.by_sheet(feature=feature) if pairs else ():
        for pair in pairs:
            mine = [(one, one.model_version == pair.new.name) for one in told if _is_of(pair, one)]
            pair.all.take((one.on(is_new=is_new) for one, is_new in mine), day=day)
            pair.random.take((one.on(is_new=is_new) for one, is_new in mine if pair.is_random(one)), day=day)
    return pairs


def _is_of(pair: Pair, told: Told) -> bool:
    return told.model_version in (pair.old.name, pair.new.name)


def _stamp(feature: Feature) -> list[Any]:
    """What all of it rests on: sheets, corrections, parts, deployments and runs, which are only added to or retracted.
    A day at most is compared twice for nothing, when parts are made."""
    last = [rows.objects.filter(feature=feature).aggregate(last=Max("pk"))["last"] for rows in (TermSheet, Correction)]
    runs = TrainingRun.objects.filter(feature=feature).aggregate(runs=Count("pk"), retracted=Count("retracted_at"))
    counts = [Deployment.objects.filter(feature=feature).count(), Part.objects.filter(feature=feature).count()]
    return [*last, *counts, runs["runs"], runs["retracted"], feature.audited_key]
