"""An item's row, locked for whoever answers about it, and whether there is still something to answer about."""

from __future__ import annotations

from collections.abc import Collection

from annotation.models import Interaction, Item


def item(pk: int) -> Item:
    return Item.objects.select_for_update(of=("self",)).select_related("queue__taxonomy_version", "feature").get(pk=pk)


def is_erased(item: Item) -> bool:
    return bool(erased([item.interaction_id]))


def erased(interaction_ids: Collection[int]) -> set[int]:
    """Those of the interactions that were erased.

    Asked by a statement of its own: what was read together with the items' locks may be older than these.
    """
    found = Interaction.objects.filter(pk__in=interaction_ids, erased_at__isnull=False)
    return set(found.values_list("pk", flat=True))
