"""What the insight pages show, as JSON: the three verdicts, where the wheel stands still, what waits for people."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Annotated

from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from annotation import backlog, closure, compounding, loops, validity
from annotation.api import auth, coverage, problems
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Slug, Text
from annotation.errors import Refusal
from annotation.labels import raters
from annotation.models import Feature, Interaction
from annotation.validity import counted

router = Router(tags=["Insights"])


class UnknownInteraction(Refusal):
    """The feature “{feature}” has no interaction “{id}”. It may not have arrived yet, or its id is another."""

    code = "unknown_interaction"
    status = 404


class StageShown(Schema):
    """`at` never lies before an earlier stage's. Where `reported_at` does, `inconsistent` is true."""

    stage: str
    at: datetime | None
    reported_at: datetime | None
    inconsistent: bool


class ClosureShown(Schema):
    """Nine stages in order. `waits_at`: the stage where it stands. `end`: why it can lead no further, if so."""

    feature: str
    interaction_id: str
    stages: list[StageShown]
    waits_at: str | None
    end: str | None
    seconds_to_close: float | None
    export: str | None
    training_run: str | None
    model_version: str | None
    first_changed_interaction_id: str | None


class VerdictShown(Schema):
    """`verdict` is null where the data can't carry one; the sentence then says what is missing."""

    verdict: str | None
    sentence: str
    figures: dict[str, int | float | str | None]


class PushShown(Schema):
    """`question`: the weakest of `valid`, `closes`, `fast` and `feeds`; null where all are answered well."""

    question: str | None
    sentence: str


class FlywheelShown(Schema):
    feature: str
    valid: VerdictShown
    closed: VerdictShown
    fast: VerdictShown
    feeds_on_itself: VerdictShown
    better: VerdictShown
    push_next: PushShown


class OpenShown(Schema):
    signal_kind: str
    items: int
    by_age: dict[str, int]


class DayShown(Schema):
    day: date
    arrived: int
    completed: int


class LabelerShown(Schema):
    name: str
    last_7_days: int
    last_28_days: int
    last_labeled_at: datetime


class DrainShown(Schema):
    """Days until nothing is open, with the interval that holds it 80 times of 100; all null where that can't be told
    yet, and where it never ends (`is_never`). `high` alone is null where the end is open."""

    is_never: bool
    days: float | None
    low: float | None
    high: float | None


class QueueStateShown(Schema):
    """`due_day`, `due_week`: open items whose limit ends within 24 hours and 7 days."""

    queue: str
    open: int
    held: int
    disputed: int
    flagged: int
    past_limit: int
    due_day: int
    due_week: int
    limit_hours: int
    oldest_queued_at: datetime | None
    paused_at: datetime | None
    drain: DrainShown


class BacklogShown(Schema):
    """`days`: the last 28 whole UTC days and today. `cohorts`: those of 30 days, by queue, oldest first."""

    feature: str
    open: int
    oldest_item_id: str | None
    oldest_queued_at: datetime | None
    open_by_kind: list[OpenShown]
    days: list[DayShown]
    drain: DrainShown
    labelers: list[LabelerShown]
    queues: list[QueueStateShown]
    cohorts: list[coverage.CohortShown]


class OfFeature(Schema):
    feature: Slug


InteractionId = Annotated[Text, Field(min_length=1, max_length=2000)]


@router.get(
    "/interactions/{feature}/{path:id}/closure",
    auth=auth.scope("read"),
    response=problems.responses({200: ClosureShown}, 404, 422),
    summary="The closure of one interaction",
)
def interaction_closure(request: ApiRequest, feature: Slug, id: InteractionId) -> dict[str, object]:
    """When it reached each stage from user action to changed behavior, along the way that leads furthest."""
    found = auth.feature(request, feature)
    interaction = Interaction.objects.filter(feature=found, external_id=id).first()
    if interaction is None:
        raise UnknownInteraction(feature=feature, id=id[:100])
    return _closure(found, interaction)


