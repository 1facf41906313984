"""Whether the wheel feeds on itself, and whether it compounds, as the pages show it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from ninja import Query, Router, Schema

from annotation import compounding, loops
from annotation.api import auth, problems
from annotation.api.auth import ApiRequest
from annotation.api.insights import OfFeature

router = Router(tags=["Insights"])


class FigureShown(Schema):
    """With its 95 % interval, null where it has none."""

    value: float
    low: float | None
    high: float | None


class FindingShown(Schema):
    """`alarm`: `none`, `amber` or `red`. `figure` is null where `refusal` says why nothing is told, and what would
    change that. `figures`: numbers and codes beside it, by detector."""

    detector: str
    alarm: str
    sentence: str
    todo: str
    refusal: str
    figure: FigureShown | None
    figures: dict[str, Any]
    computed_at: datetime | None


class LoopsShown(Schema):
    """`verdict`: `feeds`, `leans` (to be watched), `does_not`, or null where it can't be told."""

    feature: str
    verdict: str | None
    sentence: str
    computed_at: datetime | None
    findings: list[FindingShown]


class ChangeRateShown(Schema):
    """A change of the share of good answers, -1 to 1, and where it lies however often one looks."""

    value: float
    low: float
    high: float


class GroupShown(Schema):
    """`share` of the mix. `old`, `new`: how many of the answers of each version are good there."""

    name: str
    share: float
    old: float
    new: float
    old_labels: int
    new_labels: int


class ChangeShown(Schema):
    """`change` is on the same mix, `crude` as it meets the eye; null where `refusal` says why. `cause`: `caused` where
    both versions were given by chance at the same time, else `came_with`."""

    old: str
    new: str
    since: datetime
    change: ChangeRateShown | None
    crude: ChangeRateShown | None
    cause: str
    old_labels: int
    new_labels: int
    groups: list[GroupShown]
    refusal: str
    sentence: str


class CompoundingShown(Schema):
    """`verdict`: `compounds` (three versions in a row, each surely better), `better`, `worse` or `open` for the latest
    one, or null where nothing can be said of it. `key`: the metadata key that makes the groups; "": all is one."""

    feature: str
    verdict: str | None
    sentence: str
    key: str
    computed_at: datetime | None
    changes: list[ChangeShown]


@router.get(
    "/loops",
    auth=auth.scope("read"),
    response=problems.responses({200: LoopsShown}, 404, 422),
    summary="Whether the wheel feeds on itself",
)
def of_feature(request: ApiRequest, query: Query[OfFeature]) -> dict[str, object]:
    feature = auth.feature(request, query.feature)
    found = loops.report(feature=feature, now=timezone.now())
    return {
        "feature": found.feature,
        "verdict": found.answer,
        "sentence": found.sentence,
        "computed_at": found.computed_at,
        "findings": found.findings,
    }


@router.get(
    "/compounding",
    auth=auth.scope("read"),
    response=problems.responses({200: CompoundingShown}, 404, 422),
    summary="Whether model versions get better",
)
def versions(request: ApiRequest, query: Query[OfFeature]) -> dict[str, object]:
    feature = auth.feature(request, query.feature)
    found = compounding.report(feature=feature, now=timezone.now())
    return {
        "feature": found.feature,
        "verdict": found.answer,
        "sentence": found.sentence,
        "key": found.key,
        "computed_at": found.computed_at,
        "changes": found.changes,
    }
