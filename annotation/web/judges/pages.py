"""The list of judges, one judge with its versions, and the form in which a version is tried and made."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotation.access import ADMIN, Person
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.ingest import cases
from annotation.labels.judge import accuracy, server, trial, versions
from annotation.models import ConsensusRevision, Item, Judge, JudgeRun, JudgeVersion
from annotation.web.judges import words
from annotation.web.judges.forms import JudgeForm, VersionForm
from annotation.web.roles import needs

MIX_UPS = 12
RUNS = 20


@require_safe
@needs(ADMIN)
def judges(request: HttpRequest, person: Person) -> HttpResponse:
    """Each judge by its latest version."""
    found = JudgeVersion.objects.select_related("judge", "taxonomy_version", "rater").order_by("judge__name", "-number")
    latest = list({one.judge_id: one for one in reversed(found)}.values())
    measured = accuracy.of(latest)
    lines = [words.line(one, measured[one.pk]) for one in sorted(latest, key=lambda one: one.judge.name)]
    return render(request, "judges/judges.html", {"lines": lines, "runs": _runs(), "is_set": server.is_set()})


@require_safe
@needs(ADMIN)
def judge(request: HttpRequest, person: Person, judge: int) -> HttpResponse:
    found = get_object_or_404(Judge, pk=judge)
    own = list(found.versions.select_related("judge", "taxonomy_version", "rater").order_by("-number"))
    measured = accuracy.of(own)
    lines = [words.line(one, measured[one.pk]) for one in own]
    # Of the latest that can be compared, since of others there is nothing to say.
    compared = next((line for line in lines if line.drawn), None)
    context = {
        "judge": found,
        "lines": lines,
        "compared": compared,
        "mix_ups": accuracy.mix_ups(compared.version, limit=MIX_UPS) if compared else [],
        "runs": _runs(version__judge=found),
        "is_set": server.is_set(),
    }
    return render(request, "judges/judge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def new(request: HttpRequest, person: Person) -> HttpResponse:
    form = JudgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and "try" not in request.POST:
        try:
            made = versions.create(
                name=form.cleaned_data["name"], spec=form.spec(), actor=Actor(user=person.user), now=timezone.now()
            )
        except Refusal as refusal:
            form.add_error("name" if isinstance(refusal, versions.NameTaken) else "prompt", refusal.message)
        else:
            return _made(request, made)
    return _page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def version(request: HttpRequest, person: Person, judge: int) -> HttpResponse:
    found = get_object_or_404(Judge, pk=judge)
    form = VersionForm(request.POST or None, after=found.versions.order_by("-number").first())
    if request.method == "POST" and form.is_valid() and "try" not in request.POST:
        try:
            made = versions.add(judge=found, spec=form.spec(), actor=Actor(user=person.user), now=timezone.now())
        except Refusal as refusal:
            form.add_error("prompt", refusal.message)
        else:
            return _made(request, made)
    return _page(request, form, found)


def _made(request: HttpRequest, made: JudgeVersion) -> HttpResponse:
    messages.success(request, _("“%(version)s” is made, and will never change.") % {"version": made})
    return redirect("judge", made.judge_id)


def _page(request: HttpRequest, form: VersionForm, judge: Judge | None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "judge": judge, "is_set": server.is_set(), "is_tried": False}
    if "try" in request.POST and form.is_valid():
        context |= {"is_tried": True, **_tried(form, judge)}
    status = 422 if form.errors or context.get("refusal") else 200
    return render(request, "judges/version.html", context, status=status)


def _tried(form: VersionForm, judge: Judge | None) -> dict[str, Any]:
    """What is sent and what comes back; nothing is stored."""
    spec = form.spec()
    try:
        versions.check(spec)
        asked = server.configured(seconds=trial.SECONDS)
        item = _item(form.cleaned_data["item"])
        if item is None:
            return {"refusal": _("There is no such item. Mend its id, or leave it empty to take the newest.")}
        draft = versions.draft(judge=judge or Judge(name="?"), spec=spec, number=0)
        found = trial.ask(version=draft, case=cases.of(item), server=asked)
    except Refusal as refusal:
        return {"refusal": refusal.message}
    said = found.said
    reason = spec.taxonomy_version.reasons.get(signal_kind=item.signal_kind, code=said.reason) if said else None
    costs = {"cost": None if found.cost is None else words.money(found.cost), "most": words.money(found.most)}
    decided = ConsensusRevision.objects.filter(item=item, superseded_at=None).select_related("reason").first()
    return {"trial": found, "item": item, "reason": reason, "decided": decided, **costs}


def _item(public_id: str) -> Item | None:
    known = Item.objects.select_related("queue", "feature", "interaction").filter(interaction__erased_at=None)
    if public_id:
        return known.filter(public_id=public_id.strip()).first()
    return known.order_by("-pk").first()


def _runs(**which: Any) -> list[dict[str, Any]]:
    found = JudgeRun.objects.filter(**which).select_related("version__judge", "feature", "requested_by")
    return [{"run": run, "status": words.STATUSES[run.status]} for run in found.order_by("-created_at", "-pk")[:RUNS]]
