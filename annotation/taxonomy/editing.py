"""What an admin does to the reasons of a draft. Each verb keeps true what becomes of the labels that there are.

A draft changes no label and no queue; publishing does. So each verb can be taken back until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from annotation import audit
from annotation.models import Reason, ReasonMapping, TaxonomyVersion
from annotation.taxonomy import drafts, keys
from annotation.taxonomy.refusals import (
    CodeTaken,
    IntoItself,
    KeyNotForReasons,
    KeyTaken,
    NeededByFlywheel,
    NothingToBringBack,
    ReasonGone,
    UsesWithoutVerdict,
    WrongUse,
)

NEEDED = "no_context"
VERDICTS = (Reason.Outcome.GOOD, Reason.Outcome.BAD)
NEEDS = {"sft": Reason.Outcome.GOOD, "kto+": Reason.Outcome.GOOD, "kto-": Reason.Outcome.BAD}


@dataclass(frozen=True, kw_only=True)
class ReasonSpec:
    """What a reason says. `uses` are those that it permits; `examples` one short text each."""

    code: str
    title: str
    definition: str
    outcome: str
    key: str
    uses: Sequence[str] = ()
    examples: Sequence[str] = ()


@transaction.atomic
def add(*, version: TaxonomyVersion, kind: str, spec: ReasonSpec, actor: audit.Actor, now: datetime) -> Reason:
    """A new reason, at the end of its kind. No label has it yet."""
    draft = drafts.lock(version)
    made = _insert(draft, kind, spec)
    _record(draft, "added", made, actor=actor, now=now)
    return made


@transaction.atomic
def change(*, reason: Reason, spec: ReasonSpec, is_new_meaning: bool, actor: audit.Actor, now: datetime) -> Reason:
    """Rename it, or reword it, or give it another key, outcome or uses.

    Where it comes to mean something else (`is_new_meaning`), the labels that it had are labeled again.
    """
    draft, found = _lock(reason)
    if found.code == NEEDED and (is_new_meaning or (spec.code, spec.outcome) != (found.code, found.outcome)):
        raise NeededByFlywheel(code=NEEDED)
    _check(draft, found.signal_kind, spec, besides=found)
    before = found.code
    for name, value in _values(spec).items():
        setattr(found, name, value)
    found.save()
    if is_new_meaning:
        found.origins.update(to_reason=None)
    _record(draft, "changed", found, actor=actor, now=now, was=before, again=is_new_meaning)
    return found


@transaction.atomic
def merge(*, reason: Reason, into: Reason, actor: audit.Actor, now: datetime) -> Reason:
    """Take it out; its labels are mapped to the other one, which is of the same kind."""
    draft, found = _lock(reason)
    target = Reason.objects.filter(taxonomy_version=draft, signal_kind=found.signal_kind, pk=into.pk).first()
    if target is None:
        raise ReasonGone
    if target == found:
        raise IntoItself
    _take_out(found, successor=target)
    _record(draft, "merged", found, actor=actor, now=now, into=target.code)
    return target


@transaction.atomic
def split(*, reason: Reason, parts: Sequence[ReasonSpec], actor: audit.Actor, now: datetime) -> list[Reason]:
    """Put these in its place. Only people can tell which of them a label meant, so its labels are labeled again."""
    draft, found = _lock(reason)
    _take_out(found, successor=None)
    made = [_insert(draft, found.signal_kind, spec, position=found.position) for spec in parts]
    _order([*_in_order(draft, found.signal_kind)])
    _record(draft, "split", found, actor=actor, now=now, into=[part.code for part in made])
    return made


@transaction.atomic
def retire(*, reason: Reason, actor: audit.Actor, now: datetime) -> None:
    """Take it out; its labels are labeled again."""
    draft, found = _lock(reason)
    _take_out(found, successor=None)
    _record(draft, "retired", found, actor=actor, now=now)


@transaction.atomic
def bring_back(*, version: TaxonomyVersion, origin: Reason, actor: audit.Actor, now: datetime) -> Reason:
    """Have a reason of the version before as it was there, and its labels with it.

    Where the draft has one with its code, which had come to mean something else, that one has its labels again.
    """
    draft = drafts.lock(version)
    row = ReasonMapping.objects.select_related("to_reason").filter(taxonomy_version=draft, from_reason=origin).first()
    if row is None or (row.to_reason is not None and row.to_reason.code == origin.code):
        raise NothingToBringBack
    there = draft.reasons.filter(signal_kind=origin.signal_kind, code=origin.code).first()
    row.to_reason = there or _insert(draft, origin.signal_kind, _spec(origin), position=origin.position)
    row.save(update_fields=["to_reason"])
    _record(draft, "brought_back", row.to_reason, actor=actor, now=now)
    return row.to_reason


@transaction.atomic
def move(*, reason: Reason, by: int, actor: audit.Actor, now: datetime) -> None:
    """Up (`by` is -1) or down (1) among the reasons of its kind and outcome, which is where people see it."""
    draft, found = _lock(reason)
    reasons = _in_order(draft, found.signal_kind)
    shown = [one for one in reasons if one.outcome == found.outcome]
    at = shown.index(found) + by
    if not 0 <= at < len(shown):
        return
    here, there = reasons.index(found), reasons.index(shown[at])
    reasons[here], reasons[there] = reasons[there], reasons[here]
    _order(reasons)
    _record(draft, "moved", found, actor=actor, now=now)


def _lock(reason: Reason) -> tuple[TaxonomyVersion, Reason]:
    draft = drafts.lock(reason.taxonomy_version)
    found = Reason.objects.filter(pk=reason.pk).first()
    if found is None:
        raise ReasonGone
    return draft, found


def _insert(draft: TaxonomyVersion, kind: str, spec: ReasonSpec, position: int | None = None) -> Reason:
    _check(draft, kind, spec)
    if position is None:
        last = Reason.objects.filter(taxonomy_version=draft, signal_kind=kind).aggregate(last=Max("position"))["last"]
        position = 0 if last is None else last + 1
    return Reason.objects.create(taxonomy_version=draft, signal_kind=kind, position=position, **_values(spec))


def _take_out(reason: Reason, *, successor: Reason | None) -> None:
    if reason.code == NEEDED:
        raise NeededByFlywheel(code=NEEDED)
    reason.origins.update(to_reason=successor)
    Reason.objects.filter(pk=reason.pk).delete()


def _check(draft: TaxonomyVersion, kind: str, spec: ReasonSpec, besides: Reason | None = None) -> None:
    """Raise what is wrong with such a reason beside the others of its kind."""
    others = Reason.objects.filter(taxonomy_version=draft, signal_kind=kind)
    others = others.exclude(pk=besides.pk) if besides else others
    by_key = {other.key: other for other in others}
    free = " ".join(keys.free(by_key)) or "none"
    for other in others:
        if other.code == spec.code:
            raise CodeTaken(code=spec.code, kind=kind, title=other.title)
    if spec.key not in keys.ALLOWED:
        raise KeyNotForReasons(key=spec.key, kind=kind, free=free, allowed=" ".join(keys.ALLOWED))
    if spec.key in by_key:
        raise KeyTaken(key=spec.key, title=by_key[spec.key].title, kind=kind, free=free)
    _check_uses(spec)


def _check_uses(spec: ReasonSpec) -> None:
    if spec.uses and spec.outcome not in VERDICTS:
        raise UsesWithoutVerdict
    for use in spec.uses:
        if NEEDS.get(use, spec.outcome) != spec.outcome:
            raise WrongUse(use=use, needed=str(NEEDS[use]), outcome=spec.outcome)


def _values(spec: ReasonSpec) -> dict[str, object]:
    return asdict(spec) | {"uses": list(spec.uses), "examples": list(spec.examples)}


def _spec(reason: Reason) -> ReasonSpec:
    return ReasonSpec(**{name: getattr(reason, name) for name in ReasonSpec.__dataclass_fields__})


def _in_order(draft: TaxonomyVersion, kind: str) -> list[Reason]:
    return list(Reason.objects.filter(taxonomy_version=draft, signal_kind=kind).order_by("position", "pk"))


def _order(reasons: Sequence[Reason]) -> None:
    for position, reason in enumerate(reasons):
        if reason.position != position:
            Reason.objects.filter(pk=reason.pk).update(position=position)


def _record(
    draft: TaxonomyVersion, verb: str, reason: Reason, *, actor: audit.Actor, now: datetime, **data: object
) -> None:
    drafts.record(draft, f"reason.{verb}", actor=actor, now=now, kind=reason.signal_kind, reason=reason.code, **data)
