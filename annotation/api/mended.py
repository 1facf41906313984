"""How many bad answers were mended, as the page shows it."""

from __future__ import annotations

from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from annotation import mending
from annotation.api import auth, problems
from annotation.api.auth import ApiRequest
from annotation.api.insights import OfFeature
from annotation.api.shapes import ShareShown, Text
from annotation.errors import Refusal
from annotation.mending import Rate

router = Router(tags=["Insights"])


class UnknownVersion(Refusal):
    """No deployed model version {model_version} of {feature} is known to be trained on answers that were labeled bad.
    Report its training run with the exports that it used, and its deployment."""

    code = "unknown_model_version"
    status = 404


class MendedRateShown(Schema):
    """`population`: bad interactions that the model was trained on, of which `drawn` are followed, each drawn with the
    same chance. Of those `judged` have a verdict, `waiting` have a comparable later answer that nobody judged yet, and
    `without_comparable` none yet; only the judged are in the shares. `mended`, `same` and `worse`, each with Wilson's
    interval, are null where too few are judged; `refusal` then says what is missing. `signal_kind` and `reason` are
    null for a whole version."""

    model_version: str
    signal_kind: str | None
    reason: str | None
    population: int
    drawn: int
    judged: int
    waiting: int
    without_comparable: int
    mended: ShareShown | None
    same: ShareShown | None
    worse: ShareShown | None
    sentence: str
    refusal: str | None


class MendedShown(Schema):
    """`versions`: newest first. `reasons`: of the version that was asked for, else of the newest. `similarity_bar`: of
    what the words of two prompts weigh, each by its rarity, so much is common to both at least (a cosine)."""

    feature: str
    similarity_bar: float
    versions: list[MendedRateShown]
    reasons: list[MendedRateShown]


class MendedFilter(OfFeature):
    model_version: Text | None = Field(None, max_length=200)


@router.get(
    "/mended",
    auth=auth.scope("read"),
    response=problems.responses({200: MendedShown}, 404, 422),
    summary="How many bad answers were mended",
)
def of_feature(request: ApiRequest, query: Query[MendedFilter]) -> dict[str, object]:
    """Bad answers beside what a model trained on them answered later to similar prompts, judged blind by people."""
    feature = auth.feature(request, query.feature)
    now = timezone.now()
    wanted = query.model_version
    versions, reasons = mending.rate(feature=feature, now=now, model_version=wanted or "")
    if wanted is not None:
        versions = [one for one in versions if one.model_version == wanted]
        if not versions:
            raise UnknownVersion(model_version=wanted[:100], feature=feature.slug)
    return {
        "feature": feature.slug,
        "similarity_bar": mending.BAR,
        "versions": [_rate(one) for one in versions],
        "reasons": [_rate(one) for one in reasons],
    }


def _rate(one: Rate) -> dict[str, object]:
    return {
        "model_version": one.model_version,
        "signal_kind": one.signal_kind or None,
        "reason": one.reason or None,
        "population": one.population,
        "drawn": one.drawn,
        "judged": one.judged,
        "waiting": one.waiting,
        "without_comparable": one.without,
        "mended": one.fixed,
        "same": one.unchanged,
        "worse": one.harmed,
        "sentence": one.sentence,
        "refusal": one.refusal or None,
    }
