"""Labels: those made elsewhere come in, and all can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from annotation import audit
from annotation.api import auth, paging, problems, sending
from annotation.api.auth import ApiRequest
from annotation.api.sending import OutcomeShown
from annotation.api.shapes import Slug, Text, named
from annotation.errors import Refusal
from annotation.ingest import record, store
from annotation.ingest.fields import InvalidRecord
from annotation.ingest.outcome import Outcome
from annotation.labels import imported
from annotation.lib import keyed, openinference
from annotation.models import Feature, Label

router = Router(tags=["Labels"])

# A sender's raters have the names it gave them. An account's is its email address, which is not every token's to
# read: it is told by number, as in the datasets.
SOURCE_NAME = Case(
    When(rater__user=None, then=F("rater__name")),
    default=Concat(Value("human-"), Cast("rater_id", CharField())),
)


class LabelShown(Schema):
    id: int
    feature: str
    item_id: str
    interaction_id: str
    signal_id: str
    signal_kind: str
    source: str
    source_name: str
    role: str
    reason: str
    outcome: str
    taxonomy_version: int
    certainty: int | None
    confidence: float | None
    labeled_at: datetime
    received_at: datetime
    duration_ms: int | None
    comment: str
    correction: str
    quote: str
    explanation: str
    is_current: bool
    superseded_at: datetime | None


class SpanShown(Schema):
    """A label as OpenInference has feedback: a span with one annotation, linked to the span that it is about."""

    name: str
    context: dict[str, str]
    links: list[dict[str, str]]
    start_time: datetime
    end_time: datetime
    attributes: dict[str, str | int | float]


class LabelFilter(paging.Paging):
    feature: Slug
    as_: Literal["openinference"] | None = Field(default=None, alias="as")
    source: Literal["human", "rule", "judge", "gold"] | None = None
    source_name: Text | None = None
    current: bool = True


@router.get(
    "/labels",
    auth=auth.scope("read"),
    response=problems.responses({200: paging.Page[LabelShown | SpanShown]}, 404, 422),
    summary="List labels",
)
def listed(request: ApiRequest, query: Query[LabelFilter]) -> dict[str, object]:
    """The labels of a feature, by source if you like. `current=false` lists those too that were replaced.

    `as=openinference` gives each as a span with an OpenInference annotation; people's, unless a source is named.
    """
    feature = auth.feature(request, query.feature)
    rows = (
        Label.objects.filter(item__feature=feature)
        .annotate(source_name=SOURCE_NAME)
        .select_related(
            "item__feature", "item__signal", "item__interaction", "rater", "reason", "taxonomy_version", "content"
        )
    )
    source = query.source or ("human" if query.as_ else None)
    if source is not None:
        rows = rows.filter(rater__kind=source)
    if query.source_name is not None:
        rows = rows.filter(source_name=query.source_name)
    if query.current:
        rows = rows.filter(superseded_at=None)
    return paging.page(request, rows, query, shown=_span if query.as_ else _shown)


@router.post(
    "/labels",
    auth=auth.scope("label"),
    response=problems.responses({200: OutcomeShown}, 400, 413, 415) | {422: OutcomeShown},
    summary="Send labels made elsewhere",
    openapi_extra=sending.batch_body(
        record.LABEL,
        {
            "feature": "email-drafts",
            "interaction_id": "gen_81",
            "signal_kind": "accepted",
            "source": "judge",
            "source_name": "judge-3",
            "reason": "verified",
            "confidence": 0.9,
        },
        anyOf=[named("signal_kind"), named("signal_id")],
    ),
)
def send(request: ApiRequest) -> Status[dict[str, Any]]:
    """One label, an array, or one a line. The same source, name and item again replaces the earlier label."""
    now = timezone.now()
    outcome = Outcome()
    wanted = _checked(sending.received(request), request.auth.feature, outcome)
    answers = imported.store(labels=[sent for _, sent in wanted], now=now)
    for (index, sent), answer in zip(wanted, answers, strict=True):
        if isinstance(answer, Refusal):
            outcome.refuse(index, sent.interaction_id[:100], InvalidRecord(answer.code, answer.message))
        outcome.accepted += isinstance(answer, Label)
        outcome.duplicates += answer is None
    _record(request, outcome, now)
    outcome.refused.sort(key=lambda one: one.index)
    return Status(422 if outcome.is_all_refused else 200, asdict(outcome))


def _checked(
    records: Sequence[store.RecordIn], only: Feature | None, outcome: Outcome
) -> list[tuple[int, imported.Sent]]:
    features = {feature.slug: feature for feature in Feature.objects.all()}
    taken = []
    for index, value in records:
        try:
            if isinstance(value, InvalidRecord):
                raise value
            values = {name: one for name, one in record.label(value).items() if one is not None}
            feature = store.feature_of(slug=values.pop("feature"), features=features, only=only)
            taken.append((index, imported.Sent(feature=feature, **values)))
        except InvalidRecord as error:
            outcome.refuse(index, record.short_id(value, "interaction_id"), error)
    return taken


def _record(request: ApiRequest, outcome: Outcome, now: datetime) -> None:
    if not outcome.accepted:
        return
    counts = {"accepted": outcome.accepted, "duplicates": outcome.duplicates, "refused": len(outcome.refused)}
    audit.record(
        actor=auth.actor(request),
        verb="labels.imported",
        target=("token", request.auth.pk),
        feature=request.auth.feature,
        now=now,
        data=counts,
    )


def _shown(label: Label) -> dict[str, Any]:
    item = label.item
    content = getattr(label, "content", None)
    texts = ("comment", "correction", "quote", "explanation")
    return {
        "id": label.pk,
        "feature": item.feature.slug,
        "item_id": item.public_id,
        "interaction_id": item.interaction.external_id,
        "signal_id": item.signal.external_id,
        "signal_kind": item.signal_kind,
        "source": label.rater.kind,
        "source_name": label.source_name,  # type: ignore[attr-defined]
        "role": label.role,
        "reason": label.reason.code,
        "outcome": label.reason.outcome,
        "taxonomy_version": label.taxonomy_version.number,
        "certainty": label.certainty,
        "confidence": label.confidence,
        "labeled_at": label.labeled_at,
        "received_at": label.received_at,
        "duration_ms": label.duration_ms,
        "is_current": label.superseded_at is None,
        "superseded_at": label.superseded_at,
    } | {name: getattr(content, name, "") for name in texts}


def _span(label: Label) -> dict[str, Any]:
    told = _shown(label)
    more = ("item_id", "signal_id", "taxonomy_version", "role", "confidence", "certainty", "correction", "quote")
    return openinference.span(
        openinference.Said(
            digest=keyed.digest(settings.HASH_KEY, str(label.pk), purpose="label-span", size=24),
            interaction_id=told["interaction_id"],
            name=told["signal_kind"],
            label=told["reason"],
            outcome=told["outcome"],
            source=told["source"],
            source_name=told["source_name"],
            explanation=told["comment"] or told["explanation"],
            labeled_at=told["labeled_at"],
            duration_ms=told["duration_ms"],
            more={name: told[name] for name in more},
        )
    )
