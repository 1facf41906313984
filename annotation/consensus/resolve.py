"""Write what the rule decides: a new revision where it differs from the current one."""

from __future__ import annotations

from datetime import datetime

from annotation.consensus import rule
from annotation.models import ConsensusRevision, Item, Label, Rater, Reason, Skip, TaxonomyVersion

DECIDE = (Rater.Kind.HUMAN, Rater.Kind.GOLD)
SETTLED_ELSEWHERE = (Item.Status.FLAGGED, Item.Status.WITHDRAWN)


def item(*, item: Item, version: TaxonomyVersion, now: datetime) -> rule.Decision:
    """Decide the item anew and set its status. The caller has locked the item's row.

    A flagged or withdrawn item keeps its status: its labels stay, and count again when it comes back.
    `version` is the taxonomy version in which `no_context` is looked up.
    """
    labels = _labels(item)
    votes = [_vote(label) for label in labels]
    # Skips count only where there is no vote.
    decision = rule.majority(votes=votes, needed=item.needed, skips=0 if votes else _skips(item))
    if item.status in SETTLED_ELSEWHERE:
        return decision
    _revise(item, decision, {label.pk: label.reason for label in labels}, version, now)
    item.status = status_of(item.status, decision)
    item.resolved_at = now if decision.reason else None
    item.save(update_fields=["status", "resolved_at"])
    return decision


def _labels(item: Item) -> list[Label]:
    """The current labels that decide, the first first."""
    labels = Label.objects.filter(item=item, superseded_at=None, rater__kind__in=DECIDE)
    return list(labels.select_related("reason", "rater").order_by("id"))


def _vote(label: Label) -> rule.Vote:
    return rule.Vote(
        label_id=label.pk,
        reason=label.reason.code,
        is_gold=label.rater.kind == Rater.Kind.GOLD,
        is_adjudication=label.role == Label.Role.ADJUDICATOR,
    )


def _skips(item: Item) -> int:
    return Skip.objects.filter(item=item).count()


def status_of(status: str, decision: rule.Decision) -> str:
    """What an item's status becomes by a decision about it."""
    # An item of the reserve that still misses a label is not offered again: its cohort has closed.
    stays_reserve = status == Item.Status.RESERVE and decision is rule.OPEN
    return Item.Status.RESERVE if stays_reserve else decision.status


def _revise(
    item: Item, decision: rule.Decision, reasons: dict[int, Reason], version: TaxonomyVersion, now: datetime
) -> None:
    """`reasons`: that of each label that decides, by the label's id."""
    last = ConsensusRevision.objects.filter(item=item).select_related("reason").order_by("-number").first()
    if last is not None and last.superseded_at is None:
        if _same(last, decision):
            return
        last.superseded_at = now
        last.save(update_fields=["superseded_at"])
    if decision.reason is None:
        return
    ConsensusRevision.objects.create(
        item=item,
        number=last.number + 1 if last else 1,
        reason=reasons[decision.label_ids[-1]] if decision.label_ids else _reason(item, decision.reason, version),
        method=decision.method,
        label_source=decision.label_source,
        confidence=decision.confidence,
        label_ids=list(decision.label_ids),
        resolved_at=now,
    )


def _same(current: ConsensusRevision, decision: rule.Decision) -> bool:
    said = (current.reason.code, current.method, current.confidence, tuple(current.label_ids))
    return said == (decision.reason, decision.method, decision.confidence, decision.label_ids)


def _reason(item: Item, code: str, version: TaxonomyVersion) -> Reason:
    return Reason.objects.get(taxonomy_version=version, signal_kind=item.signal_kind, code=code)
