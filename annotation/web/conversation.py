"""The parts of a long conversation that an item's page leaves out, for whoever may see the item."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from annotation.access import ADJUDICATOR, ANNOTATOR, ENGINEER, Person, features_of
from annotation.ingest import evidence
from annotation.labels import raters
from annotation.models import Item
from annotation.web import shown
from annotation.web.roles import needs


@require_safe
@needs(ANNOTATOR, ADJUDICATOR, ENGINEER)
def conversation(request: HttpRequest, person: Person, item: str) -> HttpResponse:
    """`?before=n`: the messages that end with number n after the instructions; `?after=n`: the turns from n on."""
    found = evidence.of(_item(person, item))
    after = _number(request, "after")
    context = _later(found, after) if after is not None else _earlier(found, _number(request, "before"))
    template = "annotate/conversation.html"
    page = f"{template}#part" if request.headers.get("HX-Request") else template
    return render(request, page, context | {"item": found.item})


def _item(person: Person, public_id: str) -> Item:
    """An item that an annotator holds or has labeled; any of an adjudicator's or engineer's features."""
    item = get_object_or_404(Item, public_id=public_id, feature__in=features_of(person))
    if not person.has(ADJUDICATOR, ENGINEER) and raters.for_user(person.user).pk not in item.taken:
        raise Http404
    return item


def _earlier(found: evidence.Evidence, end: int | None) -> dict[str, Any]:
    start, messages = shown.earlier_messages(found, end=len(found.before) if end is None else end)
    return {"earlier": messages, "start": start}


def _later(found: evidence.Evidence, start: int) -> dict[str, Any]:
    turns = shown.later_turns(found)
    end = start + shown.PART
    part = [shown.turn(one) for one in turns[start:end]]
    return {"turns": part, "end": end, "further": len(turns[end:])}


def _number(request: HttpRequest, name: str) -> int | None:
    sent = request.GET.get(name, "")
    return min(int(sent), 10**9) if sent.isascii() and sent.isdigit() else None
