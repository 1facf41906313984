"""Position bias: whether users take what stands first, whatever it is, and the model learns to be first.

A sender says which answers were shown together (`exposure.set_id`, `exposure.rank`), and in the metadata's
`flywheel.rank_before` at which rank the answer would have stood, had chance not swapped two of the set or put them all
in random order. Only where chance decides, a place can be told from what stands there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, LiteralString

import numpy as np

from annotation import loading
from annotation.lib.loops.position import LARGEST_WEIGHT, Propensity, propensity
from annotation.loops import datasets
from annotation.loops.report import Figure, Finding, refused
from annotation.models import Feature

PLACES: Final = (2, 3, 4, 5)
TAKEN: Final = ("accepted", "copied", "edited", "thumbs_up")
"""What says that the user chose an answer among those that stood there."""

MOST: Final = 200_000
FEWEST: Final = 100
"""Showings in which two places were swapped or left by chance; of fewer no interval can be trusted."""

SHOWN: LiteralString = """
    SELECT n.exposure_set, n.exposure_rank,
           CASE WHEN x.metadata ->> 'flywheel.rank_before' ~ '^[0-9]{1,6}$'
                THEN (x.metadata ->> 'flywheel.rank_before')::int END,
           EXISTS (
               SELECT FROM annotation_signal s WHERE s.interaction_id = n.id AND s.kind = ANY(%(taken)s::text[])
           )
    FROM annotation_interaction n
    LEFT JOIN annotation_interactioncontent x ON x.interaction_id = n.id
    WHERE n.feature_id = %(feature)s AND n.exposure_set IS NOT NULL AND n.exposure_rank IS NOT NULL
    ORDER BY n.id DESC LIMIT %(most)s
"""

UNWEIGHTED: LiteralString = """
    SELECT count(*) FROM annotation_exportrow r
    JOIN annotation_item i ON i.id = r.item_id
    JOIN annotation_interaction n ON n.id = i.interaction_id AND n.exposure_rank IS NOT NULL
    WHERE r.export_id = %(export)s
"""

Showing = Mapping[int, tuple[int | None, bool]]
"""By place: the rank before chance, and whether it was taken."""


def measure(feature: Feature) -> dict[str, Any]:
    sets: dict[str, dict[int, tuple[int | None, bool]]] = defaultdict(dict)
    for name, place, before, taken in loading.fetched(
        SHOWN, {"feature": feature.pk, "taken": list(TAKEN), "most": MOST}
    ):
        sets[name][place] = (before, taken)
    showings = [one for one in sets.values() if len(one) > 1 and 1 in one]
    random = sum(any(before is not None for before, _taken in one.values()) for one in showings)
    figures: dict[str, Any] = {"showings": len(showings), "random": random, "exported": _exported(feature)}
    if not showings or not random:
        return figures | {"lack": "random" if showings else "rank"}
    found = [one for place in PLACES if (one := _at(place, showings)) is not None]
    told = [[one.place, one.value, one.low, one.high, one.weight] for one in found]
    return figures | {"lack": "" if found and found[0].place == PLACES[0] else "few", "places": told}


def told(figures: dict[str, Any]) -> Finding:
    if figures["lack"]:
        return refused("position", f"Position can't be separated from the answer: {_missing(figures)}", figures)
    second = Propensity(*figures["places"][0][:4])
    alarms = second.is_biased and figures["exported"] > 0
    return Finding(
        detector="position",
        sentence=_sentence(figures, second),
        todo=_todo(figures, second, alarms=alarms),
        alarm="amber" if alarms else "none",
        figure=Figure(value=second.value, low=second.low, high=second.high),
        figures=figures,
    )


def _at(place: int, showings: list[dict[int, tuple[int | None, bool]]]) -> Propensity | None:
    """By those in which the first answer and the one of this place were swapped by chance, or left."""
    pairs = [(one[1], one[place]) for one in showings if place in one]
    chosen = [
        (first[0] == place, first[1], other[1])
        for first, other in pairs
        if (first[0], other[0]) in ((1, place), (place, 1))
    ]
    if len(chosen) < FEWEST:
        return None
    swapped, first, other = (np.array(column, dtype=bool) for column in zip(*chosen, strict=True))
    return propensity(place=place, swapped=swapped, first=first, other=other)


def _exported(feature: Feature) -> int:
    """Rows of the latest dataset whose answers stood among others: none is weighted by its place."""
    last = datasets.done(feature).first()
    return int(loading.fetched(UNWEIGHTED, {"export": last.pk})[0][0]) if last else 0


def _missing(figures: dict[str, Any]) -> str:
    match figures["lack"]:
        case "rank":
            return (
                "no answers come with the rank at which they were shown. If several are, send exposure.set_id and rank."
            )
        case "random":
            return (
                "ranks are sent, and no order was left to chance. Swap the first answer with another in a share of the "
                "sets, and send the rank before the swap as flywheel.rank_before in the metadata of each."
            )
    return (
        f"{figures['random']:,} sets whose order chance decided are too few, or one of the first two places was never "
        f"taken. {FEWEST} with both orders are the least."
    )


def _sentence(figures: dict[str, Any], second: Propensity) -> str:
    said = f"The second place is taken {100 * second.value:.0f} times where the same answer in the first is taken 100"
    said += f" ({100 * second.low:.0f}\N{EN DASH}{100 * second.high:.0f})"
    if not second.is_biased:
        return f"{said}: places hardly matter."
    rows = figures["exported"]
    return f"{said}, and {rows:,} rows of the latest dataset don't allow for it." if rows else f"{said}."


def _todo(figures: dict[str, Any], second: Propensity, *, alarms: bool) -> str:
    if not second.is_biased:
        return "Nothing to do."
    weights = ", ".join(f"{weight:.2g} at place {place}" for place, *_rest, weight in figures["places"])
    said = f"Count a choice by its place: {weights} (at most {LARGEST_WEIGHT:.0f})."
    return said if alarms else f"{said} Nothing with places has been exported so far."
