"""Shares of reasons, from the terms of days that have closed: what each sampled item contributes, with its chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from annotation import loading
from annotation.lib import rising
from annotation.lib.rising import Period
from annotation.models import Feature, Reason
from annotation.triggers.conditions import Share
from annotation.triggers.marks import Marks, Seen

Lack = rising.Lack | Literal["nothing", "after_firing", "reasons_changed"]

# Terms stand as they were written when their day closed, one a conversation and model version. In what a person could
# choose among, reasons of one code are one reason, whatever the taxonomy version.
SHEETS: Final = """
SELECT s.day, s.written_at,
    count(t.reason_id),
    coalesce(sum(w) FILTER (WHERE t.reason_id IS NOT NULL), 0),
    coalesce(sum(w * w) FILTER (WHERE t.reason_id IS NOT NULL), 0),
    coalesce(sum(w) FILTER (WHERE r.code = ANY($3::text[])), 0),
    coalesce(sum(w * w) FILTER (WHERE r.code = ANY($3::text[])), 0),
    coalesce(max(w) FILTER (WHERE t.reason_id IS NOT NULL), 0),
    coalesce(sum(w) FILTER (WHERE t.reason_id IS NULL), 0),
    coalesce(array_agg(DISTINCT r.taxonomy_version_id) FILTER (WHERE r.id IS NOT NULL), '{}')
FROM annotation_termsheet s
JOIN annotation_term t ON t.sheet_id = s.id AND t.signal_kind = $2 AND t.counts_with AND t.probability IS NOT NULL
CROSS JOIN LATERAL (SELECT 1 / t.probability AS w) AS weighed
LEFT JOIN annotation_reason r ON r.id = t.reason_id
WHERE s.feature_id = $1 AND s.day >= $4
GROUP BY s.id ORDER BY s.day, s.id
"""

NEWEST: Final = """
SELECT max(s.day) FROM annotation_termsheet s
WHERE s.feature_id = $1 AND s.written_at <= $3
    AND EXISTS (SELECT FROM annotation_term t WHERE t.sheet_id = s.id AND t.signal_kind = $2)
"""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What one queue's cohort of a day contributes, and since when that is known."""

    day: date
    written_at: datetime
    period: Period
    versions: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Days:
    """`alike`: taxonomy versions among which people choose from the same reasons, by one of them."""

    sheets: Sequence[Sheet]
    alike: dict[int, int]

    def newest(self, until: datetime) -> date | None:
        """The newest day that was known at this time."""
        return max((sheet.day for sheet in self.sheets if sheet.written_at <= until), default=None)

    def between(self, first: date, last: date, until: datetime) -> tuple[Period, set[int]]:
        """What was known at this time of these days, both included; and among what people chose there."""
        chosen = [one for one in self.sheets if first <= one.day <= last and one.written_at <= until]
        total = sum((one.period for one in chosen), Period())
        return total, {self.alike[version] for one in chosen for version in one.versions}


def newest(feature: Feature, condition: Share, until: datetime) -> date | None:
    [(day,)] = loading.asked(NEWEST, [feature.pk, condition.signal_kind, until])
    return day  # type: ignore[no-any-return]


def read(feature: Feature, condition: Share, first: date) -> Days:
    """All sheets from this day on."""
    rows = loading.asked(SHEETS, [feature.pk, condition.signal_kind, condition.reasons, first])
    sheets = [_sheet(row) for row in rows]
    return Days(sheets=sheets, alike=_alike(condition.signal_kind, {one for sheet in sheets for one in sheet.versions}))


def look(days: Days, condition: Share, marks: Marks, until: datetime) -> Seen:
    """One look at each new day: where none came since the last look, there is nothing to see."""
    day = days.newest(until)
    after = replace(marks, until=until)
    if day is None:
        return Seen(fires=False, marks=after, about={"condition": condition.kind, "lack": "nothing"})
    before = days.newest(marks.until)
    about, has_risen = _compared(days, condition, marks.first_day, day, until)
    if not has_risen or (before is not None and before >= day):
        return Seen(fires=False, marks=after, about=about)
    # It rose in the course of these days, so only from the last of them on is all at the level it rose to. To compare
    # with any before would find the same rise once more.
    fired = Marks(since=until, until=until, first_day=day)
    return Seen(fires=True, marks=fired, about=about)


def _compared(
    days: Days, condition: Share, first_day: date | None, day: date, until: datetime
) -> tuple[dict[str, Any], bool]:
    start = _first(day, condition)
    earlier = start - timedelta(days=condition.days)
    last, chosen_last = days.between(start, day, until)
    before, chosen_before = days.between(earlier, start - timedelta(days=1), until)
    about = {
        "condition": condition.kind,
        "signal_kind": condition.signal_kind,
        "reasons": condition.reasons,
        "day": day.isoformat(),
        "days": condition.days,
        "labels": last.labels,
        "labels_before": before.labels,
    }
    lack: Lack = last.lack or before.lack
    if first_day is not None and earlier < first_day:
        lack = "after_firing"
    elif not lack and len(chosen_last | chosen_before) > 1:
        lack = "reasons_changed"
    if lack:
        return about | {"lack": lack}, False
    has_risen = rising.has_risen(before=before, after=last, least=condition.rise)
    return about | _figures(last, before), has_risen


def _figures(last: Period, before: Period) -> dict[str, float]:
    told = {"chance": rising.chance(before=before, after=last)}
    for name, period in (("", last), ("_before", before)):
        low, high = period.interval
        told |= {f"share{name}": period.share, f"low{name}": low, f"high{name}": high}
    return {name: float(f"{value:.4g}") for name, value in told.items()}


def _first(day: date, condition: Share) -> date:
    return day - timedelta(days=condition.days - 1)


def _sheet(row: tuple[Any, ...]) -> Sheet:
    day, written_at, labels, weight, squares, hits, hit_squares, heaviest, undecided, versions = row
    period = Period(
        labels=labels,
        weight=weight,
        squares=squares,
        hits=hits,
        hit_squares=hit_squares,
        heaviest=heaviest,
        undecided=undecided,
    )
    return Sheet(day=day, written_at=written_at, period=period, versions=frozenset(versions))


def _alike(kind: str, versions: set[int]) -> dict[int, int]:
    codes: dict[int, set[str]] = {version: set() for version in versions}
    rows = Reason.objects.filter(taxonomy_version__in=versions, signal_kind=kind)
    for version, code in rows.values_list("taxonomy_version_id", "code"):
        codes[version].add(code)
    first = {frozenset(own): version for version, own in sorted(codes.items(), reverse=True)}
    return {version: first[frozenset(own)] for version, own in codes.items()}
