"""What the taxonomy's pages show, from what the rooms tell."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from annotation.labels.remap.effects import Effect, Effects
from annotation.models import Reason, ReasonMapping, SignalKind, TaxonomyVersion
from annotation.taxonomy import comparing, mapping
from annotation.taxonomy.comparing import KindPair, Pair
from annotation.web.taxonomy import words


@dataclass(frozen=True, kw_only=True)
class Line:
    """A reason as a version's page shows it.

    `is_new`: none of the version before became it. `origins`: those that did, where they were called otherwise.
    `changed`: what differs from the one that it was. `labels`: how many it would have.
    """

    reason: Reason
    outcome: str | Promise
    is_new: bool
    origins: Sequence[Reason]
    changed: Sequence[str | Promise]
    labels: int

    @property
    def is_changed(self) -> bool:
        return bool(self.is_new or self.origins or self.changed)


@dataclass(frozen=True, kw_only=True)
class Gone:
    """A reason of the version before that is no longer one of its own: without successor, or merged into `into`."""

    reason: Reason
    into: Reason | None
    labels: int


@dataclass(frozen=True, kw_only=True)
class Kind:
    kind: SignalKind
    polarity: str | Promise
    lines: Sequence[Line]
    gone: Sequence[Gone]

    @property
    def changes(self) -> int:
        return sum(line.is_changed for line in self.lines) + len(self.gone)


def kinds(version: TaxonomyVersion, effects: Effects | None = None) -> list[Kind]:
    """The kinds with their reasons, in the order in which people read them; of a draft with what was done to it."""
    reasons: dict[str, list[Reason]] = {}
    for reason in version.reasons.order_by("position", "pk"):
        reasons.setdefault(reason.signal_kind, []).append(reason)
    came = mapping.origins(version)
    labels = Counter({one.fate.origin.pk: one.labels for one in effects.by_reason}) if effects else Counter()
    return [
        Kind(
            kind=kind,
            polarity=words.POLARITIES[kind.polarity],
            lines=_lines(reasons.get(kind.kind, []), came, labels, is_first=not came),
            gone=_gone(kind.kind, reasons.get(kind.kind, []), came, labels),
        )
        for kind in version.kinds.all()
    ]


def _lines(
    reasons: Sequence[Reason], came: Mapping[int | None, list[Reason]], labels: Counter[int], *, is_first: bool
) -> list[Line]:
    ranks = list(words.OUTCOMES)
    return [
        _line(reason, came.get(reason.pk, []), labels, is_first=is_first)
        for reason in sorted(reasons, key=lambda one: ranks.index(one.outcome))
    ]


def _line(reason: Reason, origins: Sequence[Reason], labels: Counter[int], *, is_first: bool) -> Line:
    same = next((one for one in origins if one.code == reason.code), origins[0] if origins else None)
    changed = comparing.differences(same, reason) if same else ()
    return Line(
        reason=reason,
        outcome=words.OUTCOMES[reason.outcome],
        is_new=not origins and not is_first,
        origins=[one for one in origins if one.code != reason.code],
        changed=[words.FIELDS[name] for name in changed if name != "code"],
        labels=sum(labels[one.pk] for one in origins),
    )


def _gone(
    kind: str, reasons: Sequence[Reason], came: Mapping[int | None, list[Reason]], labels: Counter[int]
) -> list[Gone]:
    """A reason that was merely renamed is not gone: it is what became of it."""
    lost = [Gone(reason=one, into=None, labels=labels[one.pk]) for one in came.get(None, []) if one.signal_kind == kind]
    merged = []
    for target in reasons:
        origins = came.get(target.pk, [])
        itself = next((one for one in origins if one.code == target.code), origins[0] if origins else None)
        others = [one for one in origins if one != itself]
        merged += [Gone(reason=one, into=target, labels=labels[one.pk]) for one in others]
    return [*merged, *lost]


def effect(one: Effect) -> dict[str, Any]:
    """A line of the table of what publishing does."""
    target = one.fate.target
    return {
        "origin": one.fate.origin,
        "target": target,
        "what": one.fate.what,
        "title": words.FATES[one.fate.what],
        "changes": [words.FIELDS[name] for name in one.fate.changes],
        "labels": one.labels,
    }


def digest(version: TaxonomyVersion) -> str:
    """Tells a draft from the same draft with anything changed."""
    names = ("pk", *comparing.COMPARED, "signal_kind")
    reasons = list(version.reasons.order_by("pk").values_list(*names))
    rows = ReasonMapping.objects.filter(taxonomy_version=version).order_by("pk")
    told = (
        reasons,
        list(version.kinds.order_by("pk").values_list("kind", "polarity", "is_queued")),
        list(rows.values_list("from_reason", "to_reason")),
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def compared(pairs: Sequence[KindPair]) -> list[dict[str, Any]]:
    """Kinds that differ, each with the reasons that do, and how many don't."""
    return [_compared(one) for one in pairs if not one.is_same]


def _compared(one: KindPair) -> dict[str, Any]:
    differing = [pair for pair in one.reasons if not (pair.before and pair.after) or pair.changed]
    return {
        "kind": one.kind,
        "before": _kind_words(one.before),
        "after": _kind_words(one.after),
        "pairs": [_pair(pair) for pair in differing],
        "same": len(one.reasons) - len(differing),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "sides": (_side(pair.before, pair.changed), _side(pair.after, pair.changed)),
        "changed": [words.FIELDS[name] for name in pair.changed],
    }


def _side(reason: Reason | None, changed: Sequence[str]) -> dict[str, Any] | None:
    if reason is None:
        return None
    return {"reason": reason, "outcome": words.OUTCOMES[reason.outcome], "changed": changed}


def _kind_words(kind: SignalKind | None) -> list[str | Promise] | None:
    if kind is None:
        return None
    return [words.POLARITIES[kind.polarity], words.QUEUED if kind.is_queued else words.NOT_QUEUED]
