"""Is the signal valid? The whole report, as the page shows it."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from annotation import validity
from annotation.api import auth, problems
from annotation.api.auth import ApiRequest
from annotation.api.insights import OfFeature
from annotation.api.shapes import Text
from annotation.validity import Line, advice

router = Router(tags=["Insights"])


class RateShown(Schema):
    """A share of conversations, or the difference of two, weighted to all traffic. `low` and `high` hold at every look
    of every day: 95 in 100 such intervals never leave the truth."""

    value: float
    low: float
    high: float


class ReasonShareShown(Schema):
    """One reason's share among the conversations with the signal."""

    reason: str
    title: str
    outcome: str
    share: float


class LookShown(Schema):
    """The figures as they stood when this day had closed."""

    day: date
    rate: RateShown | None
    difference: RateShown | None
    labels: int
    verdict: str


class SavingShown(Schema):
    """What a rule or judge saves: `labels` of people do the work of `worth`. `why_not`: why it isn't used."""

    helper: str
    labels: int
    worth: int
    is_used: bool
    why_not: str


class ProvisionalShown(Schema):
    """From days that are still being labeled: no verdict comes from it. `rate` is null under 100 labels."""

    labels: int
    rate: float | None
    days: int


class SignalShown(Schema):
    """One signal of one model version. `part`: the value of the metadata key that the feature audits by, empty for all
    traffic. `verdict`: `valid`, `inverted`, `noise`, `not_enough`, `no_polarity` or `refused`; a refused signal has no
    rates, and `refusal` says what would change that. `rate`: how often the answer is what the signal claims where it
    was given; `rate_without` where it was not. `train`: `train`, `avoid`, `wait` or `read`, and `because` says why;
    `pure_enough_for` names the formats whose bar it passes. `labels_needed` would settle an open verdict."""

    signal_kind: str
    title: str
    polarity: str
    model_version: str
    part: str
    verdict: str
    verdict_at: datetime | None
    restarted_at: datetime | None
    sentence: str
    refusal: str
    train: str
    because: str
    pure_enough_for: list[str]
    rate: RateShown | None
    rate_without: RateShown | None
    difference: RateShown | None
    labels: int
    labels_without: int
    labels_needed: int | None
    hours_needed: float | None
    effective_n: float
    unknowable_share: float
    is_worst_case: bool
    saving: SavingShown | None
    suggestions_seen: bool
    corrections: int
    likelihood_ratio: RateShown | None
    information_bits: float | None
    meanings: list[ReasonShareShown]
    provisional: ProvisionalShown | None
    looks: list[LookShown]


class ValidityShown(Schema):
    feature: str
    sentence: str
    computed_at: datetime | None
    signals: list[SignalShown]


class ValidityFilter(OfFeature):
    model_version: Text | None = Field(None, max_length=2000)


@router.get(
    "/validity",
    auth=auth.scope("read"),
    response=problems.responses({200: ValidityShown}, 404, 422),
    summary="Is each signal valid?",
)
def of_feature(request: ApiRequest, query: Query[ValidityFilter]) -> dict[str, object]:
    """Each signal by model version, with its verdict and its history: what to train on, what not, and why."""
    feature = auth.feature(request, query.feature)
    versions = None if query.model_version is None else [query.model_version]
    found = validity.report(feature=feature, now=timezone.now(), versions=versions)
    return {
        "feature": feature.slug,
        "sentence": found.sentence,
        "computed_at": found.computed_at,
        "signals": [_signal(line) for line in found.lines],
    }


# What the document says under the names that the line has too.
_SAME = [name for name in SignalShown.model_fields if name in Line.__dataclass_fields__]


def _signal(line: Line) -> dict[str, object]:
    found = advice.about(line)
    return {name: getattr(line, name) for name in _SAME} | {
        "signal_kind": line.kind,
        "train": found.choice,
        "because": found.because,
        "pure_enough_for": found.uses,
        "meanings": [
            {"reason": one.code, "title": one.title, "outcome": one.outcome, "share": one.share}
            for one in line.meanings
        ],
    }
