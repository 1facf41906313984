"""Queues: which signals people are asked about, and how."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from annotation.api import auth, paging, problems, shapes
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Sent, Share, Slug, Text
from annotation.errors import Refusal
from annotation.models import Queue, TaxonomyVersion, User
from annotation.queues import setup

router = Router(tags=["Setting up"])

Kind = Annotated[Text, Field(min_length=1, max_length=60)]
Overlap = Annotated[int, Field(ge=1, le=50)]
Hours = Annotated[int, Field(ge=0, le=8760)]


class UnknownMember(Refusal):
    """There is no account with the email {email}. Make it first, or leave it out of members."""

    code = "unknown_member"
    status = 422
    loc = ("body", "members")


class UnknownQueue(Refusal):
    """The feature “{feature}” has no queue “{name}”. GET /api/v1/queues lists them."""

    code = "unknown_queue"
    status = 404


class UnknownTaxonomyVersion(Refusal):
    """There is no published taxonomy version {number}. GET /api/v1/taxonomy lists them; leave it out for the latest."""

    code = "unknown_taxonomy_version"
    status = 422
    loc = ("body", "taxonomy_version")


class QueueSettings(Sent):
    rank: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 100
    signal_kinds: Annotated[list[Kind], Field(max_length=100)] = []
    overlap: Overlap = 1
    overlap_max: Overlap = 5
    stop_at: Share = 0.95
    full_overlap_share: Share = 0.05
    mix: Share = 1
    delay_hours: Hours = 0
    lease_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    limit_hours: Hours = 168
    gold_share: Share = 0
    second_look_share: Share = 0
    guideline: Annotated[Text, Field(max_length=20_000)] = ""
    members: Annotated[list[Text], Field(max_length=1000)] = []
    show_suggestions: bool = False
    taxonomy_version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    consensus: Literal["majority", "dawid_skene"] = "majority"


class QueueSent(QueueSettings):
    feature: Slug
    name: Slug


class QueueChanged(QueueSettings):
    model_config = ConfigDict(json_schema_extra=shapes.without_defaults)


class QueueShown(Schema):
    feature: str
    name: str
    rank: int
    signal_kinds: list[str]
    overlap: int
    overlap_max: int
    stop_at: float
    full_overlap_share: float
    mix: float
    delay_hours: int
    lease_minutes: int
    limit_hours: int
    gold_share: float
    second_look_share: float
    guideline: str
    members: list[str]
    show_suggestions: bool
    taxonomy_version: int | None
    consensus: str
    created_at: datetime

    @staticmethod
    def resolve_feature(queue: Queue) -> str:
        return queue.feature.slug

    @staticmethod
    def resolve_members(queue: Queue) -> list[str]:
        return [user.email for user in queue.members.all()]

    @staticmethod
    def resolve_taxonomy_version(queue: Queue) -> int | None:
        return queue.taxonomy_version.number if queue.taxonomy_version else None


class QueueMade(Schema):
    created: bool
    detail: str
    queue: QueueShown


class QueueNow(Schema):
    changed: list[str]
    detail: str
    queue: QueueShown


class QueueFilter(paging.Paging):
    feature: Slug | None = None


@router.get(
    "/queues",
    auth=auth.scope("manage"),
    response=problems.responses({200: paging.Page[QueueShown]}, 404, 422),
    summary="List queues",
)
def listed(request: ApiRequest, query: Query[QueueFilter]) -> dict[str, object]:
    rows = auth.visible(request, Queue.objects.select_related("feature", "taxonomy_version"))
    if query.feature is not None:
        rows = rows.filter(feature=auth.feature(request, query.feature))
    return paging.page(request, rows.prefetch_related("members"), query)


@router.post(
    "/queues",
    auth=auth.scope("manage"),
    response=problems.responses({200: QueueMade, 201: QueueMade}, 404, *problems.WITH_BODY),
    summary="Make a queue",
)
def create(request: ApiRequest, sent: QueueSent) -> Status[dict[str, Any]]:
    """The queue takes signals that arrive from then on. Posting one that exists changes nothing and says so."""
    feature = auth.feature(request, sent.feature)
    spec = _spec(sent)
    with problems.in_body():
        queue, created = setup.create_queue(feature=feature, spec=spec, actor=auth.actor(request), now=timezone.now())
    detail = "The queue was made." if created else "The queue exists; nothing was changed."
    return Status(201 if created else 200, {"created": created, "detail": detail, "queue": queue})


@router.patch(
    "/queues/{feature}/{name}",
    auth=auth.scope("manage"),
    response=problems.responses({200: QueueNow}, 404, *problems.WITH_BODY),
    summary="Change a queue",
)
def change(request: ApiRequest, feature: str, name: str, sent: QueueChanged) -> dict[str, Any]:
    """Fields that are left out stay as they are; a null `taxonomy_version` stands for the latest. It counts for signals
    that arrive from then on: items that are there keep their queue, their weight and the labels that they ask for."""
    of = auth.feature(request, feature)
    found = Queue.objects.filter(feature=of, name=name).first()
    if found is None:
        raise UnknownQueue(feature=of.slug, name=name[:100])
    wanted = _values(sent, sent.dict(exclude_unset=True))
    with problems.in_body():
        held, changed = setup.change_queue(queue=found, wanted=wanted, actor=auth.actor(request), now=timezone.now())
    told = "The queue was changed: what arrives from now on is treated so." if changed else "It was so already."
    return {"changed": list(changed), "detail": told, "queue": held}


def _spec(sent: QueueSent) -> setup.QueueSpec:
    return setup.QueueSpec(**_values(sent, sent.dict(exclude={"feature"})))


def _values(sent: QueueSettings, values: dict[str, Any]) -> dict[str, Any]:
    """What was sent, with people and a version in place of what names them."""
    found = dict(values)
    if "members" in found:
        found["members"] = _members(sent.members)
    if "taxonomy_version" in found:
        found["taxonomy_version"] = _taxonomy_version(sent.taxonomy_version)
    return found


def _members(emails: Iterable[str]) -> list[User]:
    wanted = {email.lower() for email in emails}
    found = {user.email.lower(): user for user in User.objects.filter(email__in=wanted)}
    for email in sorted(wanted - found.keys()):
        raise UnknownMember(email=email[:100])
    return list(found.values())


def _taxonomy_version(number: int | None) -> TaxonomyVersion | None:
    if number is None:
        return None
    found = TaxonomyVersion.objects.filter(number=number, published_at__isnull=False).first()
    if found is None:
        raise UnknownTaxonomyVersion(number=number)
    return found
