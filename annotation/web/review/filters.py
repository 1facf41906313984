"""Which of the items in review an adjudicator wants to see: chosen in the list, kept while working through them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.http import urlencode

from annotation.labels import disputes
from annotation.models import Item

NAMES = ("feature", "queue", "kind", "pair")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """`feature` is a slug, `queue` `<feature>.<queue>`, `pair` the code of a pair of reasons. Empty: any."""

    feature: str = ""
    queue: str = ""
    kind: str = ""
    pair: str = ""

    @property
    def query(self) -> str:
        """The part of an address that chooses the same items again."""
        return urlencode({name: value for name in NAMES if (value := getattr(self, name))})

    @property
    def is_any(self) -> bool:
        return not self.query

    def of(self, items: QuerySet[Item]) -> QuerySet[Item]:
        """Those of these items that are meant."""
        items = self.but_pair(items)
        if not self.pair:
            return items
        found = disputes.pairs(items)
        return items.filter(pk__in=[pk for pk, pairs in found.items() if self.pair in {one.code for one in pairs}])

    def but_pair(self, items: QuerySet[Item]) -> QuerySet[Item]:
        """Those that are meant by everything but the pair of reasons."""
        if self.feature:
            items = items.filter(feature__slug=self.feature)
        if self.queue:
            feature, _dot, name = self.queue.partition(".")
            items = items.filter(queue__feature__slug=feature, queue__name=name)
        return items.filter(signal_kind=self.kind) if self.kind else items


def read(data: QueryDict) -> Filters:
    return Filters(**{name: data.get(name, "") for name in NAMES})
