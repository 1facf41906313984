"""How often the rules are right, kept where it is cheap to read: queues weigh new items by it."""

from __future__ import annotations

from django.db.models import F

from annotation.labels.rules import accuracy
from annotation.models import Queue, RuleVersion


def refresh() -> None:
    """Count it anew for each rule that is switched on in a feature where a queue weighs its items."""
    weighing = Queue.objects.filter(mix__lt=1).values("feature")
    versions = list(RuleVersion.objects.filter(rule__current=F("pk"), rule__feature__in=weighing))
    for pk, found in (accuracy.of(versions) if versions else {}).items():
        share = found.right
        RuleVersion.objects.filter(pk=pk).update(judged=share.n, right=round(share.hits))
