"""The report as the pages read it: a few statements, however much was labeled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from annotation.models import Feature
from annotation.validity.report import Report, Standing


def report(
    *, feature: Feature, now: datetime, versions: Sequence[str] | None = None, with_looks: bool = True
) -> Report:
    """Every signal of a feature, of these model versions or of all; without looks, lines have no history."""
    return Report(feature=feature.slug, lines=(), computed_at=None, sentence="")


def standing(*, feature: Feature, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Standing]:
    """How (signal kind, model version) stand now. A pair of which nothing is known is missing."""
    return {}
