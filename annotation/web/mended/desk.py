"""Annotators compare two answers, one key each. What they see tells nothing of which one came later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from django import forms as fields
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from annotation import mending
from annotation.access import ANNOTATOR, Person
from annotation.labels import raters
from annotation.mending import Said
from annotation.models import Feature, MendedJudgement, MendedPair, Rater
from annotation.web import forms
from annotation.web.mended import sides
from annotation.web.roles import needs

SAID = {
    Said.FIRST: gettext_lazy("First is better"),
    Said.SAME: gettext_lazy("No difference"),
    Said.SECOND: gettext_lazy("Second is better"),
    Said.APART: gettext_lazy("Not comparable"),
}
"""In the order of their keys, 1 to 4."""


class JudgeForm(forms.About):
    said = fields.ChoiceField(choices=[(one.value, one.value) for one in Said])


class UndoForm(forms.Handed):
    """`judgement`: one's own, whose pair is `item`."""

    judgement = fields.IntegerField(min_value=1)


@dataclass(frozen=True, kw_only=True)
class Desk:
    request: HttpRequest
    person: Person
    rater: Rater
    now: datetime

    @cached_property
    def features(self) -> list[Feature]:
        return self.person.features

    def pair(self, form: forms.Handed) -> MendedPair:
        return get_object_or_404(MendedPair, public_id=form.cleaned_data["item"], feature__in=self.features)


@require_safe
@needs(ANNOTATOR)
def compare(request: HttpRequest, person: Person) -> HttpResponse:
    desk = _desk(request, person)
    return _show(desk, _next(desk))


@require_POST
@needs(ANNOTATOR)
def judge(request: HttpRequest, person: Person) -> HttpResponse:
    desk = _desk(request, person)
    form = forms.read(JudgeForm, request.POST)
    said = Said(form.cleaned_data["said"])
    mending.judge(
        pair=desk.pair(form), rater=desk.rater, said=said, submission_id=forms.submission_id(form), now=desk.now
    )
    return _go_on(desk, _("Saved: %(said)s.") % {"said": SAID[said]})


@require_POST
@needs(ANNOTATOR)
def undo(request: HttpRequest, person: Person) -> HttpResponse:
    desk = _desk(request, person)
    form = forms.read(UndoForm, request.POST)
    own = MendedJudgement.objects.filter(pair=desk.pair(form), rater=desk.rater).select_related("rater")
    judgement = get_object_or_404(own, pk=form.cleaned_data["judgement"])
    mending.undo(judgement=judgement, now=desk.now)
    return _go_on(desk, _("Undone: say it anew."))


def _desk(request: HttpRequest, person: Person) -> Desk:
    return Desk(request=request, person=person, rater=raters.for_user(person.user), now=timezone.now())


def _next(desk: Desk) -> MendedPair | None:
    return mending.take(rater=desk.rater, features=desk.features, now=desk.now)


def _go_on(desk: Desk, said: str) -> HttpResponse:
    if not desk.request.headers.get("HX-Request"):
        messages.info(desk.request, said)
        return redirect("compare")
    return _show(desk, _next(desk), said=said)


def _show(desk: Desk, pair: MendedPair | None, *, said: str = "") -> HttpResponse:
    last = mending.last(rater=desk.rater)
    context: dict[str, Any] = {
        "said": said,
        "pair": pair,
        "last": last,
        "last_said": last and SAID[mending.told(last.verdict, later_first=last.pair.later_first)],
        "left": mending.left(rater=desk.rater, features=desk.features),
    }
    context |= _of_pair(pair) if pair else {"waiting": mending.open_pairs(features=desk.features)}
    template = "mended/compare.html"
    return render(desk.request, f"{template}#work" if desk.request.headers.get("HX-Request") else template, context)


def _of_pair(pair: MendedPair) -> dict[str, Any]:
    first, second = sides.as_shown(pair)
    is_same = sides.are_asked_the_same(first, second)
    return {
        "feature": pair.feature,
        "asked": first.asked if is_same else None,
        "sides": [("first", _("First"), first), ("second", _("Second"), second)],
        "choices": [(one.value, title) for one, title in SAID.items()],
        "submission_id": uuid4(),
    }
