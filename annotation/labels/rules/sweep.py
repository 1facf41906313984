"""New items, looked at by every rule that is switched on: batch by batch, and each once.

An item is looked at when it has been there for two minutes. By then its later evidence is stored, and whoever was
storing it when the clock was read has committed: the watermark passes nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from annotation.labels.rules import cases, labeling
from annotation.models import Rule

REST = timedelta(minutes=2)
BATCH = 200


def new_items(*, now: datetime) -> int:
    """Let each rule look at a batch of what is new, and return how many items were looked at: call again until 0."""
    rules = Rule.objects.filter(current__isnull=False).values_list("pk", flat=True)
    return sum(_of_rule(pk, now) for pk in list(rules))


@transaction.atomic
def _of_rule(pk: int, now: datetime) -> int:
    """Two workers at one rule never meet: the second passes by. A batch and how far it got are one commit."""
    rule = _locked(pk)
    if rule is None or rule.current is None:
        return 0
    found = _next(rule, now)
    if not found:
        return 0
    labeling.label(version=rule.current, item_ids=[item for item, _ in found], now=now)
    rule.seen_item, rule.seen_at = found[-1]
    rule.save(update_fields=["seen_item", "seen_at"])
    return len(found)


def _locked(pk: int) -> Rule | None:
    rules = Rule.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return rules.select_related("current__rule", "current__reason__taxonomy_version").filter(pk=pk).first()


def _next(rule: Rule, now: datetime) -> list[tuple[int, datetime]]:
    assert rule.current is not None
    assert rule.seen_at is not None
    later = Q(queued_at__gt=rule.seen_at) | Q(queued_at=rule.seen_at, pk__gt=rule.seen_item)
    # The first bound is for the index, which the second one can't use.
    items = cases.items_of(rule.current).filter(later, queued_at__gte=rule.seen_at, queued_at__lte=now - REST)
    return list(items.order_by("queued_at", "pk").values_list("pk", "queued_at")[:BATCH])
