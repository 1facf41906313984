"""The list of datasets and the page of one: each loads what the person may see and shows what rooms say of it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from annotation import jobs
from annotation.access import ENGINEER, Person
from annotation.audit import Actor
from annotation.exports import request as requests
from annotation.exports.finished import keep, lineage, serve
from annotation.models import Export, Rewriting
from annotation.web.datasets import changes, doubts, figures, keeping, loading, progress, rows, seen
from annotation.web.progress import STATUSES
from annotation.web.roles import needs

PAGE_SIZE = 25


@require_safe
@needs(ENGINEER)
def datasets(request: HttpRequest, person: Person) -> HttpResponse:
    page = Paginator(seen.exports(person), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "pages": page,
        "lines": [{"export": export, "status": STATUSES[export.status]} for export in page],
        "features": person.features,
        "workers": jobs.workers_alive(now=timezone.now()),
    }
    return render(request, "datasets/datasets.html", context)


@require_safe
@needs(ENGINEER)
def dataset(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    """One export. Asked by the page itself, only what changes; nothing where that is as it was (`?seen=`)."""
    found = seen.export(person, export)
    template = "datasets/dataset.html"
    context: dict[str, Any] = {
        "export": found,
        "feature": found.feature,
        "status": STATUSES[found.status],
        "asked": figures.asked(found.request),
    }
    kept = keeping.of(found)
    if found.status in jobs.UNFINISHED or kept.again:
        context |= _unfinished(found, kept.again)
        if context["progress"].seen == request.GET.get("seen"):
            return HttpResponse(status=204)
    elif found.manifest is not None:
        context |= {"kept": kept, **_finished(request, found)}
    return render(request, f"{template}#export" if request.headers.get("HX-Request") else template, context)


@require_POST
@needs(ENGINEER)
def cancel(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    found = seen.export(person, export)
    requests.cancel(export=found, actor=Actor(user=person.user), now=timezone.now())
    return redirect("dataset", found.public_id)


@require_safe
@needs(ENGINEER)
def file(request: HttpRequest, person: Person, export: str, name: str) -> HttpResponseBase:
    return serve.file(export=seen.export(person, export), name=name, request=request)


@require_safe
@needs(ENGINEER)
def archive(request: HttpRequest, person: Person, export: str) -> HttpResponseBase:
    return serve.archive(export=seen.export(person, export))


def _unfinished(export: Export, again: Rewriting | None) -> dict[str, Any]:
    now = timezone.now()
    workers = jobs.workers_alive(now=now)
    by: Any = {"has_worker": bool(workers), "now": now}
    told = progress.again(again, **by) if again else progress.of(export, **by)
    return {"workers": workers, "again": again, "progress": told}


def _finished(request: HttpRequest, export: Export) -> dict[str, Any]:
    manifest: dict[str, Any] = keep.record(export) or {}
    archive = request.build_absolute_uri(reverse("api:export-archive", args=[export.public_id]))
    runs = request.build_absolute_uri(reverse("api:training_runs"))
    return {
        "manifest": manifest,
        "files": serve.files(export),
        "tables": figures.tables(manifest),
        "imitates_edits": "sft" in export.request["format"] and manifest["rows"]["outcome"].get("bad", 0) > 0,
        "stages": figures.stages(manifest),
        "left_out": figures.left_out(manifest["left_out"]),
        **doubts.of(export),
        "previous": changes.in_manifest(manifest),
        "runs": lineage.runs(export=export),
        "samples": rows.samples(export, first=1, count=rows.ROWS_AT_ONCE),
        "code": loading.snippets(manifest, archive=archive, runs=runs),
    }
