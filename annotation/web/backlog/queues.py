"""One queue's backlog: which items break its limit first, and what an admin can do with all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from annotation import backlog, jobs, tasks
from annotation.access import ADMIN, Person, features_of
from annotation.audit import Actor
from annotation.backlog import Summary
from annotation.errors import Refusal
from annotation.models import Item, Queue
from annotation.queues import lease, moving, pausing
from annotation.web import desks
from annotation.web.backlog import pages
from annotation.web.progress import STATUSES
from annotation.web.roles import needs

SHOWN = 20
MOST_HOURS = 24 * 3650


class MoveForm(forms.Form):
    """Which of a queue's open items go where."""

    target = forms.ModelChoiceField(Queue.objects.none(), empty_label=None, label=gettext_lazy("To"))
    kind = forms.ChoiceField(required=False, label=gettext_lazy("Of the kind"))
    older = forms.IntegerField(
        min_value=0,
        max_value=MOST_HOURS,
        initial=0,
        label=gettext_lazy("That wait for at least so many hours"),
        help_text=gettext_lazy("0: all of them."),
    )

    def __init__(self, *given: Any, targets: QuerySet[Queue], kinds: list[str], **named: Any) -> None:
        super().__init__(*given, **named)
        target: Any = self.fields["target"]
        target.queryset, target.label_from_instance = targets, lambda queue: queue.name
        choices = [("", _("every kind")), *((kind, kind) for kind in kinds)]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]

    def move(self, source: Queue) -> moving.Move:
        sent = self.cleaned_data
        until = timezone.now() - timedelta(hours=sent["older"])
        return moving.Move(source=source, target=sent["target"], queued_until=until, kind=sent["kind"])

    def refuse(self, refusal: Refusal) -> None:
        """Say at its field what can't be."""
        place = str(refusal.loc[-1]) if refusal.loc else ""
        self.add_error(place if place in self.fields else None, refusal.message)


@require_safe
@needs(ADMIN)
def one(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    found = _found(person, queue)
    return _shown(request, person, found)


@require_POST
@needs(ADMIN)
def pause(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    found = _found(person, queue)
    pausing.pause(queue=found, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("Paused: nothing new is given out. What people hold they may finish."))
    return redirect("waiting_queue", queue)


@require_POST
@needs(ADMIN)
def resume(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    pausing.resume(queue=_found(person, queue), actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("It goes on."))
    return redirect("waiting_queue", queue)


@require_POST
@needs(ADMIN)
def give_back(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """All that anybody holds in it."""
    found = _found(person, queue)
    count = lease.give_back(queues=[found.pk], actor=Actor(user=person.user), now=timezone.now())
    said = ngettext("%(n)s item is free again.", "%(n)s items are free again.", count)
    messages.success(request, said % {"n": f"{count:,}"})
    return redirect("waiting_queue", queue)


@require_POST
@needs(ADMIN)
def move(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """First what would go; with `sure`, it goes."""
    found = _found(person, queue)
    form = _form(person, found, request)
    if not form.is_valid():
        return _shown(request, person, found, form=form, status=422)
    try:
        if "sure" not in request.POST:
            return _shown(request, person, found, form=form, asked=moving.count(form.move(found)))
        job = moving.ask(move=form.move(found), actor=Actor(user=person.user), now=timezone.now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _shown(request, person, found, form=form, status=422)
    tasks.ring(job)
    messages.success(request, _("They are being moved to %(queue)s.") % {"queue": job.target.name})
    return redirect("waiting_queue", queue)


def _found(person: Person, address: str) -> Queue:
    feature, _dot, name = address.partition(".")
    rows = Queue.objects.filter(feature__in=features_of(person)).select_related("feature", "taxonomy_version")
    found = rows.filter(feature__slug=feature, name=name).first()
    if found is None:
        raise Http404
    return found


def _form(person: Person, queue: Queue, request: HttpRequest | None = None) -> MoveForm:
    targets = Queue.objects.filter(feature=queue.feature_id).exclude(pk=queue.pk).select_related("feature")
    return MoveForm(request.POST if request else None, targets=targets, kinds=backlog.kinds(queue=queue))


def _shown(
    request: HttpRequest,
    person: Person,
    queue: Queue,
    *,
    form: MoveForm | None = None,
    asked: int | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    summary: Summary = backlog.summary(features=[queue.feature], now=now)
    state = next(state for state in summary.queues if state.queue.pk == queue.pk)
    context = {
        "queue": queue,
        "url": desks.address(queue),
        "line": pages.line(state, summary.outlooks[queue.pk]),
        "first": [(item, item.queued_at + timedelta(hours=queue.limit_hours)) for item in _first(queue, state)],
        "now": now,
        "form": form or _form(person, queue),
        "has_others": Queue.objects.filter(feature=queue.feature_id).count() > 1,
        "asked": asked,
        "moves": [(job, STATUSES[job.status]) for job in moving.latest(features=[queue.feature], count=5)],
        "workers": jobs.workers_alive(now=now),
    }
    return render(request, "backlog/queue.html", context, status=status)


def _first(queue: Queue, state: backlog.QueueState) -> list[Item]:
    """The open items whose limit ends first."""
    if state.oldest_queued_at is None:
        return []
    items = Item.objects.filter(feature=queue.feature_id, queue=queue, status=Item.Status.OPEN)
    return list(items.filter(queued_at__gte=state.oldest_queued_at).order_by("queued_at", "pk")[:SHOWN])
