"""Known answers: how many, from where, how often people were right, and which items could be some."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from annotation.access import ADMIN, Person, features_of
from annotation.audit import Actor
from annotation.consensus import agreement
from annotation.labels import gold as room
from annotation.lib import messages as texts_of
from annotation.lib.intervals import Share
from annotation.models import Feature, Item, KnownAnswer
from annotation.web import charts, chosen, shown
from annotation.web.desks import address
from annotation.web.roles import needs

PAGE_SIZE = 25
CANDIDATES = 20
ANSWER_CHARS = 160
MIN_ASKED = agreement.MIN_GOLD
"""Fewer answers carry no share (methods of annotator quality)."""

SOURCES = {
    "marked": gettext_lazy("marked by an admin"),
    "adjudicated": gettext_lazy("settled by an adjudicator"),
    "sent": gettext_lazy("sent as gold"),
}
TONES = {"marked": "on", "adjudicated": "went", "sent": "wait"}


@require_safe
@needs(ADMIN)
def gold(request: HttpRequest, person: Person) -> HttpResponse:
    feature = chosen.feature(request, person)
    context: dict[str, Any] = {"feature": feature, "features": person.features}
    if feature is not None:
        page = Paginator(room.known(feature), PAGE_SIZE).get_page(request.GET.get("page"))
        context |= _figures(feature) | {"pages": page, "lines": [_line(one) for one in room.asked(page)]}
        context |= {"candidates": [_candidate(one) for one in room.candidates(feature)[:CANDIDATES]]}
        context |= {"query": urlencode({"feature": feature.slug}), "queues": _queues(feature)}
    return render(request, "gold/gold.html", context)


@require_POST
@needs(ADMIN)
def mark(request: HttpRequest, person: Person) -> HttpResponse:
    wanted = request.POST.getlist("item")[:CANDIDATES]
    items = list(Item.objects.filter(public_id__in=wanted, feature__in=features_of(person)).select_related("feature"))
    count = room.mark(items=items, actor=Actor(user=person.user), now=timezone.now())
    said = ngettext("%(n)d answer is known from now on.", "%(n)d answers are known from now on.", count)
    if count:
        messages.success(request, said % {"n": count})
    else:
        messages.error(request, _("Nothing was marked: choose items first."))
    return _back(items[0].feature if items else None)


@require_POST
@needs(ADMIN)
def retire(request: HttpRequest, person: Person) -> HttpResponse:
    sent = request.POST.get("answer", "")
    answers = KnownAnswer.objects.select_related("item__feature")
    found = get_object_or_404(answers, pk=int(sent) if sent.isdecimal() and len(sent) < 19 else 0)
    room.retire(answer=found, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("Nobody is asked about it any more. What people answered stays."))
    return _back(found.item.feature)


def _back(feature: Feature | None) -> HttpResponse:
    query = f"?{urlencode({'feature': feature.slug})}" if feature else ""
    return redirect(f"{reverse('gold')}{query}")


def _figures(feature: Feature) -> dict[str, Any]:
    live = room.known(feature).filter(retired_at=None)
    sources = list(live.values_list("source", flat=True))
    counts = {code: sources.count(code) for code in SOURCES}
    shares = room.right(list(room.known(feature).values_list("pk", flat=True))).values()
    total = Share(hits=sum(one.hits for one in shares), n=sum(one.n for one in shares))
    return {
        "known": len(sources),
        "sources": [(TONES[code], title, counts[code]) for code, title in SOURCES.items()],
        "bar": charts.bar(((TONES[code], count) for code, count in counts.items()), of=len(sources) or 1),
        "right": total,
        "is_enough": total.n >= MIN_ASKED,
        "min_asked": MIN_ASKED,
    }


def _line(one: room.Asked) -> dict[str, Any]:
    item = one.answer.item
    return {
        "asked": one,
        "headline": shown.headline(item.signal_kind),
        "source": SOURCES[one.answer.source],
        "is_enough": one.right.n >= MIN_ASKED,
    }


def _candidate(revision: Any) -> dict[str, Any]:
    item = revision.item
    return {
        "revision": revision,
        "item": item,
        "headline": shown.headline(item.signal_kind),
        "answer": texts_of.text_of(item.interaction.content.output)[:ANSWER_CHARS],
    }


def _queues(feature: Feature) -> list[dict[str, Any]]:
    return [
        {"queue": queue, "url": address(queue), "percent": f"{100 * queue.gold_share:g}"}
        for queue in feature.queues.select_related("feature")
    ]
