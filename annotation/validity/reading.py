"""The report as the pages read it: a few statements on cells and looks, however much was labeled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final

from django.db.models import F, Q, QuerySet

from annotation import taxonomy
from annotation.models import Audit, Cell, Feature, Look, Reason, SignalKind
from annotation.validity import lines, words
from annotation.validity.cells import State
from annotation.validity.report import Line, LookShown, Rate, Report, Standing

OTHER_VALUES: Final = "other values"


def report(
    *, feature: Feature, now: datetime, versions: Sequence[str] | None = None, with_looks: bool = True
) -> Report:
    """Every signal of a feature, of these model versions or of all, the newest version first.

    Without looks, lines have no history.
    """
    cells = _cells(feature)
    if versions is not None:
        cells = cells.filter(model_version__in=versions)
    found = [State.of(cell) for cell in cells]
    audit = Audit.objects.filter(feature=feature).first()
    told = _lines(feature, found, audit, with_looks=with_looks)
    ordered = _ordered(found, told)
    return Report(
        feature=feature.slug,
        lines=ordered,
        computed_at=audit.computed_at if audit else None,
        sentence=words.summary(feature=str(feature), lines=ordered),
    )


def standing(*, feature: Feature, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Standing]:
    """How (signal kind, model version) stand now. A pair of which nothing is known is missing."""
    wanted = Q(pk__in=[])
    for kind, version in pairs:
        wanted |= Q(signal_kind=kind, model_version=version)
    found = [State.of(cell) for cell in _cells(feature).filter(wanted, part=None)]
    told = _lines(feature, found, None, with_looks=False)
    return {(line.kind, line.model_version): _standing(line) for line in told}


def _standing(line: Line) -> Standing:
    return Standing(
        verdict=line.verdict,
        purity=line.rate.value if line.rate else None,
        purity_low=line.rate.low if line.rate else None,
        sentence=line.sentence,
    )


def _cells(feature: Feature) -> QuerySet[Cell]:
    """Those of all, and of the parts by the key that is audited now."""
    cells = Cell.objects.filter(feature=feature).select_related("part", "helper__user")
    return cells.filter(Q(part=None) | Q(part__key=F("feature__audited_key")))


def _lines(feature: Feature, found: Sequence[State], audit: Audit | None, *, with_looks: bool) -> list[Line]:
    ids = {int(pk) for state in found for pk in state.figures.with_.reasons}
    reasons = Reason.objects.in_bulk(ids)
    looks = _looks(found) if with_looks else {}
    return [
        lines.line(
            state=state,
            feature=feature,
            part=_part(state.cell),
            seconds_a_label=audit.seconds_a_label if audit else None,
            reasons=reasons,
            looks=tuple(looks.get(state.cell.pk, ())),
        )
        for state in found
    ]


def _part(cell: Cell) -> str:
    if cell.part is None:
        return ""
    return OTHER_VALUES if cell.part.is_rest else cell.part.value


def _looks(found: Sequence[State]) -> dict[int, list[LookShown]]:
    shown: dict[int, list[LookShown]] = defaultdict(list)
    for look in Look.objects.filter(cell__in=[state.cell.pk for state in found]).order_by("cell", "day"):
        shown[look.cell_id].append(
            LookShown(
                day=look.day,
                rate=Rate(value=look.rate, low=look.rate_low, high=look.rate_high),
                difference=Rate(value=look.difference, low=look.difference_low, high=look.difference_high),
                labels=look.labels,
                verdict=look.verdict,
            )
        )
    return shown


def _ordered(found: Sequence[State], told: Sequence[Line]) -> tuple[Line, ...]:
    """By model version, the newest first; then as the taxonomy has the kinds; then by part."""
    newest: dict[str, date] = {}
    for state in found:
        day = state.figures.last_day or date.min
        newest[state.cell.model_version] = max(day, newest.get(state.cell.model_version, date.min))
    kinds = SignalKind.objects.filter(taxonomy_version=taxonomy.current()) if told else []
    places = {kind.kind: kind.position for kind in kinds}

    def place(line: Line) -> tuple[int, str, int, str, str]:
        version = line.model_version
        return -newest[version].toordinal(), version, places.get(line.kind, len(places)), line.kind, line.part

    return tuple(sorted(told, key=place))
