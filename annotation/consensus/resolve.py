"""Write what the rule decides: a new revision where it differs from the current one."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from annotation.consensus import rule
from annotation.models import ConsensusRevision, Item, Label, Rater, Reason, Skip, TaxonomyVersion

SETTLED_ELSEWHERE = (Item.Status.FLAGGED, Item.Status.WITHDRAWN)


def item(*, item: Item, version: TaxonomyVersion, now: datetime) -> rule.Decision:
    """Decide the item anew and set its status. The caller has locked the item's row.

    A flagged or withdrawn item keeps its status: its labels stay, and count again when it comes back.
    `version` is the taxonomy version in which `no_context` is looked up.
    """
    votes = {vote.label_id: vote for vote in _votes(item)}
    decision = rule.majority(votes=list(votes.values()), needed=item.needed, skips=_skips(item))
    if item.status in SETTLED_ELSEWHERE:
        return decision
    _revise(item, decision, version, now)
    item.status = _status(item, decision)
    item.resolved_at = now if decision.reason else None
    item.save(update_fields=["status", "resolved_at"])
    return decision


def _votes(item: Item) -> list[rule.Vote]:
    labels = (
        Label.objects.filter(item=item, superseded_at=None, rater__kind__in=[Rater.Kind.HUMAN, Rater.Kind.GOLD])
        .select_related("reason", "rater")
        .order_by("id")
    )
    return [
        rule.Vote(
            label_id=label.pk,
            reason=label.reason.code,
            is_gold=label.rater.kind == Rater.Kind.GOLD,
            is_adjudication=label.role == Label.Role.ADJUDICATOR,
        )
        for label in labels
    ]


def _skips(item: Item) -> int:
    return Skip.objects.filter(item=item).count()


def _status(item: Item, decision: rule.Decision) -> str:
    # An item of the reserve that still misses a label is not offered again: its cohort has closed.
    stays_reserve = item.status == Item.Status.RESERVE and decision is rule.OPEN
    return Item.Status.RESERVE if stays_reserve else decision.status


def _revise(item: Item, decision: rule.Decision, version: TaxonomyVersion, now: datetime) -> None:
    current = ConsensusRevision.objects.filter(item=item, superseded_at=None).select_related("reason").first()
    if current is not None:
        if _same(current, decision):
            return
        current.superseded_at = now
        current.save(update_fields=["superseded_at"])
    if decision.reason is not None:
        _add(item, decision, version, now)


def _same(current: ConsensusRevision, decision: rule.Decision) -> bool:
    said = (current.reason.code, current.method, current.confidence, tuple(current.label_ids))
    return said == (decision.reason, decision.method, decision.confidence, decision.label_ids)


def _add(item: Item, decision: rule.Decision, version: TaxonomyVersion, now: datetime) -> None:
    last = ConsensusRevision.objects.filter(item=item).aggregate(number=Max("number"))["number"] or 0
    ConsensusRevision.objects.create(
        item=item,
        number=last + 1,
        reason=_reason(item, decision, version),
        method=decision.method,
        label_source=decision.label_source,
        confidence=decision.confidence,
        label_ids=list(decision.label_ids),
        resolved_at=now,
    )


def _reason(item: Item, decision: rule.Decision, version: TaxonomyVersion) -> Reason:
    if decision.label_ids:
        return Label.objects.select_related("reason").get(pk=decision.label_ids[-1]).reason
    return Reason.objects.get(taxonomy_version=version, signal_kind=item.signal_kind, code=decision.reason)
