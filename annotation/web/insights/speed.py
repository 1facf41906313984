"""How fast the loop closes, as pictures and as the figures beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil, isinf
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation import closure
from annotation.lib import sentences
from annotation.lib.survival.incidence import Incidence
from annotation.models import Feature
from annotation.web import charts
from annotation.web.insights import words

SHOWN_LINES = 12
A_DAY = 24
DECIMAL_UNDER = 10
"""Days: from here on whole ones are exact enough."""


@dataclass(frozen=True, kw_only=True)
class WaitLine:
    """`days` is a figure, `said` the same with its unit, as people say it."""

    title: str | Promise
    wait: closure.Wait
    days: str
    said: str
    parts: list[charts.Part]
    is_stall: bool


@dataclass(frozen=True, kw_only=True)
class GroupLine:
    """`in_time` is drawn where it is shown. `half`: after how many days half had closed, and where that lies."""

    title: str
    line: closure.Line
    in_time: charts.Span | None
    half: tuple[str, str] | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Lines of one kind, those with most interactions; `more` have fewer."""

    code: str
    title: str
    column: str
    lines: list[GroupLine]
    more: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """A figure of the curve's table: after so many days, this share of all."""

    days: int
    share: str
    band: str


def context(feature: Feature, found: closure.Speed, now: datetime, passages: closure.Passages) -> dict[str, Any]:
    pace = found.pace
    predicted = closure.forecast(feature=feature, now=now, passages=passages)
    return {
        "speed": found,
        "pace": pace,
        "said": closure.words.speed(found),
        "curve": _curve(pace) if pace.is_enough else None,
        "curve_rows": _rows(pace) if pace.is_enough else [],
        "quantiles": [(round(100 * share), " ".join(_when(pace, share)).strip()) for share in closure.QUANTILES]
        if pace.is_enough
        else [],
        "waits": wait_lines(found),
        "forecast": predicted,
        "forecast_said": closure.words.forecast(predicted),
        "forecast_parts": [
            (words.PARTS[part.code], days(part.days), days(part.low), days(part.high)) for part in predicted.parts
        ],
    }


def days(number: float | None) -> str:
    if number is None:
        return _("none so far")
    if isinf(number):
        return _("endless")
    return f"{number:.1f}" if number < DECIMAL_UNDER else f"{number:,.0f}"


def _said(mean: float | None) -> str:
    """A mean number of days; of what are kept figures, in whole hours, an hour is the least that can be told."""
    if mean is None or isinf(mean):
        return days(mean)
    hours = round(24 * mean)
    if hours >= A_DAY:
        return _("%(days)s days") % {"days": days(mean)}
    return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours} if hours else _("under an hour")


def wait_lines(found: closure.Speed) -> list[WaitLine]:
    """Each stage's wait as a bar; all on one scale."""
    longest = max((wait.mean or 0 for wait in found.waits), default=0)
    stall = found.stall
    return [
        WaitLine(
            title=words.UNTIL[wait.stage],
            wait=wait,
            days=days(wait.mean),
            said=_said(wait.mean),
            parts=_bar(wait, longest, is_stall=wait == stall),
            is_stall=wait == stall,
        )
        for wait in found.waits
    ]


def groups(feature: Feature, now: datetime, passages: closure.Passages) -> list[Group]:
    """The same by kind of signal, by reason and by model version."""
    found: list[tuple[closure.By, str, str]] = [
        ("signal_kind", _("By signal"), _("Signal")),
        ("reason", _("By reason"), _("Reason")),
        ("model_version", _("By model version"), _("Model version")),
    ]
    return [
        _group(by, title, column, closure.lines(feature=feature, now=now, by=by, passages=passages))
        for by, title, column in found
    ]


def _group(by: closure.By, title: str, column: str, lines: list[closure.Line]) -> Group:
    shown = [_line(by, line) for line in lines[:SHOWN_LINES]]
    return Group(code=by, title=title, column=column, lines=shown, more=max(len(lines) - SHOWN_LINES, 0))


def _line(by: closure.By, line: closure.Line) -> GroupLine:
    title = line.value or _("not resolved")
    if by != "model_version":
        title = title.replace("_", " ")
    within = line.pace.within
    drawn = charts.span("on", value=within.value, low=within.low, high=within.high, least=0) if within else None
    half = _when(line.pace, 0.5) if line.pace.is_enough else None
    return GroupLine(title=title, line=line, in_time=drawn, half=half)


def _when(pace: closure.Pace, share: float) -> tuple[str, str]:
    """After how many days, and where that lies; at least how many, where it hasn't come so far."""
    found = pace.quantile(share)
    if found is None or found.value is None:
        return _("at least %(days)s days") % {"days": f"{int(pace.curve.last):,}"}, ""
    said, low = _("%(days)s days") % {"days": days(found.value)}, days(found.low or 0)
    if found.high is None:
        return said, _("(from %(low)s)") % {"low": low}
    return said, _("(%(low)s to %(high)s)") % {"low": low, "high": days(found.high)}


def _bar(wait: closure.Wait, longest: float, *, is_stall: bool) -> list[charts.Part]:
    if not wait.mean or not longest:
        return []
    return charts.bar([("wait" if is_stall else "on", round(charts.WIDTH * wait.mean / longest))], of=charts.WIDTH)


def _curve(pace: closure.Pace) -> charts.Steps:
    return charts.steps(_points(pace.curve), last=pace.curve.last, until=_reach(pace), limit=pace.closure_days)


def _reach(pace: closure.Pace) -> int:
    return max(ceil(pace.curve.last), pace.closure_days)


def _points(curve: Incidence) -> Iterable[tuple[float, float, float, float]]:
    for time, share in zip(curve.times, curve.shares, strict=True):
        yield float(time), share.value, share.low, share.high


def _rows(pace: closure.Pace) -> list[Row]:
    """The curve in words: its share after each week, and after the days allowed."""
    reach = _reach(pace)
    every = max(7, 7 * ceil(reach / 7 / 10))
    at = sorted({*range(every, reach + 1, every), pace.closure_days})
    return [_row(pace, day) for day in at if pace.curve.is_known(day)]


def _row(pace: closure.Pace, day: int) -> Row:
    found = pace.curve.share(day)
    return Row(days=day, share=sentences.percent(found.value), band=closure.words.band(found))
