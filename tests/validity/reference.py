"""The figures of a signal once more, item by item from the definitions and with nothing of the room that is tested.

For interactions without conversations, and without predictions.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import inf, log, sqrt

from annotation.models import Cohort, ConsensusRevision, Feature, Item

Bounds = tuple[float, float]
WHOLE: dict[str, Bounds] = {"with": (0, 1), "without": (0, 1), "difference": (-1, 1)}


@dataclass
class Arm:
    values: list[float] = field(default_factory=list)
    labels: int = 0
    inverse: list[float] = field(default_factory=list)
    claimed: float = 0

    @property
    def expected(self) -> float:
        """The rate so far, as if 20 labels more had said half and half."""
        rate = self.claimed / sum(self.inverse) if self.inverse else 0.5
        return (self.labels * rate + 10) / (self.labels + 20)

    @property
    def mean(self) -> float:
        return sum(self.values) / len(self.values)

    @property
    def variance(self) -> float:
        return sum((one - self.mean) ** 2 for one in self.values) / (len(self.values) - 1)

    @property
    def effective_n(self) -> float:
        return sum(self.inverse) ** 2 / sum(one * one for one in self.inverse)


@dataclass
class Found:
    with_: Arm = field(default_factory=Arm)
    without: Arm = field(default_factory=Arm)
    bounds: dict[str, Bounds] = field(default_factory=lambda: dict(WHOLE))
    looks: int = 0


def width(t: float, t_star: float, alpha: float) -> float:
    rho2 = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / t_star
    return sqrt(2 * (t * rho2 + 1) / (t * t * rho2) * log(sqrt(t * rho2 + 1) / alpha))


def of(feature: Feature, *, kind: str, claim: str, version: str = "drafts-1") -> Found:
    found, days, t_star = Found(), 0, None
    for cohort in Cohort.objects.filter(queue__feature=feature, closed_at__isnull=False).order_by("day"):
        _add(found, cohort, kind, claim, version)
        days += 1
        if min(found.with_.labels, found.without.labels) < 100:
            continue
        t_star = t_star or (15 * len(found.with_.values) / days, 15 * len(found.without.values) / days)
        _look(found, *t_star)
    return found


def _add(found: Found, cohort: Cohort, kind: str, claim: str, version: str) -> None:
    by_interaction: dict[int, list[Item]] = defaultdict(list)
    items = Item.objects.filter(cohort=cohort, interaction__model_version=version).select_related("interaction")
    for item in items.order_by("pk"):
        by_interaction[item.interaction_id].append(item)
    expected = {True: found.with_.expected, False: found.without.expected}
    for some in by_interaction.values():
        own = [item for item in some if item.signal_kind == kind]
        arm = found.with_ if own else found.without
        _count(arm, (own or some)[0], cohort.threshold or 0, claim, expected[bool(own)])


def _count(arm: Arm, item: Item, threshold: float, claim: str, expected: float) -> None:
    assert item.key is not None
    assert item.weight is not None
    if item.key >= threshold:
        arm.values.append(expected)
        return
    inverse = 1.0 if threshold == inf else 1 / min(1.0, threshold * item.weight)
    decided = ConsensusRevision.objects.filter(item=item, superseded_at=None).select_related("reason").first()
    arm.labels += decided is not None
    arm.inverse.append(inverse)
    is_claimed = decided is not None and decided.reason.outcome == claim
    arm.claimed += inverse * is_claimed
    arm.values.append(expected + inverse * (is_claimed - expected))


def _look(found: Found, star_with: float, star_without: float) -> None:
    one, other = found.with_, found.without
    n = len(one.values) + len(other.values)
    spread = sqrt(n * (one.variance / len(one.values) + other.variance / len(other.values)))
    halves = {
        "with": (one.mean, sqrt(one.variance) * width(len(one.values), star_with, 0.05)),
        "without": (other.mean, sqrt(other.variance) * width(len(other.values), star_without, 0.05)),
        "difference": (one.mean - other.mean, spread * width(n, star_with + star_without, 0.05)),
    }
    for name, (middle, half) in halves.items():
        low, high = found.bounds[name]
        found.bounds[name] = max(low, middle - half), min(high, middle + half)
    found.looks += 1
