"""Runs of judges: seen before they are started, watched, ended, and what failed in them looked at."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import jobs, tasks
from annotation.access import ADMIN, Person
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.ingest import cases
from annotation.labels.judge import chosen, server
from annotation.labels.judge import request as requests
from annotation.models import Feature, Judge, JudgeAsk, JudgeCall, JudgeCallContent, JudgeRun
from annotation.web import charts
from annotation.web import chosen as choosing
from annotation.web.judges import words
from annotation.web.judges.forms import RunForm
from annotation.web.roles import needs

PAGE_SIZE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def new(request: HttpRequest, person: Person, judge: int) -> HttpResponse:
    """What a run would take is shown first; it is started when that was seen."""
    found = get_object_or_404(Judge, pk=judge)
    feature = choosing.feature(request, person)
    if feature is None:
        return render(request, "judges/new_run.html", {"judge": found, "feature": None})
    form = RunForm(request.POST or None, judge=found, feature=feature)
    shown: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["seen"] == form.digest(feature):
                return redirect("judge_run", _started(form, feature, person).public_id)
            shown = _preview(form, feature)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
    context = {"judge": found, "feature": feature, "features": person.features, "form": form, **shown}
    context |= {"is_set": server.is_set(), "workers": jobs.workers_alive(now=timezone.now())}
    return render(request, "judges/new_run.html", context, status=422 if form.errors else 200)


@require_safe
@needs(ADMIN)
def detail(request: HttpRequest, person: Person, run: str) -> HttpResponse:
    """One run. Asked by the page itself, only what changes; nothing where that is as it was (`?seen=`)."""
    found = _one(run)
    context = _shown(found)
    if "progress" in context and context["progress"].seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    template = "judges/run.html"
    return render(request, f"{template}#run" if request.headers.get("HX-Request") else template, context)


@require_POST
@needs(ADMIN)
def cancel(request: HttpRequest, person: Person, run: str) -> HttpResponse:
    found = _one(run)
    requests.cancel(run=found, actor=Actor(user=person.user), now=timezone.now())
    return redirect("judge_run", found.public_id)


@require_safe
@needs(ADMIN)
def failures(request: HttpRequest, person: Person, run: str) -> HttpResponse:
    """What came back and was no answer, as it came."""
    found = _one(run)
    kept = JudgeCallContent.objects.filter(call__run=found).select_related("call__ask__item__interaction")
    outcome = request.GET.get("outcome", "")
    if outcome:
        kept = kept.filter(call__outcome=outcome)
    page = Paginator(kept.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "run": found,
        "pages": page,
        "query": f"outcome={outcome}" if outcome in words.OUTCOMES and outcome else "",
        "lines": [{"kept": one, "outcome": words.OUTCOMES[one.call.outcome]} for one in page],
        "outcomes": _outcomes(JudgeCall.objects.filter(run=found, content__isnull=False)),
        "chosen": outcome,
    }
    return render(request, "judges/failures.html", context)


def _preview(form: RunForm, feature: Feature) -> dict[str, Any]:
    version, limits = form.cleaned_data["version"], form.limits()
    found = chosen.estimate(
        version=version,
        feature=feature,
        choice=form.choice(),
        per_second=limits.per_second,
        concurrency=limits.concurrency,
        look=cases.of,
    )
    if not found.items:
        raise requests.NothingToAsk
    lines = words.estimate(found, limits.cost_cap)
    return {"estimate": found, "estimate_lines": lines, "version": version, "digest": form.digest(feature)}


def _started(form: RunForm, feature: Feature, person: Person) -> JudgeRun:
    run = requests.create(
        version=form.cleaned_data["version"],
        feature=feature,
        choice=form.choice(),
        limits=form.limits(),
        actor=Actor(user=person.user),
        now=timezone.now(),
    )
    tasks.ring(run)
    return run


def _one(public_id: str) -> JudgeRun:
    related = ("version__judge", "version__taxonomy_version", "feature", "requested_by")
    return get_object_or_404(JudgeRun.objects.select_related(*related), public_id=public_id)


def _shown(run: JudgeRun) -> dict[str, Any]:
    now = timezone.now()
    workers = jobs.workers_alive(now=now)
    context: dict[str, Any] = {
        "run": run,
        "status": words.STATUSES[run.status],
        "choice": words.choice(run),
        "workers": workers,
        "cost": words.cost(run),
        "done": words.done(run),
        "left": run.items_total - words.done(run),
        "items": charts.bar(
            [("went", run.answered), ("wait", run.failed), ("end", run.skipped)], of=max(run.items_total, 1)
        ),
        "outcomes": _outcomes(JudgeCall.objects.filter(run=run)),
        "failed": _failed(run),
        "has_texts": JudgeCallContent.objects.filter(call__run=run).exists(),
    }
    if run.status in jobs.UNFINISHED:
        context["progress"] = words.progress(run, has_worker=bool(workers), now=now)
    return context


def _outcomes(calls: Any) -> list[dict[str, Any]]:
    """Calls by what became of them, the most first."""
    found = calls.order_by().values_list("outcome").annotate(count=Count("pk")).order_by("-count", "outcome")
    return [{"code": code, "title": words.OUTCOMES[code], "count": count} for code, count in found]


def _failed(run: JudgeRun) -> list[dict[str, Any]]:
    """Items without an answer, by what was wrong last."""
    asks = JudgeAsk.objects.filter(run=run, state=JudgeAsk.State.FAILED)
    found = asks.order_by().values_list("problem").annotate(count=Count("pk")).order_by("-count", "problem")
    return [{"title": words.OUTCOMES[problem], "count": count} for problem, count in found]
