"""An item's row, locked for whoever answers about it, and whether there is still something to answer about."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from annotation import loading
from annotation.models import Feature, Item, Queue, TaxonomyVersion

_ITEM: Final = """
annotation_item i
JOIN annotation_feature f ON f.id = i.feature_id
JOIN annotation_queue q ON q.id = i.queue_id
LEFT JOIN annotation_taxonomyversion v ON v.id = q.taxonomy_version_id
WHERE i.id = $1 FOR UPDATE OF i
"""


def item(pk: int) -> Item:
    """The item with its feature, its queue and the version that its queue is bound to. Raises Item.DoesNotExist."""
    models = {"i": Item, "f": Feature, "q": Queue, "v": TaxonomyVersion}
    for found, feature, queue, version in loading.joined(models, _ITEM, [pk]):
        queue.taxonomy_version = version
        queue.feature = found.feature = feature
        found.queue = queue
        locked: Item = found
        return locked
    raise Item.DoesNotExist


def row(pk: int) -> Item:
    """As `item`, where nothing that stands beside it is asked for."""
    for found in loading.rows(Item, "t.id = $1 FOR UPDATE", [pk]):
        return found
    raise Item.DoesNotExist


def is_erased(item: Item) -> bool:
    return bool(erased([item.interaction_id]))


def erased(interaction_ids: Collection[int]) -> set[int]:
    """Those of the interactions that were erased.

    Asked by a statement of its own: what was read together with the items' locks may be older than these.
    """
    statement = "SELECT id FROM annotation_interaction WHERE id = ANY($1::bigint[]) AND erased_at IS NOT NULL"
    return {pk for (pk,) in loading.asked(statement, [list(interaction_ids)])}
