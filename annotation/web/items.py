"""A queue as a list, without texts: take a chosen item, or go on working in a filter."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from annotation import taxonomy
from annotation.access import ANNOTATOR, Person
from annotation.models import Item, Label
from annotation.queues import items as rooms
from annotation.web import desks, shown
from annotation.web.desks import Desk
from annotation.web.roles import needs

PAGE_SIZE = 50
OPEN, LABELED = "open", "labeled"
STATUSES: Final = (OPEN, LABELED)


@require_safe
@needs(ANNOTATOR)
def items(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    desk = desks.of(request, person, queue)
    status = LABELED if request.GET.get("status") == LABELED else OPEN
    name = request.GET.get("after")
    after = desk.item(name) if name else None
    lines = _labeled(desk, after) if status == LABELED else _open(desk, after)
    more = len(lines) > PAGE_SIZE
    lines = lines[:PAGE_SIZE]
    context = {
        "desk": desk,
        "feature": desk.queue.feature,
        "status": status,
        "kinds": [(kind, shown.headline(kind)) for kind in _kinds(desk)],
        "ages": desks.AGES.items(),
        "held": [] if after or status == LABELED else [_line(desk, item) for item in _held(desk)],
        "lines": lines,
        "is_first": after is None,
        "first_url": f"?{urlencode({'status': status})}{desk.also}",
        "more_url": f"?{urlencode({'status': status, 'after': lines[-1]['item'].public_id})}{desk.also}"
        if more
        else "",
    }
    return render(request, "annotate/items.html", context)


def _held(desk: Desk) -> list[Item]:
    return rooms.held(rater=desk.rater, queue=desk.queue, now=desk.now, wanted=desk.wanted)


def _open(desk: Desk, after: Item | None) -> list[dict[str, Any]]:
    found = rooms.free(rater=desk.rater, queue=desk.queue, count=PAGE_SIZE + 1, after=after, wanted=desk.wanted)
    return [_line(desk, item) for item in found]


def _labeled(desk: Desk, after: Item | None) -> list[dict[str, Any]]:
    found = rooms.labeled(rater=desk.rater, queue=desk.queue, count=PAGE_SIZE + 1, after=after, wanted=desk.wanted)
    return [_line(desk, label.item, label) for label in found]


def _line(desk: Desk, item: Item, label: Label | None = None) -> dict[str, Any]:
    return {"item": item, "headline": shown.headline(item.signal_kind), "url": desk.item_url(item), "label": label}


def _kinds(desk: Desk) -> list[str]:
    return sorted(desk.queue.signal_kinds or taxonomy.queued_kinds(desk.version))
