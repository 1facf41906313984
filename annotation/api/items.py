"""Items: what is asked of people, and what was decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db.models import Prefetch
from ninja import Query, Router, Schema

from annotation.api import auth, paging, problems
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Slug
from annotation.models import ConsensusRevision, Item
from annotation.queues import cohorts

router = Router(tags=["Labels"])


class ItemShown(Schema):
    id: str
    feature: str
    queue: str
    interaction_id: str
    signal_id: str
    signal_kind: str
    purpose: str
    status: str
    weight: float | None
    inclusion_probability: float | None
    needed: int
    queued_at: datetime
    resolved_at: datetime | None
    reason: str | None
    outcome: str | None
    confidence: float | None
    method: str | None


class ItemFilter(paging.Paging):
    feature: Slug
    queue: Slug | None = None
    status: Literal["open", "reserve", "disputed", "resolved", "flagged", "withdrawn"] | None = None


@router.get(
    "/items",
    auth=auth.scope("read"),
    response=problems.responses({200: paging.Page[ItemShown]}, 404, 422),
    summary="List items",
)
def listed(request: ApiRequest, query: Query[ItemFilter]) -> dict[str, object]:
    """The items of a feature, by queue and status if you like. Those decided have `reason`, `outcome` and `method`."""
    feature = auth.feature(request, query.feature)
    current = ConsensusRevision.objects.filter(superseded_at=None).select_related("reason")
    rows = (
        Item.objects.filter(feature=feature)
        .select_related("feature", "queue", "interaction", "signal", "cohort")
        .prefetch_related(Prefetch("revisions", current, to_attr="current"))
    )
    if query.queue is not None:
        rows = rows.filter(queue__name=query.queue)
    if query.status is not None:
        rows = rows.filter(status=query.status)
    return paging.page(request, rows, query, shown=_shown)


def _shown(item: Item) -> dict[str, Any]:
    return {
        "id": item.public_id,
        "feature": item.feature.slug,
        "queue": item.queue.name,
        "interaction_id": item.interaction.external_id,
        "signal_id": item.signal.external_id,
        "signal_kind": item.signal_kind,
        "purpose": item.purpose,
        "status": item.status,
        "weight": item.weight,
        "inclusion_probability": _inclusion_probability(item),
        "needed": item.needed,
        "queued_at": item.queued_at,
        "resolved_at": item.resolved_at,
        **_decided(item),
    }


def _inclusion_probability(item: Item) -> float | None:
    threshold = item.cohort.threshold if item.cohort else None
    return cohorts.inclusion_probability(threshold=threshold, weight=item.weight, key=item.key)


def _decided(item: Item) -> dict[str, Any]:
    revisions: list[ConsensusRevision] = item.current  # type: ignore[attr-defined]
    if item.status != Item.Status.RESOLVED or not revisions:
        return {"reason": None, "outcome": None, "confidence": None, "method": None}
    reason = revisions[0].reason
    return {
        "reason": reason.code,
        "outcome": reason.outcome,
        "confidence": revisions[0].confidence,
        "method": revisions[0].method,
    }
