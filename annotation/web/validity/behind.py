"""The items behind a figure, in pages, and one of them with all its evidence."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from annotation.access import ENGINEER, Person, features_of
from annotation.ingest import evidence
from annotation.lib import messages
from annotation.models import Feature, Item, Label, Rater
from annotation.validity import behind
from annotation.web import chosen, shown
from annotation.web.roles import needs
from annotation.web.validity import figures, words

PAGE_SIZE = 50
GIST_CHARS = 200


@require_safe
@needs(ENGINEER)
@chosen.about_a_feature
def items(request: HttpRequest, person: Person, feature: Feature) -> HttpResponse:
    """`?kind=&version=` name the signal; `part`, `show` and `reason` which of its figures."""
    figure = _figure(request.GET)
    name = request.GET.get("after")
    after = get_object_or_404(Item, public_id=name, feature=feature) if name else None
    found = behind.items(feature=feature, figure=figure, after=after, count=PAGE_SIZE + 1)
    if not found and not behind.is_known(feature=feature, figure=figure):
        raise Http404
    query = _query(request.GET)
    last = found[PAGE_SIZE - 1].item.public_id if len(found) > PAGE_SIZE else ""
    context = {
        "feature": feature,
        "figure": figure,
        "title": shown.headline(figure.kind),
        "anchor": figures.anchor(figure.kind, figure.version),
        "reason": next((one.reason for one in found if one.reason and one.reason.code == figure.reason), None),
        "said": words.BEHIND[figure.show],
        "lines": [(one, *_gist(one.item)) for one in found[:PAGE_SIZE]],
        "outcomes": words.OUTCOMES,
        "first_url": f"?{query}" if after else "",
        "more_url": f"?{query}&{urlencode({'after': last})}" if last else "",
        "query": query,
    }
    return render(request, "insights/validity/items.html", context)


@require_safe
@needs(ENGINEER)
def item(request: HttpRequest, person: Person, item: str) -> HttpResponse:
    """One item with its evidence, what people said of it, and how it was counted."""
    items = Item.objects.select_related("feature", "queue").filter(interaction__erased_at=None)
    found = get_object_or_404(items, public_id=item, feature__in=features_of(person))
    context: dict[str, Any] = {
        "item": found,
        "feature": found.feature,
        "page": shown.page(evidence.of(found)),
        "counted": behind.of_item(found),
        "said": _said(found),
        "outcomes": words.OUTCOMES,
        "query": _query(request.GET),
    }
    return render(request, "insights/validity/item.html", context)


def _gist(item: Item) -> tuple[str, str]:
    """What was asked and answered, in a line each: enough to tell one item from another."""
    content = getattr(item.interaction, "content", None)
    if content is None:
        return "", ""
    sides = ((content.input, "user"), (content.output, "assistant"))
    asked, answered = (messages.text_of(messages.as_messages(value, role)[-1:]) for value, role in sides)
    return asked[:GIST_CHARS], answered[:GIST_CHARS]


def _said(item: Item) -> QuerySet[Label]:
    """Current labels of people and known answers, the first first: what a rule or judge says decides nothing."""
    labels = Label.objects.filter(item=item, superseded_at=None, rater__kind__in=[Rater.Kind.HUMAN, Rater.Kind.GOLD])
    return labels.select_related("reason", "content", "rater__user").order_by("received_at", "pk")


def _figure(data: QueryDict) -> behind.Figure:
    named = {name: data.get(name, "").replace("\0", "") for name in ("kind", "version", "part", "reason")}
    show = next((one for one in behind.SHOWS if one == data.get("show", "with")), None)
    if not named["kind"] or not named["version"] or show is None:
        raise Http404
    return behind.Figure(**named, show=show)


def _query(data: QueryDict) -> str:
    """What names the figure in an address, without the place in its list."""
    named = ((name, data.get(name, "")) for name in ("feature", "kind", "version", "part", "show", "reason"))
    return urlencode([(name, value) for name, value in named if value])
