"""How far people agree, and which reasons get confused: for who relies on labels, and who leads those that label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from annotation.access import ADMIN, ENGINEER, Person
from annotation.consensus import agreement
from annotation.lib.agreement import MIN_UNITS, Estimate
from annotation.models import Feature, Reason
from annotation.web import charts, chosen
from annotation.web.roles import needs

LEAST = -0.2
"""Where the scale of coefficients begins; lower ones are as bad."""

SIDE = 20
"""Of a square of the heat map, in the units of its picture."""

SCALE = 1.6
"""Pixels of such a unit, where there is room."""


@dataclass(frozen=True, kw_only=True)
class ShownLine:
    """`spans`: of alpha and AC1, where there are figures."""

    line: agreement.Line
    spans: Sequence[charts.Span]


@dataclass(frozen=True, kw_only=True)
class Heat:
    """The reasons of a kind with where their letters stand, and a square for each two of them. `rows`: each reason
    with what others said, most first."""

    confusion: agreement.Confusion
    reasons: Sequence[tuple[int, Reason]]
    cells: Sequence[charts.Cell]
    size: int
    width: int
    rows: Sequence[tuple[Reason, int, Sequence[tuple[Reason, int]]]]


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def page(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    report = agreement.of_feature(feature=feature, now=timezone.now())
    context: dict[str, Any] = {
        "feature": feature,
        "features": person.features,
        "report": report,
        "weeks": agreement.WEEKS,
        "min_units": MIN_UNITS,
        "is_admin": person.has(ADMIN),
        "lines": [_shown(one) for one in (*report.queues, *report.kinds)],
        "queues": len(report.queues),
        "by_week": [_shown(one) for one in report.weeks],
        "heats": [_heat(one) for one in report.confusions],
    }
    return render(request, "insights/agreement.html", context)


def _shown(line: agreement.Line) -> ShownLine:
    told = line.intervals
    named = [("alpha", told.alpha), ("ac1", told.ac1)] if told else []
    return ShownLine(line=line, spans=[_span(name, one) for name, one in named if one is not None])


def _span(name: str, one: Estimate) -> charts.Span:
    return charts.span(name, value=one.value, low=one.low, high=one.high, least=LEAST)


def _heat(one: agreement.Confusion) -> Heat:
    return Heat(
        confusion=one,
        reasons=[(SIDE * place + SIDE // 2, reason) for place, reason in enumerate(one.reasons)],
        cells=charts.grid(one.shares, side=SIDE),
        size=SIDE * len(one.reasons),
        width=round(SCALE * (SIDE * len(one.reasons) + SIDE)),
        rows=[(reason, one.chosen[place], _met(one, place)) for place, reason in enumerate(one.reasons)],
    )


def _met(one: agreement.Confusion, place: int) -> list[tuple[Reason, int]]:
    """What others said, in whole percents, without what is under half of one."""
    met = sorted(enumerate(one.shares[place]), key=lambda told: -told[1])
    return [(one.reasons[other], round(100 * share)) for other, share in met if round(100 * share)]
