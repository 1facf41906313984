"""Everybody who labels, and one of them: figures in sentences, and the ladder of steps, with what each brings."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from annotation import jobs, tasks
from annotation.access import ADMIN, Person
from annotation.audit import Actor
from annotation.consensus import agreement
from annotation.labels import pace, raters
from annotation.labels.quality import figures, judging, ladder
from annotation.labels.quality import words as said
from annotation.labels.quality.judging import LADDER, QUARANTINED, Judged
from annotation.models import AuditEvent, Rater, Redecision
from annotation.web import charts
from annotation.web.people import progress, words
from annotation.web.roles import needs

MIX_UPS = 10
WEEKS = 13
"""Of check questions in the picture."""


class StepForm(forms.Form):
    """The step that is asked for, and from which day on (UTC; only to put labels aside, else from now on)."""

    step = forms.ChoiceField(choices=[(one, one) for one in LADDER], required=False)
    day = forms.DateField(required=False)


class DecisionForm(forms.Form):
    """What the page has shown: the step, since when, and what held before."""

    standing = forms.ChoiceField(choices=[(one, one) for one in LADDER], required=False)
    before = forms.ChoiceField(choices=[(one, one) for one in LADDER], required=False)
    since = forms.DateTimeField(error_messages={"required": gettext_lazy("Choose a step first.")})


@require_safe
@needs(ADMIN)
def people(request: HttpRequest, person: Person) -> HttpResponse:
    """Those who stand out first, then by name: nobody is ranked."""
    found = judging.judge(people=figures.of_people(raters=_everybody(), now=timezone.now()), now=timezone.now())
    order = sorted(found, key=lambda one: (not one.alarms, not one.has_hint, raters.shown(one.figures.rater).lower()))
    context = {
        "lines": [(one, raters.shown(one.figures.rater), said.short(one), _step(one.figures.rater)) for one in order],
        "labeled": sum(bool(one.figures.labels) for one in found),
        "changed": sum(bool(one.alarms) for one in found),
        "days": figures.DAYS,
        "min_checks": judging.MIN_CHECKS,
        "min_met": judging.MIN_MET,
        "steps": words.STEPS,
    }
    return render(request, "manage/people.html", context)


@require_safe
@needs(ADMIN)
def one(request: HttpRequest, person: Person, rater: int) -> HttpResponse:
    """One person; with `?step=` what that step would bring, to confirm. Asked by the page itself, only how far items
    are decided anew."""
    found = get_object_or_404(Rater.objects.select_related("user"), pk=rater, kind=Rater.Kind.HUMAN)
    running = _running(found)
    if request.headers.get("HX-Request"):
        if "progress" in running and running["progress"].seen == request.GET.get("seen"):
            return HttpResponse(status=204)
        return render(request, "manage/person.html#redecision", running | {"rater": found})
    return _shown(request, found, running)


@require_POST
@needs(ADMIN)
def decide(request: HttpRequest, person: Person, rater: int) -> HttpResponse:
    found = get_object_or_404(Rater.objects.select_related("user"), pk=rater, kind=Rater.Kind.HUMAN)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, _running(found), errors=form.errors, status=422)
    sent = form.cleaned_data
    redecision = ladder.decide(
        rater=found,
        standing=sent["standing"],
        since=sent["since"],
        before=sent["before"],
        actor=Actor(user=person.user),
        now=timezone.now(),
    )
    if redecision is not None:
        tasks.ring(redecision)
    step = words.STEPS[sent["standing"]]
    messages.success(request, _("Decided: %(step)s. %(means)s") % {"step": step.title, "means": step.means})
    return redirect("person", found.pk)


def _shown(
    request: HttpRequest, rater: Rater, running: dict[str, Any], *, errors: Any = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    everybody = _everybody()
    found = judging.judge(people=figures.of_people(raters=everybody, now=now), now=now)
    judged = next(one for one in found if one.figures.rater.pk == rater.pk)
    context = running | {
        "rater": rater,
        "name": raters.shown(rater),
        "judged": judged,
        "sentences": said.judged(judged),
        "days": figures.DAYS,
        "standing": _step(rater),
        "steps": words.others(rater.standing),
        "proposed": words.STEPS[judged.proposal] if judged.proposal else None,
        "mixed": agreement.mix_ups(rater=rater, since=figures.since(now), limit=MIX_UPS),
        "events": _events(rater),
        "errors": errors,
        "today": f"{now.astimezone(UTC):%Y-%m-%d}",
    }
    return render(
        request, "manage/person.html", context | _weeks(judged, now) | _asked(request, judged, now), status=status
    )


def _asked(request: HttpRequest, judged: Judged, now: datetime) -> dict[str, Any]:
    """The step that the address names, and what it would bring."""
    form = StepForm(request.GET)
    if "step" not in request.GET or not form.is_valid():
        return {}
    rater, standing = judged.figures.rater, form.cleaned_data["step"]
    if standing == rater.standing:
        return {}
    day = form.cleaned_data["day"] or _first_day(judged, now)
    since = min(datetime.combine(day, time.min, UTC), now) if standing == QUARANTINED else now
    # What counts again, or what won't.
    touched = since if standing == QUARANTINED else rater.standing_from or since
    recent = pace.of(rater=rater, now=now).total.labels
    effect = ladder.effect(rater=rater, since=touched)
    return {
        "step": words.STEPS[standing],
        "step_since": since,
        "takes_day": standing == QUARANTINED,
        "brings": words.brings(rater=rater, standing=standing, since=since, effect=effect, recent=recent),
    }


def _first_day(judged: Judged, now: datetime) -> date:
    """Of the earliest sign of change, if there is one."""
    return min(judged.alarms, default=now).astimezone(UTC).date()


def _weeks(judged: Judged, now: datetime) -> dict[str, Any]:
    """Check questions right and wrong, by the week that ended so long ago; the oldest first."""
    weeks = [[0, 0] for _week in range(WEEKS)]
    for check in judged.figures.checks.asked:
        place = WEEKS - 1 - (now - check.at) // timedelta(weeks=1)
        if 0 <= place < WEEKS:
            weeks[place][check.is_right] += 1
    days = [(now - (WEEKS - place) * timedelta(weeks=1)).astimezone(UTC).date() for place in range(WEEKS)]
    return {
        "columns": charts.columns([[("went", right), ("wait", wrong)] for wrong, right in weeks]),
        "weeks": [(day, right, wrong) for day, (wrong, right) in zip(days, weeks, strict=True)],
        "most": max(max(one) for one in weeks),
    }


def _running(rater: Rater) -> dict[str, Any]:
    found = ladder.running(rater)
    if found is None:
        return {}
    now = timezone.now()
    if found.status not in (Redecision.Status.PENDING, Redecision.Status.RUNNING):
        return {"failed": found.error}
    workers = jobs.workers_alive(now=now)
    return {"workers": workers, "progress": progress.of(found, has_worker=bool(workers), now=now)}


def _events(rater: Rater) -> list[tuple[AuditEvent, words.Step]]:
    found = AuditEvent.objects.filter(verb="rater.standing", target_type="rater", target_id=str(rater.pk))
    return [(one, words.STEPS[one.data["standing"]]) for one in found.select_related("user").order_by("-pk")]


def _everybody() -> list[Rater]:
    found = Rater.objects.filter(kind=Rater.Kind.HUMAN).select_related("user")
    return list(found.order_by("pk"))


def _step(rater: Rater) -> words.Step:
    return words.STEPS[rater.standing]
