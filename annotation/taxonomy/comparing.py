"""Two versions side by side: what is the same, what changed, what came and what went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotation.models import Reason, SignalKind, TaxonomyVersion
from annotation.taxonomy import mapping

COMPARED = ("code", "title", "definition", "examples", "outcome", "uses", "key", "position")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A reason in the earlier version and what it is in the later one. One side is null where it came or went.

    `changed` names the fields that differ. What several became stands in a pair with each of them.
    """

    before: Reason | None
    after: Reason | None
    changed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KindPair:
    kind: str
    before: SignalKind | None
    after: SignalKind | None
    reasons: Sequence[Pair]

    @property
    def is_same(self) -> bool:
        same_kind = self.before is not None and self.after is not None and _told(self.before) == _told(self.after)
        return same_kind and all(pair.before and pair.after and not pair.changed for pair in self.reasons)


def versions(earlier: TaxonomyVersion, later: TaxonomyVersion) -> list[KindPair]:
    """Kind by kind, in the later version's order, then those that only the earlier one has."""
    before, after = _kinds(earlier), _kinds(later)
    became = {fate.origin.pk: fate.target for fate in mapping.fates(later)}
    old, new = _reasons(earlier), _reasons(later)
    return [
        KindPair(
            kind=kind,
            before=before.get(kind),
            after=after.get(kind),
            reasons=_pairs(old.get(kind, []), new.get(kind, []), became),
        )
        for kind in dict.fromkeys([*after, *before])
    ]


def is_same(pairs: Sequence[KindPair]) -> bool:
    return all(pair.is_same for pair in pairs)


def _pairs(old: Sequence[Reason], new: Sequence[Reason], became: Mapping[int, Reason | None]) -> list[Pair]:
    """The later reasons in their order, each with all that became it; what went stands at the end.

    Where no mapping tells of a reason, the one with its code is the same.
    """
    origins: dict[int, list[Reason]] = {}
    gone = []
    by_code = {reason.code: reason for reason in new}
    for reason in old:
        target = became[reason.pk] if reason.pk in became else by_code.get(reason.code)
        if target is None:
            gone.append(Pair(before=reason, after=None, changed=()))
        else:
            origins.setdefault(target.pk, []).append(reason)
    lived = [pair for reason in new for pair in _lived(origins.get(reason.pk, []), reason)]
    return [*lived, *gone]


def _lived(origins: Sequence[Reason], after: Reason) -> list[Pair]:
    if not origins:
        return [Pair(before=None, after=after, changed=())]
    return [Pair(before=one, after=after, changed=differences(one, after)) for one in origins]


def differences(before: Reason, after: Reason) -> tuple[str, ...]:
    """The names of the fields in which they differ. The order of uses says nothing."""
    return tuple(name for name in COMPARED if _value(before, name) != _value(after, name))


def _value(reason: Reason, name: str) -> object:
    value = getattr(reason, name)
    return sorted(value) if name == "uses" else value


def _told(kind: SignalKind) -> tuple[str, bool]:
    return kind.polarity, kind.is_queued


def _kinds(version: TaxonomyVersion) -> dict[str, SignalKind]:
    return {kind.kind: kind for kind in version.kinds.all()}


def _reasons(version: TaxonomyVersion) -> dict[str, list[Reason]]:
    found: dict[str, list[Reason]] = {}
    for reason in version.reasons.order_by("position", "pk"):
        found.setdefault(reason.signal_kind, []).append(reason)
    return found
