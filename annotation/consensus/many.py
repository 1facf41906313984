"""Decide many items anew at once, because what their labels say was mapped: same rule, few statements.

What people decided then is not decided now. Where an item was resolved and stays so, the new revision keeps the time
at which it was resolved: datasets show what was known at that time, and spans are counted to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Count

from annotation.consensus import resolve, rule
from annotation.models import ConsensusRevision, Item, Label, Reason, Skip, TaxonomyVersion


def items(*, items: Sequence[Item], version: TaxonomyVersion, now: datetime) -> None:
    """Write the decision about each of these items, whose rows the caller has locked, and set their status.

    `version` is the one in which `no_context` is looked up. Flagged and withdrawn items keep their status.
    """
    chosen = [item for item in items if item.status not in resolve.SETTLED_ELSEWHERE]
    ids = [item.pk for item in chosen]
    labels: dict[int, list[Label]] = defaultdict(list)
    for label in resolve.labels_of(ids):
        labels[label.item_id].append(label)
    decisions = _decide(chosen, labels)
    last = {one.item_id: one for one in _last_revisions(ids)}
    _revise(chosen, decisions, last, {label.pk: label for found in labels.values() for label in found}, version, now)
    _set_status(chosen, decisions, now)


def _decide(items: Sequence[Item], labels: Mapping[int, Sequence[Label]]) -> dict[int, rule.Decision]:
    skips = _skips([item.pk for item in items if not labels.get(item.pk)])
    return {
        item.pk: rule.majority(
            votes=[resolve.vote(label) for label in labels.get(item.pk, ())], needed=item.needed, skips=skips[item.pk]
        )
        for item in items
    }


def _skips(ids: Sequence[int]) -> Counter[int]:
    rows = Skip.objects.filter(item__in=ids).values_list("item").annotate(skips=Count("pk"))
    return Counter(dict(rows))


def _last_revisions(ids: Sequence[int]) -> list[ConsensusRevision]:
    """The latest of each item, current or not."""
    rows = ConsensusRevision.objects.filter(item__in=ids).select_related("reason")
    return list(rows.order_by("item", "-number").distinct("item"))


def _revise(
    items: Sequence[Item],
    decisions: Mapping[int, rule.Decision],
    last: Mapping[int, ConsensusRevision],
    labels: Mapping[int, Label],
    version: TaxonomyVersion,
    now: datetime,
) -> None:
    changed = [item for item in items if not _stands(last.get(item.pk), decisions[item.pk])]
    ended = [last[item.pk].pk for item in changed if item.pk in last and last[item.pk].superseded_at is None]
    ConsensusRevision.objects.filter(pk__in=ended).update(superseded_at=now)
    ConsensusRevision.objects.bulk_create(
        _revision(item, decisions[item.pk], last.get(item.pk), labels, version, now)
        for item in changed
        if decisions[item.pk].reason is not None
    )


def _stands(last: ConsensusRevision | None, decision: rule.Decision) -> bool:
    if last is None or last.superseded_at is not None:
        return decision.reason is None
    return resolve.is_same(last, decision)


def _revision(
    item: Item,
    decision: rule.Decision,
    last: ConsensusRevision | None,
    labels: Mapping[int, Label],
    version: TaxonomyVersion,
    now: datetime,
) -> ConsensusRevision:
    was_resolved = last is not None and last.superseded_at is None
    return ConsensusRevision(
        item=item,
        number=last.number + 1 if last else 1,
        reason=labels[decision.label_ids[-1]].reason if decision.label_ids else _no_label(item, decision, version),
        method=decision.method,
        label_source=decision.label_source,
        confidence=decision.confidence,
        label_ids=list(decision.label_ids),
        resolved_at=last.resolved_at if last is not None and was_resolved else now,
    )


def _no_label(item: Item, decision: rule.Decision, version: TaxonomyVersion) -> Reason:
    return Reason.objects.get(taxonomy_version=version, signal_kind=item.signal_kind, code=decision.reason)


def _set_status(items: Sequence[Item], decisions: Mapping[int, rule.Decision], now: datetime) -> None:
    moved = []
    for item in items:
        decision = decisions[item.pk]
        at = (item.resolved_at or now) if decision.reason else None
        told = (resolve.status_of(item, decision), at)
        if told != (item.status, item.resolved_at):
            item.status, item.resolved_at = told
            moved.append(item)
    Item.objects.bulk_update(moved, ["status", "resolved_at"])
