"""The three verdicts, and where the wheel stands."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from annotation import closure, validity
from annotation.access import ENGINEER, Person
from annotation.models import Feature
from annotation.validity import counted
from annotation.web import charts, chosen
from annotation.web.insights import one, speed, turning
from annotation.web.insights.words import STAGES
from annotation.web.roles import needs
from annotation.web.validity import figures


@dataclass(frozen=True, kw_only=True)
class FunnelLine:
    title: str | Promise
    stage: closure.FunnelStage
    parts: list[charts.Part]
    is_slowest: bool


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def verdicts(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    now = timezone.now()
    passages = closure.Passages(feature=feature, now=now)
    funnel = closure.funnel(feature=feature, now=now, passages=passages)
    found = closure.speed(feature=feature, now=now, passages=passages)
    report = validity.report(feature=feature, now=now, with_looks=False)
    counts = counted.by_verdict(report.lines)
    context = {
        "feature": feature,
        "features": person.features,
        "funnel": funnel,
        "speed": found,
        "stall_days": speed.days(found.stall.mean) if found.stall else "",
        "report": report,
        "tallies": figures.tallies(report.lines),
        "valid": counted.answer(counts),
        "valid_signals": counts["valid"],
        "inverted_signals": counts["inverted"],
    }
    valid = (counted.answer(counts), report.sentence)
    context |= turning.context(feature=feature, valid=valid, funnel=funnel, speed=found, now=now)
    return render(request, "insights/verdicts.html", context)


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def stages(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    """How fast, where it waits, the funnel, and with `?id=` the line of stages of that interaction."""
    now = timezone.now()
    passages = closure.Passages(feature=feature, now=now)
    funnel = closure.funnel(feature=feature, now=now, passages=passages)
    found = closure.speed(feature=feature, now=now, passages=passages)
    lines = _funnel_lines(funnel)
    context = {
        "feature": feature,
        "features": person.features,
        "funnel": funnel,
        "lines": lines,
        "slowest_first": sorted(lines, key=lambda line: -line.stage.waiting),
        "groups": speed.groups(feature, now, passages) if funnel.total else [],
        "latest": one.latest(feature),
    }
    context |= speed.context(feature, found, now, passages) | one.search(request, feature)
    return render(request, "insights/closure.html", context)


def _funnel_lines(funnel: closure.Funnel) -> list[FunnelLine]:
    slowest = funnel.most_wait_at
    return [
        FunnelLine(
            title=STAGES[stage.stage],
            stage=stage,
            parts=charts.bar(
                [("on", stage.reached - stage.waiting - stage.ended), ("wait", stage.waiting), ("end", stage.ended)],
                of=funnel.total,
            ),
            is_slowest=stage == slowest,
        )
        for stage in funnel.stages
    ]
