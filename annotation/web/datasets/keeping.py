"""How long a dataset's files stay: pin it, let them expire, delete them, have them made again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotation import jobs, tasks
from annotation.access import ENGINEER, Person
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.exports.finished import keep, lineage
from annotation.models import Export, Rewriting
from annotation.web.datasets import seen
from annotation.web.roles import needs


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Whether the files are there, and until when. `again` is the writing that is under way, `failed` why the last one
    brought nothing."""

    has_files: bool
    expires_at: datetime | None
    again: Rewriting | None
    failed: str


def of(export: Export) -> Kept:
    has_files = keep.has_files(export)
    last = export.rewritings.order_by("-pk").first()
    is_under_way = last is not None and last.status in jobs.UNFINISHED
    return Kept(
        has_files=has_files,
        expires_at=keep.expires_at(export),
        again=last if is_under_way else None,
        failed=last.error if last and not has_files and not is_under_way else "",
    )


@require_POST
@needs(ENGINEER)
def pin(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    found = keep.pin(export=seen.export(person, export), actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("Pinned: its files stay until it is unpinned."))
    return redirect("dataset", found.public_id)


@require_POST
@needs(ENGINEER)
def unpin(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    found = keep.unpin(export=seen.export(person, export), actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("Unpinned."))
    return redirect("dataset", found.public_id)


@require_POST
@needs(ENGINEER)
def again(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    found = seen.export(person, export)
    tasks.ring(keep.again(export=found, actor=Actor(user=person.user), now=timezone.now()))
    return redirect("dataset", found.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ENGINEER)
def remove(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    """What it would mean, and then the deed."""
    found = seen.export(person, export)
    if request.method != "POST":
        return _confirm(request, found)
    try:
        keep.remove(export=found, actor=Actor(user=person.user), now=timezone.now())
    except Refusal as refusal:
        return _confirm(request, found, refused=refusal)
    messages.success(request, _("Its files are deleted. What it held stays written down, and so does the page."))
    return redirect("dataset", found.public_id)


def _confirm(request: HttpRequest, export: Export, refused: Refusal | None = None) -> HttpResponse:
    context = {
        "export": export,
        "feature": export.feature,
        "has_files": keep.has_files(export),
        "meaning": keep.meaning(export),
        "runs": lineage.runs(export=export),
        "refused": refused.message if refused else "",
    }
    return render(request, "datasets/remove.html", context, status=refused.status if refused else 200)
