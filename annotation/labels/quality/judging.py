"""What stands out in somebody's figures, and what the rule proposes: pure, from the figures and the time.

Only check questions propose, and never more than the next rung of the ladder. To put aside is proposed for at most one
in twenty of those who label: filters mostly remove those who see it otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from annotation.consensus import agreement
from annotation.labels.quality.figures import Checks, Figures
from annotation.models import Rater

MIN_CHECKS = agreement.MIN_GOLD
MIN_MET = agreement.MIN_OVERLAP
"""With fewer check questions and also fewer items that somebody else labeled too, nothing is said."""

RECENT = timedelta(days=28)
MOST_PUT_ASIDE = 0.05

TOLD, DOUBLE_LABELED, QUARANTINED = Rater.Standing.TOLD, Rater.Standing.DOUBLE_LABELED, Rater.Standing.QUARANTINED
LADDER = ("", TOLD, DOUBLE_LABELED, QUARANTINED)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """`is_enough`: whether anything can be said. `alarms`: signs of change of the last four weeks that came after the
    last decision about the person. `proposal`: the next rung, or empty. `is_held_back`: the rule would propose to put
    aside, and doesn't, since that would be too many."""

    figures: Figures
    is_enough: bool
    alarms: Sequence[datetime]
    proposal: str = ""
    is_held_back: bool = False

    @property
    def has_hint(self) -> bool:
        habit, speed = self.figures.habit, self.figures.speed
        return bool((habit and habit.variety.stands_out) or (speed and speed.stands_out))

    @property
    def stands_out(self) -> bool:
        return bool(self.alarms) or self.has_hint


def judge(*, people: Sequence[Figures], now: datetime) -> list[Judged]:
    """Everybody who labels, since how many may be put aside depends on how many there are."""
    judged = [_one(figures, now) for figures in people]
    free = _may_be_put_aside(people) - sum(one.rater.standing == QUARANTINED for one in people)
    wanted = [one for one in judged if one.proposal == QUARANTINED]
    clearest = sorted(
        wanted, key=lambda one: (-len(one.alarms), one.figures.checks.right / len(one.figures.checks.asked))
    )
    chosen = {one.figures.rater.pk for one in clearest[: max(free, 0)]}
    return [_held_back(one) if one in wanted and one.figures.rater.pk not in chosen else one for one in judged]


def recent_alarms(checks: Checks, *, after: datetime | None, now: datetime) -> list[datetime]:
    """Signs of change of the last four weeks, and after what was decided last."""
    return [at for at in checks.alarms if at > now - RECENT and (after is None or at > after)]


def _may_be_put_aside(people: Sequence[Figures]) -> int:
    return int(MOST_PUT_ASIDE * sum(bool(one.labels) for one in people))


def _one(figures: Figures, now: datetime) -> Judged:
    is_enough = len(figures.checks.asked) >= MIN_CHECKS or figures.met.n >= MIN_MET
    alarms = recent_alarms(figures.checks, after=figures.rater.standing_from, now=now) if is_enough else []
    return Judged(figures=figures, is_enough=is_enough, alarms=alarms, proposal=_next(figures.rater) if alarms else "")


def _next(rater: Rater) -> str:
    place = LADDER.index(rater.standing)
    return LADDER[place + 1] if place + 1 < len(LADDER) else ""


def _held_back(one: Judged) -> Judged:
    return replace(one, proposal="", is_held_back=True)
