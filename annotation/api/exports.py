"""Datasets: ask for one, watch it, fetch its files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from ninja import Header, Query, Router, Schema, Status

from annotation import jobs, tasks
from annotation.api import auth, paging, problems
from annotation.api.auth import ApiRequest
from annotation.errors import Refusal
from annotation.exports import hygiene as reports
from annotation.exports import request as requests
from annotation.exports import serve, suspects
from annotation.exports.wanted import ExportRequest
from annotation.models import Export

router = Router(tags=["Datasets"])

NO_WORKER = (
    "No worker runs, so this export waits. Start one: celery -A flywheel_app worker, and celery -A flywheel_app beat."
)


class UnknownExport(Refusal):
    """There is no export “{id}”. GET /api/v1/exports lists those that this token may see."""

    code = "unknown_export"
    status = 404


class Progress(Schema):
    rows_done: int
    rows_total: int | None


class FileShown(Schema):
    name: str
    bytes: int
    sha256: str
    rows: int | None
    url: str


class ExportListed(Schema):
    id: str
    feature: str
    request: dict[str, Any]
    status: str
    progress: Progress
    error: str | None
    created_at: datetime
    exported_at: datetime | None
    finished_at: datetime | None
    cancel_asked_at: datetime | None
    url: str


class ExportShown(ExportListed):
    """`manifest`, `files` and `archive` are there once it is done."""

    manifest: dict[str, Any] | None
    files: list[FileShown]
    archive: str | None
    files_erased_at: datetime | None
    warnings: list[str]


class NearShown(Schema):
    """Rows that say nearly the same, by interaction ids: at most 20 of them."""

    interactions: list[str]
    rows: int
    splits: list[str]


class SelfTrainingShown(Schema):
    """`share` of the words to be learned that a model wrote and no person verified; null where `refusal` says why."""

    share: float | None
    tokens_model: int
    tokens_verified: int
    refusal: str | None
    alarm: str
    sentence: str


class LargestShown(Schema):
    rows: int
    share: float


class HygieneShown(Schema):
    largest_component: LargestShown
    near_duplicates: list[NearShown]
    self_training: SelfTrainingShown
    effective_n: float | None
    suspects: int


class SentBack(Schema):
    sent_back: int


@router.post(
    "/exports",
    auth=auth.scope("export"),
    response=problems.responses({202: ExportShown}, 404, 409, *problems.WITH_BODY),
    summary="Ask for a dataset",
)
def create(
    request: ApiRequest,
    sent: ExportRequest,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)] = None,
) -> Status[dict[str, Any]]:
    """A worker makes it. The same Idempotency-Key with the same body returns the export that the first one made.

    `warnings` says with figures which of its signals are not valid, or are right too seldom for this format; the
    dataset is made all the same. `override` is your reason to go on; it stands in the manifest.
    """
    feature = auth.feature(request, sent.feature)
    try:
        export, created = requests.create(
            feature=feature,
            request=sent,
            actor=auth.actor(request),
            idempotency_key=idempotency_key,
            now=timezone.now(),
        )
    except Refusal as refusal:
        refusal.loc = ("body", *refusal.loc) if refusal.loc else None
        raise
    if created:
        tasks.ring(export)
    return Status(202, _shown(request, export))


@router.get(
    "/exports",
    auth=auth.scope("export"),
    response=problems.responses({200: paging.Page[ExportListed]}, 404, 422),
    summary="List exports, newest first",
)
def listed(request: ApiRequest, pages: Query[paging.Paging], feature: str | None = None) -> dict[str, Any]:
    rows = auth.visible(request, Export.objects.select_related("feature"))
    if feature is not None:
        rows = rows.filter(feature=auth.feature(request, feature))
    page: dict[str, Any] = paging.page(request, rows, pages, newest_first=True)
    return page | {"results": [_listed(request, export) for export in page["results"]]}


@router.get(
    "/exports/{id}",
    auth=auth.scope("export"),
    response=problems.responses({200: ExportShown}, 404),
    summary="Watch an export",
    url_name="export",
)
def shown(request: ApiRequest, id: str) -> dict[str, Any]:
    return _shown(request, _found(request, id))


@router.post(
    "/exports/{id}/cancel",
    auth=auth.scope("export"),
    response=problems.responses({202: ExportShown}, 404, 409),
    summary="Cancel an export",
)
def cancel(request: ApiRequest, id: str) -> Status[dict[str, Any]]:
    """A running one ends within seconds and leaves no file."""
    export = requests.cancel(export=_found(request, id), actor=auth.actor(request), now=timezone.now())
    return Status(202, _shown(request, export))


@router.get(
    "/exports/{id}/hygiene",
    auth=auth.scope("export"),
    response=problems.responses({200: HygieneShown}, 404),
    summary="What to look at before training on it",
)
def hygiene(request: ApiRequest, id: str) -> reports.Hygiene:
    """Measured when its rows were fixed. `near_duplicates` names at most 50 clusters, the largest first."""
    return reports.report(export=_found(request, id))


@router.post(
    "/exports/{id}/suspects",
    auth=auth.scope("export"),
    response=problems.responses({202: SentBack}, 404, 409),
    summary="Have likely wrong labels looked at again",
)
def send_back(request: ApiRequest, id: str) -> Status[dict[str, int]]:
    """Each row whose label a rule or judge confidently contradicts goes back to its queue, as a second look by somebody
    else. The dataset stays as it is; the next one holds what was decided. Asked again, it makes those that are missing.
    """
    made = suspects.send_back(export=_found(request, id), actor=auth.actor(request), now=timezone.now())
    return Status(202, {"sent_back": made})


@router.get(
    "/exports/{id}/files/{path:name}",
    auth=auth.scope("export"),
    response=problems.responses({200: None, 206: None, 304: None}, 404, 409, 410, 416, 503),
    summary="Fetch a file, or a part of it",
    url_name="export-file",
)
def file(request: ApiRequest, id: str, name: str) -> HttpResponseBase:
    """Serves ranges and an ETag, so a broken download goes on where it stopped."""
    answer = serve.file(export=_found(request, id), name=name, request=request)
    if answer.status_code != 416:
        return answer
    problem = problems.response(status=416, detail="The file ends before the range that was asked for begins.")
    problem["Content-Range"] = answer["Content-Range"]
    return problem


@router.get(
    "/exports/{id}/archive",
    auth=auth.scope("export"),
    response=problems.responses({200: None}, 404, 409, 410, 503),
    summary="Fetch all files in one .zip",
    url_name="export-archive",
)
def archive(request: ApiRequest, id: str) -> HttpResponseBase:
    return serve.archive(export=_found(request, id))


def _found(request: ApiRequest, public_id: str) -> Export:
    rows = auth.visible(request, Export.objects.select_related("feature"))
    export = rows.filter(public_id=public_id).first()
    if export is None:
        raise UnknownExport(id=public_id[:100])
    return export


def _listed(request: ApiRequest, export: Export) -> dict[str, Any]:
    return {
        "id": export.public_id,
        "feature": export.feature.slug,
        "request": export.request,
        "status": export.status,
        "progress": {"rows_done": export.rows_done, "rows_total": export.rows_total},
        "error": export.error or None,
        "created_at": export.created_at,
        "exported_at": export.exported_at,
        "finished_at": export.finished_at,
        "cancel_asked_at": export.cancel_asked_at,
        "url": _address(request, "export", export),
    }


def _shown(request: ApiRequest, export: Export) -> dict[str, Any]:
    files = serve.files(export)
    return _listed(request, export) | {
        "manifest": export.manifest,
        "files": [entry | {"url": _address(request, "export-file", export, name=entry["name"])} for entry in files],
        "archive": _address(request, "export-archive", export) if files else None,
        "files_erased_at": export.files_erased_at,
        "warnings": _warnings(export),
    }


def _warnings(export: Export) -> list[str]:
    """What is to be known of it now, and how the signals that it leans on stood when it was made."""
    waits = export.status in (Export.Status.PENDING, Export.Status.RUNNING)
    no_worker = [NO_WORKER] if waits and not jobs.workers_alive(now=timezone.now()) else []
    return [*no_worker, *export.warnings]


def _address(request: ApiRequest, view: str, export: Export, **parts: str) -> str:
    return request.build_absolute_uri(reverse(f"api:{view}", kwargs={"id": export.public_id, **parts}))
