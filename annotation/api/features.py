"""Features: what interactions are sent for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from annotation.api import auth, paging, problems
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Name, Sent, Slug
from annotation.models import Feature
from annotation.queues import setup

router = Router(tags=["Setting up"])


class FeatureSent(Sent):
    slug: Slug
    name: Name | None = None
    closure_days: Annotated[int, Field(ge=1, le=3650)] = 30
    settle_hours: Annotated[int, Field(ge=0, le=8760)] = 24
    eval_share: Annotated[float, Field(ge=0, lt=1)] = 0


class FeatureShown(Schema):
    slug: str
    name: str
    closure_days: int
    settle_hours: int
    eval_share: float
    created_at: datetime


class FeatureMade(FeatureShown):
    created: bool
    detail: str


@router.get(
    "/features",
    auth=auth.scope("manage"),
    response=problems.responses({200: paging.Page[FeatureShown]}, 422),
    summary="List features",
)
def listed(request: ApiRequest, pages: Query[paging.Paging]) -> dict[str, object]:
    return paging.page(request, auth.visible(request, Feature.objects.all(), by="pk"), pages)


@router.post(
    "/features",
    auth=auth.scope("manage"),
    response=problems.responses({200: FeatureMade, 201: FeatureMade}, *problems.WITH_BODY),
    summary="Make a feature",
)
def create(request: ApiRequest, sent: FeatureSent) -> Status[dict[str, Any]]:
    """Makes the feature and its default queue. Posting one that exists changes nothing and says so."""
    auth.check_feature(request, sent.slug)
    spec = setup.FeatureSpec(**sent.dict(exclude_none=True))
    feature, created = setup.create_feature(spec=spec, actor=auth.actor(request), now=timezone.now())
    return Status(201 if created else 200, _made(feature, created))


def _made(feature: Feature, created: bool) -> dict[str, Any]:
    shown = {name: getattr(feature, name) for name in FeatureShown.model_fields}
    detail = "The feature was made, with a default queue." if created else "The feature exists; nothing was changed."
    return shown | {"created": created, "detail": detail}
