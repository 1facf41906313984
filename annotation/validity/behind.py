"""The items behind a figure: each of them is one of the conversations that it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Cohort, ConsensusRevision, Correction, Feature, Item, Reason, Term
from annotation.queues import cohorts
from annotation.validity.reading import OTHER_VALUES

Row = TypeVar("Row", Term, Item)
Show = Literal["with", "without", "unknowable", "undecided", "corrected", "open"]
SHOWS: Final = ("with", "without", "unknowable", "undecided", "corrected", "open")


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
        return _still_open(list(_older(_open(feature, figure), "pk", after)[:count]))
    terms = _older(_terms(feature, figure), "item_id", after).select_related(
        "item__feature", "item__interaction", "item__queue", "reason"
    )[:count]
    return _with_what_stands_now(list(terms))


def of_item(item: Item) -> Behind | None:
    """How one item was counted; None where it was not, as one that was never reached."""
    terms = Term.objects.filter(item=item, probability__isnull=False).select_related("item", "reason")
    return next(iter(_with_what_stands_now(list(terms))), None)


def _terms(feature: Feature, figure: Figure) -> QuerySet[Term]:
    """Those of the sample: what nobody was asked about is behind no figure. What was erased has nothing to show."""
    found = Term.objects.filter(feature=feature, model_version=figure.version, probability__isnull=False)
    found = found.filter(interaction__erased_at=None)
    if figure.part == OTHER_VALUES:
        found = found.filter(part__is_rest=True)
    elif figure.part:
        found = found.filter(part__value=figure.part, part__is_rest=False)
    return _of_figure(found, figure)


def _of_figure(found: QuerySet[Term], figure: Figure) -> QuerySet[Term]:
    with_ = Q(signal_kind=figure.kind, counts_with=True)
    without = Q(counts_without__contains=[figure.kind])
    match figure.show:
        case "without":
            return found.filter(without)
        case "corrected":
            return found.filter(with_ | without).filter(Exists(Correction.objects.filter(term=OuterRef("pk"))))
        case "unknowable":
            return found.filter(with_, outcome=Reason.Outcome.UNKNOWABLE)
        case "undecided":
            return found.filter(with_, reason=None)
    return found.filter(with_, reason__code=figure.reason) if figure.reason else found.filter(with_)


def _open(feature: Feature, figure: Figure) -> QuerySet[Item]:
    """What counts so far of days whose terms are not written."""
    reached = Q(pk__in=[])
    for cohort in Cohort.objects.filter(queue__feature=feature, termsheet=None):
        items = Item.objects.filter(cohort=cohort)
        reached |= Q(cohort=cohort, key__lt=cohorts.threshold(items) if cohort.threshold is None else cohort.threshold)
    found = Item.objects.filter(reached, signal_kind=figure.kind, status=Item.Status.RESOLVED)
    found = found.filter(interaction__model_version=figure.version, interaction__erased_at=None)
    return found.select_related("feature", "interaction", "queue")


def _older(rows: QuerySet[Row], key: str, after: Item | None) -> QuerySet[Row]:
    rows = rows.order_by(f"-{key}")
    return rows if after is None else rows.filter(**{f"{key}__lt": after.pk})


def _still_open(items: Sequence[Item]) -> list[Behind]:
    current = _current([item.pk for item in items])
    return [
        Behind(item=item, reason=reason, outcome=reason.outcome if reason else "", in_place_of=None, now=None)
        for item, reason in ((item, current.get(item.pk)) for item in items)
    ]


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
