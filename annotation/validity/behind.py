"""The items behind a figure: each of them is one of the conversations that it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from annotation.models import Cell, Cohort, ConsensusRevision, Correction, Feature, Item, Reason, Term
from annotation.queues import cohorts
from annotation.validity.reading import OTHER_VALUES

Row = TypeVar("Row", Term, Item)
Show = Literal["with", "without", "unknowable", "undecided", "corrected", "open"]
SHOWS: Final[tuple[Show, ...]] = ("with", "without", "unknowable", "undecided", "corrected", "open")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of one signal of one model version. `part`: a value of the audited key, "" for all traffic.

    `reason`: of those with the signal only what is counted as this one, by its code.
    """

    kind: str
    version: str
    part: str = ""
    show: Show = "with"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Behind:
    """One item as it is counted, `in_place_of` so many conversations: none for one of a day that is still open.

    `now` is what is decided of it, where that is another reason by now.
    """

    item: Item
    reason: Reason | None
    outcome: str
    in_place_of: float | None
    now: Reason | None


def items(*, feature: Feature, figure: Figure, after: Item | None, count: int) -> list[Behind]:
    """The newest first, those older than `after` only."""
    if figure.show == "open":
        return _still_open(list(_older(_open(feature, figure), "pk", after)[:count]))
    terms = _older(_terms(feature, figure), "item_id", after)
    return _counted(terms.select_related("item__feature", "item__interaction__content", "item__queue")[:count])


def is_known(*, feature: Feature, figure: Figure) -> bool:
    """Whether there is such a signal of such a model version at all."""
    return Cell.objects.filter(feature=feature, signal_kind=figure.kind, model_version=figure.version).exists()


def of_item(item: Item) -> Behind | None:
    """How one item is counted for its own signal; None where it is not, as one that was never reached."""
    term = Term.objects.filter(item=item, probability__isnull=False)
    own = term.values_list("signal_kind", "model_version").first()
    if own is None:
        return None
    since = _since(item.feature, Figure(kind=own[0], version=own[1]))
    return _counted(_as_counted(term.select_related("item"), since))[0]


def _terms(feature: Feature, figure: Figure) -> QuerySet[Any]:
    """Those of the sample: what nobody was asked about is behind no figure. What was erased has nothing to show."""
    found = Term.objects.filter(feature=feature, model_version=figure.version, probability__isnull=False)
    found = _of_part(found.filter(interaction__erased_at=None), figure.part)
    since = _since(feature, figure)
    return _of_figure(_as_counted(found, since), figure, since)


def _of_part(found: QuerySet[Term], part: str) -> QuerySet[Term]:
    if not part:
        return found
    here = Q(part__key=F("feature__audited_key"))
    return found.filter(here, part__is_rest=True) if part == OTHER_VALUES else found.filter(here, part__value=part)


def _of_figure(found: QuerySet[Any], figure: Figure, since: int) -> QuerySet[Any]:
    with_, without = Q(signal_kind=figure.kind, counts_with=True), Q(counts_without__contains=[figure.kind])
    match figure.show:
        case "without":
            return found.filter(without)
        case "corrected":
            return found.filter(with_ | without).filter(Exists(_CORRECTIONS.filter(pk__gt=since)))
        case "unknowable":
            return found.filter(with_, counted_outcome=Reason.Outcome.UNKNOWABLE)
        case "undecided":
            return found.filter(with_, counted_reason=None)
    if not figure.reason:
        return found.filter(with_)
    # By ids, so that the planner knows how many there are.
    ids = Reason.objects.filter(signal_kind=figure.kind, code=figure.reason).values_list("pk", flat=True)
    return found.filter(with_, counted_reason__in=list(ids))


_CORRECTIONS = Correction.objects.filter(term=OuterRef("pk"))


def _since(feature: Feature, figure: Figure) -> int:
    """Corrections up to this id are taken into the figures, since they began anew with it; 0: none."""
    cells = Cell.objects.filter(feature=feature, signal_kind=figure.kind, model_version=figure.version, part=None)
    return cells.values_list("figures__since_correction", flat=True).first() or 0


def _as_counted(found: QuerySet[Term], since: int) -> QuerySet[Any]:
    """With `counted_outcome` and `counted_reason`: as the term was written, or as it was corrected up to then."""
    if not since:
        return found.annotate(counted_outcome=F("outcome"), counted_reason=F("reason_id"))
    last = _CORRECTIONS.filter(pk__lte=since).order_by("-pk")
    return found.annotate(
        counted_outcome=Coalesce(Subquery(last.values("outcome")[:1]), F("outcome")),
        counted_reason=Case(
            When(Exists(last), then=Subquery(last.values("reason")[:1])),
            default=F("reason_id"),
            output_field=BigIntegerField(),
        ),
    )


def _open(feature: Feature, figure: Figure) -> QuerySet[Item]:
    """What counts so far of days whose terms are not written."""
    reached = Q(pk__in=[])
    for cohort in Cohort.objects.filter(queue__feature=feature, termsheet=None):
        items = Item.objects.filter(cohort=cohort)
        reached |= Q(cohort=cohort, key__lt=cohorts.threshold(items) if cohort.threshold is None else cohort.threshold)
    found = Item.objects.filter(reached, signal_kind=figure.kind, status=Item.Status.RESOLVED)
    found = found.filter(interaction__model_version=figure.version, interaction__erased_at=None)
    return found.select_related("feature", "interaction__content", "queue")


def _older(rows: QuerySet[Row], key: str, after: Item | None) -> QuerySet[Row]:
    rows = rows.order_by(f"-{key}")
    return rows if after is None else rows.filter(**{f"{key}__lt": after.pk})


def _still_open(found: Sequence[Item]) -> list[Behind]:
    current = _current([item.pk for item in found])
    return [
        Behind(item=item, reason=reason, outcome=reason.outcome if reason else "", in_place_of=None, now=None)
        for item, reason in ((item, current.get(item.pk)) for item in found)
    ]


def _counted(terms: QuerySet[Any]) -> list[Behind]:
    found = list(terms)
    current = _current([term.item_id for term in found])
    reasons = Reason.objects.in_bulk({term.counted_reason for term in found if term.counted_reason})
    return [_behind(term, reasons, current.get(term.item_id)) for term in found]


def _behind(term: Any, reasons: Mapping[int, Reason], now: Reason | None) -> Behind:
    return Behind(
        item=term.item,
        reason=reasons.get(term.counted_reason),
        outcome=term.counted_outcome,
        in_place_of=1 / term.probability,
        now=now if now is not None and now.pk != term.counted_reason else None,
    )


def _current(ids: Sequence[int]) -> dict[int, Reason]:
    revisions = ConsensusRevision.objects.filter(item__in=ids, superseded_at=None).select_related("reason")
    return {one.item_id: one.reason for one in revisions}
