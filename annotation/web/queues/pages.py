"""The list of queues, and the page where a queue is set: what a change brings is shown first, then it is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import backlog, jobs, tasks, taxonomy
from annotation.access import ADMIN, Person
from annotation.audit import Actor
from annotation.consensus import weighing as found_of
from annotation.consensus.runs import request as runs
from annotation.lib import markdown
from annotation.models import Feature, Queue, User
from annotation.queues import outlook, setup
from annotation.queues import weighing as weights
from annotation.web import chosen
from annotation.web.desks import address
from annotation.web.features.forms import digest
from annotation.web.progress import STATUSES
from annotation.web.queues import mix, weighing, words
from annotation.web.queues.forms import NewQueueForm, QueueForm, people
from annotation.web.queues.words import Figures
from annotation.web.roles import needs


@require_safe
@needs(ADMIN)
def queues(request: HttpRequest, person: Person) -> HttpResponse:
    states = backlog.queues(features=person.features, now=timezone.now())
    groups = [_group(feature, [one for one in states if one.queue.feature == feature]) for feature in person.features]
    return render(request, "manage/queues.html", {"groups": groups})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def new(request: HttpRequest, person: Person) -> HttpResponse:
    """A new queue of `?feature=`. What it brings is shown first, as for a change."""
    feature = chosen.feature(request, person)
    if feature is None:
        return redirect("features")
    if request.method != "POST":
        return _page(request, NewQueueForm(feature=feature))
    form = NewQueueForm(request.POST, feature=feature)
    if shown := _not_yet(request, form):
        return shown
    spec = setup.QueueSpec(name=form.queue_name(), **form.wanted())
    made, _created = setup.create_queue(feature=feature, spec=spec, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("The queue is made. It takes signals that arrive from now on."))
    return redirect("manage_queue", address(made))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def queue(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """The settings. What was sent is first shown as changes with what they bring, and made when it is sent again."""
    found = _found(queue)
    if request.method != "POST":
        return _news(request, found) or _page(request, QueueForm(feature=found.feature, queue=found))
    form = QueueForm(request.POST, feature=found.feature, queue=found)
    if shown := _not_yet(request, form):
        return shown
    _held, changed = setup.change_queue(
        queue=found, wanted=form.wanted(), actor=Actor(user=person.user), now=timezone.now()
    )
    if changed:
        messages.success(request, _("The queue is changed. What arrives from now on is treated so."))
    else:
        messages.info(request, _("Nothing is changed: it is so already."))
    return redirect("manage_queue", queue)


@require_POST
@needs(ADMIN)
def decide_anew(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """Decide all items of the queue anew, now and not only at night."""
    asked = runs.ask(queue=_found(queue), actor=Actor(user=person.user), now=timezone.now())
    tasks.ring(asked)
    return redirect(f"{reverse('manage_queue', args=[queue])}#decides")


@require_POST
@needs(ADMIN)
def cancel_anew(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    run = runs.latest(_found(queue))
    if run is None:
        raise Http404
    runs.cancel(run=run, actor=Actor(user=person.user), now=timezone.now())
    return redirect(f"{reverse('manage_queue', args=[queue])}#decides")


def _not_yet(request: HttpRequest, form: QueueForm) -> HttpResponse | None:
    """The page as long as there is something to see first: a preview, what is wrong, what it brings."""
    is_valid = form.is_valid()
    if "preview" in request.POST:
        return _page(request, form, is_preview=True, preview=markdown.render(form.data.get("guideline", "")))
    if not is_valid:
        return _page(request, form, status=422)
    differences = form.differences()
    asked = digest({"name": [None, form.queue_name()], **differences})
    if form.cleaned_data["seen"] == asked or (form.queue is not None and not differences):
        return None
    return _page(request, form, digest=asked, is_asked=True, **_brings(form, differences, timezone.now()))


def _brings(form: QueueForm, differences: Mapping[str, list[Any]], now: datetime) -> dict[str, Any]:
    figures = _figures(form, differences, now)
    return {
        "changes": words.changes(differences, figures),
        "moves": words.moves(figures.outlook.moves),
        "load": words.load(figures.outlook.load),
    }


def _figures(form: QueueForm, differences: Mapping[str, list[Any]], now: datetime) -> Figures:
    queue = form.queue
    before, after = differences.get("members", [[], []])
    left = _left(form, after) if "members" in differences and queue is not None else []
    return Figures(
        outlook=outlook.of(queue=queue, planned=form.planned(), now=now),
        closing=outlook.closing(queue=queue, limit_hours=differences["limit_hours"][1], now=now)
        if queue is not None and "limit_hours" in differences
        else None,
        left=left,
        left_holding=outlook.held_by(queue=queue, users=[one.pk for one in left], now=now) if queue and left else 0,
        people=User.objects.in_bulk({*before, *after}),
    )


def _left(form: QueueForm, after: list[int]) -> list[User]:
    """Who may label now and won't any more: admins always may."""
    assert form.queue is not None
    now = form.queue.members.all() if form.queue.members.exists() else people(form.feature, form.queue)
    return [] if not after else [one for one in now if one.pk not in after and not Person(one).has(ADMIN)]


def _found(name: str) -> Queue:
    feature, _dot, queue = name.partition(".")
    found = (
        Queue.objects.filter(feature__slug=feature, name=queue).select_related("feature", "taxonomy_version").first()
    )
    if found is None:
        raise Http404
    return found


def _group(feature: Feature, states: list[backlog.QueueState]) -> dict[str, Any]:
    """A feature's queues with the kinds that each really gets, and the kinds that none does."""
    assigned = outlook.assigned(outlook.takers(feature))
    gets: dict[int, list[str]] = {}
    for kind, queue in sorted(assigned.items()):
        gets.setdefault(queue.pk, []).append(kind)
    lines = [{"state": one, "url": address(one.queue), "kinds": gets.get(one.queue.pk, [])} for one in states]
    unasked = sorted(taxonomy.queued_kinds(taxonomy.current()) - assigned.keys())
    return {"feature": feature, "lines": lines, "unasked": unasked}


def _page(request: HttpRequest, form: QueueForm, *, status: int = 200, **shown: Any) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "feature": form.feature, "queue": form.queue, **shown}
    if form.queue is not None:
        context |= {"url": address(form.queue), "weighs": mix.sentences(weights.standing(queue=form.queue))}
        context |= _decides(form.queue)
    return render(request, "manage/queue.html", context, status=status)


def _news(request: HttpRequest, queue: Queue) -> HttpResponse | None:
    """What the page asks for by itself: how far a run is, and nothing where that is as it was."""
    if not request.headers.get("HX-Request"):
        return None
    context = _decides(queue)
    if "progress" in context and context["progress"].seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "manage/queue_decides.html#decides", context | {"queue": queue, "url": address(queue)})


def _decides(queue: Queue) -> dict[str, Any]:
    """How labels decide in the queue, and how far the run over it is, or what came of the last one."""
    now = timezone.now()
    fits, run = found_of.of_queue(queue), runs.latest(queue)
    workers = jobs.workers_alive(now=now)
    context: dict[str, Any] = {
        "rule": weighing.rule(queue, is_fitted=bool(fits)),
        "kinds": weighing.kinds(fits),
        "fitted_at": max((fit.fitted_at for fit in fits), default=None),
        "run": run,
        "workers": workers,
    }
    if run is None:
        return context
    if run.status in jobs.UNFINISHED:
        return context | {"progress": weighing.progress(run, has_worker=bool(workers), now=now)}
    return context | {"run_status": STATUSES[run.status], "run_ended": weighing.ended(run)}
