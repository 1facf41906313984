"""`/manage/jobs/`: what Flywheel works on, what failed and what has ended, with what may be done about it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import jobs as workers
from annotation import tasks
from annotation.access import ADMIN, Person
from annotation.audit import Actor
from annotation.models import Delivery
from annotation.operations import joblist
from annotation.operations.joblist import Line, State
from annotation.web import forms as sent_forms
from annotation.web.jobs import words
from annotation.web.roles import needs
from annotation.webhooks import deliveries

PAGE_SIZE: Final = 25
MESSAGES: Final = 10


class WantedForm(sent_forms.Sent):
    """Which jobs the page is asked for."""

    state = forms.ChoiceField(choices=[(state.value, "") for state in State], required=False)
    kind = forms.ChoiceField(choices=[("", ""), *((kind, "") for kind in joblist.KINDS)], required=False)
    before = forms.DateTimeField(required=False)


@require_safe
@needs(ADMIN)
def jobs(request: HttpRequest, person: Person) -> HttpResponse:
    """Asked by the page itself, only what changes; nothing where that is as it was (`?seen=`)."""
    now = timezone.now()
    context = _list(request, person, now)
    # A pace that is told anew each second is news too; times of day aren't.
    context["seen"] = seen = hashlib.sha256(repr(context["live"]).encode()).hexdigest()[:16]
    if seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    template = "jobs/jobs.html"
    return render(request, f"{template}#live" if request.headers.get("HX-Request") else template, context)


@require_POST
@needs(ADMIN)
def cancel(request: HttpRequest, person: Person, kind: str, job: int) -> HttpResponse:
    line = _line(kind, job)
    joblist.cancel(line=line, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("Asked to end: %(what)s. What it did until then stays.") % {"what": line.about})
    return redirect("jobs")


@require_POST
@needs(ADMIN)
def again(request: HttpRequest, person: Person, kind: str, job: int) -> HttpResponse:
    line = _line(kind, job)
    made = joblist.again(line=line, actor=Actor(user=person.user), now=timezone.now())
    tasks.ring(made)
    messages.success(request, _("Asked for again: %(what)s.") % {"what": line.about})
    return redirect("jobs")


@require_POST
@needs(ADMIN)
def send_again(request: HttpRequest, person: Person, delivery: str) -> HttpResponse:
    found = get_object_or_404(Delivery, public_id=delivery)
    deliveries.again(delivery=found, actor=Actor(user=person.user), now=timezone.now())
    tasks.ring_webhook(found)
    messages.success(request, _("The message %(id)s is sent again.") % {"id": found.public_id})
    return redirect("jobs")


def _line(kind: str, job: int) -> Line:
    found = joblist.find(kind=kind, pk=job)
    if found is None:
        raise Http404
    return found


def _list(request: HttpRequest, person: Person, now: datetime) -> dict[str, Any]:
    asked = sent_forms.read(WantedForm, request.GET).cleaned_data
    state = State(asked["state"] or State.UNFINISHED)
    found = joblist.lines(state=state, kind=asked["kind"], before=asked["before"], count=PAGE_SIZE + 1)
    lines = [words.line(one, person=person, now=now) for one in found[:PAGE_SIZE]]
    given = {"state": state.value} | ({"kind": asked["kind"]} if asked["kind"] else {})
    later = {"before": found[PAGE_SIZE - 1].job.created_at.isoformat()} if len(found) > PAGE_SIZE else None
    told = [words.message(one) for one in joblist.told(count=MESSAGES)] if state == State.FAILED else []
    erasures = joblist.of_erasures() if state == State.UNFINISHED and not asked["kind"] else []
    alive = workers.workers_alive(now=now)
    shown = [(one["line"].job.pk, one["status"], one["progress"], one["trouble"]) for one in lines]
    return {
        "live": [
            shown,
            [one["delivery"].pk for one in told],
            [(one.pk, one.interactions) for one in erasures],
            len(alive),
        ],
        "states": [(one.value, title, one == state) for one, title in words.STATES.items()],
        "state": state.value,
        "kinds": list(words.TITLES.items()),
        "kind": asked["kind"],
        "lines": lines,
        "messages_given_up": told,
        "erasures": erasures,
        "here": urlencode(given | ({"before": asked["before"].isoformat()} if asked["before"] else {})),
        "newest": urlencode(given) if asked["before"] else "",
        "older": urlencode(given | later) if later else "",
        "workers": alive,
    }
