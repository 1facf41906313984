"""Does the wheel feed on itself? Each detector with its sentence, its figure, a picture, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from annotation import loops
from annotation.access import ENGINEER, Person
from annotation.exports.hygiene import selftraining
from annotation.lib.loops import collapse, position, unevenness
from annotation.models import Feature
from annotation.web import charts, chosen
from annotation.web.roles import needs

TITLES: Final = {
    "self_training": _("Does it train on its own answers?"),
    "retained": _("How much of what differs would be left?"),
    "concentration": _("Does it turn for a few users?"),
    "position": _("Do users take what stands first?"),
    "collapse": _("Do answers become alike?"),
    "exposure": _("Does it learn only of what it shows?"),
}

UNITS: Final = {
    "self_training": _("of what is to be learned"),
    "retained": _("of what differs, after 10 rounds"),
    "concentration": _("of Gini above what chance makes"),
    "position": _("as often as the first place"),
    "collapse": _("more alike than the version before"),
    "exposure": _("good answers in 100, beside those that were tried"),
}


@dataclass(frozen=True, kw_only=True)
class Scale:
    """From where to where a figure is drawn, and the mark at which it would alarm, or where nothing is."""

    least: float
    most: float
    mark: float


SCALES: Final = {
    "self_training": Scale(least=0, most=1, mark=selftraining.AMBER),
    "retained": Scale(least=0, most=1, mark=1),
    "concentration": Scale(least=-0.5, most=0.5, mark=unevenness.ALARM),
    "position": Scale(least=0, most=1.5, mark=position.ALARM),
    "collapse": Scale(least=-0.5, most=0.5, mark=collapse.ALARM_GROWTH),
    "exposure": Scale(least=-0.5, most=0.5, mark=0),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A finding as the page has it. `low` and `high` are "" where there is no interval."""

    finding: loops.Finding
    title: str | Promise
    unit: str | Promise
    value: str = ""
    low: str = ""
    high: str = ""
    span: charts.Span | None = None
    mark: int = 0


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def page(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    report = loops.report(feature=feature, now=timezone.now())
    context = {
        "feature": feature,
        "features": person.features,
        "report": report,
        "shown": [_shown(one) for one in report.findings],
        "places": _table(report, "position", "places"),
        "rounds": _table(report, "retained", "after"),
    }
    return render(request, "insights/loops.html", context)


def _shown(finding: loops.Finding) -> Shown:
    title, unit, figure = TITLES[finding.detector], UNITS[finding.detector], finding.figure
    if figure is None:
        return Shown(finding=finding, title=title, unit=unit)
    says, scale = SAYS[finding.detector], SCALES[finding.detector]
    low, high = figure.low, figure.high
    return Shown(
        finding=finding,
        title=title,
        unit=unit,
        value=says(figure.value),
        low="" if low is None else says(low),
        high="" if high is None else says(high),
        span=charts.span(
            finding.alarm,
            value=figure.value,
            low=figure.value if low is None else low,
            high=figure.value if high is None else high,
            least=scale.least,
            most=scale.most,
        ),
        mark=round(charts.WIDTH * (scale.mark - scale.least) / (scale.most - scale.least)),
    )


def _table(report: loops.Report, detector: loops.Detector, name: str) -> list[Any]:
    finding = report.of(detector)
    return [] if finding.is_refused else list(finding.figures[name])


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _signed(share: float) -> str:
    return f"{100 * share:+.0f} %".replace("-", "\N{MINUS SIGN}")


def _gini(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _in_100(value: float) -> str:
    return f"{100 * value:+.0f}".replace("-", "\N{MINUS SIGN}")


SAYS: Final[Mapping[str, Callable[[float], str]]] = {
    "self_training": _percent,
    "retained": _percent,
    "concentration": _gini,
    "position": _percent,
    "collapse": _signed,
    "exposure": _in_100,
}
