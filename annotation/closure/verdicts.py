"""Two of the three questions about a feature: does its loop close, and is it fast enough?"""

from __future__ import annotations

from dataclasses import dataclass, field

from annotation.closure.funnel import Funnel

# Under this many closures no quantile is shown.
ENOUGH_CLOSURES = 30


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """An answer, or None where the data can't carry one: the sentence then says what is missing."""

    answer: str | None
    sentence: str
    figures: dict[str, int | str | None] = field(default_factory=dict)


def closes(funnel: Funnel) -> Verdict:
    """`closes` once one interaction has gone all the way, else `never_closed`."""
    most = funnel.most_wait_at
    figures = {
        "interactions": funnel.total,
        "closed": funnel.closed,
        "most_wait_at": most.stage if most else None,
        "waiting_there": most.waiting if most else 0,
    }
    if not funnel.total:
        return Verdict(answer=None, sentence="Not judged yet: no interaction has arrived.", figures=figures)
    if funnel.closed:
        said = f"The loop closes: {funnel.closed:,} of {funnel.total:,} interactions led to a changed answer."
        return Verdict(answer="closes", sentence=f"{said} {funnel.sentence}", figures=figures)
    said = f"The loop has never closed. {funnel.missing_link or funnel.sentence}"
    return Verdict(answer="never_closed", sentence=said, figures=figures)


def is_fast(funnel: Funnel) -> Verdict:
    """Counts only: how many of those old enough closed in time. Never a quantile of the closed ones alone, which
    forgets what is still open."""
    figures: dict[str, int | str | None] = {
        "closure_days": funnel.closure_days,
        "closed": funnel.closed,
        "old_enough": funnel.mature,
        "closed_in_time": funnel.closed_in_time,
    }
    return Verdict(answer=None, sentence=_said(funnel), figures=figures)


def _said(funnel: Funnel) -> str:
    days = f"{funnel.closure_days} days"
    if not funnel.mature:
        return f"Not judged yet: no interaction is {days} old. {funnel.closed:,} of {funnel.total:,} closed so far."
    counted = (
        f"{funnel.closed_in_time:,} of {funnel.mature:,} interactions that are at least {days} old closed within {days}"
    )
    if funnel.closed < ENOUGH_CLOSURES:
        missing = f"a time to close is shown from {ENOUGH_CLOSURES} closures on, and there are {funnel.closed:,}"
        return f"Not judged yet: {missing}. So far {counted}."
    return f"Not judged yet: how long the open ones will take is not estimated. So far {counted}."
