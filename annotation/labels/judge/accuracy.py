"""How often a judge says what people decided, and what it mixes up.

Compared are current labels of a version with current decisions of people or gold on the same items. Items on whose
decision somebody saw a suggestion are left out: that decision may be the judge's own echo. Judges don't vote, so none
is compared with itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, LiteralString

from annotation import loading
from annotation.lib.intervals import Share
from annotation.models import JudgeVersion

MIN_COMPARED = 30
"""Fewer carry no share."""

COMPARED: LiteralString = """
    FROM annotation_label l
    JOIN annotation_consensusrevision c ON c.item_id = l.item_id AND c.superseded_at IS NULL AND c.method <> 'skipped'
    JOIN annotation_reason j ON j.id = l.reason_id
    JOIN annotation_reason p ON p.id = c.reason_id
    WHERE l.rater_id = ANY(%(raters)s) AND l.superseded_at IS NULL
      AND NOT EXISTS (SELECT FROM annotation_label s WHERE s.id = ANY(c.label_ids) AND s.suggestion_seen)
"""
TOTALS: LiteralString = f"""
    SELECT l.rater_id, count(*), count(*) FILTER (WHERE j.code = p.code), count(*) FILTER (WHERE j.outcome = p.outcome)
    {COMPARED} GROUP BY l.rater_id
"""
MIX_UPS: LiteralString = f"""
    SELECT j.signal_kind, min(j.title), min(p.title), count(*)
    {COMPARED} AND j.code <> p.code
    GROUP BY j.signal_kind, j.code, p.code
    ORDER BY count(*) DESC, j.signal_kind, j.code, p.code LIMIT %(limit)s
"""
LABELED: LiteralString = """
    SELECT rater_id, count(*) FROM annotation_label
    WHERE rater_id = ANY(%(raters)s) AND superseded_at IS NULL GROUP BY rater_id
"""


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Of `labeled` items, `compared` ones were decided by people. The shares are None under MIN_COMPARED."""

    labeled: int
    compared: int
    reasons: Share | None
    outcomes: Share | None

    @property
    def missing(self) -> int:
        """Decided items that are still wanted."""
        return max(0, MIN_COMPARED - self.compared)


@dataclass(frozen=True, kw_only=True)
class MixUp:
    """How often the judge said one reason where people decided another. Both by their titles."""

    signal_kind: str
    said: str
    decided: str
    count: int


def of(versions: Iterable[JudgeVersion]) -> dict[int, Accuracy]:
    """By the versions' ids."""
    raters = {version.rater_id: version.pk for version in versions}
    labeled = dict(_rows(LABELED, raters))
    totals = {rater: row for rater, *row in _rows(TOTALS, raters)}
    return {pk: _accuracy(labeled.get(rater, 0), *totals.get(rater, (0, 0, 0))) for rater, pk in raters.items()}


def mix_ups(version: JudgeVersion, *, limit: int) -> list[MixUp]:
    """The commonest first."""
    found = _rows(MIX_UPS, [version.rater_id], limit=limit)
    return [MixUp(signal_kind=row[0], said=row[1], decided=row[2], count=row[3]) for row in found]


def _accuracy(labeled: int, compared: int, same: int, same_outcome: int) -> Accuracy:
    is_enough = compared >= MIN_COMPARED
    return Accuracy(
        labeled=labeled,
        compared=compared,
        reasons=Share(hits=same, n=compared) if is_enough else None,
        outcomes=Share(hits=same_outcome, n=compared) if is_enough else None,
    )


def _rows(sql: LiteralString, raters: Iterable[int], **more: Any) -> list[tuple[Any, ...]]:
    return loading.fetched(sql, {"raters": list(raters)} | more)
