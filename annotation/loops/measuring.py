"""Measure what a page has no time for, and keep the figures: at night, or when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from annotation.loops import collapse, concentration, exposure, position, retained, training
from annotation.loops.report import Detector
from annotation.models import Feature, LoopFigures

MEASURES: Final[Mapping[Detector, Callable[[Feature], dict[str, Any]]]] = {
    "self_training": training.measure,
    "retained": retained.measure,
    "concentration": concentration.measure,
    "position": position.measure,
    "collapse": collapse.measure,
    "exposure": exposure.measure,
}


def refresh(*, now: datetime) -> int:
    """Measure every feature. Returns how many."""
    features = list(Feature.objects.all())
    for feature in features:
        measure(feature=feature, now=now)
    return len(features)


def measure(*, feature: Feature, now: datetime) -> None:
    """Every detector, each kept by itself as soon as it is there."""
    for detector, measured in MEASURES.items():
        kept = {"figures": measured(feature), "computed_at": now}
        LoopFigures.objects.update_or_create(feature=feature, detector=detector, defaults=kept)
