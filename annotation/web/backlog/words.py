"""What is told of a backlog, in plain words: when it is empty, what breaks first, what an hour would do."""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.backlog import Outlook, QueueState, Span
from annotation.backlog.outlook import ENOUGH_DONE, ENOUGH_HOURS
from annotation.lib.forecast import ENOUGH_DAYS
from annotation.models import Alarm
from annotation.web import charts

MOST_DAYS = 180
"""What takes longer is drawn to the end of the picture."""


def drain(outlook: Outlook, *, stock: int) -> str:
    """When nothing is open any more."""
    if not stock:
        return _("Nothing is open.")
    if outlook.drain is None:
        said = ngettext(
            "When it will be empty can't be told yet: that takes %(most)s whole days of arrivals, and there is %(n)s.",
            "When it will be empty can't be told yet: that takes %(most)s whole days of arrivals, and there are %(n)s.",
            outlook.known,
        )
        return said % {"most": ENOUGH_DAYS, "n": outlook.known}
    flows = {"arrived": _per_day(outlook.arrived), "completed": _per_day(outlook.completed)}
    if outlook.is_never:
        return (
            _("Never at this pace: about %(arrived)s come and %(completed)s are resolved a day, so it keeps growing.")
            if outlook.completed < outlook.arrived
            else _("No end in sight at this pace: about %(arrived)s come and %(completed)s are resolved a day.")
        ) % flows
    said = _("At this pace it is empty in %(days)s: about %(arrived)s come and %(completed)s are resolved a day.")
    return said % {"days": days(outlook.drain), **flows}


def hour(outlook: Outlook, *, stock: int) -> str:
    """What one more hour of labeling a day would do; empty where nothing is open or nothing is forecast."""
    if not stock or outlook.drain is None:
        return ""
    if outlook.an_hour is None or outlook.with_hour is None:
        return _(
            "What one more hour of labeling a day would do can't be told yet: that takes %(hours)s hours at items and "
            "%(done)s resolved in 28 days."
        ) % {"hours": f"{ENOUGH_HOURS:g}", "done": ENOUGH_DONE}
    rate = _per_day(outlook.an_hour)
    if outlook.is_never_with_hour:
        return _("One more hour of labeling a day resolves about %(rate)s more: not enough to empty it.") % {
            "rate": rate
        }
    said = (
        _("With one more hour of labeling a day, about %(rate)s items, it would be empty in %(days)s.")
        if outlook.is_never
        else _("With one more hour of labeling a day, about %(rate)s items, it is empty in %(days)s.")
    )
    return said % {"rate": rate, "days": days(outlook.with_hour)}


def limit(state: QueueState, outlook: Outlook) -> list[str]:
    """What is past its limit, and what will be."""
    said = []
    if state.past_limit:
        said.append(
            ngettext("%(n)s item is past its limit.", "%(n)s items are past their limit.", state.past_limit)
            % {"n": f"{state.past_limit:,}"}
        )
    if state.due_week:
        told = ngettext(
            "%(n)s item reaches its limit within 7 days, %(day)s of that within 24 hours.",
            "%(n)s items reach their limit within 7 days, %(day)s of them within 24 hours.",
            state.due_week,
        )
        said.append(told % {"n": f"{state.due_week:,}", "day": f"{state.due_day:,}"})
        said.append(_late(outlook))
    return [one for one in said if one]


def _late(outlook: Outlook) -> str:
    late = outlook.late
    if late is None:
        return ""
    if not late.high:
        return _("At this pace all of those can be labeled in time, if people take them first.")
    told = {"n": f"{late.middle:,.0f}", "low": f"{late.low:,.0f}", "high": f"{late.high:,.0f}"}
    return (
        _("At least %(n)s of those will break it (likely %(low)s to %(high)s), even if people take them first.") % told
    )


def days(span: Span) -> str:
    """A number of days with its interval."""
    if math.isinf(span.middle):
        return _("%(low)s days or more") % {"low": f"{span.low:,.0f}"}
    middle = ngettext("%(n)s day", "%(n)s days", round(span.middle)) % {"n": f"{span.middle:,.0f}"}
    if math.isinf(span.high):
        return _("about %(middle)s (likely %(low)s or more)") % {"middle": middle, "low": f"{span.low:,.0f}"}
    told = {"middle": middle, "low": f"{span.low:,.0f}", "high": f"{span.high:,.0f}"}
    return _("about %(middle)s (likely %(low)s to %(high)s)") % told


def drawn(spans: Sequence[Span | None]) -> tuple[list[charts.Span | None], int]:
    """Spans of days on one scale, and the days that its end stands for; what never ends is not drawn."""
    there = [span for span in spans if span is not None and not math.isinf(span.middle)]
    reach = max((min(span.high, MOST_DAYS) for span in there), default=1)
    reach = max(reach, 1)
    return [
        charts.span("on", value=span.middle, low=span.low, high=min(span.high, reach), least=0, most=reach)
        if span is not None and not math.isinf(span.middle)
        else None
        for span in spans
    ], round(reach)


def watched(alarm: Alarm) -> str:
    """What an alarm watches."""
    told = {"n": f"{alarm.most:,}"}
    match alarm.kind:
        case Alarm.Kind.OPEN:
            return _("more than %(n)s items are open") % told
        case Alarm.Kind.PAST_LIMIT:
            return _("more than %(n)s items are past their limit") % told
        case Alarm.Kind.DRAIN:
            return _("it would take more than %(n)s days to empty it, or for ever") % told
    return _("nothing was resolved for more than %(n)s hours, while items are open") % told


def figure(alarm: Alarm, value: float | None) -> str:
    """Its figure; null where it never ends."""
    if value is None or math.isinf(value):
        return _("never")
    number = f"{round(value):,}"
    match alarm.kind:
        case Alarm.Kind.DRAIN:
            return _("%(n)s days") % {"n": number}
        case Alarm.Kind.QUIET:
            return _("%(n)s hours") % {"n": number}
    return _("%(n)s items") % {"n": number}


def _per_day(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
