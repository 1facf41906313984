"""Retained diversity: how soon answers would be all alike, if each round were trained on nothing but the last one's.

A reckoning of the worst case, from how often two answers are the same today and how many rows a round trains on
(arXiv 2404.05090); it warns nobody.
"""

from __future__ import annotations

from math import sqrt
from typing import Any, Final, LiteralString

from annotation import loading
from annotation.lib.concentration import sameness
from annotation.lib.intervals import Z_95
from annotation.loops import datasets
from annotation.loops.report import Figure, Finding, refused
from annotation.models import Feature

ROUNDS: Final = (1, 10, 30, 60)
SHOWN: Final = 10
FEWEST: Final = 30

# Answers that are word for word the same, among the latest of the newest version. No text leaves the database.
SAME: LiteralString = """
    WITH newest AS (
        SELECT model_version FROM annotation_interaction
        WHERE feature_id = %(feature)s AND erased_at IS NULL ORDER BY occurred_at DESC LIMIT 1
    ), answer AS (
        SELECT md5(lower(x.output::text)) AS said
        FROM annotation_interaction n
        JOIN annotation_interactioncontent x ON x.interaction_id = n.id
        WHERE n.feature_id = %(feature)s AND n.model_version = (SELECT model_version FROM newest)
        ORDER BY n.occurred_at DESC LIMIT 2000
    ), counted AS (
        SELECT count(*)::float8 AS times FROM answer GROUP BY said
    )
    SELECT (SELECT model_version FROM newest), COALESCE(sum(times), 0)::bigint, COALESCE(sum(times * (times - 1)), 0),
           COALESCE(sum(times ^ 3), 0)
    FROM counted
"""

ROWS: LiteralString = """
    SELECT count(*) FROM annotation_exportrow WHERE export_id = %(export)s AND split = 'train'
"""


def measure(feature: Feature) -> dict[str, Any]:
    ((version, answers, same, cubes),) = loading.fetched(SAME, {"feature": feature.pk})
    if answers < FEWEST:
        return {"lack": "answers", "answers": answers}
    rows = _rows(feature)
    if not rows:
        return {"lack": "rows", "answers": answers}
    start = same / (answers * (answers - 1))
    # The variance of a share of pairs (a U-statistic): 4 (Σp³ - (Σp²)²) / n.
    half = Z_95 * sqrt(4 * max(cubes / answers**3 - start**2, 0.0) / answers)
    starts = [start, max(start - half, 0.0), min(start + half, 1.0)]
    return {
        "lack": "",
        "model_version": version,
        "answers": answers,
        "rows": rows,
        "start": starts,
        "after": [[m, *(sameness(start=one, size=rows, rounds=m) for one in starts)] for m in ROUNDS],
    }


def told(figures: dict[str, Any]) -> Finding:
    if figures["lack"] == "answers":
        why = f"Retained diversity can't be told: the newest version has {figures['answers']:,} answers here, and"
        return refused("retained", f"{why} {FEWEST} are needed.", figures)
    if figures["lack"] == "rows":
        why = "Retained diversity can't be told: no dataset to train on has been made, so nobody knows how many rows a"
        return refused("retained", f"{why} round has. Make one.", figures)
    (same, low, high) = next(shares for m, *shares in figures["after"] if m == SHOWN)
    return Finding(
        detector="retained",
        sentence=_sentence(figures, same),
        todo="Nothing to do while people check what is trained on. It is the worst case: no new data ever.",
        figure=Figure(value=1 - same, low=1 - high, high=1 - low),
        figures=figures,
    )


def _sentence(figures: dict[str, Any], same: float) -> str:
    return (
        f"Two answers of {figures['model_version']} are word for word the same in {100 * figures['start'][0]:.1f} of "
        f"100 cases. Were each round trained on nothing but {figures['rows']:,} answers of the one before, it would be "
        f"{100 * same:.1f} after {SHOWN} rounds: {100 * (1 - same):.0f} % of what differs would be left."
    )


def _rows(feature: Feature) -> int:
    last = datasets.to_train_on(feature).first()
    return int(loading.fetched(ROWS, {"export": last.pk})[0][0]) if last else 0
