"""Audit early signals against a delayed outcome: at night, or when somebody named it. All is counted anew each time.

What has to be set before the first look, and how many signals share the error, is kept from one time to the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from annotation.lib.validity import surrogate
from annotation.lib.validity.surrogate import Counts, Stratum
from annotation.lib.validity.verdict import verdict
from annotation.models import DelayedOutcome
from annotation.rewards import counting
from annotation.rewards.counting import Group
from annotation.validity import facts
from annotation.validity.looking import ALPHA, ENOUGH, EXPECTED_DAYS, UNKNOWN

MOST_APART: Final = 0.20
"""Where more conversations than this are of versions that have only one side, nothing is said of the others."""

VERDICTS: Final = {"valid": "predicts"}
"""What a verdict on a difference is called here, where it is called otherwise."""


def refresh(*, now: datetime) -> int:
    """Audit every outcome. Returns how many."""
    outcomes = list(DelayedOutcome.objects.all())
    for outcome in outcomes:
        measure(outcome_id=outcome.pk, now=now)
    return len(outcomes)


def measure(*, outcome_id: int, now: datetime) -> None:
    """Audit one; what was changed or removed meanwhile is left alone."""
    outcome = DelayedOutcome.objects.select_related("feature").filter(pk=outcome_id).first()
    if outcome is None:
        return
    found = _figures(outcome, now)
    same = DelayedOutcome.objects.filter(pk=outcome.pk, named_at=outcome.named_at)
    same.update(figures=found, computed_at=now)


def _figures(outcome: DelayedOutcome, now: datetime) -> dict[str, Any]:
    polarities = {kind: claim for kind, claim in facts.polarities().items() if claim != "none"}
    every = counting.groups(outcome=outcome, kinds=polarities, now=now)
    ripe = [one for one in every if one.is_ripe]
    all_of = _total(outcome, ripe)
    told = {
        "conversations": sum(one.conversations for one in ripe),
        "young": sum(one.conversations for one in every if not one.is_ripe),
        "unversioned": sum(one.conversations for one in ripe if one.model_version == UNKNOWN),
        "good": all_of.yes,
        "bad": all_of.no,
        "missing": all_of.missing,
        "unreadable": sum(one.conversations for one in ripe if one.value == "other"),
    }
    before = outcome.figures or {}
    compared = {kind: _strata(outcome, ripe, kind, claim) for kind, claim in sorted(polarities.items())}
    compared = {kind: strata for kind, strata in compared.items() if sum(one.with_.known for one in strata)}
    family = max(len(compared), before.get("family", 1))
    t_stars = dict(before.get("t_star", {}))
    days = _days(ripe)
    lines = []
    for kind, strata in compared.items():
        line = _line(strata, whole=all_of)
        if not line["lack"]:
            t_stars.setdefault(kind, surrogate.clock(surrogate.usable(strata)) * max(1.0, EXPECTED_DAYS / 2 / days))
            line |= _looked(strata, t_star=t_stars[kind], alpha=ALPHA / family, margin=outcome.margin, whole=all_of)
        lines.append({"kind": kind, "polarity": polarities[kind]} | line)
    return told | {"lines": lines, "family": family, "t_star": t_stars}


def _line(strata: Sequence[Stratum], *, whole: Counts) -> dict[str, Any]:
    with_, without = _sides(strata)
    return {
        "known": [with_.known, without.known],
        "missing": [with_.missing, without.missing],
        "lack": _lack(strata, whole),
    }


def _lack(strata: Sequence[Stratum], whole: Counts) -> str:
    """The first thing that is missing; "": nothing."""
    with_, without = _sides(strata)
    if not whole.yes or not whole.no:
        return "constant"
    if max(with_.missing_share, without.missing_share) > surrogate.MOST_MISSING:
        return "missing"
    if with_.known < ENOUGH:
        return "few"
    if without.known < ENOUGH:
        return "few_without"
    together = sum(one.with_.known + one.without.known for one in surrogate.usable(strata))
    return "apart" if together < (1 - MOST_APART) * (with_.known + without.known) else ""


def _looked(strata: Sequence[Stratum], *, t_star: float, alpha: float, margin: float, whole: Counts) -> dict[str, Any]:
    usable = surrogate.usable(strata)
    found = surrogate.compared(usable, t_star=t_star, alpha=alpha)
    says = verdict(interval=found.difference.interval, margin=margin)
    if says == "noise" and min(whole.yes, whole.no) < margin * whole.known:
        # Where the outcome is that rare hardly any signal could differ by the margin: that it doesn't is no finding.
        return {"lack": "rare"}
    return {
        "verdict": VERDICTS.get(says, says),
        "with": _told(found.with_),
        "without": _told(found.without),
        "difference": _told(found.difference),
        "needed": surrogate.needed(usable, t_star=t_star, alpha=alpha, margin=margin),
    }


def _told(rate: surrogate.Rate) -> list[float]:
    return [rate.value, rate.interval.low, rate.interval.high]


def _sides(strata: Sequence[Stratum]) -> tuple[Counts, Counts]:
    return sum((one.with_ for one in strata), Counts()), sum((one.without for one in strata), Counts())


def _strata(outcome: DelayedOutcome, groups: Sequence[Group], kind: str, claim: str) -> list[Stratum]:
    """By model version; what came without one tells nothing of any."""
    sides: Mapping[str, list[Counts]] = defaultdict(lambda: [Counts(), Counts()])
    for group in groups:
        if group.model_version != UNKNOWN:
            sides[group.model_version][kind in group.kinds] += _counts(outcome, group, claim)
    return [Stratum(with_=with_, without=without) for without, with_ in sides.values()]


def _total(outcome: DelayedOutcome, groups: Sequence[Group]) -> Counts:
    """How many ended well, and how many didn't."""
    return sum((_counts(outcome, group, "positive") for group in groups), Counts())


def _counts(outcome: DelayedOutcome, group: Group, claim: str) -> Counts:
    value = "false" if group.value is None and outcome.absent_is_false else group.value
    if value not in ("true", "false"):
        return Counts(missing=group.conversations)
    is_good = (value == "true") == outcome.good_when
    is_claimed = is_good == (claim == "positive")
    return Counts(yes=group.conversations) if is_claimed else Counts(no=group.conversations)


def _days(groups: Sequence[Group]) -> float:
    """From the first conversation to the last, one day at least."""
    if not groups:
        return 1.0
    return max(1.0, (max(one.last for one in groups) - min(one.first for one in groups)).total_seconds() / 86_400)
