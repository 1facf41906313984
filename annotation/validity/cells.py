"""The cells of a feature and their looks are written here: cohort by cohort, or anew from all terms."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import orjson

from annotation import loading
from annotation.lib.validity.sequence import Interval
from annotation.models import Cell, Look
from annotation.validity import looking, terms
from annotation.validity.figures import Betting, CellKey, Cohort, Figures
from annotation.validity.looking import is_worst_case
from annotation.validity.terms import Terms

SHEETS: Final = """
SELECT id, day, suggestions_seen FROM annotation_termsheet WHERE feature_id = $1 ORDER BY id
"""

KEEP: Final = """
UPDATE annotation_cell c
SET polarity = t.polarity, family = t.family, verdict = t.verdict, verdict_at = t.verdict_at,
    restarted_at = t.restarted_at, corrections = t.corrections, suggestions_seen = t.suggestions_seen,
    helper_id = t.helper_id, helper_why = t.helper_why, figures = t.figures, computed_at = t.computed_at
FROM jsonb_to_recordset($1::jsonb) AS t (
    id bigint, polarity text, family int, verdict text, verdict_at timestamptz, restarted_at timestamptz,
    corrections bigint, suggestions_seen bool, helper_id bigint, helper_why text, figures jsonb, computed_at timestamptz
)
WHERE c.id = t.id
"""

KEPT: Final = (
    "id", "polarity", "family", "verdict", "verdict_at", "restarted_at", "corrections", "suggestions_seen",
    "helper_id", "helper_why", "computed_at",
)  # fmt: skip

NOT_ENOUGH: Final = "not_enough"


@dataclass(eq=False)
class State:
    """A cell and its figures as they are now."""

    cell: Cell
    figures: Figures
    looks: list[Look] = field(default_factory=list)

    @classmethod
    def of(cls, cell: Cell) -> State:
        return cls(cell, Figures.of(cell.figures))

    @property
    def key(self) -> CellKey:
        cell = self.cell
        return CellKey(
            kind=cell.signal_kind,
            polarity=cell.polarity,
            model_version=cell.model_version,
            part=cell.part_id or 0,
        )

    @property
    def lacks(self) -> str:
        return looking.lack(self.figures, polarity=self.cell.polarity, model_version=self.cell.model_version)

    @property
    def is_looked_at(self) -> bool:
        return self.cell.polarity != "none" and not self.lacks

    def narrow(self) -> bool:
        """Look, if there is something to see. Whether looks contradict each other."""
        return self.is_looked_at and looking.look(self.figures, family=self.cell.family)

    @property
    def needs_bets(self) -> bool:
        return self.figures.betting is None and self.figures.is_heavy

    def begin_anew(self, *, now: datetime, since_correction: int | None = None) -> None:
        """Forget all looks and the verdict: the next figures come from all terms, the next look is the first."""
        self.figures.since_sheet = self.figures.last_sheet
        if since_correction is not None:
            self.figures.since_correction = since_correction
        cell = self.cell
        cell.verdict, cell.verdict_at, cell.restarted_at, cell.corrections = NOT_ENOUGH, None, now, 0

    def tell(self, *, now: datetime) -> None:
        """Latch a verdict that the figures carry now, and note how they stand."""
        cell, figures = self.cell, self.figures
        cell.computed_at = now
        if not self.is_looked_at or not figures.intervals:
            return
        if cell.verdict == NOT_ENOUGH and (verdict := looking.says(figures)) != NOT_ENOUGH:
            cell.verdict, cell.verdict_at = verdict, now
        assert figures.last_day is not None
        self.looks = [_look(cell, figures, figures.last_day)]


def of(*, feature_id: int, versions: Collection[str] | None = None) -> list[State]:
    """The cells of a feature, of these model versions or of all."""
    condition = "t.feature_id = $1 AND ($2::text[] IS NULL OR t.model_version = ANY($2::text[])) ORDER BY t.id"
    rows = loading.rows(Cell, condition, [feature_id, None if versions is None else list(versions)])
    return [State.of(cell) for cell in rows]


def make(*, feature_id: int, keys: Iterable[CellKey], now: datetime) -> list[State]:
    """New cells, empty."""
    made = [
        Cell(
            feature_id=feature_id,
            signal_kind=key.kind,
            polarity=key.polarity,
            model_version=key.model_version,
            part_id=key.part or None,
            computed_at=now,
        )
        for key in keys
    ]
    return [State.of(cell) for cell in Cell.objects.bulk_create(made)]


def widen(states: Sequence[State]) -> list[State]:
    """Set how many cells share the error: all of a model version that claim something, those of parts by themselves.
    It never falls. Returns the cells in which it grew."""
    grown = []
    for state in states:
        size = sum(_is_family(state, other) for other in states)
        if size > state.cell.family:
            state.cell.family = size
            grown.append(state)
    return grown


def _is_family(state: State, other: State) -> bool:
    one, two = state.key, other.key
    return one.model_version == two.model_version and bool(one.part) == bool(two.part) and two.polarity != "none"


def settle(states: Sequence[State], *, contradicting: Sequence[State], feature_id: int, now: datetime) -> None:
    """After new terms were taken in: begin anew where looks contradict each other, and tell how all stand."""
    for state in contradicting:
        state.begin_anew(now=now)
    anew(contradicting, feature_id=feature_id)
    for state in states:
        state.tell(now=now)


def anew(states: Sequence[State], *, feature_id: int) -> list[State]:
    """Figures from all terms, in the order in which these were written. Returns where looks contradict each other.

    Each cell's looks begin where its last restart was, with the corrections until then taken in.
    """
    if not states:
        return []
    for state in states:
        old = state.figures
        state.figures = Figures(
            since_sheet=old.since_sheet,
            since_correction=old.since_correction,
            betting=Betting() if old.betting is not None or old.is_heavy else None,
        )
    versions = sorted({state.cell.model_version for state in states})
    for sheet_id, day, seen in loading.asked(SHEETS, [feature_id]):
        found, corrections = terms.read(sheet_id=sheet_id, versions=versions)
        _take(states, found, corrections, Cohort(sheet_id=sheet_id, day=day, suggestions_seen=seen))
    unready = [state for state in states if state.needs_bets]
    anew(unready, feature_id=feature_id)
    return [state for state in states if state.figures.intervals and looking.judged(state.figures).is_empty]


def _take(states: Sequence[State], found: Terms, corrections: Sequence[terms.Correction], cohort: Cohort) -> None:
    by_cut: dict[int, Terms] = {}
    for state in states:
        if state.cell.model_version not in found.present:
            continue
        cut = state.figures.since_correction
        if cut not in by_cut:
            by_cut[cut] = found.corrected([one for one in corrections if one.id <= cut])
        state.figures.add(terms=by_cut[cut], of=cohort, cell=state.key)
        if cohort.sheet_id >= state.figures.since_sheet and not state.needs_bets:
            state.narrow()


def keep(states: Sequence[State]) -> None:
    """Write cells as they are now, with their looks."""
    rows = [
        {name: getattr(state.cell, name) for name in KEPT} | {"figures": state.figures.as_json()} for state in states
    ]
    if rows:
        told = orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY).decode()
        loading.said(KEEP, [told])
    looks = [look for state in states for look in state.looks]
    columns = [column.name for column in Look._meta.concrete_fields if column.name not in {"id", "cell", "day"}]
    Look.objects.bulk_create(looks, update_conflicts=True, unique_fields=["cell", "day"], update_fields=columns)


def estimates(figures: Figures) -> Mapping[str, float]:
    """The rate with the signal, without it, and their difference; on the worst case, as that has them."""
    with_ = figures.with_.claimed.mean
    without = (figures.without.highest if is_worst_case(figures) else figures.without.claimed).mean
    return {"with": _clipped(with_), "without": _clipped(without), "difference": with_ - without}


def bounds(figures: Figures) -> Mapping[str, Interval]:
    """Where each of the three lies."""
    is_worst = is_worst_case(figures)
    found = figures.intervals
    return {
        "with": found["with"],
        "without": found["without_highest" if is_worst else "without"],
        "difference": found["bounds" if is_worst else "difference"],
    }


def _look(cell: Cell, figures: Figures, day: date) -> Look:
    told, where = estimates(figures), bounds(figures)
    return Look(
        cell=cell,
        day=day,
        rate=told["with"],
        rate_low=where["with"].low,
        rate_high=max(where["with"].low, where["with"].high),
        difference=told["difference"],
        difference_low=where["difference"].low,
        difference_high=max(where["difference"].low, where["difference"].high),
        labels=figures.with_.labels,
        verdict=cell.verdict,
    )


def _clipped(share: float) -> float:
    return min(max(share, 0.0), 1.0)
