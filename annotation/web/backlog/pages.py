"""The backlog itself, which renews itself; and what was reached of each day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from annotation import backlog, jobs
from annotation.access import ADMIN, Person
from annotation.backlog import Labeler, Outlook, QueueState, Summary, alarms
from annotation.web import charts, desks
from annotation.web.backlog import reached, words
from annotation.web.roles import needs


@dataclass(frozen=True, kw_only=True)
class Line:
    """A queue, what is told of it, and where its end is drawn."""

    state: QueueState
    url: str
    drain: str
    hour: str
    is_hour_known: bool
    limit: list[str]
    drawn: charts.Span | None


@require_safe
@needs(ADMIN)
def waiting(request: HttpRequest, person: Person) -> HttpResponse:
    """The backlog. Asked by the page itself, the figures alone, and nothing where they are as they were (`?seen=`)."""
    figures = render_to_string("backlog/figures.html", _figures(person, timezone.now()), request)
    seen = hashlib.sha256(figures.encode()).hexdigest()[:16]
    context = {"figures": figures, "seen": seen, "is_paused": "paused" in request.GET}
    if not request.headers.get("HX-Request"):
        return render(request, "backlog/backlog.html", context)
    if request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    return render(request, "backlog/backlog.html#live", context)


@require_safe
@needs(ADMIN)
def reached_of_each_day(request: HttpRequest, person: Person) -> HttpResponse:
    shown = reached.shown(features=person.features, now=timezone.now())
    return render(request, "backlog/reached.html", {"coverage": shown, "coverage_days": backlog.SHOWN_DAYS})


def line(state: QueueState, outlook: Outlook, drawn: charts.Span | None = None) -> Line:
    return Line(
        state=state,
        url=desks.address(state.queue),
        drain=words.drain(outlook, stock=state.open),
        hour=words.hour(outlook, stock=state.open),
        is_hour_known=outlook.an_hour is not None,
        limit=words.limit(state, outlook),
        drawn=drawn,
    )


def _figures(person: Person, now: datetime) -> dict[str, Any]:
    summary = backlog.summary(features=person.features, now=now)
    lines, reach = _lines(summary)
    return {
        "summary": summary,
        "drain": words.drain(summary.outlook, stock=summary.total),
        "hour": words.hour(summary.outlook, stock=summary.total),
        "lines": lines,
        "reach": reach,
        "raised": [(one, words.watched(one)) for one in alarms.raised(features=person.features)],
        "people": _people(summary),
        "stuck": sum(one.is_stuck for one in summary.labelers),
        "at_work": sum(one.is_on for one in summary.labelers),
        "ages": [band for band, _age in backlog.AGES],
        "open": [(items, charts.bar([("wait", items.total)], of=summary.total)) for items in summary.open],
        "columns": charts.columns([[("came", day.arrived), ("went", day.completed)] for day in summary.days]),
        "busiest": max(max(day.arrived, day.completed) for day in summary.days),
        "days": backlog.DAYS,
        "workers": jobs.workers_alive(now=now),
    }


def _lines(summary: Summary) -> tuple[list[Line], int]:
    outlooks = [summary.outlooks[state.queue.pk] for state in summary.queues]
    spans = [one.drain if state.open else None for state, one in zip(summary.queues, outlooks, strict=True)]
    drawn, reach = words.drawn(spans)
    found = zip(summary.queues, outlooks, drawn, strict=True)
    return [line(state, outlook, span) for state, outlook, span in found], reach


def _people(summary: Summary) -> list[tuple[Labeler, str]]:
    """Each with the names of the queues in which something is held."""
    names = {state.queue.pk: str(state.queue) for state in summary.queues}
    return [(one, ", ".join(names[pk] for pk in one.queues)) for one in summary.labelers]
