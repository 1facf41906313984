"""What becomes of an item by the rule: its status, its revision, and how many people it asks for."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from annotation.consensus import rule
from annotation.consensus.resolve.reading import Case, Revision
from annotation.models import Item


class Outcome(NamedTuple):
    """`is_revised`: the decision is not the one that stands."""

    case: Case
    decision: rule.Decision
    status: str
    needed: int
    extra: int
    resolved_at: datetime | None
    is_revised: bool

    @property
    def is_moved(self) -> bool:
        """Whether the item's own row says something else."""
        case = self.case
        now = (self.status, self.needed, self.extra, self.resolved_at)
        return now != (case.status, case.needed, case.extra, case.resolved_at)


def decide(case: Case, *, now: datetime, keeps_time: bool = False, is_told_now: bool = True) -> Outcome:
    """See `resolve.many` for the two times."""
    votes = [said.vote for said in case.said if not said.is_weightless]
    doubled = sum(said.is_doubled for said in case.said)
    # An adjudicator's word takes no place on the item.
    weightless = sum(said.is_weightless and not said.vote.is_adjudication for said in case.said)
    asked = case.needed - case.extra
    terms = _terms(case, asked, doubled)
    decision = rule.decide(votes=votes, terms=terms, skips=case.skips, held=_held(case.last))
    asked = decision.asks - doubled if decision.asks else asked
    # Whoever holds or has labeled the item keeps their place.
    needed = max(asked + doubled + weightless, case.taken, 1)
    is_revised = not _stands(case.last, decision)
    return Outcome(
        case=case,
        decision=decision,
        status=_status(case.status, decision),
        needed=needed,
        extra=needed - asked,
        resolved_at=_resolved_at(case.last, decision, now, is_revised, keeps_time, is_told_now),
        is_revised=is_revised,
    )


def _terms(case: Case, asked: int, doubled: int) -> rule.Terms:
    # What asks for one more label because nothing was certain may be certain by the figures of now.
    first = min(asked, case.first) if case.stops else asked
    return rule.Terms(
        needed=first + doubled,
        stops=case.stops,
        most=max(case.most, first + doubled),
        stop_at=case.stop_at,
        fit=case.fit,
    )


def _held(last: Revision | None) -> str | None:
    return last.code if last is not None and last.is_current and last.method == "dawid_skene" else None


def _stands(last: Revision | None, decision: rule.Decision) -> bool:
    if last is None or not last.is_current:
        return decision.reason is None
    told = (last.code, last.method, tuple(last.label_ids))
    is_same = told == (decision.reason, decision.method, decision.label_ids)
    return is_same and rule.is_same_confidence(last.confidence, decision.confidence)


def _status(status: str, decision: rule.Decision) -> str:
    # An item of the reserve that still misses a label is not offered again: its cohort has closed.
    stays_reserve = status == Item.Status.RESERVE and decision.status == Item.Status.OPEN
    return Item.Status.RESERVE if stays_reserve else decision.status


def _resolved_at(
    last: Revision | None,
    decision: rule.Decision,
    now: datetime,
    is_revised: bool,
    keeps_time: bool,
    is_told_now: bool,
) -> datetime | None:
    if decision.reason is None:
        return None
    if last is None or not last.is_current:
        return now
    if not is_revised or (keeps_time and (last.code == decision.reason or not is_told_now)):
        return last.resolved_at
    return now