@router.get(
    "/flywheel",
    auth=auth.scope("read"),
    response=problems.responses({200: FlywheelShown}, 404, 422),
    summary="The three verdicts",
)
def flywheel(request: ApiRequest, query: Query[OfFeature]) -> dict[str, object]:
    """Is the signal valid, does the loop close, is it fast enough, does it feed on itself; and where to push next.

    `valid.verdict` is `valid` where at least one signal is, `none_valid` where verdicts were reached and none is; its
    figures count the signals of each model version by verdict. `/validity` tells each. `fast.verdict` is `fast` where
    surely more than half of what can lead on closed, or was validated in between, within the days allowed, `slow` where
    surely less than half did. `/closure` tells how fast.
    """
    feature = auth.feature(request, query.feature)
    now = timezone.now()
    passages = closure.Passages(feature=feature, now=now)
    closes = closure.closes(closure.funnel(feature=feature, now=now, passages=passages))
    fast = closure.is_fast(closure.speed(feature=feature, now=now, passages=passages))
    report = validity.report(feature=feature, now=now, with_looks=False)
    counts = counted.by_verdict(report.lines)
    fed = loops.report(feature=feature, now=now)
    better = compounding.report(feature=feature, now=now)
    push = loops.push(valid=(counted.answer(counts), report.sentence), closes=closes, fast=fast, feeds=fed)
    return {
        "feature": feature.slug,
        "valid": {"verdict": counted.answer(counts), "sentence": report.sentence, "figures": counts},
        "closed": _verdict(closes),
        "fast": _verdict(fast),
        "feeds_on_itself": _verdict(loops.verdict(fed)),
        "better": {"verdict": better.answer, "sentence": better.sentence, "figures": {}},
        "push_next": {"question": push.question, "sentence": push.sentence},
    }


@router.get(
    "/backlog",
    auth=auth.scope("read"),
    response=problems.responses({200: BacklogShown}, 404, 422),
    summary="What waits for people",
)
def waiting(request: ApiRequest, query: Query[OfFeature]) -> dict[str, object]:
    feature = auth.feature(request, query.feature)
    now = timezone.now()
    found = backlog.summary(features=[feature], now=now)
    covered = backlog.coverage(features=[feature], now=now)
    return {
        "feature": feature.slug,
        "open": found.total,
        "oldest_item_id": found.oldest.public_id if found.oldest else None,
        "oldest_queued_at": found.oldest.queued_at if found.oldest else None,
        "open_by_kind": [_open(items) for items in found.open],
        "days": found.days,
        "drain": _drain(found.outlook),
        "labelers": [_labeler(one) for one in found.labelers if one.last_labeled_at],
        "queues": [_queue(state, found.outlooks[state.queue.pk]) for state in found.queues],
        "cohorts": [coverage.cohort(one.queue, day) for one in covered for day in one.cohorts],
    }


def _closure(feature: Feature, interaction: Interaction) -> dict[str, object]:
    found = closure.of_interaction(interaction=interaction)
    tail = found.tail
    return {
        "feature": feature.slug,
        "interaction_id": interaction.external_id,
        "stages": [
            {"stage": step.stage, "at": step.at, "reported_at": step.reported_at, "inconsistent": step.is_inconsistent}
            for step in found.steps
        ],
        "waits_at": found.waits_at,
        "end": found.end,
        "seconds_to_close": found.time_to_close.total_seconds() if found.time_to_close is not None else None,
        "export": tail.export if tail else None,
        "training_run": tail.run if tail else None,
        "model_version": tail.model_version if tail else None,
        "first_changed_interaction_id": tail.first_changed if tail else None,
    }


def _verdict(found: closure.Verdict) -> dict[str, object]:
    return {"verdict": found.answer, "sentence": found.sentence, "figures": found.figures}


def _open(items: backlog.OpenItems) -> dict[str, object]:
    bands = (band for band, _ in backlog.AGES)
    by_age = dict(zip(bands, items.by_age, strict=True))
    return {"signal_kind": items.signal_kind, "items": items.total, "by_age": by_age}


def _labeler(one: backlog.Labeler) -> dict[str, object]:
    return {
        "name": raters.public_name(one.rater),
        "last_7_days": one.last_7_days,
        "last_28_days": one.last_28_days,
        "last_labeled_at": one.last_labeled_at,
    }


def _drain(outlook: backlog.Outlook) -> dict[str, object]:
    span = outlook.drain
    told = (span.middle, span.low, span.high) if span is not None else (math.inf,) * 3
    days, low, high = (None if math.isinf(one) else one for one in told)
    return {"is_never": outlook.is_never, "days": days, "low": low, "high": high}


def _queue(state: backlog.QueueState, outlook: backlog.Outlook) -> dict[str, object]:
    return {
        "queue": state.queue.name,
        "open": state.open,
        "held": state.held,
        "disputed": state.disputed,
        "flagged": state.flagged,
        "past_limit": state.past_limit,
        "due_day": state.due_day,
        "due_week": state.due_week,
        "limit_hours": state.queue.limit_hours,
        "oldest_queued_at": state.oldest_queued_at,
        "paused_at": state.queue.paused_at,
        "drain": _drain(outlook),
    }
