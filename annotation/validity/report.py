"""What the report on a feature's signals holds. Every share is one of conversations, weighted, in 0..1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A figure, and where it lies however often one looks. As a difference of two shares it lies in -1..1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """One reason's share among the conversations with the signal. `outcome` is the reason's."""

    code: str
    title: str
    outcome: str
    share: float
    reason_id: int


@dataclass(frozen=True, kw_only=True)
class LookShown:
    """The figures as they stood after one day's cohort."""

    day: date
    rate: Rate
    difference: Rate | None
    labels: int
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Saving:
    """What a rule or judge saves people: `labels` do the work of `worth`. `why_not` is "" while it is used."""

    helper: str
    labels: int
    worth: int
    is_used: bool
    why_not: str


@dataclass(frozen=True, kw_only=True)
class Provisional:
    """What days that are still open say so far: labels, the rate among them (None under 100), and how many days."""

    labels: int
    rate: float | None
    days: int


@dataclass(frozen=True, kw_only=True)
class Line:
    """One signal of one model version. `part`: the value of the metadata key that the feature audits by; "" for all.

    `verdict`: valid, inverted, noise, not_enough, no_polarity or refused. A refused line has no rate, and `refusal`
    says why, and what would change it. `rate` is the share of what the signal claims where it was given, `rate_without`
    where it was not. `hours_needed`: for `labels_needed`, at the median pace of the people there.
    """

    feature: str
    kind: str
    title: str
    polarity: str
    model_version: str
    part: str
    verdict: str
    verdict_at: datetime | None
    restarted_at: datetime | None
    sentence: str
    refusal: str
    rate: Rate | None
    rate_without: Rate | None
    difference: Rate | None
    labels: int
    labels_without: int
    labels_needed: int | None
    hours_needed: float | None
    effective_n: float
    unknowable_share: float
    is_worst_case: bool
    saving: Saving | None
    suggestions_seen: bool
    corrections: int
    likelihood_ratio: Rate | None
    information_bits: float | None
    meanings: tuple[Meaning, ...]
    provisional: Provisional | None
    looks: tuple[LookShown, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Every signal of a feature. `sentence` is the first of the flywheel's three verdicts."""

    feature: str
    lines: tuple[Line, ...]
    computed_at: datetime | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What an export says of a signal that it uses. `purity`: the rate; `purity_low`: its lower bound."""

    verdict: str
    purity: float | None
    purity_low: float | None
    sentence: str
