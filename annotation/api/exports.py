"""Datasets: ask for one, watch it, fetch its files."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from ninja import Header, Query, Router, Schema, Status

from annotation import jobs, tasks
from annotation.api import auth, paging, problems
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Slug
from annotation.errors import Refusal
from annotation.exports import hygiene as reports
from annotation.exports import request as requests
from annotation.exports.finished import keep, serve, suspects
from annotation.exports.wanted import ExportRequest
from annotation.models import Export, Rewriting

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


class WritingShown(Schema):
    status: str
    progress: Progress
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class MeaningShown(Schema):
    """What became of the export: who has its rows still."""

    training_runs: list[str]
    model_versions: list[str]
    deployed: dict[str, datetime]
    versions: list[str]
    sentence: str


class ExportShown(ExportListed):
    """`manifest`, `files` and `archive` are there once it is done.

    `files_expire_at`: when its files are removed, if nobody pins it. `again`: the last writing of its files again.
    """

    manifest: dict[str, Any] | None
    files: list[FileShown]
    archive: str | None
    files_erased_at: datetime | None
    files_removed_at: datetime | None
    files_expire_at: datetime | None
    pinned_at: datetime | None
    again: WritingShown | None
    warnings: list[str]


class ExportRemoved(ExportShown):
    meaning: MeaningShown


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
    with problems.in_body():
        export, created = requests.create(
            feature=feature,
            request=sent,
            actor=auth.actor(request),
            idempotency_key=idempotency_key,
            now=timezone.now(),
        )
    if created:
        tasks.ring(export)
    return Status(202, _shown(request, export))


class ExportFilter(paging.Paging):
    feature: Slug | None = None


@router.get(
    "/exports",
    auth=auth.scope("export"),
    response=problems.responses({200: paging.Page[ExportListed]}, 404, 422),
    summary="List exports, newest first",
)
def listed(request: ApiRequest, query: Query[ExportFilter]) -> dict[str, Any]:
    rows = auth.visible(request, Export.objects.select_related("feature"))
    if query.feature is not None:
        rows = rows.filter(feature=auth.feature(request, query.feature))
    page: dict[str, Any] = paging.page(request, rows, query, newest_first=True)
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


@router.post(
    "/exports/{id}/pin",
    auth=auth.scope("export"),
    response=problems.responses({200: ExportShown}, 404, 409, 410),
    summary="Keep an export's files",
)
def pin(request: ApiRequest, id: str) -> dict[str, Any]:
    """They stay until it is unpinned, however old they get."""
    return _shown(request, keep.pin(export=_found(request, id), actor=auth.actor(request), now=timezone.now()))


@router.post(
    "/exports/{id}/unpin",
    auth=auth.scope("export"),
    response=problems.responses({200: ExportShown}, 404),
    summary="Let an export's files expire",
)
def unpin(request: ApiRequest, id: str) -> dict[str, Any]:
    return _shown(request, keep.unpin(export=_found(request, id), actor=auth.actor(request), now=timezone.now()))


@router.post(
    "/exports/{id}/remove",
    auth=auth.scope("export"),
    response=problems.responses({200: ExportRemoved}, 404, 409),
    summary="Delete an export's files",
)
def remove(request: ApiRequest, id: str) -> dict[str, Any]:
    """Its row, its manifest and what its rows refer to stay. `meaning` says who has its rows still."""
    found = _found(request, id)
    meaning = keep.remove(export=found, actor=auth.actor(request), now=timezone.now())
    told = asdict(meaning) | {"deployed": dict(meaning.deployed), "sentence": meaning.sentence}
    return _shown(request, _found(request, id)) | {"meaning": told}


@router.post(
    "/exports/{id}/again",
    auth=auth.scope("export"),
    response=problems.responses({202: ExportShown}, 404, 409),
    summary="Write an export's files again",
)
def again(request: ApiRequest, id: str) -> Status[dict[str, Any]]:
    """Where they were removed or erased. They have the same `content_sha256`; what was erased since is left out, and
    then the manifest says so (`written_again`). Fetch them when `again` is done."""
    found = _found(request, id)
    tasks.ring(keep.again(export=found, actor=auth.actor(request), now=timezone.now()))
    return Status(202, _shown(request, found))


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
    rows = auth.visible(request, Export.objects.select_related("feature", "rewriting"))
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
    again = export.rewritings.order_by("-pk").first()
    return _listed(request, export) | {
        "manifest": keep.record(export),
        "files": [entry | {"url": _address(request, "export-file", export, name=entry["name"])} for entry in files],
        "archive": _address(request, "export-archive", export) if files else None,
        "files_erased_at": export.files_erased_at,
        "files_removed_at": export.files_removed_at,
        "files_expire_at": keep.expires_at(export),
        "pinned_at": export.pinned_at,
        "again": _writing(again) if again else None,
        "warnings": _warnings(export),
    }


def _writing(again: Rewriting) -> dict[str, Any]:
    return {
        "status": again.status,
        "progress": {"rows_done": again.rows_done, "rows_total": again.rows_total},
        "error": again.error or None,
        "created_at": again.created_at,
        "finished_at": again.finished_at,
    }


def _warnings(export: Export) -> list[str]:
    """What is to be known of it now, and how the signals that it leans on stood when it was made."""
    waits = export.status in (Export.Status.PENDING, Export.Status.RUNNING)
    no_worker = [NO_WORKER] if waits and not jobs.workers_alive(now=timezone.now()) else []
    return [*no_worker, *export.warnings]


def _address(request: ApiRequest, view: str, export: Export, **parts: str) -> str:
    return request.build_absolute_uri(reverse(f"api:{view}", kwargs={"id": export.public_id, **parts}))
