"""The list of features, and the page where a feature's door is set: shown first, then made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotation.access import ADMIN, Person
from annotation.audit import Actor
from annotation.ingest import retention
from annotation.ingest.redaction import Redactor
from annotation.lib import pii
from annotation.models import Feature
from annotation.queues import setup
from annotation.queues.setup import FeatureSpec
from annotation.web.features import forms, words
from annotation.web.features.forms import FeatureForm, NewFeature
from annotation.web.roles import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def features(request: HttpRequest, person: Person) -> HttpResponse:
    form = NewFeature(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        feature, is_new = setup.create_feature(
            spec=FeatureSpec(slug=sent["slug"], name=sent["name"]), actor=Actor(user=person.user), now=timezone.now()
        )
        if is_new:
            messages.success(
                request, _("“%(name)s” is made, with a queue. Set its door before you send.") % {"name": feature}
            )
            return redirect("feature", feature.slug)
        form.add_error("slug", _("There is a feature with this slug. Choose another, or open that one from the list."))
    context = {"form": form, "features": Feature.objects.all()}
    return render(request, "manage/features.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def feature(request: HttpRequest, person: Person, slug: str) -> HttpResponse:
    """The settings. What was sent is first shown as changes with what they bring, and made when it is sent again."""
    found = get_object_or_404(Feature, slug=slug)
    if request.method != "POST":
        return _page(request, FeatureForm(feature=found))
    form = FeatureForm(request.POST, feature=found)
    if not form.is_valid():
        return _page(request, form, status=422)
    differences = form.differences()
    if not differences:
        messages.info(request, _("Nothing is changed: it is so already."))
        return redirect("feature", slug)
    if form.cleaned_data["seen"] != forms.digest(differences):
        changes = words.changes(differences, leaving=_leaving(found, differences))
        return _page(request, form, changes=changes, digest=forms.digest(differences))
    wanted = {name: after for name, (_before, after) in differences.items()}
    setup.change_feature(feature=found, wanted=wanted, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("The feature is changed. What arrives from now on is treated so."))
    return redirect("feature", slug)


def _leaving(feature: Feature, differences: Mapping[str, list[Any]]) -> retention.Counts | None:
    """What would go under a new limit; None where there is none, or too much to count."""
    days = differences.get("retention_days", [None, None])[1]
    if days is None:
        return None
    try:
        return retention.would_take(feature=feature, days=days, now=timezone.now())
    except retention.TooMuchToCount:
        return None


@require_POST
@needs(ADMIN)
def try_redaction(request: HttpRequest, person: Person, slug: str) -> HttpResponse:
    """The form as it was sent, with what its rules make of its text. Stores nothing."""
    form = FeatureForm(request.POST, feature=get_object_or_404(Feature, slug=slug))
    rules = frozenset(form.chosen_rules())
    text = form.cleaned_data.get("text", "")
    found = Counter(span.rule for span in pii.find(text, rules))
    tried = Redactor(feature=slug, rules=rules).text(text)
    return _page(request, form, tried=tried, found=sorted(found.items()), is_tried=True)


def _page(request: HttpRequest, form: FeatureForm, *, status: int = 200, **shown: Any) -> HttpResponse:
    context = {"form": form, "feature": form.feature, "is_fixed": form.fields["eval_share"].disabled, **shown}
    return render(request, "manage/feature.html", context, status=status)
