"""Two of the three questions about a feature: does its loop close, and is it fast enough?"""

from __future__ import annotations

from dataclasses import dataclass, field

from annotation.closure import words
from annotation.closure.funnel import ARRIVED, Funnel
from annotation.closure.speed import Pace, Speed


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """An answer, or None where the data can't carry one: the sentence then says what is missing."""

    answer: str | None
    sentence: str
    figures: dict[str, int | float | str | None] = field(default_factory=dict)


def closes(funnel: Funnel) -> Verdict:
    """`closes` once one interaction has gone all the way, else `never_closed`."""
    most = funnel.most_wait_at
    figures: dict[str, int | float | str | None] = {
        "interactions": funnel.total,
        "closed": funnel.closed,
        "most_wait_at": most.stage if most else None,
        "waiting_there": most.waiting if most else 0,
    }
    if not funnel.total:
        said = ARRIVED if funnel.is_new else "No interaction has arrived."
        return Verdict(answer=None, sentence=f"Not judged yet. {said}", figures=figures)
    if funnel.closed:
        said = f"The loop closes: {funnel.closed:,} of {funnel.total:,} interactions led to a changed answer."
        return Verdict(answer="closes", sentence=f"{said} {funnel.sentence}", figures=figures)
    said = f"The loop has never closed. {funnel.missing_link or funnel.sentence}"
    return Verdict(answer="never_closed", sentence=said, figures=figures)


def is_fast(speed: Speed) -> Verdict:
    """`fast` where more than half of what can lead on closed, or was validated in between, within the days allowed:
    surely, that is, the whole interval lies above. `slow` where it lies below. Else there is no answer.

    What can lead on is taken as known: where more of it is in time, less of it leads nowhere, so that this errs to no
    answer.
    """
    pace = speed.pace
    return Verdict(answer=_answer(pace), sentence=_said(speed), figures=_figures(speed))


def _answer(pace: Pace) -> str | None:
    if pace.validated is None or pace.elsewhere is None:
        return None
    half = (1 - pace.elsewhere) / 2
    if pace.validated.low > half:
        return "fast"
    return "slow" if pace.validated.high < half else None


def _said(speed: Speed) -> str:
    pace, said = speed.pace, words.speed(speed)
    match _answer(pace):
        case "fast":
            return f"Fast enough. {said}"
        case "slow":
            return f"Too slow for {pace.closure_days} days. {said}"
    if pace.validated is None:
        return f"Not judged yet. {said}"
    unsure = "whether more than half of what can lead on is in time isn't sure; more weeks will tell."
    return f"Not judged yet: {unsure} {said}"


def _figures(speed: Speed) -> dict[str, int | float | str | None]:
    pace, stall = speed.pace, speed.stall
    median = pace.quantile()
    return {
        "closure_days": pace.closure_days,
        "sample": pace.number,
        "closed": pace.closed,
        "closed_in_time": _rounded(pace.within.value if pace.within else None),
        "closed_in_time_low": _rounded(pace.within.low if pace.within else None),
        "closed_in_time_high": _rounded(pace.within.high if pace.within else None),
        "closed_or_validated_in_time": _rounded(pace.validated.value if pace.validated else None),
        "can_lead_no_further": _rounded(pace.elsewhere),
        "median_days": _rounded(median.value if median else None),
        "waits_longest_at": stall.stage if stall else None,
        "waits_days": _rounded(stall.mean if stall else None),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
