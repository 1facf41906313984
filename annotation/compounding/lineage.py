"""Which model version came after which, what each learned from, and when two of them answered at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Min

from annotation.models import Cell, Deployment, Feature, Interaction, TrainingRun
from annotation.validity.looking import UNKNOWN

MOST = 12
"""So many of the latest versions are compared: nobody reads more, and each costs a pass over its labels."""

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Version:
    """`since`: first deployed, or where no deployment was reported, first seen. `is_trained`: a run that succeeded says
    what it learned from."""

    name: str
    since: datetime
    is_deployed: bool
    is_trained: bool


@dataclass(frozen=True, kw_only=True)
class Served:
    """A model version with this share of the traffic, from a time to before another."""

    version: str
    share: float
    since: datetime
    until: datetime


def versions(feature: Feature) -> list[Version]:
    """Those that people's labels tell something of, the earliest first; of many the latest."""
    names = set(Cell.objects.filter(feature=feature).values_list("model_version", flat=True)) - {UNKNOWN}
    deployed = dict(
        Deployment.objects.filter(feature=feature, model_version__in=names)
        .values("model_version")
        .annotate(first=Min("deployed_at"))
        .values_list("model_version", "first")
    )
    trained = set(
        TrainingRun.objects.filter(
            feature=feature, status=TrainingRun.Status.SUCCEEDED, retracted_at=None, model_version__in=names
        ).values_list("model_version", flat=True)
    )
    found = [
        Version(
            name=name,
            since=deployed.get(name) or _first_seen(feature, name),
            is_deployed=name in deployed,
            is_trained=name in trained,
        )
        for name in names
    ]
    return sorted(found, key=lambda one: (one.since, one.name))[-MOST:]


def served(feature: Feature) -> list[Served]:
    """Who answered when: a deployment holds until the same version is deployed anew, or another one takes all."""
    told = list(Deployment.objects.filter(feature=feature).order_by("deployed_at", "pk"))
    return [
        Served(version=one.model_version, share=one.share, since=one.deployed_at, until=_until(one, told[place + 1 :]))
        for place, one in enumerate(told)
    ]


def together(old: str, new: str, periods: Sequence[Served]) -> list[tuple[datetime, datetime]]:
    """When both answered at once, each a part of the traffic."""
    parts = [one for one in periods if one.share < 1]
    return [
        (max(one.since, other.since), min(one.until, other.until))
        for one in parts
        if one.version == old
        for other in parts
        if other.version == new and max(one.since, other.since) < min(one.until, other.until)
    ]


def _until(one: Deployment, later: Sequence[Deployment]) -> datetime:
    ends = (other.deployed_at for other in later if other.model_version == one.model_version or other.share == 1)
    return next(ends, _NEVER)


def _first_seen(feature: Feature, version: str) -> datetime:
    """Of a version that answered, or at the end of time where all of its answers are gone."""
    seen = Interaction.objects.filter(feature=feature, model_version=version)
    return seen.order_by("occurred_at").values_list("occurred_at", flat=True).first() or _NEVER
