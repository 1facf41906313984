"""Did it compound? Each model version beside the one before it, as a picture and in figures."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from annotation import compounding
from annotation.access import ADMIN, ENGINEER, Person
from annotation.models import Feature
from annotation.validity.report import Rate
from annotation.web import charts, chosen
from annotation.web.roles import needs

LEAST_REACH = 0.1
"""The scale reaches as far as the widest interval, and so far at least."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """`spans`: on the same mix, then as it meets the eye; none where the change is refused."""

    change: compounding.Change
    spans: tuple[charts.Span, ...]


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def page(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    report = compounding.report(feature=feature, now=timezone.now())
    rates = [rate for one in report.changes for rate in (one.change, one.crude) if rate is not None]
    reach = max([LEAST_REACH, *(abs(end) for rate in rates for end in (rate.low, rate.high))])
    context = {
        "feature": feature,
        "features": person.features,
        "report": report,
        "lines": [_line(one, reach) for one in reversed(report.changes)],
        "reach": reach,
        "is_admin": ADMIN in person.roles,
    }
    return render(request, "insights/versions.html", context)


def _line(change: compounding.Change, reach: float) -> Line:
    if change.change is None or change.crude is None:
        return Line(change=change, spans=())
    spans = (_span("same", change.change, reach), _span("crude", change.crude, reach))
    return Line(change=change, spans=spans)


def _span(name: str, rate: Rate, reach: float) -> charts.Span:
    return charts.span(name, value=rate.value, low=rate.low, high=rate.high, least=-reach, most=reach)
