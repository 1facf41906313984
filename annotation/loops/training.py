"""Self-training: how much of what the latest dataset teaches, the model wrote itself and nobody checked."""

from __future__ import annotations

from typing import Any, Final, LiteralString

from annotation import loading
from annotation.exports import hygiene
from annotation.exports.hygiene import selftraining
from annotation.loops import datasets
from annotation.loops.report import Alarm, Figure, Finding, refused
from annotation.models import Export, Feature

REPLACES: Final = 0.5
"""A dataset that lacks more than this share of the rows that people decided in the one before replaces them."""

# By item: whether what people decided stands in the new one too.
HELD: LiteralString = """
    SELECT count(*), count(*) FILTER (WHERE EXISTS (
        SELECT FROM annotation_exportrow n WHERE n.item_id = o.item_id AND n.export_id = %(new)s
    ))
    FROM annotation_exportrow o
    JOIN annotation_consensusrevision v ON v.id = o.revision_id AND v.label_source IN ('human', 'gold')
    WHERE o.export_id = %(old)s AND o.split = 'train'
"""

NOTHING: Final = (
    "Self-training can't be told: no dataset to train on has been made yet. Make one, and each says what share of it "
    "the model wrote itself."
)


def measure(feature: Feature) -> dict[str, Any]:
    """Of the latest dataset, with how many of the rows that people decided in the one before are in it too."""
    found = list(datasets.to_train_on(feature)[:2])
    figures = _of(found[0] if found else None)
    # What goes on from another dataset adds to it.
    if len(found) < 2 or found[0].since_id is not None:
        return figures
    new, old = found
    ((held, kept),) = loading.fetched(HELD, {"old": old.pk, "new": new.pk})
    return figures | {"previous": old.public_id, "held": held, "kept": kept}


def current(feature: Feature, measured: dict[str, Any] | None) -> dict[str, Any]:
    """Of the dataset that is the latest now: as it was `measured`, or without what it replaces."""
    new = datasets.to_train_on(feature).first()
    if measured is not None and measured["export"] == (new.public_id if new else None):
        return measured
    return _of(new)


def told(figures: dict[str, Any]) -> Finding:
    if figures["export"] is None:
        return refused("self_training", NOTHING, figures)
    if figures["share"] is None:
        return refused("self_training", str(figures["refusal"]), figures)
    replaces = _replaces(figures)
    return Finding(
        detector="self_training",
        sentence=_sentence(figures, replaces=replaces),
        todo=_todo(figures["share"], replaces=replaces),
        alarm="red" if replaces else _alarm(figures["share"]),
        figure=Figure(value=figures["share"]),
        figures=figures,
    )


def _of(new: Export | None) -> dict[str, Any]:
    if new is None:
        return {"export": None}
    told = hygiene.report(export=new).self_training
    return {
        "export": new.public_id,
        "share": told.share,
        "refusal": told.refusal,
        "sentence": told.sentence,
        "tokens_model": told.tokens_model,
        "tokens_verified": told.tokens_verified,
    }


def _replaces(figures: dict[str, Any]) -> bool:
    """Whether unchecked answers stand where people's decisions did."""
    held = figures.get("held", 0)
    lost = 1 - figures["kept"] / held if held else 0.0
    return lost > REPLACES and figures["share"] > selftraining.AMBER


def _alarm(share: float) -> Alarm:
    return "red" if share > selftraining.RED else "amber" if share > selftraining.AMBER else "none"


def _sentence(figures: dict[str, Any], *, replaces: bool) -> str:
    said = str(figures["sentence"])
    if not replaces:
        return said
    gone = figures["held"] - figures["kept"]
    return (
        f"{said} It replaces data that people stood behind: {gone:,} of {figures['held']:,} rows that people decided "
        f"in {figures['previous']} are not in it."
    )


def _todo(share: float, *, replaces: bool) -> str:
    if replaces:
        return "Add to what people decided, don't replace it: make the dataset again with those rows in it."
    if share > selftraining.AMBER:
        return "Label more of what only rules or users let pass, or export with the sources human and gold only."
    return "Nothing to do."
