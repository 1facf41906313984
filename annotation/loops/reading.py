"""Does the wheel feed on itself? What the detectors found when they last looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from annotation.loops import collapse, concentration, exposure, position, retained, training
from annotation.loops.report import DETECTORS, Answer, Detector, Finding, Report, refused
from annotation.models import Feature, LoopFigures

TOLD: Final[Mapping[Detector, Callable[[dict[str, Any]], Finding]]] = {
    "self_training": training.told,
    "retained": retained.told,
    "concentration": concentration.told,
    "position": position.told,
    "collapse": collapse.told,
    "exposure": exposure.told,
}

NOT_YET: Final = "Not measured yet: that is done each night."

# What tells of the model itself, as it is trained and as it answers; the others tell whom and what it listens to.
OF_THE_MODEL: Final[tuple[Detector, ...]] = ("self_training", "collapse")


def report(*, feature: Feature, now: datetime) -> Report:
    """The self-training share as the datasets are now, the others as they were last measured before `now`."""
    kept = {one.detector: one for one in LoopFigures.objects.filter(feature=feature)}
    findings = tuple(_finding(detector, feature, kept.get(detector), now) for detector in DETECTORS)
    answer = _answer(findings)
    return Report(
        feature=feature.slug,
        findings=findings,
        answer=answer,
        sentence=_summary(findings, answer),
        computed_at=min((one.computed_at for one in kept.values()), default=None),
    )


def _finding(detector: Detector, feature: Feature, kept: LoopFigures | None, now: datetime) -> Finding:
    if detector == "self_training":
        return _of_training(feature, kept, now)
    if kept is None:
        return refused(detector, NOT_YET, {})
    return replace(TOLD[detector](kept.figures), computed_at=kept.computed_at)


def _of_training(feature: Feature, kept: LoopFigures | None, now: datetime) -> Finding:
    """Of the dataset that is the latest now; what it replaces is known once it was measured."""
    return replace(training.told(training.current(feature, kept.figures if kept else None)), computed_at=now)


def _answer(findings: Sequence[Finding]) -> Answer | None:
    alarms = {one.alarm for one in findings}
    if "red" in alarms:
        return "feeds"
    if "amber" in alarms:
        return "leans"
    return "does_not" if any(one.detector in OF_THE_MODEL and not one.is_refused for one in findings) else None


def _summary(findings: Sequence[Finding], answer: Answer | None) -> str:
    worst = [one for alarm in ("red", "amber") for one in findings if one.alarm == alarm]
    known = [one for one in findings if not one.is_refused]
    match answer:
        case "feeds":
            return f"It feeds on itself. {worst[0].sentence}"
        case "leans":
            return f"Watch it. {worst[0].sentence}"
        case "does_not":
            return f"No sign of it in {len(known)} of {len(findings)} ways to look. {known[0].sentence}"
    return f"Not known yet. {findings[0].sentence}"
