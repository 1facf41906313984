"""Engineers' pages: is the signal valid, does the loop close, is it fast enough?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from annotation import closure, mending, validity
from annotation.access import ENGINEER, Person
from annotation.models import Feature, Interaction
from annotation.validity import counted
from annotation.web import charts, chosen
from annotation.web.mended import pages as mended
from annotation.web.roles import needs
from annotation.web.validity import figures

STAGES = {
    "occurred": _("Occurred"),
    "ingested": _("Ingested"),
    "queued": _("Queued"),
    "labeled": _("Labeled"),
    "resolved": _("Resolved"),
    "exported": _("Exported"),
    "trained": _("Trained"),
    "deployed": _("Deployed"),
    "first_changed": _("First changed"),
}

WAITS = {
    "ingested": _("It waits to be queued."),
    "queued": _("It waits to be labeled."),
    "labeled": _("It waits for people to agree."),
    "resolved": _("It waits to be exported."),
    "exported": _("It waits for a training run that names its export."),
    "trained": _("It waits for its model to be deployed."),
    "deployed": _("It waits for the first answer of the new model."),
}

ENDS = {
    "evaluation": _("It leads no further: it is kept back for evaluation."),
    "erased": _("It leads no further: it was erased."),
    "withdrawn": _("It leads no further: its item was withdrawn."),
    "reserve": _("It leads no further: its day closed before anybody got to it."),
    "no_permitted_use": _("It leads no further: what it meant permits no use in training."),
    "held_out": _("It leads no further: it stands in a split that no model is trained on."),
}


@dataclass(frozen=True, kw_only=True)
class FunnelLine:
    title: str | Promise
    stage: closure.FunnelStage
    parts: list[charts.Part]
    is_slowest: bool


@dataclass(frozen=True, kw_only=True)
class StepLine:
    """`after`: how long after the stage before it that has a time."""

    title: str | Promise
    step: closure.Step
    after: timedelta | None


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def verdicts(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    now = timezone.now()
    funnel = closure.funnel(feature=feature, now=now)
    report = validity.report(feature=feature, now=now, with_looks=False)
    counts = counted.by_verdict(report.lines)
    context = {
        "feature": feature,
        "features": person.features,
        "funnel": funnel,
        "report": report,
        "tallies": figures.tallies(report.lines),
        "valid": counted.answer(counts),
        "valid_signals": counts["valid"],
        "inverted_signals": counts["inverted"],
        "closes": closure.closes(funnel),
        "fast": closure.is_fast(funnel),
    }
    return render(request, "insights/verdicts.html", context)


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def stages(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    """The funnel, and with `?id=` the line of stages of that interaction."""
    funnel = closure.funnel(feature=feature, now=timezone.now())
    lines = _funnel_lines(funnel)
    context = {
        "feature": feature,
        "features": person.features,
        "funnel": funnel,
        "lines": lines,
        "slowest_first": sorted(lines, key=lambda line: -line.stage.waiting),
        "latest": Interaction.objects.filter(feature=feature, erased_at=None).order_by("-pk").first(),
    }
    return render(request, "insights/closure.html", context | _search(request, feature))


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


def _search(request: HttpRequest, feature: Feature) -> dict[str, Any]:
    wanted = request.GET.get("id", "").strip().replace("\0", "")
    interaction = Interaction.objects.filter(feature=feature, external_id=wanted).first() if wanted else None
    if interaction is None:
        return {"wanted": wanted}
    found = closure.of_interaction(interaction=interaction)
    return {
        "wanted": wanted,
        "interaction": interaction,
        "closure": found,
        "steps": list(_step_lines(found)),
        "stands": _stands(found),
        "mended": mended.lines(mending.of_interaction(interaction=interaction)),
    }


def _step_lines(found: closure.Closure) -> Iterator[StepLine]:
    before = None
    for step in found.steps:
        after = step.at - before if step.at and before else None
        yield StepLine(title=STAGES[step.stage], step=step, after=after)
        before = step.at or before


def _stands(found: closure.Closure) -> str | Promise:
    if found.end:
        return ENDS[found.end]
    return WAITS[found.waits_at] if found.waits_at else ""
