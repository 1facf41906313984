"""The views: each loads what the person may see, makes one call into a room, and shows the answer."""

from __future__ import annotations

import json
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import jobs, storage, tasks
from annotation.access import ADMIN, ENGINEER, Person, features_of
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.ingest.files import formats, peek
from annotation.ingest.files.values import Container
from annotation.ingest.imports import request as requests
from annotation.models import Import, ImportRefusal
from annotation.web.imports import forms, progress
from annotation.web.imports import upload as uploads
from annotation.web.roles import needs

PAGE_SIZE = 25
FIRST_RECORDS = 3
LISTED_REFUSALS = 50
MAX_SHOWN = 20_000
"""Characters of a record that are shown; more is nothing to read on a page."""

STATUSES = {
    "pending": _("waiting"),
    "running": _("running"),
    "checked": _("checked"),
    "done": _("done"),
    "failed": _("failed"),
    "cancelled": _("cancelled"),
}


@require_safe
@needs(ADMIN, ENGINEER)
def imports(request: HttpRequest, person: Person) -> HttpResponse:
    return _list(request, person, forms.UploadForm(features=features_of(person)))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN, ENGINEER)
def upload(request: HttpRequest, person: Person) -> HttpResponse:
    if request.method != "POST":
        return redirect("imports")
    form = forms.UploadForm(request.POST, request.FILES, features=features_of(person))
    made = _keep(request, form, person)
    return redirect("import", made.public_id) if made else _list(request, person, form, status=422)


@require_safe
@needs(ADMIN, ENGINEER)
def detail(request: HttpRequest, person: Person, source: str) -> HttpResponse:
    """One import. Asked by the page itself, only what changes; nothing where that is as it was (`?seen=`)."""
    found = _one(person, source)
    context = _shown(found)
    if "progress" in context and context["progress"].seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    template = "imports/import.html"
    return render(request, f"{template}#import" if request.headers.get("HX-Request") else template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN, ENGINEER)
def change(request: HttpRequest, person: Person, source: str) -> HttpResponse:
    """Read the file in another way, and check it anew."""
    found = _one(person, source)
    if request.method != "POST":
        return redirect("import", found.public_id)
    form = forms.ReadForm(request.POST)
    if form.is_valid() and _changed(found, form, person):
        return redirect("import", found.public_id)
    return render(request, "imports/import.html", _shown(found) | {"form": form}, status=422)


@require_POST
@needs(ADMIN, ENGINEER)
def start(request: HttpRequest, person: Person, source: str) -> HttpResponse:
    started = requests.start(one=_one(person, source), actor=Actor(user=person.user), now=timezone.now())
    tasks.ring(started)
    return redirect("import", started.public_id)


@require_POST
@needs(ADMIN, ENGINEER)
def cancel(request: HttpRequest, person: Person, source: str) -> HttpResponse:
    found = _one(person, source)
    requests.cancel(one=found, actor=Actor(user=person.user), now=timezone.now())
    return redirect("import", found.public_id)


@require_POST
@needs(ADMIN, ENGINEER)
def again(request: HttpRequest, person: Person, source: str) -> HttpResponse:
    """Let a failed one go on where it stopped."""
    found = requests.again(one=_one(person, source), actor=Actor(user=person.user), now=timezone.now())
    tasks.ring(found)
    return redirect("import", found.public_id)


@require_safe
@needs(ADMIN, ENGINEER)
def refused(request: HttpRequest, person: Person, source: str) -> HttpResponse:
    """What was refused, one a line: plain text, which no spreadsheet takes for a formula."""
    found = _one(person, source)
    unit = Container(found.container).unit
    lines = [f"{unit} {one.place}: {_named(one)}{one.code}: {one.message}" for one in found.refusals.all()]
    answer = HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.public_id}-refused.txt"'
    return answer


def _named(one: ImportRefusal) -> str:
    return f"{one.external_id} " if one.external_id else ""


def _imports(person: Person) -> QuerySet[Import]:
    """Those of the features that the person may see, newest first."""
    seen = Import.objects.filter(feature__in=features_of(person))
    return seen.select_related("feature", "requested_by").order_by("-created_at", "-pk")


def _one(person: Person, public_id: str) -> Import:
    return get_object_or_404(_imports(person), public_id=public_id)


def _list(request: HttpRequest, person: Person, form: forms.UploadForm, status: int = 200) -> HttpResponse:
    page = Paginator(_imports(person), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "pages": page,
        "lines": [{"import": one, "status": STATUSES[one.status], "records": progress.records(one)} for one in page],
        "features": person.features,
        "workers": jobs.workers_alive(now=timezone.now()),
    }
    return render(request, "imports/imports.html", context, status=status)


def _keep(request: HttpRequest, form: forms.UploadForm, person: Person) -> Import | None:
    if name := uploads.too_large(request):
        form.errors.pop("file", None)
        slug = str(form["feature"].value() or "")
        form.add_error("file", requests.FileTooLarge(limit="1 GiB", name=name, feature=slug).message)
    if not form.is_valid():
        return None
    sent = form.cleaned_data
    try:
        made = requests.create(
            feature=sent["feature"],
            file_name=sent["file"].name,
            chunks=sent["file"].chunks(),
            format=sent["format"] or None,
            asked=form.asked(),
            actor=Actor(user=person.user),
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return None
    tasks.ring(made)
    return made


def _changed(found: Import, form: forms.ReadForm, person: Person) -> bool:
    try:
        changed = requests.change(
            one=found,
            format=form.cleaned_data["format"],
            asked=form.asked(),
            actor=Actor(user=person.user),
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return False
    tasks.ring(changed)
    return True


def _shown(one: Import) -> dict[str, Any]:
    now = timezone.now()
    workers = jobs.workers_alive(now=now)
    context: dict[str, Any] = {
        "import": one,
        "status": STATUSES[one.status],
        "format": forms.FORMATS[one.format],
        "unit": Container(one.container).unit,
        "workers": workers,
    }
    if one.status in jobs.UNFINISHED:
        return context | {"progress": progress.of(one, has_worker=bool(workers), now=now)}
    context["may_again"] = requests.may_again(one)
    refusals = list(one.refusals.all()[:LISTED_REFUSALS])
    context |= {"records": progress.records(one), "refusals": refusals, "is_more": one.refused > len(refusals)}
    if one.status == Import.Status.CHECKED:
        context |= {"form": forms.ReadForm(initial=forms.of(one)), "first": _first(one), "defaults": _defaults(one)}
    return context


def _first(one: Import) -> list[str] | None:
    """None where the file can't be read from the storage."""
    try:
        with storage.opened(requests.file(one)) as file:
            plan = formats.plan(file=file, name=one.file_name, format=one.format, wishes=requests.wished(one))
            found = peek.records(file=file, name=one.file_name, plan=plan, count=FIRST_RECORDS)
    except (OSError, Refusal):
        return None
    return [json.dumps(record, indent=2, ensure_ascii=False)[:MAX_SHOWN] for record in found]


def _defaults(one: Import) -> list[str]:
    plan = formats.Plan(format=one.format, container=Container(one.container), wishes=requests.wished(one))
    return plan.defaults()
