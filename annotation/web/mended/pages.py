"""Engineers' pages: how many bad answers were mended, and the pairs behind each figure, told which is which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from annotation import mending
from annotation.access import ENGINEER, Person, features_of
from annotation.mending import Rate, Told
from annotation.models import ConsensusRevision, Feature, MendedJudgement, MendedPair
from annotation.web import charts, chosen, shown
from annotation.web.mended import sides
from annotation.web.roles import needs

PAGE_SIZE = 30

VERDICTS = {
    "mended": _("mended"),
    "same": _("no difference"),
    "worse": _("worse"),
    "apart": _("not comparable"),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One rate as a row of a table. `spans` are empty where no rate is said."""

    rate: Rate
    title: str
    spans: list[charts.Span]
    query: str


@dataclass(frozen=True, kw_only=True)
class PairLine:
    """One pair in a list: what was asked and answered on each side, and what people said of it."""

    told: Told
    bad: tuple[str, str]
    later: tuple[str, str]
    verdicts: list[tuple[str, object]]


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def page(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    """`?version=` names the model version whose reasons are told; else it is the newest."""
    now = timezone.now()
    named = request.GET.get("version", "")
    versions, reasons = mending.rate(feature=feature, now=now, model_version=named)
    meant = next((one for one in versions if named in ("", one.model_version)), None)
    if named and meant is None:
        raise Http404
    context = {
        "feature": feature,
        "features": person.features,
        "meant": meant,
        "versions": [_line(feature, one, one.model_version) for one in versions],
        "reasons": [_line(feature, one, one.title) for one in reasons],
        "habits": mending.habits(feature=feature, now=now),
        "bar": round(100 * mending.BAR),
        "most": mending.MOST,
        "enough": mending.ENOUGH,
    }
    return render(request, "insights/mended/page.html", context)


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def pairs(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    """`?version=` names the model version; `kind`, `reason` and `verdict` which of its judged pairs."""
    figure = _figure(request.GET)
    name = request.GET.get("after")
    after = get_object_or_404(MendedPair, public_id=name, feature=feature) if name else None
    now = timezone.now()
    found = mending.behind(feature=feature, figure=figure, now=now, count=PAGE_SIZE + 1, before=after)
    query = _query(feature, figure)
    more = urlencode({"after": found[PAGE_SIZE - 1].pair.public_id}) if len(found) > PAGE_SIZE else ""
    context = {
        "feature": feature,
        "figure": figure,
        "verdict": VERDICTS.get(figure.verdict, ""),
        "verdicts": VERDICTS.items(),
        "lines": lines(found[:PAGE_SIZE]),
        "first_url": f"?{query}" if after else "",
        "more_url": f"?{query}&{more}" if more else "",
    }
    return render(request, "insights/mended/pairs.html", context)


@require_safe
@needs(ENGINEER)
def pair(request: HttpRequest, person: Person, pair: str) -> HttpResponse:
    """The two answers side by side, and who said what of them."""
    own = MendedPair.objects.filter(feature__in=features_of(person), case__interaction__erased_at=None)
    found = get_object_or_404(own.filter(later__content__isnull=False), public_id=pair)
    told = mending.of_pair(pair=found)
    case = told.pair.case
    revision = ConsensusRevision.objects.filter(item=case.item_id, superseded_at=None).select_related("reason").first()
    context = {
        "feature": found.feature,
        "told": told,
        "bad": sides.of(case.interaction),
        "later": sides.of(told.pair.later),
        "headline": shown.headline(case.item.signal_kind),
        "reason": revision.reason if revision else None,
        "judgements": [(one, VERDICTS[one.verdict], CHIPS[one.verdict]) for one in told.judgements],
    }
    return render(request, "insights/mended/pair.html", context)


CHIPS = {"mended": "good", "same": "", "worse": "bad", "apart": "unknowable"}
"""The class that colors a verdict."""


def lines(found: Sequence[Told]) -> list[PairLine]:
    return [
        PairLine(
            told=one,
            bad=sides.gist(one.pair.case.interaction),
            later=sides.gist(one.pair.later),
            verdicts=[(CHIPS[said.verdict], VERDICTS[said.verdict]) for said in one.judgements],
        )
        for one in found
    ]


def _line(feature: Feature, rate: Rate, title: str) -> Line:
    figure = mending.Figure(model_version=rate.model_version, signal_kind=rate.signal_kind, reason=rate.reason)
    shares = (("mended", rate.fixed), ("worse", rate.harmed))
    spans = [
        charts.span(name, value=one.value, low=one.low, high=one.high, least=0)
        for name, one in shares
        if one is not None
    ]
    return Line(rate=rate, title=title, spans=spans, query=_query(feature, figure))


def _figure(data: QueryDict) -> mending.Figure:
    names = {"model_version": "version", "signal_kind": "kind", "reason": "reason", "verdict": "verdict"}
    named = {name: data.get(sent, "").replace("\0", "") for name, sent in names.items()}
    if not named["model_version"] or (named["verdict"] and named["verdict"] not in MendedJudgement.Verdict.values):
        raise Http404
    return mending.Figure(**named)


def _query(feature: Feature, figure: mending.Figure) -> str:
    named: dict[str, Any] = {
        "feature": feature.slug,
        "version": figure.model_version,
        "kind": figure.signal_kind,
        "reason": figure.reason,
        "verdict": figure.verdict,
    }
    return urlencode([(name, value) for name, value in named.items() if value])
