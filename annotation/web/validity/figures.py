"""One signal as the page shows it: pictures of its figures, words beside them, and where each figure leads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.text import slugify

from annotation.lib.validity.verdict import MARGIN
from annotation.validity import Line, LookShown, Meaning, Rate, advice, counted
from annotation.validity.advice import Advice
from annotation.validity.looking import UNKNOWN
from annotation.web import charts
from annotation.web.validity import words
from annotation.web.validity.words import Verdict

REACHES = (0.25, 0.5, 0.75, 1.0)
"""How far the scale of differences may reach to both sides of 0."""

SMALLEST = 1e-6
"""A share under this is what adding up left."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`scale` has the shaded margin and the interval; `reach` is what its ends stand for, in points."""

    rate: Rate
    span: charts.Span
    margin: charts.Part
    reach: int


@dataclass(frozen=True, kw_only=True)
class MeaningShown:
    """One reason: so many `in_100` conversations, in whole ones that add up to 100. 0: fewer than one."""

    title: str | Promise
    outcome: str
    in_100: int
    url: str


@dataclass(frozen=True, kw_only=True)
class Split:
    """The reasons of one outcome, the most frequent first, and how many conversations of 100 they are together."""

    outcome: str
    title: str | Promise
    in_100: int
    meanings: Sequence[MeaningShown]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A line with what is drawn and said of it. `rate` and `without` are drawn on a scale from 0 to 100.

    `urls`: of the items behind a figure, by its name. `hour` is "" where nothing is open that labels would settle.
    """

    line: Line
    anchor: str
    verdict: Verdict
    advice: Advice
    outcome: str
    rate: charts.Span | None
    without: charts.Span | None
    difference: Difference | None
    splits: Sequence[Split]
    parts: Sequence[charts.Part]
    hour: str
    saving: str
    trend: charts.Trend | None
    looks: Sequence[tuple[LookShown, Verdict]]
    urls: dict[str, str]

    @property
    def has_figures(self) -> bool:
        return self.line.rate is not None

    @property
    def is_trained_on(self) -> str | Promise:
        """The answer to “Train on it?”."""
        return words.CHOICES[self.advice.choice]

    @property
    def claims(self) -> str | Promise:
        """What it claims of an answer; "" where it claims nothing."""
        return "" if self.line.polarity == "none" else words.CLAIMS[self.line.polarity]

    @property
    def means(self) -> str | Promise:
        return words.MEANS.get(self.line.verdict, "")


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many lines have a verdict."""

    verdict: Verdict
    lines: int


def of(lines: Sequence[Line], *, waiting: int = 0) -> list[Shown]:
    """All with their differences on one scale, so that pictures can be compared. `waiting`: items to label."""
    reach = _reach(line.difference for line in lines if line.difference is not None)
    return [_shown(line, reach, waiting) for line in lines]


def _shown(line: Line, reach: float, waiting: int) -> Shown:
    meanings = _meanings(line)
    return Shown(
        line=line,
        anchor=anchor(line.kind, line.model_version, line.part),
        verdict=words.VERDICTS[line.verdict],
        advice=advice.about(line),
        outcome=advice.outcome(line),
        rate=_span("with", line.rate),
        without=_span("without", line.rate_without),
        difference=_difference(line.difference, reach),
        splits=_splits(meanings),
        parts=charts.bar([(one.outcome, one.in_100) for one in meanings], of=100),
        hour=words.hour(line, waiting=waiting),
        saving=words.saving(line.saving) if line.saving else "",
        trend=_trend(line),
        looks=[(look, words.VERDICTS[look.verdict]) for look in line.looks],
        urls=_urls(line),
    )


def anchor(kind: str, version: str, part: str = "") -> str:
    """The place of a line on its page."""
    return slugify(f"{kind}-{version}-{part}")


def reach(lines: Iterable[Shown]) -> int | None:
    """What the ends of the scale of differences stand for, in points; None where none is drawn."""
    return next((one.difference.reach for one in lines if one.difference), None)


def tallies(lines: Iterable[Line]) -> list[Tally]:
    """The verdicts that were reached by any, in the order of what they are good for."""
    counts = counted.by_verdict(lines)
    return [Tally(verdict=words.VERDICTS[name], lines=lines) for name, lines in counts.items() if lines]


def versions(lines: Iterable[Line]) -> list[str]:
    """Each once, in the order of the report; what came without one comes last."""
    found = dict.fromkeys(line.model_version for line in lines)
    return sorted(found, key=lambda version: version == UNKNOWN)


