"""What a dataset should be looked at for before somebody trains on it: measured when its rows are fixed, and kept.

Which rows hang together, which say nearly the same, how much a model would learn from itself, how much the weights
leave of the rows, and which labels are likely wrong.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, LiteralString

from django.db.backends.utils import CursorWrapper

from annotation.exports.finished import suspects
from annotation.exports.hygiene import near, selftraining
from annotation.exports.hygiene.near import Near
from annotation.exports.hygiene.selftraining import SelfTraining
from annotation.exports.wanted import ExportRequest
from annotation.models import Export, ExportHygiene

__all__ = ["Hygiene", "Near", "SelfTraining", "in_manifest", "measure", "report"]

MOST_IN_ONE: Final = 0.2
"""A larger share of the rows in one group makes its split the fate of the dataset."""

LARGEST: LiteralString = "SELECT count(*) FROM export_placed GROUP BY member ORDER BY 1 DESC LIMIT 1"

# Kish's effective sample size of the weights. Many rows have the same one.
EFFECTIVE_N: LiteralString = """
    SELECT round((sum(weight * rows) ^ 2 / sum(weight ^ 2 * rows))::numeric, 1)
    FROM (
        SELECT weight::numeric AS weight, count(*) AS rows
        FROM annotation_exportrow WHERE export_id = %(export)s
        GROUP BY annotation_exportrow.weight
    ) few
"""

NOTHING: Final[dict[str, Any]] = {
    "largest_component": {"rows": 0, "share": 0.0},
    "effective_n": None,
    "near_duplicates": [],
    "self_training": asdict(selftraining.NOT_MEASURED),
    "suspects": 0,
}


@dataclass(frozen=True, kw_only=True)
class Hygiene:
    """`largest_component`: `rows` and `share` of the largest group. `near_duplicates`: at most 50, the largest first.

    `suspects`: rows whose label a rule or judge confidently contradicts (`finished.suspects` sends them back).
    """

    largest_component: dict[str, float]
    near_duplicates: tuple[Near, ...]
    self_training: SelfTraining
    effective_n: float | None
    suspects: int


def report(*, export: Export) -> Hygiene:
    """What was found when its rows were fixed; before that, and of exports of earlier versions, nothing."""
    figures = _figures(export)
    return Hygiene(
        largest_component=figures["largest_component"],
        near_duplicates=near.named(figures["near_duplicates"]),
        self_training=SelfTraining(**figures["self_training"]),
        effective_n=figures["effective_n"],
        suspects=figures["suspects"],
    )


def in_manifest(export: Export) -> dict[str, Any]:
    """The figures by the contract's names. Ids stay out: a manifest outlives an erasure."""
    figures = _figures(export)
    clusters = figures["near_duplicates"]
    return {
        "self_training_share": figures["self_training"]["share"],
        "self_training": figures["self_training"],
        "largest_component": figures["largest_component"],
        "effective_n": figures["effective_n"],
        "near_duplicates": {"clusters": len(clusters), "rows": sum(one["rows"] for one in clusters)},
        "suspects": figures["suspects"],
    }


def measure(cursor: CursorWrapper, *, export: Export, request: ExportRequest, total: int) -> list[str]:
    """Measure the `total` rows that were just fixed (`export_placed`), and keep it. Returns what is to be warned of."""
    cursor.execute(LARGEST)
    (largest,) = cursor.fetchone() or (0,)
    cursor.execute(EFFECTIVE_N, {"export": export.pk})
    (effective_n,) = cursor.fetchone() or (None,)
    has_texts = request.format != "reasons"
    learned = selftraining.measure(cursor, request=request)
    figures = {
        "largest_component": {"rows": largest, "share": round(largest / total, 4) if total else 0.0},
        "effective_n": None if effective_n is None else float(effective_n),
        "near_duplicates": near.clusters(cursor) if has_texts else [],
        "self_training": asdict(learned),
        "suspects": len(suspects.of_selection()) if has_texts else 0,
    }
    ExportHygiene.objects.create(export=export, figures=figures)
    return [*_too_large(largest, total, request), *([] if learned.alarm == "none" else [learned.sentence])]


def _too_large(largest: int, total: int, request: ExportRequest) -> list[str]:
    """A row by itself is no group, however few there are."""
    if not request.is_split or largest < 2 or largest <= MOST_IN_ONE * total:
        return []
    return [
        f"{round(100 * largest / total)} in 100 rows ({largest:,} of {total:,}) hang together and fall into one split: "
        "its size, and what it says, depend on this one group."
    ]


def _figures(export: Export) -> dict[str, Any]:
    kept = ExportHygiene.objects.filter(export=export).first()
    return NOTHING | (kept.figures if kept else {})
