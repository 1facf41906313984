"""Who is told of a recipe's exports, or of a trigger's firings: what `recipes/told.html` shows."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse

from annotation.models import Delivery
from annotation.web.recipes import words
from annotation.webhooks import deliveries, endpoint
from annotation.webhooks.endpoint import Owner

MOST: Final = 20


def context(owner: Owner, *, anew: str, again: str) -> dict[str, Any]:
    """The newest messages. `anew`, `again`: the names of the addresses that make a new secret and send again."""
    webhook = endpoint.of(owner)
    newest = deliveries.latest(webhook, count=MOST) if webhook else ()
    return {
        "webhook": webhook,
        "deliveries": [_line(one, reverse(again, args=[owner.pk, one.public_id])) for one in newest],
        "secret_url": reverse(anew, args=[owner.pk]),
    }


def _line(one: Delivery, again: str) -> dict[str, Any]:
    return {"delivery": one, "answer": words.answer(one), "again": again}
