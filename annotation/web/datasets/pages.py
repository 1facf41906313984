"""The views: each loads what the person may see, makes one call into a room, and shows the answer."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import jobs, tasks
from annotation.access import ENGINEER, Person, features_of
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.exports import causes, gate, peek, select, serve
from annotation.exports import request as requests
from annotation.exports.read import ErasedMeanwhile
from annotation.models import Deployment, Export, TrainingRun
from annotation.web.datasets import figures, forms, loading, progress
from annotation.web.progress import STATUSES
from annotation.web.roles import needs

PAGE_SIZE = 25
FIRST_ROWS = 10
MAX_SHOWN = 20_000
"""Characters of a row that are shown; more is nothing to read on a page."""


@require_safe
@needs(ENGINEER)
def datasets(request: HttpRequest, person: Person) -> HttpResponse:
    """The list and the form; `?like=` fills the form as that export was asked for."""
    wanted = request.GET.get("like")
    like = get_object_or_404(_exports(person), public_id=wanted) if wanted else None
    first = person.features[0] if person.features else None
    initial = forms.like(like.request) if like else forms.blank(first)
    return _show(request, person, forms.AskForm(features=features_of(person), initial=initial))


@needs(ENGINEER)
def count(request: HttpRequest, person: Person) -> HttpResponse:
    """What a dataset would hold, and what it would leave out. A script gets the figures alone."""
    if request.method != "POST":
        return redirect("datasets")
    form = forms.AskForm(request.POST, features=features_of(person))
    counted = _count(form)
    if request.headers.get("HX-Request"):
        return render(request, "datasets/datasets.html#counted", {"form": form, "counted": counted, "is_live": True})
    return _show(request, person, form, counted)


@needs(ENGINEER)
def ask(request: HttpRequest, person: Person) -> HttpResponse:
    if request.method != "POST":
        return redirect("datasets")
    form = forms.AskForm(request.POST, features=features_of(person))
    export = _make(form, person)
    return redirect("dataset", export.public_id) if export else _show(request, person, form, status=422)


@require_safe
@needs(ENGINEER)
def dataset(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    """One export. Asked by the page itself, only what changes; nothing where that is as it was (`?seen=`)."""
    found = get_object_or_404(_exports(person), public_id=export)
    template = "datasets/dataset.html"
    context: dict[str, Any] = {
        "export": found,
        "feature": found.feature,
        "status": STATUSES[found.status],
        "asked": figures.asked(found.request),
    }
    if found.status in jobs.UNFINISHED:
        context |= _unfinished(found)
        if context["progress"].seen == request.GET.get("seen"):
            return HttpResponse(status=204)
    elif found.manifest is not None:
        context |= _finished(request, found)
    return render(request, f"{template}#export" if request.headers.get("HX-Request") else template, context)


@require_POST
@needs(ENGINEER)
def cancel(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    found = get_object_or_404(_exports(person), public_id=export)
    requests.cancel(export=found, actor=Actor(user=person.user), now=timezone.now())
    return redirect("dataset", found.public_id)


@require_safe
@needs(ENGINEER)
def file(request: HttpRequest, person: Person, export: str, name: str) -> HttpResponseBase:
    return serve.file(export=get_object_or_404(_exports(person), public_id=export), name=name, request=request)


@require_safe
@needs(ENGINEER)
def archive(request: HttpRequest, person: Person, export: str) -> HttpResponseBase:
    return serve.archive(export=get_object_or_404(_exports(person), public_id=export))


def _exports(person: Person) -> QuerySet[Export]:
    """Those of the features that the person may see, newest first."""
    seen = Export.objects.filter(feature__in=features_of(person))
    return seen.select_related("feature", "requested_by", "token").order_by("-created_at", "-pk")


def _show(
    request: HttpRequest, person: Person, form: forms.AskForm, counted: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    page = Paginator(_exports(person), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "counted": counted,
        "pages": page,
        "lines": [{"export": export, "status": STATUSES[export.status]} for export in page],
        "features": person.features,
        "workers": jobs.workers_alive(now=timezone.now()),
    }
    return render(request, "datasets/datasets.html", context, status=status)


def _count(form: forms.AskForm) -> dict[str, Any] | None:
    """None where the form asks for what can't be made; it then says so at its fields."""
    if not form.is_valid():
        return None
    feature = form.cleaned_data["feature"]
    try:
        requests.check(feature=feature, request=form.request())
        found = select.preview(feature=feature, request=form.request())
        judged = gate.of_request(feature=feature, request=form.request())
    except Refusal as refusal:
        form.refuse(refusal)
        return None
    return {
        "rows": found.rows,
        "warnings": judged.warnings if found.rows else [],
        "tables": figures.of_preview(found),
        "left_out": causes.lines(found.left_out),
    }


def _make(form: forms.AskForm, person: Person) -> Export | None:
    if not form.is_valid():
        return None
    try:
        export, created = requests.create(
            feature=form.cleaned_data["feature"],
            request=form.request(),
            actor=Actor(user=person.user),
            idempotency_key=form.idempotency_key(),
            now=timezone.now(),
            asks_why=True,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return None
    if created:
        tasks.ring(export)
    return export


def _unfinished(export: Export) -> dict[str, Any]:
    now = timezone.now()
    workers = jobs.workers_alive(now=now)
    return {"workers": workers, "progress": progress.of(export, has_worker=bool(workers), now=now)}


def _finished(request: HttpRequest, export: Export) -> dict[str, Any]:
    manifest: dict[str, Any] = export.manifest or {}
    splits = manifest["rows"]["split"]
    address = request.build_absolute_uri(reverse("api:export-archive", args=[export.public_id]))
    return {
        "manifest": manifest,
        "files": serve.files(export),
        "tables": figures.tables(manifest),
        "stages": figures.stages(manifest),
        "left_out": causes.lines(manifest["left_out"]),
        "runs": _runs(export),
        "first_rows": _first_rows(export),
        "code": [
            (_("Fetch it with a token"), loading.fetch(name=export.public_id, archive=address)),
            (_("Load it with datasets"), loading.hugging_face(name=export.public_id)),
            (
                _("Load it with pandas"),
                loading.pandas(name=export.public_id, splits=splits, container=export.request["container"]),
            ),
        ],
    }


def _runs(export: Export) -> QuerySet[TrainingRun]:
    """The training runs that used this export, each with the first deployment of what it made."""
    made = Deployment.objects.filter(feature=OuterRef("feature"), model_version=OuterRef("model_version"))
    first = made.order_by("deployed_at").values("deployed_at")[:1]
    return export.training_runs.annotate(deployed_at=Subquery(first))


def _first_rows(export: Export) -> list[str] | None:
    """None where the storage can't be read."""
    try:
        return [loading.pretty(row)[:MAX_SHOWN] for row in peek.rows(export=export, count=FIRST_ROWS)]
    except (OSError, ErasedMeanwhile):
        return None
