"""What the pages of rules show, from what the room tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation.labels.rules import accuracy, backfill, cases, trial, writing
from annotation.labels.rules.accuracy import MIN_JUDGED, Accuracy
from annotation.lib import conditions
from annotation.lib.intervals import Share
from annotation.models import (
    ConsensusRevision,
    Feature,
    InteractionContent,
    Item,
    Rule,
    RuleVersion,
    SignalContent,
)
from annotation.web.rules import words

SHOWN_CHARS = 300
RECENT = 100
"""Interactions in which is looked for names of metadata and details."""

SUGGESTED_NAMES = 40


@dataclass(frozen=True, kw_only=True)
class Line:
    """A rule in the list."""

    rule: Rule
    version: RuleVersion
    condition: dict[str, Any]
    accuracy: Accuracy
    rests: bool


@dataclass(frozen=True, kw_only=True)
class Looked:
    """An item that a trial found: what the asked fields hold, how the answer begins, and what was decided."""

    item: Item
    values: Sequence[tuple[str, str]]
    answer: str
    decided: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A share with its interval, in whole percents, for a picture; null where there are too few."""

    share: Share
    is_enough: bool

    @property
    def width(self) -> int:
        return max(1, self.share.high_percent - self.share.low_percent)

    @property
    def at(self) -> int:
        return min(98, max(0, self.share.percent - 1))


def bar(share: Share) -> Bar:
    return Bar(share=share, is_enough=share.n >= MIN_JUDGED)


def listed(feature: Feature) -> list[Line]:
    rules = list(Rule.objects.filter(feature=feature).select_related("current").order_by("name"))
    shown = {rule.pk: _shown(rule) for rule in rules}
    right = accuracy.of(list(shown.values()))
    return [
        Line(
            rule=rule,
            version=shown[rule.pk],
            condition=words.said(writing.condition_of(shown[rule.pk])),
            accuracy=right.get(shown[rule.pk].pk, accuracy.NONE),
            rests=rule.current_id is not None and cases.rests(shown[rule.pk]),
        )
        for rule in rules
    ]


def _shown(rule: Rule) -> RuleVersion:
    """The version that is on, else the latest."""
    if rule.current_id is None:
        return writing.latest(rule)
    return rule.versions.select_related("reason__taxonomy_version", "rule__feature").get(pk=rule.current_id)


def detail(rule: Rule) -> dict[str, Any]:
    """All that the page of a rule shows, but for how far a run is."""
    versions = list(rule.versions.select_related("reason__taxonomy_version", "rule__feature", "created_by"))
    latest = versions[0]
    tried = trial.last(latest)
    right = accuracy.of(versions)
    return {
        "version": latest,
        "condition": words.said(writing.condition_of(latest)),
        "versions": [{"version": one, "accuracy": right.get(one.pk, accuracy.NONE)} for one in versions],
        "current": next((one for one in versions if one.pk == rule.current_id), None),
        "rests": cases.rests(latest),
        "tried": tried,
        "accuracy": _accuracy(rule, right),
        "last": backfill.last(rule),
        "min_judged": MIN_JUDGED,
        "max_looked_at": trial.LOOKED_AT,
        **(_tried(latest, tried) if tried else {}),
    }


def _accuracy(rule: Rule, right: dict[int, Accuracy]) -> dict[str, Any] | None:
    if rule.current_id is None:
        return None
    found = right.get(rule.current_id, accuracy.NONE)
    return {"told": found, "bar": bar(found.right)}


def _tried(version: RuleVersion, tried: trial.Trial) -> dict[str, Any]:
    return {
        "right": bar(tried.right),
        "caught": bar(tried.caught),
        "differing": looked(version, tried.differing),
        "agreeing": looked(version, tried.agreeing),
        "undecided": looked(version, tried.undecided),
    }


def looked(version: RuleVersion, ids: Sequence[int]) -> list[Looked]:
    """These items as they are now, in their order; what was erased since is left out."""
    fields = conditions.fields_of(writing.condition_of(version))
    found = dict(cases.of(ids, fields=[*fields, "answer.words"]))
    items = Item.objects.in_bulk(ids)
    rows = ConsensusRevision.objects.filter(item__in=ids, superseded_at=None).select_related("reason")
    decided = {one.item_id: one.reason.title for one in rows}
    return [
        Looked(
            item=items[pk],
            values=[(name, words.found(conditions.read(found[pk], name))) for name in fields],
            answer=found[pk].answer[:SHOWN_CHARS],
            decided=decided.get(pk, ""),
        )
        for pk in ids
        if pk in found
    ]


def names(feature: Feature) -> list[str]:
    """Fields to choose from: ours, and the metadata and details that came lately."""
    contents = InteractionContent.objects.filter(interaction__feature=feature).order_by("-pk")
    metadata = contents.values_list("metadata", flat=True)[:RECENT]
    signals = SignalContent.objects.filter(signal__interaction__feature=feature).order_by("-pk")
    details = signals.values_list("details", flat=True)[:RECENT]
    sent = [f"{conditions.METADATA}{name}" for name in _names(metadata)]
    sent += [f"{conditions.DETAILS}{name}" for name in _names(details, numbers=True)]
    told = [name for field, _, figures in words.evidence() for name in (field, *figures)]
    return [*words.FIELDS, *(name for name in sent if conditions.kind_of(name)), *told]


def _names(values: Any, *, numbers: bool = False) -> list[str]:
    found: dict[str, None] = {}
    for value in values:
        for name, one in value.items() if isinstance(value, dict) else ():
            if not numbers or isinstance(one, int | float):
                found[name] = None
    return list(found)[:SUGGESTED_NAMES]
