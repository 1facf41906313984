"""Ask for a dataset: the form, what it would hold as it is filled, and the job that comes of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from annotation import jobs, tasks
from annotation.access import ENGINEER, Person, features_of
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.exports import request as requests
from annotation.exports.selection import gate, select
from annotation.models import Export, Feature
from annotation.web.datasets import figures, forms, seen
from annotation.web.roles import needs

PAGE = "datasets/ask.html"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ENGINEER)
def ask(request: HttpRequest, person: Person) -> HttpResponse:
    """`?like=` fills the form as that export was asked for, `?feature=` chooses one of the person's features."""
    if request.method != "POST":
        return _show(request, person, _form(person, initial=_initial(request, person)))
    form = _form(person, request.POST)
    export = _make(form, person)
    return redirect("dataset", export.public_id) if export else _show(request, person, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ENGINEER)
def count(request: HttpRequest, person: Person) -> HttpResponse:
    """What a dataset would hold, and what it would leave out. A script gets the figures alone."""
    if request.method != "POST":
        return redirect("ask_dataset")
    form = _form(person, request.POST)
    counted = _count(form)
    if request.headers.get("HX-Request"):
        return render(request, f"{PAGE}#counted", {"form": form, "counted": counted, "is_live": True})
    return _show(request, person, form, counted)


def _form(person: Person, sent: QueryDict | None = None, **filled: Any) -> forms.AskForm:
    return forms.AskForm(sent, features=features_of(person), exports=seen.exports(person), **filled)


def _initial(request: HttpRequest, person: Person) -> dict[str, Any]:
    like = request.GET.get("like")
    if like:
        return forms.like(seen.export(person, like).request)
    return forms.blank(_first(person, request.GET.get("feature", "")))


def _first(person: Person, slug: str) -> Feature | None:
    chosen = [one for one in person.features if one.slug == slug]
    return next(iter(chosen or person.features), None)


def _show(
    request: HttpRequest, person: Person, form: forms.AskForm, counted: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "counted": counted,
        "features": person.features,
        "workers": jobs.workers_alive(now=timezone.now()),
    }
    return render(request, PAGE, context, status=status)


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
        "tables": figures.of_preview(found) if found.rows else [],
        "left_out": figures.left_out(found.left_out),
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
