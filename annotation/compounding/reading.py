"""Did it compound? The versions of a feature side by side, as they were last compared, in figures and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from annotation.compounding import words
from annotation.compounding.report import Answer, Change, Group, Report
from annotation.lib import compounding
from annotation.models import Feature, Part, VersionFigures
from annotation.validity.report import Rate


def report(*, feature: Feature, now: datetime) -> Report:
    """As it was last compared; `now` is for the words."""
    kept = VersionFigures.objects.filter(feature=feature).first()
    figures: dict[str, Any] = kept.figures if kept else {"pairs": [], "key": feature.audited_key}
    names = {str(part.pk): words.part(part) for part in Part.objects.filter(feature=feature, key=figures["key"])}
    changes = tuple(_change(pair, names) for pair in figures["pairs"])
    answer = _answer(changes)
    return Report(
        feature=feature.slug,
        computed_at=kept.computed_at if kept else None,
        key=figures["key"],
        changes=changes,
        answer=answer,
        sentence=words.summary(changes, answer=answer, is_measured=kept is not None),
    )


def _change(pair: Mapping[str, Any], names: Mapping[str, str]) -> Change:
    is_caused = pair["random"]["change"] is not None
    told = pair["random" if is_caused else "all"]
    refusal = words.refusal(pair, told, names)
    change, crude = (None, None) if refusal else (_rate(told["change"]), _rate(told["crude"]))
    return Change(
        old=pair["old"],
        new=pair["new"],
        since=datetime.fromisoformat(pair["since"]),
        change=change,
        crude=crude,
        cause="caused" if is_caused and not refusal else "came_with",
        groups=tuple(_group(cell, names) for cell in told["cells"]) if not refusal else (),
        old_labels=told["labels"][0],
        new_labels=told["labels"][1],
        is_worst_case=told.get("is_worst_case", False),
        refusal=refusal,
        sentence=words.sentence(pair, change=change, crude=crude, is_caused=is_caused, refusal=refusal),
    )


def _rate(told: Sequence[float] | None) -> Rate | None:
    return Rate(value=told[0], low=told[1], high=told[2]) if told else None


def _group(cell: Mapping[str, Any], names: Mapping[str, str]) -> Group:
    return Group(
        name=names.get(cell["group"], ""),
        share=cell["share"],
        old=cell["rates"][0],
        new=cell["rates"][1],
        old_labels=cell["labels"][0],
        new_labels=cell["labels"][1],
    )


def _answer(changes: Sequence[Change]) -> Answer | None:
    if not changes or changes[-1].change is None:
        return None
    if compounding.compounds(changes):
        return "compounds"
    last = changes[-1]
    return "better" if last.is_better else "worse" if last.is_worse else "open"
