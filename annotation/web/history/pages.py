"""What an annotator has labeled, newest first; each can be opened with its evidence and changed in place."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import taxonomy
from annotation.access import ANNOTATOR, Person, features_of
from annotation.ingest import evidence
from annotation.labels import drafts as own_drafts
from annotation.labels import raters, submit
from annotation.models import Label, Rater
from annotation.web import drafts, forms, shown
from annotation.web.history import fates
from annotation.web.history.filters import Filters
from annotation.web.roles import needs

PAGE_SIZE = 50


@require_safe
@needs(ANNOTATOR)
def history(request: HttpRequest, person: Person) -> HttpResponse:
    filters = Filters(request.GET, person=person)
    labels = filters.applied(_current(raters.for_user(person.user), person))
    page = Paginator(labels, PAGE_SIZE).get_page(request.GET.get("page"))
    found = fates.of(page)
    lines = [_line(label, found[label.pk]) for label in page]
    context = {"lines": lines, "pages": page, "filters": filters, "query": urlencode(filters.chosen)}
    return render(request, "annotate/history.html", context)


@require_safe
@needs(ANNOTATOR)
def labeled(request: HttpRequest, person: Person, item: str) -> HttpResponse:
    """One item that this person has labeled: evidence, label, what became of it. `?change=1`: with the form."""
    rater = raters.for_user(person.user)
    label = get_object_or_404(_current(rater, person), item__public_id=item)
    revisions = Label.objects.filter(rater=rater, item=label.item).select_related(
        "reason", "content", "mapped_from__reason", "taxonomy_version"
    )
    context: dict[str, Any] = {
        "label": label,
        "item": label.item,
        "page": shown.page(evidence.of(label.item)),
        "feature": label.item.feature,
        "fate": fates.of([label])[label.pk],
        "earlier": revisions.exclude(pk=label.pk).order_by("-pk"),
        "mapped_from": label.mapped_from,
        "can_change": label.role == Label.Role.ANNOTATOR,
    }
    if request.GET.get("change") and context["can_change"]:
        context |= _form(rater, label)
    return render(request, "annotate/labeled.html", context)


@require_POST
@needs(ANNOTATOR)
def change(request: HttpRequest, person: Person, item: str) -> HttpResponse:
    """Put another label in place of one's own. The form names the label that it showed."""
    rater = raters.for_user(person.user)
    label = get_object_or_404(_current(rater, person), item__public_id=item)
    form = forms.read(forms.ChangeForm, request.POST)
    saved = submit.label(rater=rater, item=label.item, answer=form.answer(), now=timezone.now())
    messages.info(request, _("Changed to: %(reason)s.") % {"reason": saved.reason.title})
    return redirect("labeled", item)


def _line(label: Label, fate: fates.Fate) -> dict[str, Any]:
    return {"label": label, "headline": shown.headline(label.item.signal_kind), "fate": fate}


def _form(rater: Rater, label: Label) -> dict[str, Any]:
    now = timezone.now()
    reasons = taxonomy.reasons(version=taxonomy.of_queue(label.item.queue), kind=label.item.signal_kind)
    return {
        "groups": shown.groups(reasons),
        "submission_id": uuid4(),
        "former": label,
        "written": drafts.written(own_drafts.begun(rater=rater, item=label.item), now=now),
        "now": now,
    }


def _current(rater: Rater, person: Person) -> QuerySet[Label]:
    labels = Label.objects.filter(rater=rater, superseded_at=None, item__feature__in=features_of(person))
    related = labels.select_related("reason", "content", "item__feature", "item__queue__feature", "mapped_from__reason")
    return related.order_by("-received_at", "-pk")
