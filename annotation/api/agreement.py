"""How far people agree, as the page shows it."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from ninja import Query, Router, Schema

from annotation.api import auth, problems
from annotation.api.auth import ApiRequest
from annotation.api.insights import OfFeature
from annotation.consensus import agreement
from annotation.labels import raters
from annotation.lib.agreement import Estimate

router = Router(tags=["Insights"])


class EstimateShown(Schema):
    """With a 95 % bootstrap interval over items."""

    value: float
    low: float
    high: float


class LineShown(Schema):
    """`items` that two people or more labeled. The figures are null where there are too few items, or where everybody
    gave the same reason; `sentence` says which. `one_answer_dominates`: alpha is low because other reasons are rare."""

    name: str
    items: int
    labels: int | None
    percent: EstimateShown | None
    alpha: EstimateShown | None
    ac1: EstimateShown | None
    fleiss: EstimateShown | None
    one_answer_dominates: bool
    sentence: str


class ReasonAgreementShown(Schema):
    """`same`: how often another person says this reason too where one does. `kappa`: the same beyond chance. Both are
    null where there are too few labels."""

    signal_kind: str
    reason: str
    labels: int
    same: EstimateShown | None
    kappa: float | None


class ConfusionShown(Schema):
    """`shares[i][j]`: of the labels `reasons[i]`, how often another person said `reasons[j]` of the same item."""

    signal_kind: str
    items: int
    reasons: list[str]
    labels: list[int]
    shares: list[list[float]]


class ConfusedPairShown(Schema):
    """Two reasons: `items` on which both were chosen, of `met` where two people or more chose one or the other.
    `apart`: alpha of these two alone. `proposal`: `merge`, `sharpen`, `keep`, or `wait` where items are too few."""

    signal_kind: str
    reasons: list[str]
    items: int
    met: int
    share_of_disagreement: float
    apart: EstimateShown | None
    alpha: float | None
    alpha_merged: float | None
    proposal: str
    sentence: str


class SideBySideShown(Schema):
    """Cohen's kappa of two raters, on the items that both labeled."""

    raters: list[str]
    items: int
    percent: float
    kappa: float | None


class AgreementShown(Schema):
    """Only items count whose number of labels was fixed beforehand, with labels as they stood before review touched
    them. `outcomes`: of the same items, where reasons of one outcome count as one."""

    feature: str
    since: datetime
    total: LineShown
    outcomes: LineShown
    queues: list[LineShown]
    kinds: list[LineShown]
    weeks: list[LineShown]
    reasons: list[ReasonAgreementShown]
    confusions: list[ConfusionShown]
    confused_pairs: list[ConfusedPairShown]
    side_by_side: list[SideBySideShown]


@router.get(
    "/agreement",
    auth=auth.scope("read"),
    response=problems.responses({200: AgreementShown}, 404, 422),
    summary="How far people agree",
)
def of_feature(request: ApiRequest, query: Query[OfFeature]) -> dict[str, object]:
    """Over the last 26 weeks: in all, by queue, kind of signal, week and reason; and which reasons get confused."""
    feature = auth.feature(request, query.feature)
    found = agreement.of_feature(feature=feature, now=timezone.now())
    return {
        "feature": feature.slug,
        "since": found.since,
        "total": _line(found.total),
        "outcomes": _line(found.outcomes),
        "queues": [_line(one) for one in found.queues],
        "kinds": [_line(one) for one in found.kinds],
        "weeks": [_line(one) for one in found.weeks],
        "reasons": [_reason(one) for one in found.reasons],
        "confusions": [_confusion(one) for one in found.confusions],
        "confused_pairs": [_pair(one) for one in found.mixed],
        "side_by_side": [_side_by_side(one) for one in found.raters],
    }


def _line(one: agreement.Line) -> dict[str, object]:
    told = one.intervals
    return {
        "name": one.name,
        "items": one.units,
        "labels": one.figures.ratings if one.figures else None,
        "percent": told.percent if told else None,
        "alpha": told.alpha if told else None,
        "ac1": told.ac1 if told else None,
        "fleiss": told.fleiss if told else None,
        "one_answer_dominates": bool(one.figures and one.figures.one_answer_dominates),
        "sentence": f"{one.percent} {one.beyond_chance}".rstrip(),
    }


def _reason(one: agreement.OfReason) -> dict[str, object]:
    return {
        "signal_kind": one.reason.signal_kind,
        "reason": one.reason.code,
        "labels": one.labels,
        "same": one.figures.same if one.figures else None,
        "kappa": one.figures.kappa if one.figures else None,
    }


def _confusion(one: agreement.Confusion) -> dict[str, object]:
    return {
        "signal_kind": one.signal_kind,
        "items": one.units,
        "reasons": [reason.code for reason in one.reasons],
        "labels": one.chosen,
        "shares": one.shares,
    }


def _pair(one: agreement.Mixed) -> dict[str, object]:
    apart: Estimate | None = one.pair.apart
    return {
        "signal_kind": one.one.signal_kind,
        "reasons": [one.one.code, one.other.code],
        "items": one.pair.units,
        "met": one.pair.met,
        "share_of_disagreement": one.share,
        "apart": apart,
        "alpha": one.alpha,
        "alpha_merged": one.alpha_merged,
        "proposal": one.proposal,
        "sentence": f"{one.figures} {one.advice}",
    }


def _side_by_side(one: agreement.SideBySide) -> dict[str, object]:
    return {
        "raters": [raters.public_name(one.one), raters.public_name(one.other)],
        "items": one.figures.units,
        "percent": one.figures.observed,
        "kappa": one.figures.kappa,
    }
