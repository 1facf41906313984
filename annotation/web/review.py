"""Adjudicators' pages: what annotators disagree on, and the word that settles it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import taxonomy
from annotation.access import ADJUDICATOR, Person, features_of
from annotation.ingest import evidence
from annotation.labels import raters, submit
from annotation.models import Item, Label, Rater
from annotation.web import forms, shown
from annotation.web.roles import needs


@require_safe
@needs(ADJUDICATOR)
def review(request: HttpRequest, person: Person) -> HttpResponse:
    """The oldest disputed item, or the one after `?after=`: one that is left undecided comes last."""
    disputed = _disputed(person, raters.for_user(person.user))
    return _show(request, disputed, after=request.GET.get("after", ""))


@require_POST
@needs(ADJUDICATOR)
def settle(request: HttpRequest, person: Person) -> HttpResponse:
    rater = raters.for_user(person.user)
    form = forms.read(forms.LabelForm, request.POST)
    item = get_object_or_404(Item, public_id=form.cleaned_data["item"], feature__in=features_of(person))
    saved = submit.adjudicate(rater=rater, item=item, answer=form.answer(), now=timezone.now())
    said = _("Settled: %(reason)s.") % {"reason": saved.reason.title}
    if not request.headers.get("HX-Request"):
        messages.info(request, said)
        return redirect("review")
    return _show(request, _disputed(person, rater), said=said)


def _disputed(person: Person, rater: Rater) -> QuerySet[Item]:
    """Disputed items of the person's features, without those that the person labeled."""
    own = Label.objects.filter(item=OuterRef("pk"), rater=rater)
    items = Item.objects.filter(status=Item.Status.DISPUTED, feature__in=features_of(person)).exclude(Exists(own))
    return items.select_related("feature", "queue__taxonomy_version").order_by("pk")


def _show(request: HttpRequest, disputed: QuerySet[Item], *, after: str = "", said: str = "") -> HttpResponse:
    item = disputed.filter(public_id__gt=after).first() if after else None
    item = item or disputed.first()
    context: dict[str, Any] = {"said": said, "left": disputed.count(), "item": item}
    if item is not None:
        context |= _of_item(item)
    template = "review/review.html"
    return render(request, f"{template}#work" if request.headers.get("HX-Request") else template, context)


def _of_item(item: Item) -> dict[str, Any]:
    version = taxonomy.of_queue(item.queue)
    labels = Label.objects.filter(item=item, superseded_at=None).select_related("reason", "rater__user", "content")
    return {
        "feature": item.feature,
        "page": shown.page(evidence.of(item)),
        "groups": shown.groups(list(taxonomy.reasons(version=version, kind=item.signal_kind))),
        "labels": labels.order_by("received_at"),
        "submission_id": uuid4(),
        "now": timezone.now(),
    }
