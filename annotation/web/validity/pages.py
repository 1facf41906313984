"""The views: each loads what the person may see, asks for the report, and shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from annotation import rewards, validity
from annotation.access import ENGINEER, Person
from annotation.models import Feature
from annotation.validity import Line
from annotation.web import chosen
from annotation.web.roles import needs
from annotation.web.validity import figures, terms, words


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def page(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    """Each signal of one model version (`?version=`, the first without it), or with an empty one all side by side."""
    now = timezone.now()
    report = validity.report(feature=feature, now=now, with_looks=False)
    versions = figures.versions(report.lines)
    version = _version(request, versions)
    context = _frame(feature, report) | {"features": person.features, "versions": versions, "version": version}
    if version is None:
        shown = figures.of([line for line in report.lines if not line.part])
        context |= {"is_compared": True, "kinds": figures.by_kind(shown), "reach": figures.reach(shown)}
    elif versions:
        lines = validity.report(feature=feature, now=now, versions=[version]).lines
        context |= _of_version(lines, waiting=_waiting(feature, lines))
        context |= {"later": rewards.warnings(feature=feature)}
    return render(request, "insights/validity/validity.html", context)


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def report(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    """All versions on paper."""
    now = timezone.now()
    found = validity.report(feature=feature, now=now, with_looks=False)
    shown = figures.of(found.lines, waiting=_waiting(feature, found.lines))
    context = _frame(feature, found) | {
        "reach": figures.reach(shown),
        "now": now,
        "method": terms.METHOD,
        "groups": [_group(one, shown) for one in figures.versions(found.lines)],
        "tallies": figures.tallies(found.lines),
    }
    return render(request, "insights/validity/report.html", context)


def _version(request: HttpRequest, versions: Sequence[str]) -> str | None:
    """None: all side by side."""
    wanted = request.GET.get("version")
    if wanted is None or (len(versions) < 2 and not wanted):
        return versions[0] if versions else ""
    if wanted and wanted not in versions:
        raise Http404
    return wanted or None


def _frame(feature: Feature, found: validity.Report) -> dict[str, Any]:
    return {"feature": feature, "report": found, "terms": terms.TERMS, "outcomes": words.OUTCOMES}


def _of_version(lines: Sequence[Line], *, waiting: int) -> dict[str, Any]:
    """The signals of one version, with what to do about them; values of the audited key under their signal."""
    shown = figures.of(lines, waiting=waiting)
    advised = _advised(shown)
    whole = [one for group in advised.values() for one in group]
    open_ = [one for one in whole if one.hour]
    return {
        "reach": figures.reach(shown),
        "lines": [
            (one, [part for part in shown if part.line.part and part.line.kind == one.line.kind])
            for one in whole
            if one.line.verdict != "refused"
        ],
        "advised": advised,
        "refused": [one for one in whole if one.line.verdict == "refused"],
        "open": sorted(open_, key=lambda one: (one.line.hours_needed is None, one.line.hours_needed or 0)),
    }


def _group(
    version: str, shown: Sequence[figures.Shown]
) -> tuple[str, dict[str, list[figures.Shown]], list[figures.Shown]]:
    """One model version in the report: what to do about its signals, and each of them."""
    lines = [one for one in shown if one.line.model_version == version]
    return version, _advised(lines), lines


def _advised(shown: Sequence[figures.Shown]) -> dict[str, list[figures.Shown]]:
    """By what to do about them; those of one value of the audited key left out."""
    whole = [one for one in shown if not one.line.part]
    return {choice: [one for one in whole if one.advice.choice == choice] for choice in words.CHOICES}


def _waiting(feature: Feature, lines: Sequence[Line]) -> int:
    """How many items wait to be labeled, as far as an open verdict needs some."""
    needed = [line.labels_needed for line in lines if line.verdict == "not_enough" and line.labels_needed]
    return validity.waiting(feature=feature, most=max(needed)) if needed else 0
