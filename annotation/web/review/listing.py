"""The list of what is in review, with filters and counts, and what became of the labels that were sent back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from annotation.access import ADJUDICATOR, Person
from annotation.consensus import agreement
from annotation.labels import disputes, raters
from annotation.labels import review as in_review
from annotation.models import Feature, Item, ReviewNote
from annotation.web import shown
from annotation.web.review import filters
from annotation.web.roles import needs

PAGE_SIZE = 50
NOTES_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Line:
    """One item of the list."""

    item: Item
    headline: str | Promise
    opinions: list[disputes.Opinion]
    note: ReviewNote | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value that a filter can have, and how many items it leaves."""

    value: str
    title: str | Promise
    items: int
    is_chosen: bool


@require_safe
@needs(ADJUDICATOR)
def listed(request: HttpRequest, person: Person) -> HttpResponse:
    """The items to settle, or with `?asked` those that wait for an answer, in the order of what they decide."""
    now = timezone.now()
    rater = raters.for_user(person.user)
    chosen = filters.read(request.GET)
    to_settle = in_review.items(person=person, rater=rater, now=now)
    asked = in_review.asked(person=person, rater=rater, now=now)
    is_asked = "asked" in request.GET
    shown_items = asked if is_asked else to_settle
    meant = chosen.of(shown_items)
    page = Paginator(meant, PAGE_SIZE).get_page(request.GET.get("page"))
    said = disputes.opinions(list(page), now=now)
    context: dict[str, Any] = {
        "lines": [_line(item, said[item.pk]) for item in page],
        "pages": page,
        "chosen": chosen,
        "is_asked": is_asked,
        "to_settle": to_settle.count(),
        "asked": asked.count(),
        "now": now,
    }
    context |= _choices(shown_items, chosen) | _second_looks(person, chosen)
    context["sent"] = _sent(rater.pk, person)
    return render(request, "review/list.html", context)


def _line(item: Item, said: list[disputes.Opinion]) -> Line:
    about = [note for one in said for note in one.notes]
    return Line(
        item=item,
        headline=shown.headline(item.signal_kind),
        opinions=said,
        note=max(about, key=lambda note: note.sent_at) if about else None,
    )


def _choices(items: QuerySet[Item], chosen: filters.Filters) -> dict[str, Any]:
    """What each filter offers: of everything in the list, so that another choice is always one away."""
    found = list(items.values_list("feature__slug", "feature__name", "queue__name", "signal_kind"))
    queues = (((f"{slug}.{queue}"), f"{name}: {queue}") for slug, name, queue, _kind in found)
    kinds = ((kind, shown.headline(kind)) for *_rest, kind in found)
    pairs = disputes.counted(disputes.pairs(chosen.but_pair(items)))
    return {
        "features": _counted(((slug, name) for slug, name, *_rest in found), chosen.feature),
        "queues": _counted(queues, chosen.queue),
        "kinds": _counted(kinds, chosen.kind),
        "pairs": [
            Choice(value=one.pair.code, title=one.title, items=one.items, is_chosen=one.pair.code == chosen.pair)
            for one in pairs
        ],
    }


def _counted(values: Iterable[tuple[str, str | Promise]], chosen: str) -> list[Choice]:
    counts = Counter((value, str(title)) for value, title in values)
    return [
        Choice(value=value, title=title, items=items, is_chosen=value == chosen)
        for (value, title), items in sorted(counts.items(), key=lambda one: one[0][1])
    ]


def _second_looks(person: Person, chosen: filters.Filters) -> dict[str, Any]:
    features = [one for one in person.features if chosen.feature in ("", one.slug)]
    looks = agreement.of_second_looks(features=features)
    return {"looks": looks, "min_looks": agreement.MIN_LOOKS, "looks_at": _only(features)}


def _only(features: list[Feature]) -> Feature | None:
    return features[0] if len(features) == 1 else None


def _sent(rater: int, person: Person) -> QuerySet[ReviewNote]:
    """What this person sent back last, and what came of it."""
    found = ReviewNote.objects.filter(sent_by=rater, item__feature__in=person.features)
    related = found.select_related(
        "item", "rater__user", "content", "label__reason", "answer_label__reason", "item__feature"
    )
    return related.order_by("-sent_at", "-pk")[:NOTES_SHOWN]
