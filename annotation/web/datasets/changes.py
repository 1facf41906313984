"""Two versions of a dataset side by side: what came, what went, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from annotation.access import ENGINEER, Person
from annotation.exports.series import versions
from annotation.exports.series.versions import Difference
from annotation.models import Export
from annotation.web import charts
from annotation.web.charts import Part
from annotation.web.datasets import seen, words
from annotation.web.roles import needs

Counted = tuple[str, int, int, int]
"""A name, and how many came, went and changed."""

PAGE = "datasets/changes.html"
CHOICES = 30
WITHDRAWN_SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Line:
    """`bar`: how many came, changed and went, beside the line of the table where most did."""

    name: str
    came: int
    went: int
    changed: int
    bar: Sequence[Part]


@require_safe
@needs(ENGINEER)
def changes(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    """Against the version before, or (`?old=`) another dataset of the same feature."""
    found = seen.export(person, export)
    if found.manifest is None:
        return redirect("dataset", found.public_id)
    others = seen.exports(person).filter(feature=found.feature, status=Export.Status.DONE).exclude(pk=found.pk)
    wanted = request.GET.get("old")
    old = get_object_or_404(others, public_id=wanted) if wanted else versions.previous(export=found)
    context: dict[str, Any] = {"export": found, "feature": found.feature, "old": old, "others": others[:CHOICES]}
    if old is not None:
        context |= _compared(versions.compare(old=old, new=found))
    return render(request, PAGE, context)


def in_manifest(manifest: dict[str, Any]) -> dict[str, object] | None:
    """What a manifest says of the version before its own; None where there was none. Older ones say only the totals."""
    previous = manifest.get("previous")
    if not previous:
        return None
    return {
        "id": previous["id"],
        "came": previous["added"],
        "went": previous["removed"],
        "changed": previous["changed"],
        "reasons": _lines(_told(previous.get("by_reason", {}))),
        "splits": _lines(_told(previous.get("by_split", {}))),
    }


def _told(counted: dict[str, dict[str, int]]) -> list[Counted]:
    return [(name, told["added"], told["removed"], told["changed"]) for name, told in counted.items()]


def _compared(found: Difference) -> dict[str, Any]:
    return {
        "difference": found,
        "reasons": _lines([(code, came, went, changed) for code, _, came, went, changed in found.by_reason]),
        "splits": _lines(found.by_split),
        "withdrawn": [(name or item, words.WITHDRAWN[why]) for item, name, why in found.withdrawn[:WITHDRAWN_SHOWN]],
        "more_withdrawn": max(len(found.withdrawn) - WITHDRAWN_SHOWN, 0),
    }


def _lines(counted: Sequence[Counted]) -> list[Line]:
    most = max((came + went + changed for _, came, went, changed in counted), default=0)
    return [
        Line(
            name=str(words.SPLITS.get(name, name)),
            came=came,
            went=went,
            changed=changed,
            bar=charts.bar([("came", came), ("changed", changed), ("went", went)], of=most),
        )
        for name, came, went, changed in counted
    ]
