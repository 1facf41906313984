"""Features: what interactions are sent for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from annotation.api import auth, paging, problems, shapes
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Name, Sent, Slug, Text
from annotation.models import Feature
from annotation.queues import setup

router = Router(tags=["Setting up"])


Rule = Literal["email", "phone", "card", "iban", "ip", "api_key", "url_token"]


class FeatureSettings(Sent):
    name: Name | None = None
    closure_days: Annotated[int, Field(ge=1, le=3650)] = 30
    settle_hours: Annotated[int, Field(ge=0, le=8760)] = 24
    eval_share: Annotated[float, Field(ge=0, lt=1)] = 0
    redaction: Annotated[list[Rule], Field(max_length=20)] = []
    derive_edited_from: Annotated[float, Field(ge=0, lt=1)] | None = 0
    derive_abandoned_minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None
    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    audited_key: Annotated[Text, Field(max_length=100)] = ""

    def given(self) -> dict[str, Any]:
        """What was sent: null says something, but for the name, which everything has."""
        sent = self.dict(exclude_unset=True)
        return {name: value for name, value in sent.items() if name != "name" or value is not None}


class FeatureSent(FeatureSettings):
    slug: Slug


class FeatureChanged(FeatureSettings):
    model_config = ConfigDict(json_schema_extra=shapes.without_defaults)


class FeatureShown(Schema):
    slug: str
    name: str
    closure_days: int
    settle_hours: int
    eval_share: float
    redaction: list[str]
    derive_edited_from: float | None
    derive_abandoned_minutes: int | None
    retention_days: int | None
    audited_key: str
    created_at: datetime


class FeatureMade(FeatureShown):
    created: bool
    detail: str


class FeatureNow(FeatureShown):
    changed: list[str]
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
    spec = setup.FeatureSpec(**sent.given())
    feature, created = setup.create_feature(spec=spec, actor=auth.actor(request), now=timezone.now())
    return Status(201 if created else 200, _made(feature, created))


@router.patch(
    "/features/{slug}",
    auth=auth.scope("manage"),
    response=problems.responses({200: FeatureNow}, *problems.WITH_BODY, 404, 409),
    summary="Change a feature",
)
def change(request: ApiRequest, slug: str, sent: FeatureChanged) -> dict[str, Any]:
    """Fields that are left out stay as they are; null stands for never or forever. It counts for what arrives from now
    on, `retention_days` for what is stored too. `audited_key` names a key of `metadata` by whose values signals are
    judged apart as well; empty, by none. `eval_share` is fixed once an interaction is stored (409)."""
    feature = auth.feature(request, slug)
    with problems.in_body():
        held, changed = setup.change_feature(
            feature=feature, wanted=sent.given(), actor=auth.actor(request), now=timezone.now()
        )
    told = "The feature was changed: what arrives from now on is treated so." if changed else "It was so already."
    return _shown(held) | {"changed": list(changed), "detail": told}


def _made(feature: Feature, created: bool) -> dict[str, Any]:
    detail = "The feature was made, with a default queue." if created else "The feature exists; nothing was changed."
    return _shown(feature) | {"created": created, "detail": detail}


def _shown(feature: Feature) -> dict[str, Any]:
    return {name: getattr(feature, name) for name in FeatureShown.model_fields}
