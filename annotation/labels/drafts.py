"""What a person has typed about an item and not sent yet, kept here as it is typed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from annotation import loading
from annotation.errors import Refusal
from annotation.labels import locked
from annotation.models import Draft, Flag, Item, Label, LabelContent, Rater, Reason, Skip


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


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What a person has written about an item already: a draft, and their last label of it with its texts.

    `is_asked_again`: the label's reason has no successor in a later taxonomy version.
    """

    draft: Draft | None
    label: Label | None
    content: LabelContent | None
    is_asked_again: bool


NOTHING: Final = Begun(draft=None, label=None, content=None, is_asked_again=False)

_BEGUN: Final = """
(SELECT $1::bigint AS item_id, $2::bigint AS rater_id) own
LEFT JOIN annotation_draft d ON d.item_id = own.item_id AND d.rater_id = own.rater_id
LEFT JOIN LATERAL (
    SELECT * FROM annotation_label WHERE item_id = own.item_id AND rater_id = own.rater_id ORDER BY id DESC LIMIT 1
) l ON true
LEFT JOIN annotation_reason r ON r.id = l.reason_id
LEFT JOIN annotation_labelcontent c ON c.label_id = l.id
LEFT JOIN annotation_relabel a ON a.label_id = l.id
"""


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


def begun(*, rater: Rater, item: Item) -> Begun:
    models = {"d": Draft, "l": Label, "r": Reason, "c": LabelContent}
    [(draft, label, reason, content, is_asked_again)] = loading.joined(
        models, _BEGUN, [item.pk, rater.pk], also="a.label_id IS NOT NULL"
    )
    if label is not None:
        label.reason = reason
    return Begun(draft=draft, label=label, content=content, is_asked_again=is_asked_again)


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
