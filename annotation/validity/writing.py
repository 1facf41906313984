"""What closed cohorts contribute to the estimates, written once with the figures that it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from annotation import copying
from annotation.models import Audit, TermSheet
from annotation.validity import arms, cells, facts, helpers, locks, parts
from annotation.validity.cells import State
from annotation.validity.facts import Due, Fact
from annotation.validity.figures import CLAIMS, CellKey, Cohort
from annotation.validity.helpers import Known
from annotation.validity.terms import Row, Terms

COLUMNS: Final = {
    "item_id": "int8",
    "interaction_id": "int8",
    "signal_kind": "text",
    "model_version": "text",
    "part_id": "int8",
    "is_first": "bool",
    "kinds": "text[]",
    "counts_with": "bool",
    "counts_without": "text[]",
    "probability": "float8",
    "outcome": "text",
    "reason_id": "int8",
    "f_good": "float8",
    "f_bad": "float8",
    "lam_good": "float8",
    "lam_bad": "float8",
    "sheet_id": "int8",
    "cohort_id": "int8",
    "feature_id": "int8",
    "written_at": "timestamptz",
}

Lambdas = Mapping[tuple[str, str], tuple[float, float]]
"""By (kind, model version): λ for good and for bad."""

FIRST: Final = (1.0, 1.0)
UNUSED: Final = (0.0, 0.0)


def write_terms(*, now: datetime) -> int:
    """Write the terms of the next cohorts that are closed and settled. Returns how many; call again until it is 0.

    Of each queue the earliest day comes first. Several workers at once write each cohort once. A cohort without a
    sample has a sheet and no terms.
    """
    written, taken = 0, set[int]()
    for cohort_id, feature_id in facts.due():
        # Whoever has the feature may be at an earlier day, and no day comes before that.
        if feature_id in taken:
            continue
        with transaction.atomic():
            if locks.have(feature_id):
                written += _write(cohort_id, feature_id, now)
            else:
                taken.add(feature_id)
    return written


def _write(cohort_id: int, feature_id: int, now: datetime) -> bool:
    due = facts.cohort(cohort_id)
    if due is None:
        return False
    found = facts.items(due)
    sampled = [fact.placed.item_id for fact in found if fact.probability is not None]
    sheet = TermSheet.objects.create(
        cohort_id=cohort_id,
        feature_id=feature_id,
        day=due.day,
        suggestions_seen=facts.suggestions_seen(sampled),
        written_at=now,
    )
    if sampled:  # where nobody was asked about any item, none had a chance: as zeros they would pull rates down
        _count(sheet, due, found, now)
    Audit.objects.update_or_create(feature_id=feature_id, defaults={"computed_at": now})
    return True


def _count(sheet: TermSheet, due: Due, found: Sequence[Fact], now: datetime) -> None:
    known = helpers.known(feature_id=due.feature_id, item_ids=[fact.placed.item_id for fact in found])
    states = cells.of(feature_id=due.feature_id, versions={fact.placed.model_version for fact in found})
    polarities = facts.polarities()
    lambdas = None if sheet.suggestions_seen else _lambdas(states)
    rows = _rows(found, due, known, lambdas, polarities)
    suffix = (sheet.pk, due.cohort_id, due.feature_id, now)
    copying.rows("annotation_term", COLUMNS, [(*row, *suffix) for row in rows])
    cohort = Cohort(sheet_id=sheet.pk, day=sheet.day, suggestions_seen=sheet.suggestions_seen)
    states = _take(states, Terms.of(rows), cohort, polarities, feature_id=due.feature_id, now=now)
    for state in states:
        _note_helper(state, known, sheet)
    cells.keep(states)
    told = [
        (fact.placed.item_id, fact.placed.signal_kind, fact.probability, fact.outcome)
        for fact in found
        if fact.probability is not None and fact.outcome is not None
    ]
    helpers.learn(feature_id=due.feature_id, known=known, sampled=told)


def _rows(
    found: Sequence[Fact], due: Due, known: Known, lambdas: Lambdas | None, polarities: Mapping[str, str]
) -> list[Row]:
    conversations = {fact.placed.conversation_id for fact in found if fact.placed.conversation_id is not None}
    counted = facts.counted(feature_id=due.feature_id, conversations=conversations)
    compared = {kind for kind, polarity in polarities.items() if polarity != "none"}
    placed = arms.of([fact.placed for fact in found], compared=compared, counted=counted)
    values = {fact.placed.item_id: fact.value for fact in found if fact.value is not None}
    part_of = parts.of(feature_id=due.feature_id, key=due.audited_key, values=values)
    return [_row(fact, placed[fact.placed.item_id], part_of, known, lambdas) for fact in found]


def _row(fact: Fact, arm: arms.Arms, part_of: Mapping[int, int], known: Known, lambdas: Lambdas | None) -> Row:
    """`lambdas` None: people saw suggestions, to which their labels may lean, so that no prediction is used."""
    placed = fact.placed
    f = known.predicts(item_id=placed.item_id, kind=placed.signal_kind)
    f_good, f_bad = f or (None, None)
    lam_good, lam_bad = UNUSED
    if f is not None and lambdas is not None:
        lam_good, lam_bad = lambdas.get((placed.signal_kind, placed.model_version), FIRST)
    return Row(
        item_id=placed.item_id,
        interaction_id=placed.interaction_id,
        signal_kind=placed.signal_kind,
        model_version=placed.model_version,
        part_id=part_of.get(placed.item_id),
        is_first=placed.is_first,
        kinds=sorted(placed.kinds),
        counts_with=arm.counts_with,
        counts_without=arm.counts_without,
        probability=fact.probability,
        outcome=fact.outcome,
        reason_id=fact.reason_id,
        f_good=f_good,
        f_bad=f_bad,
        lam_good=lam_good,
        lam_bad=lam_bad,
    )


def _lambdas(states: Sequence[State]) -> Lambdas:
    """From earlier cohorts."""
    return {
        (state.cell.signal_kind, state.cell.model_version): (
            state.figures.lam["good"].value(),
            state.figures.lam["bad"].value(),
        )
        for state in states
        if state.cell.part_id is None
    }


def _take(
    states: list[State],
    terms: Terms,
    cohort: Cohort,
    polarities: Mapping[str, str],
    *,
    feature_id: int,
    now: datetime,
) -> list[State]:
    """Take the terms into their cells, new ones included, and return all of them."""
    before = {state.cell.model_version for state in states}
    turned = [state for state in states if _is_turned(state, polarities, now)]
    missing = sorted(_keys(terms, polarities) - {state.key for state in states}, key=lambda key: (key.kind, key.part))
    made = cells.make(feature_id=feature_id, keys=missing, now=now)
    everyone = [*states, *made]
    grown = [state for state in cells.widen(everyone) if state.figures.intervals]
    anew = {*turned, *grown, *(state for state in made if state.cell.model_version in before)}
    contradicting = []
    for state in everyone:
        if state not in anew:
            state.figures.add(terms=terms, of=cohort, cell=state.key)
            if state.needs_bets:
                anew.add(state)
            elif state.narrow():
                contradicting.append(state)
    contradicting += cells.anew([state for state in everyone if state in anew], feature_id=feature_id)
    cells.settle(everyone, contradicting=contradicting, feature_id=feature_id, now=now)
    return everyone


def _is_turned(state: State, polarities: Mapping[str, str], now: datetime) -> bool:
    """Whether the taxonomy says by now that the signal claims something else. It is then judged from the start."""
    polarity = polarities.get(state.cell.signal_kind, state.cell.polarity)
    if polarity == state.cell.polarity:
        return False
    state.cell.polarity = polarity
    state.begin_anew(now=now)
    return True


def _keys(terms: Terms, polarities: Mapping[str, str]) -> set[CellKey]:
    """The cells that these terms belong to: of all, and of their part."""
    named = set(zip(terms.kinds, terms.versions, terms.parts.tolist(), strict=True))
    return {
        CellKey(kind=kind, polarity=polarities.get(kind, "none"), model_version=version, part=part)
        for kind, version, own in named
        for part in {0, own}
    }


def _note_helper(state: State, known: Known, sheet: TermSheet) -> None:
    """Whose predictions this cohort used for the signal, or why nobody's."""
    cell, outcome = state.cell, CLAIMS[state.cell.polarity]
    cell.suggestions_seen = cell.suggestions_seen or sheet.suggestions_seen
    cell.helper_id = known.chosen.get(cell.signal_kind)
    cell.helper_why = known.why(cell.signal_kind)
    if cell.helper_id is not None:
        is_trusted = state.figures.lam[outcome].value() > 0
        cell.helper_why = "seen" if sheet.suggestions_seen else "" if is_trusted else "no_help"
