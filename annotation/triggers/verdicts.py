"""Since when each model version's signal has the verdict that it has, or had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from annotation import loading
from annotation.models import Feature
from annotation.triggers.conditions import Verdict
from annotation.triggers.marks import Marks, Seen

MOST_TOLD: Final = 20

CELLS: Final = """
SELECT id, model_version, verdict, verdict_at, restarted_at FROM annotation_cell
WHERE feature_id = $1 AND signal_kind = $2 AND part_id IS NULL ORDER BY id
"""

# A look says how a cell stood after a day's cohorts; it was known when the terms of that day were written.
LOOKS: Final = """
SELECT l.cell_id, s.written_at, l.verdict
FROM annotation_look l
JOIN (
    SELECT day, max(written_at) AS written_at FROM annotation_termsheet WHERE feature_id = $1 GROUP BY day
) s ON s.day = l.day
WHERE l.cell_id = ANY($2::bigint[]) ORDER BY l.cell_id, l.day
"""


class Step(NamedTuple):
    """From `at` on the verdict was this one."""

    at: datetime
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Course:
    """How the verdict on one model version's signal changed, in order. Open at first."""

    model_version: str
    steps: tuple[Step, ...]

    def at(self, time: datetime) -> Step | None:
        """The step that stands at this time."""
        known = [step for step in self.steps if step.at <= time]
        return known[-1] if known else None


def now(feature: Feature, condition: Verdict) -> list[Course]:
    """As cells stand now; without what they were before."""
    return [_course(cell, ()) for cell in _cells(feature, condition)]


def past(feature: Feature, condition: Verdict) -> list[Course]:
    """With what they were before, as far as looks tell."""
    cells = _cells(feature, condition)
    looks: dict[int, list[Step]] = defaultdict(list)
    for pk, at, verdict in loading.asked(LOOKS, [feature.pk, [cell[0] for cell in cells]]):
        looks[pk].append(Step(at, verdict))
    return [_course(cell, looks[cell[0]]) for cell in cells]


def look(courses: Iterable[Course], condition: Verdict, marks: Marks, until: datetime) -> Seen:
    """A verdict counts while it stands, if it came after the last firing."""
    standing = [(course, step) for course in courses if (step := course.at(until)) is not None]
    new = [(one, step) for one, step in standing if step.verdict in condition.verdicts and step.at > marks.since]
    told = new or standing
    about = {
        "condition": condition.kind,
        "signal_kind": condition.signal_kind,
        "changes" if new else "standing": [_told(course, step) for course, step in told[-MOST_TOLD:]],
    }
    if new:
        return Seen(fires=True, marks=Marks(since=until, until=until), about=about)
    return Seen(fires=False, marks=replace(marks, until=until), about=about)


def _cells(feature: Feature, condition: Verdict) -> list[tuple[Any, ...]]:
    return loading.asked(CELLS, [feature.pk, condition.signal_kind])


def _course(cell: tuple[Any, ...], looks: Iterable[Step]) -> Course:
    """What the cell says itself is exact to the second; looks tell what was before."""
    _pk, version, verdict, verdict_at, restarted_at = cell
    began = verdict_at or restarted_at
    steps = [step for step in looks if began is None or step.at < began]
    if began is not None:
        steps.append(Step(began, verdict))
    return Course(model_version=version, steps=tuple(_changes(steps)))


def _changes(steps: Iterable[Step]) -> Iterable[Step]:
    before = "not_enough"
    for step in steps:
        if step.verdict != before:
            yield step
        before = step.verdict


def _told(course: Course, step: Step) -> dict[str, str]:
    at = step.at.astimezone(UTC).isoformat()
    return {"model_version": course.model_version, "verdict": step.verdict, "at": at}
