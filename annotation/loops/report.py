"""What the detectors of a wheel that feeds on itself found, each with a sentence, a figure, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

Detector = Literal["self_training", "retained", "concentration", "position", "collapse", "exposure"]
Alarm = Literal["none", "amber", "red"]
Answer = Literal["feeds", "leans", "does_not"]

DETECTORS: Final[tuple[Detector, ...]] = (
    "self_training",
    "retained",
    "concentration",
    "position",
    "collapse",
    "exposure",
)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What a detector measures, and where that lies by 95 %. None where it has no interval."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`figure` is None where `refusal` says why nothing is told, and what would change that; it is the sentence then.

    `todo`: what to do. `figures`: numbers and codes that stand beside it.
    """

    detector: Detector
    sentence: str
    todo: str = ""
    alarm: Alarm = "none"
    figure: Figure | None = None
    refusal: str = ""
    figures: Mapping[str, Any]
    computed_at: datetime | None = None

    @property
    def is_refused(self) -> bool:
        return bool(self.refusal)


@dataclass(frozen=True, kw_only=True)
class Report:
    """Every detector, in the order of DETECTORS. `answer`: whether the wheel feeds on itself; `leans` where something
    is to be watched; None where nothing could be told of what it is trained on."""

    feature: str
    findings: tuple[Finding, ...]
    answer: Answer | None
    sentence: str
    computed_at: datetime | None

    def of(self, detector: Detector) -> Finding:
        return next(one for one in self.findings if one.detector == detector)


def refused(detector: Detector, why: str, figures: Mapping[str, Any]) -> Finding:
    return Finding(detector=detector, sentence=why, refusal=why, figures=figures)
