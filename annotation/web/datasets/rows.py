"""Rows of a dataset: twenty at a time, and one with the way that it came and where it led."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from annotation.access import ENGINEER, Person
from annotation.exports.finished import keep, lineage, peek
from annotation.exports.rows.read import ErasedMeanwhile
from annotation.models import Export
from annotation.web.datasets import path, sample, seen
from annotation.web.datasets.sample import Sample
from annotation.web.roles import needs

ROWS_AT_ONCE = 20
LAST_ORDINAL = 2**62


@require_safe
@needs(ENGINEER)
def rows(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    """`?from=` the first ordinal of the page; `?interaction=` finds the rows of one, and shows the row if it is one."""
    found = seen.export(person, export)
    if found.manifest is None:
        return redirect("dataset", found.public_id)
    wanted = request.GET.get("interaction", "").strip().replace("\0", "")
    held = lineage.find(export=found, interaction_id=wanted) if wanted else []
    if len(held) == 1:
        return redirect("dataset_row", found.public_id, held[0].ordinal)
    first = _number(request.GET.get("from", "")) or 1
    context = {"export": found, "feature": found.feature, "wanted": wanted, "held": held}
    context |= {"has_files": keep.has_files(found)}
    return render(request, "datasets/rows.html", context | _page(found, first))


@require_safe
@needs(ENGINEER)
def row(request: HttpRequest, person: Person, export: str, ordinal: int) -> HttpResponse:
    """One row: what the trainer sees, and its lineage."""
    found = seen.export(person, export)
    if found.manifest is None:
        return redirect("dataset", found.public_id)
    traced = lineage.of_row(export=found, ordinal=min(ordinal, LAST_ORDINAL))
    total = found.rows_total or 0
    context = {
        "export": found,
        "feature": found.feature,
        "has_files": keep.has_files(found),
        "ordinal": ordinal,
        "lineage": traced,
        "path": path.of(traced, feature=found.feature.slug),
        "sample": next(iter(samples(found, first=ordinal, count=1) or ()), None),
        "before": ordinal - 1 if ordinal > 1 else None,
        "after": ordinal + 1 if ordinal < total else None,
    }
    return render(request, "datasets/row.html", context)


def samples(export: Export, *, first: int, count: int) -> list[Sample] | None:
    """None where the storage can't be read, or something of it has just been erased."""
    try:
        return [sample.of(one) for one in peek.rows(export=export, first=first, count=count)]
    except (OSError, ErasedMeanwhile):
        return None


def _page(export: Export, first: int) -> dict[str, Any]:
    total = export.rows_total or 0
    first = min(first, max(total, 1))
    last = min(first + ROWS_AT_ONCE - 1, total)
    shards = export.shards.order_by("first_ordinal").values_list("split", "first_ordinal")
    starts: dict[str, int] = {}
    for split, start in shards:
        starts.setdefault(split, start)
    return {
        "samples": samples(export, first=first, count=ROWS_AT_ONCE),
        "first": first,
        "last": last,
        "starts": starts,
        "before": max(first - ROWS_AT_ONCE, 1) if first > 1 else None,
        "after": last + 1 if last < total else None,
    }


def _number(sent: str) -> int | None:
    return min(int(sent[:18]), LAST_ORDINAL) if sent.isascii() and sent.isdigit() else None
