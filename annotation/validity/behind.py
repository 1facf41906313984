"""The items behind a figure: each of them is one of the conversations that it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from django.db.models import Exists, OuterRef, QuerySet

from annotation.models import ConsensusRevision, Correction, Feature, Item, Reason, Term

Row = TypeVar("Row", Term, Item)
Show = Literal["with", "without", "unknowable", "corrected", "open"]
SHOWS: Final = ("with", "without", "unknowable", "corrected", "open")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of one signal of one model version. `part`: a value of the audited key, "" for all traffic.

    `reason`: of those only what was counted as this one, by its code.
    """

    kind: str
    version: str
    part: str = ""
    show: Show = "with"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Behind:
    """One item as it was counted, `in_place_of` so many conversations: none for one of an open day, or beyond the
    sample. `now` is what was decided of it, where that is another reason by now."""

    item: Item
    reason: Reason | None
    outcome: str
    in_place_of: float | None
    now: Reason | None


def items(*, feature: Feature, figure: Figure, after: Item | None, count: int) -> list[Behind]:
    """The newest first, those older than `after` only."""
    if figure.show == "open":
        return [_still_open(item) for item in _older(_open(feature, figure), "pk", after)[:count]]
    terms = _older(_terms(feature, figure), "item_id", after).select_related(
        "item__feature", "item__interaction", "item__queue", "reason"
    )[:count]
    return _with_what_stands_now(list(terms))


def of_item(item: Item) -> Behind | None:
    """How one item was counted; None where it was not, as one that was never reached."""
    terms = Term.objects.filter(item=item, probability__isnull=False).select_related("item", "reason")
    return next(iter(_with_what_stands_now(list(terms))), None)


def _terms(feature: Feature, figure: Figure) -> QuerySet[Term]:
    """Those of the sample: what nobody was asked about is behind no figure."""
    found = Term.objects.filter(feature=feature, model_version=figure.version, probability__isnull=False)
    if figure.part:
        found = found.filter(part__value=figure.part)
    if figure.show == "without":
        return found.filter(counts_without__contains=[figure.kind])
    found = found.filter(signal_kind=figure.kind, counts_with=True)
    if figure.reason:
        found = found.filter(reason__code=figure.reason)
    if figure.show == "unknowable":
        found = found.filter(outcome=Reason.Outcome.UNKNOWABLE)
    return found.filter(Exists(_CORRECTIONS)) if figure.show == "corrected" else found


_CORRECTIONS = Correction.objects.filter(term=OuterRef("pk"))


def _open(feature: Feature, figure: Figure) -> QuerySet[Item]:
    return Item.objects.filter(
        feature=feature,
        signal_kind=figure.kind,
        status=Item.Status.RESOLVED,
        cohort__closed_at__isnull=True,
        purpose=Item.Purpose.SAMPLE,
        interaction__model_version=figure.version,
    ).select_related("feature", "interaction", "queue")


def _older(rows: QuerySet[Row], key: str, after: Item | None) -> QuerySet[Row]:
    rows = rows.order_by(f"-{key}")
    return rows if after is None else rows.filter(**{f"{key}__lt": after.pk})


def _still_open(item: Item) -> Behind:
    reason = _current([item.pk]).get(item.pk)
    return Behind(item=item, reason=reason, outcome=reason.outcome if reason else "", in_place_of=None, now=None)


def _with_what_stands_now(terms: Sequence[Term]) -> list[Behind]:
    current = _current([term.item_id for term in terms])
    return [_behind(term, current.get(term.item_id)) for term in terms]


def _behind(term: Term, now: Reason | None) -> Behind:
    return Behind(
        item=term.item,
        reason=term.reason,
        outcome=term.outcome or "",
        in_place_of=1 / term.probability if term.probability else None,
        now=now if now is not None and now.pk != term.reason_id else None,
    )


def _current(items: Sequence[int]) -> dict[int, Reason]:
    revisions = ConsensusRevision.objects.filter(item__in=items, superseded_at=None).select_related("reason")
    return {one.item_id: one.reason for one in revisions}
