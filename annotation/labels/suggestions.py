"""What rules and judges say about an item, for queues that show it to people. It biases, so labels say it was seen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, Q

from annotation.labels import raters
from annotation.models import Item, Label, Rater

MACHINES = (Rater.Kind.RULE, Rater.Kind.JUDGE)


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """Who suggests a reason, and how sure they are of it (in [0, 1], if they say)."""

    kind: str
    name: str
    confidence: float | None

    @property
    def percent(self) -> int | None:
        return None if self.confidence is None else round(100 * self.confidence)


def of(item: Item) -> dict[str, list[Suggestion]]:
    """By the code of the reason: who suggests it. Rules of Flywheel's own count while they are switched on.

    They are those of the signal, so that every look at it has the same.
    """
    labels = Label.objects.filter(item__signal=item.signal_id, superseded_at=None, rater__kind__in=MACHINES)
    is_on = Q(rater__rule_version=None) | Q(rater__rule_version__rule__current=F("rater__rule_version"))
    found: dict[str, list[Suggestion]] = defaultdict(list)
    for label in labels.filter(is_on).select_related("rater", "reason").order_by("pk"):
        one = Suggestion(kind=label.rater.kind, name=raters.shown(label.rater), confidence=label.confidence)
        found[label.reason.code].append(one)
    return found
