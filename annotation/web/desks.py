"""One person at one queue, now: what the pages of annotators share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from annotation import loading
from annotation.access import Person
from annotation.labels import raters
from annotation.models import Item, Queue, Rater, TaxonomyVersion
from annotation.queues import lease, progress
from annotation.web import forms

AGES: Final[dict[str, str | Promise]] = {
    "24": _("a day"),
    "72": _("three days"),
    "168": _("a week"),
    "720": _("30 days"),
}
"""Hours, as an address says them, and in words."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """`version` is the one by which the queue asks.

    `sent` is the item that a form is about, read with the queue. `kind` and `older` (hours, one of AGES) are the filter
    in which the person works; empty: everything.
    """

    request: HttpRequest
    rater: Rater
    queue: Queue
    version: TaxonomyVersion
    now: datetime
    sent: Item | None = None
    kind: str = ""
    older: str = ""

    @cached_property
    def url(self) -> str:
        return reverse("work", args=[address(self.queue)])

    @cached_property
    def query(self) -> str:
        """The filter as the end of an address: what is posted keeps it."""
        return f"?{self.also[1:]}" if self.also else ""

    @cached_property
    def also(self) -> str:
        """The filter as a further part of an address that has a `?` already."""
        chosen = {"kind": self.kind, "older": self.older}
        return "".join(f"&{urlencode({name: value})}" for name, value in chosen.items() if value)

    @property
    def here(self) -> str:
        return self.url + self.query

    def item(self, public_id: str) -> Item:
        """Of this queue, the item with this id. Not found: there is none."""
        found = [self.sent] if self.sent and self.sent.public_id == public_id else self._named(public_id)
        if not found:
            raise Http404
        found[0].queue = self.queue
        return found[0]

    def _named(self, public_id: str) -> list[Item]:
        return loading.rows(Item, "t.public_id = $1 AND t.queue_id = $2", [public_id, self.queue.pk])

    def handed(self, form: forms.Handed) -> Item:
        """The item that a form is about, if it was handed to this person."""
        item = self.item(form.cleaned_data["item"])
        lease.check_ticket(rater=self.rater, item=item, proof=form.cleaned_data["ticket"])
        return item

    def item_url(self, item: Item) -> str:
        return f"{self.url}?{urlencode({'item': item.public_id})}{self.also}"

    @property
    def wanted(self) -> lease.Wanted:
        return lease.Wanted(kind=self.kind, queued_by=self.queued_by)

    @property
    def queued_by(self) -> datetime | None:
        return self.now - timedelta(hours=int(self.older)) if self.older else None

    @property
    def older_in_words(self) -> str | Promise:
        return AGES.get(self.older, "")


def address(queue: Queue) -> str:
    """A queue in an address: `<feature>.<queue>`; neither name can hold a dot."""
    return f"{queue.feature.slug}.{queue.name}"


def of(request: HttpRequest, person: Person, name: str) -> Desk:
    """The desk of this person at the queue with this address. Not found: no such queue, or it isn't theirs."""
    feature, _dot, queue_name = name.partition(".")
    found = progress.queue_of(person, feature=feature, name=queue_name, item=request.POST.get("item", ""))
    if found is None:
        raise Http404
    queue, version, sent = found
    older = request.GET.get("older", "")
    return Desk(
        request=request,
        rater=raters.for_user(person.user),
        queue=queue,
        version=version,
        now=timezone.now(),
        sent=sent,
        kind=request.GET.get("kind", "")[:60],
        older=older if older in AGES else "",
    )
