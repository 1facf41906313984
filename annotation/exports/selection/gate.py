"""Whether the signals that a dataset leans on can be trusted: what is known of each, and what has to be said.

People have decided every row. But a dataset teaches what its signals say, and tempts to take more of them unread: so
it tells how they stand. It leans on a signal where its rows say what the signal claims: the good answers of a positive
kind, the bad ones of a negative kind. A kind that claims nothing, and a row that speaks against its signal's claim,
rest on people alone: they are stated and never warned of. Nor is what is made for analysis or evaluation, from which
no model learns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final, LiteralString

import psycopg
from django.db import OperationalError, connection, transaction
from psycopg import sql

from annotation import loading, validity
from annotation.errors import Refusal
from annotation.exports.selection.shapes import SHAPES
from annotation.exports.wanted import OPENAI, ExportRequest
from annotation.models import Feature, SignalKind
from annotation.validity import Standing

CLAIMS: Final = {"positive": "good", "negative": "bad"}
SECONDS: Final = 10
TOLD: Final = 5

UNSEEN: Final = (
    "Which signals this dataset leans on is known once its rows are chosen: there is too much to look at before."
)

USED = sql.SQL("""
    SELECT DISTINCT j.signal_kind, j.model_version, j.outcome
    FROM (
        SELECT i.signal_kind, n.model_version, n.occurred_at, n.is_evaluation, v.label_source, v.confidence,
               r.code, r.outcome, r.uses
        FROM annotation_item i
        JOIN annotation_interaction n ON n.id = i.interaction_id AND n.erased_at IS NULL
        JOIN annotation_consensusrevision v ON v.item_id = i.id AND v.superseded_at IS NULL
        JOIN annotation_reason r ON r.id = v.reason_id
        WHERE i.feature_id = %(feature)s AND i.status = 'resolved' AND {of}
    ) j
    WHERE ({permitted}) AND NOT j.is_evaluation
      AND (cardinality(%(signal_kinds)s::text[]) = 0 OR j.signal_kind = ANY(%(signal_kinds)s::text[]))
      AND (cardinality(%(model_versions)s::text[]) = 0 OR j.model_version = ANY(%(model_versions)s::text[]))
      AND (cardinality(%(outcomes)s::text[]) = 0 OR j.outcome = ANY(%(outcomes)s::text[]))
      AND (cardinality(%(reasons)s::text[]) = 0 OR j.code = ANY(%(reasons)s::text[]))
      AND (cardinality(%(sources)s::text[]) = 0 OR j.label_source = ANY(%(sources)s::text[]))
      AND (%(from_)s::timestamptz IS NULL OR j.occurred_at >= %(from_)s::timestamptz)
      AND (%(to)s::timestamptz IS NULL OR j.occurred_at < %(to)s::timestamptz)
      AND (%(min_confidence)s::float8 IS NULL OR j.confidence >= %(min_confidence)s::float8)
""")

SELECTED: Final[LiteralString] = """
    SELECT DISTINCT p.signal_kind, p.model_version, r.outcome
    FROM (SELECT DISTINCT signal_kind, model_version, reason_id FROM export_placed) p
    JOIN annotation_reason r ON r.id = p.reason_id
"""

Use = tuple[str, str, str]
"""A signal kind, a model version, and the outcome of rows that a dataset has of them."""


class SignalNotValid(Refusal):
    """This dataset would lean on signals that can't be trusted so far. {warnings} Leave these signals out, label more,
    or say in a sentence why the dataset is made all the same; the reason stands in its manifest."""

    code = "signal_not_valid"
    status = 422
    loc = ("override",)


@dataclass(frozen=True, kw_only=True)
class Stated:
    """One signal as it stands, as the manifest has it. `purity`: how often it is right, with its lower bound."""

    signal_kind: str
    model_version: str
    verdict: str
    purity: float | None
    purity_low: float | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The signals of a dataset, by kind and version, and a sentence for each that it should not lean on."""

    signals: list[Stated] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.signals]


