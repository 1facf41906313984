"""What became of conversations days later, and whether early signals predict it: the page of delayed outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from annotation import rewards, tasks
from annotation.access import ADMIN, ENGINEER, Person
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.models import Feature
from annotation.web import charts, chosen
from annotation.web.roles import needs

REACHES: Final = (0.25, 0.5, 0.75, 1.0)
"""How far a scale of differences may reach to both sides of 0."""

YES_NO: Final = [("true", _("true")), ("false", _("false"))]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`look`: the class that colors its picture; `tone` its chip."""

    title: str | Promise
    look: str
    tone: str


VERDICTS: Final = {
    "predicts": Verdict(title=_("predicts it"), look="valid", tone="good"),
    "inverted": Verdict(title=_("points the wrong way"), look="inverted", tone="bad"),
    "noise": Verdict(title=_("doesn't predict it"), look="noise", tone="bad"),
    "not_enough": Verdict(title=_("open"), look="not_enough", tone="unknowable"),
    "refused": Verdict(title=_("can't tell"), look="", tone=""),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A signal with its picture; `reach`: what the scale's ends stand for, in points."""

    line: rewards.Line
    verdict: Verdict
    span: charts.Span | None
    margin: charts.Span | None
    reach: int


class OutcomeForm(forms.Form):
    """What a later result of this name means."""

    name = forms.CharField(
        max_length=200,
        label=_("Name"),
        help_text=_("As your product sends it in details.name of a later_result."),
        widget=forms.TextInput(attrs={"list": "sent", "autocomplete": "off", "spellcheck": "false"}),
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=365,
        initial=7,
        label=_("Known after, in days"),
        help_text=_("A conversation counts once it began so long ago."),
    )
    good_when = forms.ChoiceField(
        choices=YES_NO,
        initial="true",
        label=_("Good is"),
        help_text=_("“Resolved without contact” is good when true, “came back with the same question” when false."),
    )
    silence = forms.ChoiceField(
        choices=[("unknown", _("unknown")), ("false", _("false"))],
        label=_("Where nothing came by then, it is"),
        help_text=_("False, if your product tells of it only where it happened."),
    )
    points = forms.FloatField(
        min_value=0.1,
        max_value=50,
        initial=10,
        label=_("A difference that matters, in points"),
        help_text=_("A signal that makes less of a difference doesn't predict it. For what is rare, take fewer."),
    )

    def meaning(self) -> rewards.Meaning:
        """Of a valid form."""
        sent = self.cleaned_data
        return rewards.Meaning(
            days=sent["days"],
            good_when=sent["good_when"] == "true",
            absent_is_false=sent["silence"] == "false",
            margin=sent["points"] / 100,
        )


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def page(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    """`?name=` fills the form with what that one means."""
    return _shown(request, person, feature, OutcomeForm(initial=_meaning(feature, request.GET.get("name", ""))))


@require_POST
@needs(ADMIN)
@chosen.about_a_feature
def name(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _shown(request, person, feature, form, status=422)
    try:
        outcome, changed = rewards.name(
            feature=feature,
            name=form.cleaned_data["name"],
            meaning=form.meaning(),
            actor=Actor(user=person.user),
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return _shown(request, person, feature, form, status=refusal.status)
    if changed:
        tasks.ring_outcome(outcome)
        messages.success(request, _("It is named. Its audit takes a moment: look again soon."))
    return redirect(_address(feature))


@require_POST
@needs(ADMIN)
@chosen.about_a_feature
def remove(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    outcome = rewards.find(feature=feature, name=request.POST.get("name", "").replace("\0", ""))
    rewards.remove(outcome=outcome, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("Its audit is removed. The results that were sent stay."))
    return redirect(_address(feature))


def _shown(
    request: HttpRequest, person: Person, feature: Feature, form: OutcomeForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "feature": feature,
        "features": person.features,
        "outcomes": [_outcome(one) for one in rewards.report(feature=feature)],
        "unnamed": rewards.unnamed(feature=feature),
        "form": form,
        "is_admin": person.has(ADMIN),
    }
    return render(request, "insights/outcomes.html", context, status=status)


def _outcome(one: rewards.Outcome) -> dict[str, Any]:
    told = [line for line in one.lines if line.difference is not None]
    reach = _reach(line.difference for line in told if line.difference)
    return {
        "one": one,
        "told": [_line(line, reach, one.margin) for line in told],
        "refused": [line for line in one.lines if line.difference is None],
        "parts": charts.bar([("good", one.good), ("bad", one.bad), ("unknowable", one.missing)], of=one.conversations)
        if one.conversations
        else [],
        "points": f"{100 * one.margin:g}",
    }


def _line(line: rewards.Line, reach: float, margin: float) -> Shown:
    assert line.difference is not None
    found, scale = line.difference, {"least": -reach, "most": reach}
    verdict = VERDICTS[line.verdict]
    return Shown(
        line=line,
        verdict=verdict,
        span=charts.span(verdict.look, value=found.value, low=found.low, high=found.high, **scale),
        margin=charts.span("margin", value=0, low=-margin, high=margin, **scale),
        reach=round(100 * reach),
    )


def _reach(rates: Iterable[rewards.Rate]) -> float:
    farthest = max((max(abs(rate.low), abs(rate.high)) for rate in rates), default=0)
    return next((reach for reach in REACHES if farthest <= reach), REACHES[-1])


def _meaning(feature: Feature, name: str) -> dict[str, Any]:
    """What is typed already: of an outcome that is named what it means, else its name alone."""
    known = next((one for one in rewards.report(feature=feature) if one.name == name), None)
    if known is None:
        return {"name": name} if name else {}
    return {
        "name": known.name,
        "days": known.days,
        "good_when": "true" if known.good_when else "false",
        "silence": "false" if known.absent_is_false else "unknown",
        "points": f"{100 * known.margin:g}",
    }


def _address(feature: Feature) -> str:
    return f"{reverse('outcomes')}?{urlencode({'feature': feature.slug})}"
