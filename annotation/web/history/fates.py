"""What became of a label: in words, and told apart by the colors of outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotation.models import ConsensusRevision, Item, Label


@dataclass(frozen=True, kw_only=True)
class Fate:
    """`tone`: good, bad, unknowable, or empty. `reason` is what was decided, where that isn't what the label said."""

    words: str
    tone: str = ""
    reason: str = ""


def of(labels: Iterable[Label]) -> dict[int, Fate]:
    """Each label's fate, by its id. The labels come with their items and reasons."""
    found = list(labels)
    revisions = ConsensusRevision.objects.filter(item__in={label.item_id for label in found}, superseded_at=None)
    decided = {one.item_id: one for one in revisions.select_related("reason")}
    return {label.pk: _fate(label, decided.get(label.item_id)) for label in found}


def _fate(label: Label, decided: ConsensusRevision | None) -> Fate:
    if label.item.status == Item.Status.FLAGGED:
        return Fate(words=_("flagged: an admin looks at the item"), tone="unknowable")
    if label.item.status == Item.Status.WITHDRAWN:
        return Fate(words=_("the item was withdrawn"))
    if label.item.status == Item.Status.DISPUTED:
        return Fate(words=_("disputed: an adjudicator will settle it"), tone="unknowable")
    if decided is None:
        return Fate(words=_("waits for the labels of others"))
    if decided.reason.code == label.reason.code:
        return Fate(words=_agreed(decided), tone="good")
    return Fate(words=_differs(decided), tone="bad", reason=decided.reason.title)


def _agreed(decided: ConsensusRevision) -> str:
    if decided.method == ConsensusRevision.Method.SINGLE:
        return _("it decided the item")
    if decided.method == ConsensusRevision.Method.ADJUDICATED:
        return _("an adjudicator agreed")
    return _("the others agreed")


def _differs(decided: ConsensusRevision) -> str:
    if decided.method == ConsensusRevision.Method.ADJUDICATED:
        return _("an adjudicator decided otherwise")
    if decided.method == ConsensusRevision.Method.GOLD:
        return _("the known answer is another one")
    return _("the others decided otherwise")
