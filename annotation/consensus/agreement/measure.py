"""One line of figures, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.consensus.agreement.loading import Stratum
from annotation.lib import agreement
from annotation.lib.agreement import MIN_UNITS, Agreement, Intervals
from annotation.lib.sentences import coefficient


@dataclass(frozen=True, kw_only=True)
class Line:
    """Items with two labels or more, and how far people agree on them. `figures` and `intervals` are None where there
    are too few. `name`: of a queue, a kind, a week."""

    name: str
    units: int
    figures: Agreement | None
    intervals: Intervals | None

    @property
    def percent(self) -> str:
        """How often two people say the same, in words; or what is missing."""
        if self.intervals is None:
            return too_few(self.units)
        told = self.intervals.percent
        said = {"value": hundredths(told.value), "low": hundredths(told.low), "high": hundredths(told.high)}
        return _("Two people give the same reason %(value)s times in 100 (likely %(low)s to %(high)s).") % said

    @property
    def beyond_chance(self) -> str:
        """Alpha and AC1 side by side, in words; or why they say nothing."""
        if self.figures is None or self.intervals is None:
            return ""
        alpha, ac1 = self.intervals.alpha, self.intervals.ac1
        if alpha is None or ac1 is None:
            return _("Everybody gave the same reason, so nothing can be said beyond chance.")
        said = _(
            "Beyond chance: alpha %(alpha)s (%(alpha_low)s to %(alpha_high)s), AC1 %(ac1)s (%(low)s to %(high)s)."
        ) % {
            "alpha": coefficient(alpha.value),
            "alpha_low": coefficient(alpha.low),
            "alpha_high": coefficient(alpha.high),
            "ac1": coefficient(ac1.value),
            "low": coefficient(ac1.low),
            "high": coefficient(ac1.high),
        }
        return f"{said} {self.note}".rstrip()

    @property
    def note(self) -> str:
        if self.figures is not None and self.figures.one_answer_dominates:
            return _("One answer dominates: alpha is low because the others are rare, not because people disagree.")
        return ""


def line(name: str, strata: Sequence[Stratum]) -> Line:
    """The figures of these kinds together, chance reckoned within each."""
    units = sum(one.units for one in strata)
    if units < MIN_UNITS:
        return Line(name=name, units=units, figures=None, intervals=None)
    counts, times = [one.counts for one in strata], [one.times for one in strata]
    return Line(
        name=name,
        units=units,
        figures=agreement.of(*counts, times=times),
        intervals=agreement.intervals(*counts, times=times),
    )


def of_outcomes(name: str, strata: Sequence[Stratum]) -> Line:
    """The same of outcomes: who gives two reasons of one outcome agrees."""
    return line(name, [_by_outcome(one) for one in strata])


def merged(one: Stratum, first: int, second: int) -> Stratum:
    """With two of its columns as one."""
    counts = one.counts.copy()
    counts[:, first] += counts[:, second]
    reasons = [reason for place, reason in enumerate(one.reasons) if place != second]
    counts = np.delete(counts, second, axis=1)
    return Stratum(signal_kind=one.signal_kind, reasons=reasons, counts=counts, times=one.times)


def too_few(units: int) -> str:
    missing = {"least": MIN_UNITS, "missing": f"{MIN_UNITS - units:,}", "units": f"{units:,}"}
    return (
        ngettext(
            "Not said yet: %(units)s item has labels of two people or more. Figures come from %(least)s on: "
            "%(missing)s more.",
            "Not said yet: %(units)s items have labels of two people or more. Figures come from %(least)s on: "
            "%(missing)s more.",
            units,
        )
        % missing
    )


def hundredths(share: float) -> int:
    return round(100 * share)


def _by_outcome(one: Stratum) -> Stratum:
    outcomes = sorted({reason.outcome for reason in one.reasons})
    is_of = np.array([[reason.outcome == outcome for outcome in outcomes] for reason in one.reasons], dtype=np.int64)
    return Stratum(signal_kind=one.signal_kind, reasons=(), counts=one.counts @ is_of, times=one.times)
