"""What an annotator has labeled, newest first."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from annotation.access import ANNOTATOR, Person, features_of
from annotation.ingest import evidence
from annotation.labels import raters
from annotation.models import Label, Rater
from annotation.web import shown
from annotation.web.roles import needs

PAGE_SIZE = 50


@require_safe
@needs(ANNOTATOR)
def history(request: HttpRequest, person: Person) -> HttpResponse:
    labels = _current(raters.for_user(person.user), person)
    page = Paginator(labels, PAGE_SIZE).get_page(request.GET.get("page"))
    lines = [{"label": label, "headline": shown.headline(label.item.signal_kind)} for label in page]
    return render(request, "annotate/history.html", {"lines": lines, "pages": page})


@require_safe
@needs(ANNOTATOR)
def labeled(request: HttpRequest, person: Person, item: str) -> HttpResponse:
    """One item that this person has labeled, with the evidence and the label."""
    labels = _current(raters.for_user(person.user), person)
    label = get_object_or_404(labels, item__public_id=item)
    found = evidence.of(label.item)
    context = {"label": label, "item": label.item, "page": shown.page(found), "feature": label.item.feature}
    return render(request, "annotate/labeled.html", context)


def _current(rater: Rater, person: Person) -> QuerySet[Label]:
    labels = Label.objects.filter(rater=rater, superseded_at=None, item__feature__in=features_of(person))
    related = labels.select_related("reason", "content", "item__feature", "item__queue")
    return related.order_by("-received_at", "-pk")