def of_request(*, feature: Feature, request: ExportRequest) -> Judged:
    """What a request would lean on now, as far as it can be told before its rows are chosen."""
    if _bar(request) is None:
        return Judged()
    try:
        used = _used(feature, request)
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            return Judged(warnings=[UNSEEN])
        raise
    return _judged(feature, request, used)


def of_selection(*, feature: Feature, request: ExportRequest) -> Judged:
    """What the rows that were chosen (`export_placed`) lean on."""
    return _judged(feature, request, loading.fetched(SELECTED, {}))


def check(*, judged: Judged, request: ExportRequest) -> None:
    """Refuse a dataset that leans on what can't be trusted, unless it says why it is made. Raises SignalNotValid."""
    if judged.warnings and not reason(request):
        left = len(judged.warnings) - TOLD
        more = [f"And {left} more."] if left > 0 else []
        raise SignalNotValid(warnings=" ".join([*judged.warnings[:TOLD], *more]))


def reason(request: ExportRequest) -> str:
    return (request.override or "").strip()


@transaction.atomic
def _used(feature: Feature, request: ExportRequest) -> list[Use]:
    shape, filters = SHAPES[request.format], request.filters
    statement = USED.format(permitted=sql.SQL(shape.permitted), of=sql.SQL(shape.of))
    parameters = dict(filters) | {"feature": feature.pk}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{SECONDS}s"])
    return loading.fetched(statement, parameters)


def _bar(request: ExportRequest) -> float | None:
    return validity.BARS.get(OPENAI.get(request.format, request.format)) if request.purpose == "training" else None


def _judged(feature: Feature, request: ExportRequest, used: Collection[Use]) -> Judged:
    pairs = sorted({(kind, version) for kind, version, _ in used})
    polarities = _polarities({kind for kind, _ in pairs})
    known = validity.standing(feature=feature, pairs=pairs)
    stated = [_stated(pair, known.get(pair), polarities.get(pair[0], "none")) for pair in pairs]
    leans = {(kind, version) for kind, version, outcome in used if CLAIMS.get(polarities.get(kind, "")) == outcome}
    on = [one for one in stated if (one.signal_kind, one.model_version) in leans]
    bar = _bar(request)
    return Judged(signals=stated, warnings=[] if bar is None else list(_warnings(on, request.format, bar)))


def _polarities(kinds: Collection[str]) -> dict[str, str]:
    """What each kind claims, by the newest version of the taxonomy that knows it."""
    known = SignalKind.objects.filter(kind__in=kinds, taxonomy_version__published_at__isnull=False)
    return dict(known.order_by("taxonomy_version__number").values_list("kind", "polarity"))


def _stated(pair: tuple[str, str], standing: Standing | None, polarity: str) -> Stated:
    found = standing or (_unknown(pair) if polarity in CLAIMS else _claims_nothing(pair))
    return Stated(signal_kind=pair[0], model_version=pair[1], **asdict(found))


def _unknown(pair: tuple[str, str]) -> Standing:
    told = f"{pair[0]}, {pair[1]}: not enough evidence. No day on which it was labeled has closed yet."
    return Standing(verdict="not_enough", purity=None, purity_low=None, sentence=told)


def _claims_nothing(pair: tuple[str, str]) -> Standing:
    told = f"{pair[0]}, {pair[1]}: this kind of signal claims nothing by itself, so there is no verdict on it."
    return Standing(verdict="no_polarity", purity=None, purity_low=None, sentence=told)


def _warnings(stated: Iterable[Stated], format: str, bar: float) -> Iterable[str]:
    for one in stated:
        low = one.purity_low
        if one.verdict == "valid" and low is not None and low >= bar:
            continue
        asks = f"{format} asks for a valid signal that is right at least {100 * bar:.0f} times in 100"
        so_far = "" if low is None else f"; this one may be right only {100 * low:.0f} times"
        yield f"{one.sentence} {asks}{so_far}."
