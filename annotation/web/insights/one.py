"""One interaction and the stages that it reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation import closure, mending
from annotation.models import ClosureTally, Feature, Interaction
from annotation.web.insights.words import STAGES
from annotation.web.mended import pages as mended

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
class StepLine:
    """`after`: how long after the stage before it that has a time."""

    title: str | Promise
    step: closure.Step
    after: timedelta | None


def search(request: HttpRequest, feature: Feature) -> dict[str, Any]:
    """What `?id=` asks for."""
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


def latest(feature: Feature) -> Interaction | None:
    """The last one of a version that answered on the last day counted: found by indexes alone, which the newest of a
    quiet feature beside a busy one would not be."""
    found = Interaction.objects.filter(feature=feature, erased_at=None).order_by("-model_version", "-occurred_at")
    tally = ClosureTally.objects.filter(feature=feature, signal_kind="").order_by("-day").first()
    return (found.filter(model_version=tally.model_version) if tally else found).first()


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
