"""What is mixed into a queue beside what arrives, at shares of its own: second looks, and items with a known answer.

To whoever takes them they are items like all others: they come in at random, look the same, and are served in their
turn where nothing else is free.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from annotation.lib import keyed
from annotation.models import Item, Label, Queue, Rater, Skip

FURTHER = (Item.Purpose.SECOND_LOOK, Item.Purpose.GOLD)


def turn(*, queue: Queue, draw: str) -> str:
    """Of which purpose the next item taken is to be, if there is one; empty: as they come.

    `draw`: a word that nobody chose.
    """
    if queue.gold_share > 0 and keyed.unit_interval(settings.HASH_KEY, draw, purpose="gold-turn") < queue.gold_share:
        return Item.Purpose.GOLD.value
    share = queue.second_look_share
    if share > 0 and keyed.unit_interval(settings.HASH_KEY, draw, purpose="second-look-turn") < share:
        return Item.Purpose.SECOND_LOOK.value
    return ""


def is_answered_before(*, item: Item, rater: Rater) -> bool:
    """Whether the item is a further one of a signal that this rater has answered about, taken back or not."""
    return Item.objects.filter(not_for(rater), pk=item.pk).exists()


def not_for(rater: Rater) -> Q:
    """Which items are further ones of a signal that this rater has answered about or settled: others take those."""
    before = Label.objects.filter(item__signal=OuterRef("signal"), rater=rater).exclude(item=OuterRef("pk"))
    skipped = Skip.objects.filter(item__signal=OuterRef("signal"), rater=rater).exclude(item=OuterRef("pk"))
    return Q(Exists(before), purpose__in=FURTHER) | Q(Exists(skipped), purpose=Item.Purpose.GOLD)
