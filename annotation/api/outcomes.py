"""Delayed outcomes: which there are, whether early signals predict them, and each as a reward."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from annotation import rewards, tasks
from annotation.api import auth, paging, problems
from annotation.api.auth import ApiRequest
from annotation.api.insights import OfFeature
from annotation.api.shapes import Name, Sent, Slug
from annotation.models import DelayedOutcome

router = Router(tags=["Insights"])


class OutcomeRateShown(Schema):
    """A share of conversations, or the difference of two. `low` and `high` hold at every look, for all signals
    together, and whatever the missing outcomes would be."""

    value: float
    low: float
    high: float


class SurrogateShown(Schema):
    """One early signal. `verdict`: `predicts`, `inverted` (it points the wrong way), `noise` (it doesn't predict),
    `not_enough`, or `refused`: then there are no rates, and `sentence` says why. `rate`: how often conversations with
    it end as it claims (well for a positive signal, badly for a negative one); `rate_without` those without it.
    `needed`: so many conversations more would settle it, null where no number would."""

    signal_kind: str
    polarity: str
    verdict: str
    sentence: str
    rate: OutcomeRateShown | None
    rate_without: OutcomeRateShown | None
    difference: OutcomeRateShown | None
    conversations: int
    conversations_without: int
    needed: int | None


class DelayedOutcomeShown(Schema):
    """`conversations`: those that began at least `days` and the feature's settle time ago; `good`, `bad` and `missing`
    are parts of them. `young`: too young to tell. `computed_at` is null until it was audited."""

    name: str
    days: int
    good_when: bool
    absent_is_false: bool
    margin: float
    sentence: str
    conversations: int
    good: int
    bad: int
    missing: int
    young: int
    signals: list[SurrogateShown]
    computed_at: datetime | None


class UnnamedShown(Schema):
    """A name that later results came with, and how many of the latest 5,000."""

    name: str
    results: int


class DelayedOutcomesShown(Schema):
    feature: str
    outcomes: list[DelayedOutcomeShown]
    unnamed: list[UnnamedShown]


class DelayedOutcomeSent(Sent):
    """`good_when`: which `details.value` is good; a result without a value counts as true. `absent_is_false`: senders
    tell of it only where it happened, so silence means false; else silence is unknown. `margin`: less of a difference
    doesn't matter."""

    feature: Slug
    name: Name
    days: Annotated[int, Field(ge=1, le=365)]
    good_when: bool = True
    absent_is_false: bool = False
    margin: Annotated[float, Field(ge=0.001, le=0.5)] = 0.10


class DelayedOutcomeNamed(Schema):
    changed: bool
    detail: str
    outcome: DelayedOutcomeShown


class RewardShown(Schema):
    """`reward`: 1 where it ended well, 0 where it didn't, null where the value is neither true nor false. `led_to_it`:
    the conversation's interactions up to then, the first first, at most the last 100."""

    interaction_id: str
    observed_at: datetime
    reward: int | None
    led_to_it: list[str]


class RewardFilter(paging.Paging):
    feature: Slug
    outcome: Name


@router.get(
    "/delayed-outcomes",
    auth=auth.scope("read"),
    response=problems.responses({200: DelayedOutcomesShown}, 404, 422),
    summary="Do early signals predict what becomes of it later?",
)
def of_feature(request: ApiRequest, query: Query[OfFeature]) -> dict[str, object]:
    feature = auth.feature(request, query.feature)
    return {
        "feature": feature.slug,
        "outcomes": [_shown(one) for one in rewards.report(feature=feature)],
        "unnamed": [{"name": name, "results": count} for name, count in rewards.unnamed(feature=feature)],
    }


@router.post(
    "/delayed-outcomes",
    auth=auth.scope("manage"),
    response=problems.responses({200: DelayedOutcomeNamed}, 404, 409, *problems.WITH_BODY),
    summary="Name a delayed outcome",
)
def name(request: ApiRequest, sent: DelayedOutcomeSent) -> Status[dict[str, Any]]:
    """Say what later results of this name mean. Known by feature and name: the same again changes nothing; said
    otherwise, its audit begins anew."""
    feature = auth.feature(request, sent.feature)
    meaning = rewards.Meaning(**sent.dict(exclude={"feature", "name"}))
    outcome, changed = rewards.name(
        feature=feature, name=sent.name, meaning=meaning, actor=auth.actor(request), now=timezone.now()
    )
    if changed:
        tasks.ring_outcome(outcome)
    detail = "The outcome was named; its audit begins now." if changed else "The outcome is known; nothing was changed."
    return Status(200, {"changed": changed, "detail": detail, "outcome": _of(outcome)})


@router.get(
    "/rewards",
    auth=auth.scope("read"),
    response=problems.responses({200: paging.Page[RewardShown]}, 404, 422),
    summary="List delayed outcomes as rewards",
)
def list_rewards(request: ApiRequest, query: Query[RewardFilter]) -> dict[str, object]:
    """Each result that came, in the order in which it did, with the interactions that led to it: those are the
    `interaction_id`s of dataset rows. Of several results of one conversation the last observed counts."""
    outcome = rewards.find(feature=auth.feature(request, query.feature), name=query.outcome)
    found = paging.page(request, rewards.results(outcome=outcome), query)
    signals: Any = found["results"]
    return found | {"results": rewards.rewarded(outcome=outcome, signals=signals)}


def _of(outcome: DelayedOutcome) -> dict[str, object]:
    return next(_shown(one) for one in rewards.report(feature=outcome.feature) if one.name == outcome.name)


def _shown(one: rewards.Outcome) -> dict[str, object]:
    told = {field: getattr(one, field) for field in DelayedOutcomeShown.model_fields if field != "signals"}
    return told | {"signals": [_surrogate(line) for line in one.lines]}


def _surrogate(line: rewards.Line) -> dict[str, object]:
    same = {field: getattr(line, field) for field in SurrogateShown.model_fields if field != "signal_kind"}
    return same | {"signal_kind": line.kind}
