"""Every night all figures are computed anew from the terms, and compared with those that were kept up."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from annotation import audit
from annotation.models import Audit, Feature
from annotation.validity import cells, corrections, locks, pace
from annotation.validity.cells import State

logger = logging.getLogger(__name__)

CLOSE: Final = 1e-9


def check(*, now: datetime) -> int:
    """Check every feature. Returns in how many cells the kept figures were wrong; they are right afterwards."""
    audited = Audit.objects.exclude(computed_at=None).order_by("pk").values_list("pk", flat=True)
    return sum(of_feature(feature_id=pk, now=now) for pk in list(audited))


@transaction.atomic
def of_feature(*, feature_id: int, now: datetime) -> int:
    locks.wait(feature_id)
    corrections.of_feature(feature_id=feature_id, now=now, is_full=True)
    states = cells.of(feature_id=feature_id)
    kept = [state.figures.as_json() for state in states]
    cells.anew(states, feature_id=feature_id)
    wrong = [
        (state, differing)
        for state, before in zip(states, kept, strict=True)
        if (differing := list(differences(before, state.figures.as_json())))
    ]
    for state, differing in wrong:
        _report(state, differing, now)
    cells.keep([state for state, _differing in wrong])
    Audit.objects.filter(pk=feature_id).update(
        checked_at=now, seconds_a_label=pace.seconds(feature_id=feature_id, now=now)
    )
    return len(wrong)


def differences(one: Any, other: Any, name: str = "") -> Iterator[str]:
    """The names of the figures that differ by more than 1e-9, of a figure above 1 in proportion."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key), other.get(key), f"{name}.{key}" if name else key)
    elif isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{name}.{place}")
    elif not _is_close(one, other):
        yield name


def _is_close(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return bool(one == other)


def _report(state: State, differing: list[str], now: datetime) -> None:
    cell = state.cell
    logger.error("Figures of cell %s were wrong in %s; computed anew from the terms.", cell.pk, ", ".join(differing))
    audit.record(
        actor=audit.FLYWHEEL,
        verb="validity.recomputed",
        target=("cell", cell.pk),
        feature=Feature(pk=cell.feature_id),
        now=now,
        data={"figures": differing[:20]},
    )
