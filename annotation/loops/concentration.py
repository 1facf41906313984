"""Concentration: whether the wheel turns for a few users, while many send what it could learn from."""

from __future__ import annotations

from typing import Any, Final, LiteralString

import numpy as np

from annotation import closure, loading
from annotation.lib import concentration
from annotation.lib.loops import unevenness
from annotation.lib.loops.unevenness import ENOUGH_CELLS, ENOUGH_CLOSURES, Excess
from annotation.loops.report import Figure, Finding, refused
from annotation.models import Export, Feature

SEED: Final = 20

# Interactions by user, up to the last dataset that led to a changed answer, and those among them that are in one.
BY_USER: LiteralString = """
    WITH closed AS (
        SELECT DISTINCT i.interaction_id
        FROM annotation_exportrow r
        JOIN annotation_item i ON i.id = r.item_id
        WHERE r.export_id = ANY(%(exports)s::bigint[]) AND r.split = 'train' AND r.revision_id IS NOT NULL
    )
    SELECT count(*), count(c.interaction_id)
    FROM annotation_interaction n
    LEFT JOIN closed c ON c.interaction_id = n.id
    WHERE n.feature_id = %(feature)s AND n.user_hash IS NOT NULL
      AND (n.occurred_at <= %(until)s OR c.interaction_id IS NOT NULL)
    GROUP BY n.user_hash
"""


def measure(feature: Feature) -> dict[str, Any]:
    done = Export.objects.filter(feature=feature, status=Export.Status.DONE).values_list("pk", flat=True)
    tails = [tail for tail in closure.of_exports(done) if tail.closed_at is not None]
    if not tails:
        return {"lack": "closures", "closures": 0, "cells": 0}
    asked = {
        "exports": sorted({tail.export_id for tail in tails}),
        "feature": feature.pk,
        "until": max(tail.exported_at for tail in tails),
    }
    counts = loading.fetched(BY_USER, asked)
    traffic, closures = [row[0] for row in counts], [row[1] for row in counts]
    figures: dict[str, Any] = {"closures": sum(closures), "cells": len(counts)}
    lack = _lack(figures)
    return figures | {"lack": lack} | ({} if lack else _spread(closures, traffic))


def told(figures: dict[str, Any]) -> Finding:
    if figures["lack"]:
        return refused("concentration", _missing(figures), figures)
    (value, low, high), (gini, expected, _of_traffic) = figures["excess"], figures["gini"]
    found = Excess(gini=gini, expected=expected, value=value, low=low, high=high)
    return Finding(
        detector="concentration",
        sentence=_sentence(figures, alarms=found.alarms),
        todo=_TODO if found.alarms else "Nothing to do.",
        alarm="amber" if found.alarms else "none",
        figure=Figure(value=value, low=low, high=high),
        figures=figures,
    )


_TODO: Final = (
    "Look at who is left out: label and export by a share of each user's interactions, and split datasets by user, so "
    "that what a few do doesn't become what everybody gets."
)


def _lack(figures: dict[str, Any]) -> str:
    if not figures["cells"]:
        return "users"
    if figures["closures"] < ENOUGH_CLOSURES:
        return "closures"
    return "cells" if figures["cells"] < ENOUGH_CELLS else ""


def _missing(figures: dict[str, Any]) -> str:
    said = "Whether closures concentrate on few users can't be told: "
    match figures["lack"]:
        case "users":
            return f"{said}no interaction names its user. Send user_key with each record; only a hash of it is kept."
        case "closures":
            more = ENOUGH_CLOSURES - figures["closures"]
            return (
                f"{said}{figures['closures']:,} interactions of known users led to a changed answer, and "
                f"{ENOUGH_CLOSURES} are needed: {more:,} more."
            )
    return f"{said}they come from {figures['cells']} users, and {ENOUGH_CELLS} are needed."


def _spread(closures: list[int], traffic: list[int]) -> dict[str, Any]:
    found = unevenness.excess(closures=closures, traffic=traffic, rng=np.random.default_rng(SEED))
    return {
        "gini": [found.gini, found.expected, concentration.gini(traffic)],
        "excess": [found.value, found.low, found.high],
        "even": [concentration.even_cells(closures), concentration.even_cells(traffic)],
        "effective": [concentration.effective_cells(closures), concentration.effective_cells(traffic)],
    }


def _sentence(figures: dict[str, Any], *, alarms: bool) -> str:
    closed, all_ = figures["effective"]
    said = (
        f"{figures['closures']:,} closures are spread as if over {closed:.0f} users, the traffic as over {all_:.0f} "
        f"of {figures['cells']:,}"
    )
    if alarms:
        return f"The wheel turns for few: {said}, and that is more uneven than chance makes so many."
    return f"{said}; that is about as even as chance makes so many."
