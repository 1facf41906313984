"""The taxonomy: what a signal can turn out to mean."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Prefetch
from ninja import Query, Router, Schema

from annotation.api import auth, paging, problems
from annotation.api.auth import ApiRequest
from annotation.models import Reason, SignalKind, TaxonomyVersion

router = Router(tags=["Setting up"])


class ReasonShown(Schema):
    code: str
    title: str
    definition: str
    examples: list[str]
    outcome: str
    uses: list[str]
    key: str


class KindShown(Schema):
    kind: str
    polarity: str
    is_queued: bool
    reasons: list[ReasonShown]

    @staticmethod
    def resolve_reasons(row: SignalKind) -> list[Reason]:
        return [reason for reason in row.taxonomy_version.reasons.all() if reason.signal_kind == row.kind]


class VersionShown(Schema):
    number: int
    published_at: datetime | None
    note: str
    kinds: list[KindShown]

    @staticmethod
    def resolve_kinds(version: TaxonomyVersion) -> list[SignalKind]:
        kinds = list(version.kinds.all())
        for row in kinds:
            row.taxonomy_version = version
        return kinds


@router.get(
    "/taxonomy",
    auth=auth.scope("manage"),
    response=problems.responses({200: paging.Page[VersionShown]}, 422),
    summary="List taxonomy versions",
)
def listed(request: ApiRequest, query: Query[paging.Paging]) -> dict[str, object]:
    """Each version with its kinds of signals and their reasons, the newest first; a draft has no `published_at`."""
    rows = TaxonomyVersion.objects.prefetch_related(
        Prefetch("kinds", SignalKind.objects.order_by("position")),
        Prefetch("reasons", Reason.objects.order_by("position")),
    )
    return paging.page(request, rows, query, newest_first=True)
