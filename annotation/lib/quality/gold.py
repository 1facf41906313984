"""Whether somebody who is right nine times in ten has come down to three in four, from check questions in their order.

Wald's sequential test (1945): each answer moves a sum of log likelihood ratios, and the test ends where the sum leaves
its bounds, so looking after each answer costs nothing. Who has passed is followed on by Page's CUSUM (1954), the same
sum held at zero or above, which notices a change that comes later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

USUAL, FALLEN = 0.90, 0.75
"""Shares of right answers between which the test decides."""

ALPHA = BETA = 0.05

STEP_WRONG = log((1 - FALLEN) / (1 - USUAL))
STEP_RIGHT = log(FALLEN / USUAL)
ALARM = log((1 - BETA) / ALPHA)
PASS = log(BETA / (1 - ALPHA))


@dataclass(frozen=True, kw_only=True)
class Followed:
    """`alarms`: places of the answers at which the sum reached its upper bound; the test then begins anew. `passed`:
    whether the test that runs now has been passed, and CUSUM goes on. `sums`: the sum after each answer."""

    alarms: tuple[int, ...]
    passed: bool
    sums: tuple[float, ...]


def follow(answers: Sequence[bool]) -> Followed:
    """`answers`: right or wrong, the first first."""
    total, passed = 0.0, False
    alarms, sums = [], []
    for place, is_right in enumerate(answers):
        total += STEP_RIGHT if is_right else STEP_WRONG
        if passed:
            total = max(total, 0.0)
        sums.append(total)
        if total >= ALARM:
            alarms.append(place)
            total, passed = 0.0, False
        elif total <= PASS and not passed:
            total, passed = 0.0, True
    return Followed(alarms=tuple(alarms), passed=passed, sums=tuple(sums))
