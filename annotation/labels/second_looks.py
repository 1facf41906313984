"""Second looks: the same signal, labeled once more by somebody else. Where the two differ, an adjudicator settles."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, OuterRef, QuerySet, Subquery

from annotation.models import ConsensusRevision, Feature, Item

FIRST = (Item.Purpose.SAMPLE, Item.Purpose.BACKFILL)
BY_ANNOTATORS = (
    ConsensusRevision.Method.SINGLE,
    ConsensusRevision.Method.MAJORITY,
    ConsensusRevision.Method.DAWID_SKENE,
)


def differing(features: Iterable[Feature]) -> QuerySet[Item]:
    """The second-look items whose annotators decided otherwise than those of the first look, neither yet settled."""
    decided = ConsensusRevision.objects.filter(superseded_at=None, method__in=BY_ANNOTATORS)
    first = decided.filter(item__signal=OuterRef("signal"), item__purpose__in=FIRST)
    second = decided.filter(item=OuterRef("pk"))
    looked = Item.objects.filter(
        purpose=Item.Purpose.SECOND_LOOK, status=Item.Status.RESOLVED, feature__in=features
    ).annotate(
        first_reason=Subquery(first.values("reason__code")[:1]),
        second_reason=Subquery(second.values("reason__code")[:1]),
    )
    # A reason that is missing differs from none: such a pair is not decided twice.
    return looked.filter(first_reason__isnull=False, second_reason__isnull=False).exclude(
        first_reason=F("second_reason")
    )


def pair(item: Item) -> list[Item]:
    """The item and the other looks at its signal, first looks first."""
    looks = Item.objects.filter(signal_id=item.signal_id, purpose__in=[*FIRST, Item.Purpose.SECOND_LOOK])
    return sorted(looks, key=lambda one: (one.purpose == Item.Purpose.SECOND_LOOK, one.pk))


def is_differing(item: Item) -> bool:
    return differing([item.feature]).filter(pk=item.pk).exists()
