"""How often a rule is right: its labels beside what people decided about the same items since it was switched on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q

from annotation.consensus import resolve
from annotation.lib.intervals import Share
from annotation.models import ConsensusRevision, Label, Rater, RuleVersion

MIN_JUDGED = 20
"""Fewer items carry no share."""


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Of the items queued since the version was first switched on: `labeled` by it, `right` of those that people
    decided. `suggested`: decided by somebody who saw a suggestion, and so left out."""

    labeled: int
    right: Share
    suggested: int

    @property
    def is_enough(self) -> bool:
        return self.right.n >= MIN_JUDGED


NONE = Accuracy(labeled=0, right=Share(hits=0, n=0), suggested=0)


def of(versions: Collection[RuleVersion]) -> dict[int, Accuracy]:
    """By version. Where a person saw what a rule or judge suggests, the answer may lean to it, and is no check."""
    seen = Label.objects.filter(
        item__signal=OuterRef("item__signal"), rater__kind=Rater.Kind.HUMAN, suggestion_seen=True
    )
    decided = ConsensusRevision.objects.filter(
        item=OuterRef("item"), superseded_at=None, label_source__in=resolve.DECIDE
    )
    labels = Label.objects.filter(
        rater__in=[one.rater_id for one in versions],
        superseded_at=None,
        item__queued_at__gt=F("rater__rule_version__switched_on_at"),
    ).annotate(
        is_judged=Exists(decided),
        is_right=Exists(decided.filter(reason__code=OuterRef("reason__code"))),
        is_suggested=Exists(seen),
    )
    rows = labels.values("rater__rule_version").annotate(
        labeled=Count("pk"),
        judged=Count("pk", filter=Q(is_judged=True, is_suggested=False)),
        agreed=Count("pk", filter=Q(is_right=True, is_suggested=False)),
        suggested=Count("pk", filter=Q(is_judged=True, is_suggested=True)),
    )
    return {
        row["rater__rule_version"]: Accuracy(
            labeled=row["labeled"],
            right=Share(hits=row["agreed"], n=row["judged"]),
            suggested=row["suggested"],
        )
        for row in rows
    }
