"""Map the labels of some items, in one transaction: all of it or nothing.

The items are locked first and in the order of their ids, as whoever answers locks them: an answer comes before the
batch, and is mapped with the rest, or after it, and finds the mapped label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F

from annotation.consensus import many
from annotation.jobs import Superseded
from annotation.models import Interaction, Item, Label, LabelContent, Lease, Rater, Reason, Relabel, Remap

DECIDES = (Rater.Kind.HUMAN, Rater.Kind.GOLD)
# What a mapped label has of its own. All else is its origin's: who, when, how sure, how long, what was seen.
OWN = ("id", "reason", "taxonomy_version", "mapped_from", "submission_id", "superseded_at")


@transaction.atomic
def work(
    *, remap: Remap, attempt: int, item_ids: Sequence[int], plan: Mapping[int, Reason | None], now: datetime
) -> None:
    """Bring the current labels of these items to the remap's version. Raises Superseded, and then nothing is done."""
    items = _lock(item_ids)
    labels = list(
        Label.objects.filter(item__in=items, superseded_at=None, reason__in=plan).select_related("rater").order_by("pk")
    )
    Label.objects.filter(pk__in=[label.pk for label in labels]).update(superseded_at=now)
    again = [label for label in labels if plan[label.reason_id] is None]
    _map({label.pk: label for label in labels if plan[label.reason_id] is not None}, plan)
    _ask_again(remap, again, items)
    decided = {label.item_id for label in labels if label.rater.kind in DECIDES}
    many.items(items=[item for item in items if item.pk in decided], version=remap.taxonomy_version, now=now)
    _note(remap, attempt, last_item=max(item_ids), mapped=len(labels) - len(again), again=len(again))


def _lock(item_ids: Sequence[int]) -> list[Item]:
    items = list(Item.objects.select_for_update().filter(pk__in=item_ids).order_by("pk"))
    # Asked once they are locked: nobody can be asked again about what was erased, so its labels stay as they are.
    meant = Interaction.objects.filter(pk__in={item.interaction_id for item in items}, erased_at__isnull=False)
    gone = set(meant.values_list("pk", flat=True))
    return [item for item in items if item.interaction_id not in gone]


def _map(labels: Mapping[int, Label], plan: Mapping[int, Reason | None]) -> None:
    made = Label.objects.bulk_create(_mapped(label, plan[label.reason_id]) for label in labels.values())
    heirs = {label.mapped_from_id: label.pk for label in made}
    contents = list(LabelContent.objects.filter(label__in=labels))
    for content in contents:
        content.label_id = heirs[content.label_id]
    LabelContent.objects.bulk_create(contents)


def _mapped(label: Label, target: Reason | None) -> Label:
    kept = {field.attname: getattr(label, field.attname) for field in _fields()}
    version_id = target.taxonomy_version_id if target else None
    own: dict[str, Any] = {"reason": target, "taxonomy_version_id": version_id, "mapped_from_id": label.pk}
    return Label(**kept, **own, submission_id=uuid4())


def _fields() -> list[Any]:
    return [field for field in Label._meta.concrete_fields if field.name not in OWN]


def _ask_again(remap: Remap, labels: Sequence[Label], items: Sequence[Item]) -> None:
    """Give the places of those labels free. Who wrote one may have the item again, as anybody may."""
    if not labels:
        return
    Relabel.objects.bulk_create(Relabel(label=label, remap=remap) for label in labels)
    by_item: dict[int, list[Label]] = defaultdict(list)
    for label in labels:
        by_item[label.item_id].append(label)
    held = set(Lease.objects.filter(item__in=by_item).values_list("item", "rater"))
    opened = [item for item in items if item.pk in by_item]
    for item in opened:
        gone = {label.rater_id for label in by_item[item.pk] if (item.pk, label.rater_id) not in held}
        item.taken = [rater for rater in item.taken if rater not in gone]
        item.first_shown_at = item.first_shown_at or _first_answered(by_item[item.pk])
    Item.objects.bulk_update(opened, ["taken", "first_shown_at"])


def _first_answered(labels: Sequence[Label]) -> datetime | None:
    """When people or gold were first heard on an item that was never shown here: it counts as reached from then on."""
    return min((label.received_at for label in labels if label.rater.kind in DECIDES), default=None)


def _note(remap: Remap, attempt: int, *, last_item: int, mapped: int, again: int) -> None:
    written = Remap.objects.filter(pk=remap.pk, attempt=attempt, status=Remap.Status.RUNNING).update(
        last_item=last_item, mapped=F("mapped") + mapped, again=F("again") + again
    )
    if not written:
        raise Superseded