def in_hundred(shares: Sequence[float]) -> list[int]:
    """Shares in whole hundredths that add up as the shares do: the largest remainders are rounded up."""
    floors = [int(100 * share + 1e-9) for share in shares]
    missing = round(100 * sum(shares)) - sum(floors)
    most = sorted(range(len(shares)), key=lambda place: floors[place] - 100 * shares[place])
    return [floor + (place in most[: max(missing, 0)]) for place, floor in enumerate(floors)]


def _meanings(line: Line) -> list[MeaningShown]:
    """Good first and what can't be known last, each outcome's most frequent first. None where nothing is shown."""
    if line.verdict == "refused" or not line.meanings:
        return []
    order = list(words.OUTCOMES)
    found = [*line.meanings, *_undecided(line)]
    of = {outcome: [one for one in found if one.outcome == outcome] for outcome in order}
    shares = [sum(one.share for one in ones) for ones in of.values()]
    return [
        MeaningShown(title=one.title, outcome=one.outcome, in_100=number, url=_behind(line, one))
        for ones, whole in zip(of.values(), in_hundred(shares), strict=True)
        for one, number in _parts(ones, whole)
    ]


def _parts(meanings: Sequence[Meaning], whole: int) -> list[tuple[Meaning, int]]:
    """The reasons of one outcome, the most frequent first, in parts of its `whole`."""
    ordered = sorted(meanings, key=lambda one: -one.share)
    total = sum(one.share for one in ordered) or 1.0
    return list(zip(ordered, in_hundred([one.share / total * whole / 100 for one in ordered]), strict=True))


def _undecided(line: Line) -> list[Meaning]:
    """What was shown to people and decided by nobody has no reason, and is the rest."""
    rest = 1 - sum(one.share for one in line.meanings)
    if rest < SMALLEST:
        return []
    return [Meaning(code="", title=str(words.UNDECIDED), outcome="unknowable", share=rest, reason_id=0)]


def _behind(line: Line, one: Meaning) -> str:
    return url(line, reason=one.code) if one.code else url(line, show="undecided")


def _splits(meanings: Sequence[MeaningShown]) -> list[Split]:
    found = {code: [one for one in meanings if one.outcome == code] for code in words.OUTCOMES}
    return [
        Split(outcome=code, title=words.OUTCOMES[code], in_100=sum(one.in_100 for one in ones), meanings=ones)
        for code, ones in found.items()
        if ones
    ]


def _span(name: str, rate: Rate | None) -> charts.Span | None:
    return None if rate is None else charts.span(name, value=rate.value, low=rate.low, high=rate.high, least=0)


def _difference(rate: Rate | None, reach: float) -> Difference | None:
    if rate is None:
        return None
    band = charts.span("margin", value=0, low=-MARGIN, high=MARGIN, least=-reach, most=reach)
    return Difference(
        rate=rate,
        span=charts.span("difference", value=rate.value, low=rate.low, high=rate.high, least=-reach, most=reach),
        margin=charts.Part(name="margin", x=band.x, width=band.width),
        reach=round(100 * reach),
    )


def _reach(rates: Iterable[Rate]) -> float:
    farthest = max((max(abs(rate.low), abs(rate.high)) for rate in rates), default=0)
    return next((reach for reach in REACHES if farthest <= reach), REACHES[-1])


def _trend(line: Line) -> charts.Trend | None:
    """The difference as it stood after each look."""
    looks = [(look.day.toordinal(), look.difference) for look in line.looks if look.difference is not None]
    if not looks:
        return None
    points = [(day, rate.value, rate.low, rate.high) for day, rate in looks]
    return charts.trend(points, reach=_reach(rate for _day, rate in looks), margin=MARGIN)


def _urls(line: Line) -> dict[str, str]:
    return {name: url(line, show=name) for name in ("with", "without", "unknowable", "corrected", "open")}


def url(line: Line, **more: str) -> str:
    """The list of the items behind a figure of this line."""
    named = {"feature": line.feature, "kind": line.kind, "version": line.model_version, "part": line.part} | more
    return f"{reverse('validity_items')}?{urlencode({name: value for name, value in named.items() if value})}"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A signal in several versions, side by side."""

    kind: str
    title: str | Promise
    lines: Sequence[Shown]


def by_kind(lines: Iterable[Shown]) -> list[Kind]:
    groups: dict[str, list[Shown]] = {}
    for one in sorted(lines, key=lambda one: one.line.model_version == UNKNOWN):
        groups.setdefault(one.line.kind, []).append(one)
    return [Kind(kind=kind, title=found[0].line.title, lines=found) for kind, found in groups.items()]
