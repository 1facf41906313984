"""Which items a rule is about, and what it may read of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from django.db.models import QuerySet

from annotation import taxonomy
from annotation.labels import second_looks
from annotation.lib import conditions
from annotation.models import Item, Queue, RuleVersion
from annotation.queues import known


def items_of(version: RuleVersion) -> QuerySet[Item]:
    """The items that this version is about: of its feature and kind, in queues that ask by its taxonomy version."""
    return (
        Item.objects.filter(
            feature=version.rule.feature_id,
            queue__in=_queues(version),
            signal_kind=version.reason.signal_kind,
            purpose__in=second_looks.FIRST,
        )
        .exclude(status=Item.Status.WITHDRAWN)
        .order_by("pk")
    )


def rests(version: RuleVersion) -> bool:
    """Whether no queue of the feature asks by its taxonomy version any more, so that it has nothing to say."""
    return not _queues(version)


def of(item_ids: Collection[int], *, fields: Sequence[str]) -> Iterator[tuple[int, conditions.Case]]:
    """Each item's id with its case, as far as these fields need it. What was erased is left out."""
    found = Item.objects.filter(pk__in=item_ids).order_by("pk").values_list("pk", "signal_id")
    told = dict(known.of({signal for _, signal in found}, fields=fields))
    yield from ((pk, told[signal]) for pk, signal in found if signal in told)


def _queues(version: RuleVersion) -> list[int]:
    queues = Queue.objects.filter(feature=version.rule.feature_id)
    wanted = version.reason.taxonomy_version_id
    bound = queues.filter(taxonomy_version=wanted)
    asking = queues.filter(taxonomy_version=None) | bound if taxonomy.current().pk == wanted else bound
    return list(asking.values_list("pk", flat=True))
