"""What a person has typed about an item and not sent yet, kept here as it is typed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from annotation.errors import Refusal
from annotation.labels import locked
from annotation.models import Draft, Flag, Item, Label, Rater, Skip


class NothingToWriteAbout(Refusal):
    """The interaction of this item was erased, so no draft about it is kept. Go on with the next item."""

    code = "erased"
    status = 410


@dataclass(frozen=True, kw_only=True)
class Typed:
    """The fields of the form as they stand, empty ones too: what was taken out doesn't come back."""

    comment: str = ""
    correction: str = ""
    quote: str = ""
    certainty: int | None = None


@transaction.atomic
def save(*, rater: Rater, item: Item, typed: Typed, typed_at: datetime) -> bool:
    """Keep what is typed in place of what was typed before. False: something newer is here, and stays.

    What was typed before one's answer arrived went with that answer; its draft, however late it comes, changes nothing.
    """
    # The lock lets erasure and the label come before or after, never between.
    found = locked.item(item.pk)
    if locked.is_erased(found):
        raise NothingToWriteAbout
    if _is_answered(found, rater, typed_at):
        return False
    if Draft.objects.filter(item=found, rater=rater, typed_at__gt=typed_at).exists():
        return False
    Draft.objects.update_or_create(item=found, rater=rater, defaults={**asdict(typed), "typed_at": typed_at})
    return True


def of(*, rater: Rater, item: Item) -> Draft | None:
    return Draft.objects.filter(rater=rater, item=item).first()


def forget(*, rater: Rater, item: Item) -> None:
    """For whoever answers: their answer holds what was typed. The caller has locked the item's row."""
    Draft.objects.filter(rater=rater, item=item).delete()


def _is_answered(item: Item, rater: Rater, typed_at: datetime) -> bool:
    """Whether the person answered after typing it."""
    return (
        Label.objects.filter(item=item, rater=rater, received_at__gte=typed_at).exists()
        or Skip.objects.filter(item=item, rater=rater, skipped_at__gte=typed_at).exists()
        or Flag.objects.filter(item=item, rater=rater, flagged_at__gte=typed_at).exists()
    )
