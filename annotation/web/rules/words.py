"""Rules in words: what a condition says, what its fields are, how far a run is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.lib import conditions
from annotation.lib.conditions import Group, Line
from annotation.lib.sentences import SENTENCES
from annotation.models import RuleRun
from annotation.web.progress import Progress, pace, trouble, waiting
from annotation.web.rules import lines

COMPARISONS: Mapping[str, str | Promise] = {
    "equals": gettext_lazy("is"),
    "one_of": gettext_lazy("is one of"),
    "at_least": gettext_lazy("is at least"),
    "at_most": gettext_lazy("is at most"),
    "between": gettext_lazy("is between"),
    "contains": gettext_lazy("contains"),
    "starts_with": gettext_lazy("starts with"),
    "is_missing": gettext_lazy("is missing"),
}

FIELDS: Mapping[str, str | Promise] = {
    "signal.share_of_reading": gettext_lazy("Time until the signal, as a share of the time that reading takes: 0.2"),
    "signal.after_seconds": gettext_lazy("Seconds from the answer to the signal"),
    "signal.kind": gettext_lazy("Kind of signal, such as accepted"),
    "signal.derived_by": gettext_lazy("The rule that made the signal from raw facts; missing where it was sent"),
    "answer.words": gettext_lazy("Words of the answer"),
    "answer.characters": gettext_lazy("Characters of the answer"),
    "answer.reading_seconds": gettext_lazy("Seconds that reading the answer takes"),
    "answer.language": gettext_lazy("Language of the answer, guessed from its words: en; missing where unsure"),
    "conversation.rank": gettext_lazy("Which answer of its conversation it is: 1 is the first"),
    "model.version": gettext_lazy("Version of the model"),
}


def said(part: Group | Line) -> dict[str, Any]:
    """A condition as nested lists of words."""
    if isinstance(part, Line):
        value = "" if part.value is None else _value(part)
        return {"field": part.field, "comparison": COMPARISONS[part.comparison], "value": value}
    title = _("All of these hold:") if part.all is not None else _("At least one of these holds:")
    return {"title": title, "parts": [said(one) for one in part.parts]}


def _value(part: Line) -> str:
    if part.comparison == "between" and isinstance(part.value, list):
        low, high = (lines.spelled(one) for one in part.value)
        return _("%(low)s and %(high)s") % {"low": low, "high": high}
    return lines.spelled(part.value)


def evidence() -> Iterator[tuple[str, str, list[str]]]:
    """Each fact of the evidence: its field, the sentence that it is shown as, and the fields of its figures."""
    for code, figures in conditions.EVIDENCE.items():
        yield f"evidence.{code}", SENTENCES[code], [f"evidence.{code}.{figure}" for figure in figures]


def found(value: conditions.Value) -> str:
    """What a field holds."""
    return _("missing") if value is None else lines.spelled(round(value, 3) if isinstance(value, float) else value)


def progress(one: RuleRun, *, has_worker: bool, now: datetime) -> Progress:
    """How far an unfinished run is: pure, from the row and the time."""
    if one.status == RuleRun.Status.PENDING:
        return waiting(has_worker=has_worker, of=one.items_total or 1)
    if one.cancel_asked_at is not None:
        return Progress(title=_("Stopping"), text=_("Its worker stops after the items that it is at."), of=1)
    return Progress(
        title=_("Labeling past items"),
        text=_pace(one, now),
        done=min(one.items_done, one.items_total),
        of=one.items_total or 1,
        trouble=trouble(one, now=now, rest=_("Nothing is lost, and nothing is labeled twice.")),
    )


def _pace(one: RuleRun, now: datetime) -> str:
    said = {"done": f"{one.items_done:,}", "total": f"{one.items_total:,}", "labeled": f"{one.labeled:,}"}
    text = _("%(done)s of %(total)s items looked at, %(labeled)s labeled.") % said
    return f"{text} {pace(done=one.items_done, of=one.items_total, since=one.started_at, now=now)}".rstrip()
