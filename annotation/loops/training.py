"""Self-training: how much of what the latest dataset teaches, the model wrote itself and nobody checked."""

from __future__ import annotations

from typing import Any, Final, LiteralString

from annotation import loading
from annotation.exports import hygiene
from annotation.exports.hygiene import selftraining
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
    """As `current`, with how many of the rows that people decided in the dataset before are in it too."""
    found = _exports(feature)
    figures = current(feature)
    # What goes on from another dataset adds to it.
    if len(found) < 2 or found[0].since_id is not None:
        return figures
    new, old = found
    ((held, kept),) = loading.fetched(HELD, {"old": old.pk, "new": new.pk})
    return figures | {"previous": old.public_id, "held": held, "kept": kept}


def current(feature: Feature) -> dict[str, Any]:
    """The latest dataset to train on."""
    found = _exports(feature)
    if not found:
        return {"export": None}
    new = found[0]
    told = hygiene.report(export=new).self_training
    return {
        "export": new.public_id,
        "share": told.share,
        "refusal": told.refusal,
        "sentence": told.sentence,
        "tokens_model": told.tokens_model,
        "tokens_verified": told.tokens_verified,
    }


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


def _exports(feature: Feature) -> list[Export]:
    """The latest two, newest first."""
    done = Export.objects.filter(feature=feature, status=Export.Status.DONE).exclude(request__format="reasons")
    return list(done.exclude(request__purpose="evaluation").order_by("-exported_at", "-pk")[:2])


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
