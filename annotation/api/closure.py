"""Where the wheel stands and how fast it closes, as JSON: what the page of closure shows."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from ninja import Query, Router, Schema

from annotation import closure
from annotation.api import auth, problems
from annotation.api.auth import ApiRequest
from annotation.api.insights import OfFeature
from annotation.api.shapes import ShareShown
from annotation.lib.survival.incidence import Incidence, Quantile
from annotation.models import Feature

router = Router(tags=["Insights"])


class FunnelStageShown(Schema):
    """`reached`: came here or beyond. `waiting`: stand here. `ended`: stand here and can lead no further."""

    stage: str
    reached: int
    waiting: int
    ended: int


class QuantileShown(Schema):
    """After how many days this share of all had closed, with the interval of 95 %; null where it hasn't so far:
    then it is at least `at_least` days."""

    share: float
    days: float | None
    low: float | None
    high: float | None
    at_least: float


class CurvePointShown(Schema):
    days: float
    closed: float
    low: float
    high: float


class PaceShown(Schema):
    """`sample`: interactions in a sample, of which `closed` closed. Under 30 closures, and while nothing is as old as
    the days allowed, shares and quantiles are null and `refusal` says why. `closed_or_validated`: closed in time, or
    used by a training run whose validation was done in time. `elsewhere`: can lead no further by then."""

    sample: int
    closed: int
    refusal: str | None
    closed_in_time: ShareShown | None
    closed_or_validated: ShareShown | None
    elsewhere: float | None
    quantiles: list[QuantileShown]


class WaitShown(Schema):
    """At `stage`, before the next one. `days`: in the mean, of each wait the first `until_days`. `reached`: of the
    sample came here. `waiting`, `waiting_a_week_ago`: stand here, of everything. `stalls`: the longest wait of those
    where more stand than a week before in each of the last four weeks."""

    stage: str
    days: float | None
    until_days: float
    reached: int
    waiting: int
    waiting_a_week_ago: int
    stalls: bool


class PartShown(Schema):
    """`labeling`, `export` (the next one that a training run uses) or `turn` (from it to the first changed answer):
    days in the middle, and between which they are in 8 of 10 cases."""

    part: str
    days: float | None
    low: float | None
    high: float | None


class ForecastShown(Schema):
    """When what arrives today will have closed; null where no forecast is given, and the sentence says why. `never`: at
    this pace people never work off what arrives. `open` interactions wait for people."""

    sentence: str
    never: bool
    on: date | None
    earliest: date | None
    latest: date | None
    parts: list[PartShown]
    what_would_have_to_change: str | None
    open: int
    arrive_a_day: float | None
    resolved_a_day: float | None


class PaceLineShown(PaceShown):
    """`value`: null is not resolved."""

    value: str | None
    interactions: int


class ClosureOfFeatureShown(Schema):
    """`old_enough`: interactions at least `closure_days` old, of which `closed_in_time` closed within as many days.

    The funnel counts every interaction, unweighted. Curves, shares and waits are of the sample, weighted. Figures are
    counted within a minute; `counted_at` says when.
    """

    feature: str
    sentence: str
    missing_link: str | None
    interactions: int
    closed: int
    most_wait_at: str | None
    closure_days: int
    old_enough: int
    closed_in_time: int
    stages: list[FunnelStageShown]
    speed_sentence: str
    pace: PaceShown
    curve: list[CurvePointShown]
    waits: list[WaitShown]
    never_reached: int
    imported: int
    counted_at: datetime | None
    forecast: ForecastShown
    by_signal_kind: list[PaceLineShown]
    by_reason: list[PaceLineShown]
    by_model_version: list[PaceLineShown]


@router.get(
    "/closure",
    auth=auth.scope("read"),
    response=problems.responses({200: ClosureOfFeatureShown}, 404, 422),
    summary="How many interactions reached each stage, and how fast",
)
def of_feature(request: ApiRequest, query: Query[OfFeature]) -> dict[str, object]:
    feature = auth.feature(request, query.feature)
    now = timezone.now()
    passages = closure.Passages(feature=feature, now=now)
    speed = closure.speed(feature=feature, now=now, passages=passages)
    return {
        "feature": feature.slug,
        **_funnel(closure.funnel(feature=feature, now=now, passages=passages)),
        "speed_sentence": closure.words.speed(speed),
        "pace": _pace(speed.pace),
        "curve": _curve(speed.pace.curve) if speed.pace.is_enough else [],
        "waits": [_wait(wait, speed.stall) for wait in speed.waits],
        "never_reached": speed.never_reached,
        "imported": speed.imported,
        "counted_at": speed.counted_at,
        "forecast": _forecast(closure.forecast(feature=feature, now=now, passages=passages)),
        "by_signal_kind": _lines(feature, passages, now, "signal_kind"),
        "by_reason": _lines(feature, passages, now, "reason"),
        "by_model_version": _lines(feature, passages, now, "model_version"),
    }


def _funnel(found: closure.Funnel) -> dict[str, object]:
    return {
        "sentence": found.sentence,
        "missing_link": found.missing_link,
        "interactions": found.total,
        "closed": found.closed,
        "most_wait_at": found.most_wait_at.stage if found.most_wait_at else None,
        "closure_days": found.closure_days,
        "old_enough": found.mature,
        "closed_in_time": found.closed_in_time,
        "stages": found.stages,
    }


def _pace(pace: closure.Pace) -> dict[str, object]:
    quantiles = [(share, pace.quantile(share)) for share in closure.QUANTILES]
    return {
        "sample": pace.number,
        "closed": pace.closed,
        "refusal": pace.refusal,
        "closed_in_time": pace.within,
        "closed_or_validated": pace.validated,
        "elsewhere": pace.elsewhere,
        "quantiles": [_quantile(share, found, pace.curve.last) for share, found in quantiles if found],
    }


def _quantile(share: float, found: Quantile, last: float) -> dict[str, float | None]:
    at_least = last if found.value is None else found.value
    return {"share": share, "days": found.value, "low": found.low, "high": found.high, "at_least": at_least}


def _curve(curve: Incidence) -> list[dict[str, float]]:
    return [
        {"days": float(days), "closed": share.value, "low": share.low, "high": share.high}
        for days, share in zip(curve.times, curve.shares, strict=True)
    ]


def _wait(wait: closure.Wait, stall: closure.Wait | None) -> dict[str, object]:
    return {
        "stage": wait.stage,
        "days": wait.mean,
        "until_days": wait.until,
        "reached": wait.number,
        "waiting": wait.stock,
        "waiting_a_week_ago": wait.stock_before,
        "stalls": wait == stall,
    }


def _forecast(found: closure.Forecast) -> dict[str, object]:
    return {
        "sentence": closure.words.forecast(found),
        "never": found.is_never,
        "on": found.on,
        "earliest": found.earliest,
        "latest": found.latest,
        "parts": [_part(part) for part in found.parts],
        "what_would_have_to_change": found.change,
        "open": found.open,
        "arrive_a_day": found.arrived,
        "resolved_a_day": found.completed,
    }


def _part(part: closure.Part) -> dict[str, object]:
    """JSON has no infinity: what never ends is null."""
    known = {"days": part.days, "low": part.low, "high": part.high}
    return {"part": part.code} | {name: None if value == float("inf") else value for name, value in known.items()}


def _lines(feature: Feature, passages: closure.Passages, now: datetime, by: closure.By) -> list[dict[str, object]]:
    return [
        {"value": line.value, "interactions": line.interactions} | _pace(line.pace)
        for line in closure.lines(feature=feature, now=now, by=by, passages=passages)
    ]
