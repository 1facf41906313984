"""Features and their queues: made once, and the same however often they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from django.db import transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.models import Feature, Interaction, Queue, SamplingDesign, TaxonomyVersion, User

DEFAULT_QUEUE = "default"


class OverlapMaxTooSmall(Refusal):
    """overlap_max ({overlap_max}) must be at least overlap ({overlap}): raise overlap_max or lower overlap."""

    code = "overlap_max_too_small"
    status = 422
    loc = ("overlap_max",)


class EvalShareFixed(Refusal):
    """The share for evaluation of “{slug}” is fixed: interactions were dealt by it, each for life. Leave it as it is,
    or send to a new feature."""

    code = "eval_share_fixed"
    status = 409
    loc = ("eval_share",)


CHANGEABLE = (
    "name",
    "closure_days",
    "settle_hours",
    "eval_share",
    "redaction",
    "derive_edited_from",
    "derive_abandoned_minutes",
    "retention_days",
    "audited_key",
)
"""What of a feature can be changed. All of it counts for what arrives from then on, but for `retention_days`."""

WRITTEN = ("name", "audited_key")
"""What of it somebody wrote: the audit holds that it was changed and not what it says."""


WEIGHED_BY = ("mix",)
"""What of a queue its sampling design depends on: how items are weighed, and so how likely each is to be labeled."""


@dataclass(frozen=True, kw_only=True)
class FeatureSpec:
    slug: str
    name: str = ""
    closure_days: int = 30
    settle_hours: int = 24
    eval_share: float = 0
    redaction: Sequence[str] = ()
    derive_edited_from: float | None = 0
    derive_abandoned_minutes: int | None = None
    retention_days: int | None = None
    audited_key: str = ""
    is_sample: bool = False


@dataclass(frozen=True, kw_only=True)
class QueueSpec:
    """What a queue is; the field names are the contract's."""

    name: str
    rank: int = 100
    signal_kinds: Sequence[str] = ()
    overlap: int = 1
    overlap_max: int = 5
    stop_at: float = 0.95
    full_overlap_share: float = 0.05
    mix: float = 1
    delay_hours: int = 0
    lease_minutes: int = 15
    limit_hours: int = 168
    gold_share: float = 0
    second_look_share: float = 0
    guideline: str = ""
    show_suggestions: bool = False
    consensus: str = Queue.Consensus.MAJORITY
    taxonomy_version: TaxonomyVersion | None = None
    members: Sequence[User] = field(default=())


@transaction.atomic
def create_feature(
    *, spec: FeatureSpec, actor: audit.Actor, now: datetime, queue: QueueSpec | None = None
) -> tuple[Feature, bool]:
    """The feature with this slug, and whether it was made now.

    A new one gets this queue, by default one for every kind of signal, with one label an item.
    """
    values = {one.name: getattr(spec, one.name) for one in fields(spec) if one.name != "slug"}
    values |= {"name": spec.name or spec.slug, "redaction": list(spec.redaction), "created_at": now}
    feature, created = Feature.objects.get_or_create(slug=spec.slug, defaults=values)
    if created:
        audit.record(actor=actor, verb="feature.created", target=("feature", feature.pk), feature=feature, now=now)
        create_queue(feature=feature, spec=queue or QueueSpec(name=DEFAULT_QUEUE), actor=actor, now=now)
    return feature, created


def differences(*, feature: Feature, wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Of the wanted values those that the feature doesn't have, by name: [before, after]."""
    now = {name: getattr(feature, name) for name in CHANGEABLE}
    now["redaction"] = sorted(now["redaction"])
    then = {**now, **wanted}
    then["redaction"] = sorted(set(then["redaction"]))
    return {name: [now[name], then[name]] for name in CHANGEABLE if now[name] != then[name]}


@transaction.atomic
def change_feature(
    *, feature: Feature, wanted: Mapping[str, Any], actor: audit.Actor, now: datetime
) -> tuple[Feature, dict[str, list[Any]]]:
    """Give a feature these values, and return it with what was changed: nothing, where it has them. Raises
    EvalShareFixed."""
    held = Feature.objects.select_for_update().get(pk=feature.pk)
    changed = differences(feature=held, wanted=wanted)
    if not changed:
        return held, changed
    if "eval_share" in changed and has_interactions(held):
        raise EvalShareFixed(slug=held.slug)
    for name, (_, after) in changed.items():
        setattr(held, name, after)
    held.save(update_fields=list(changed))
    told = {name: values if name not in WRITTEN else True for name, values in changed.items()}
    audit.record(
        actor=actor, verb="feature.changed", target=("feature", held.pk), feature=held, now=now, data={"changed": told}
    )
    return held, changed


def has_interactions(feature: Feature) -> bool:
    """Whether any was ever stored. What decides over an interaction for life is fixed from the first one on."""
    return Interaction.objects.filter(feature=feature).exists()


@transaction.atomic
def create_queue(*, feature: Feature, spec: QueueSpec, actor: audit.Actor, now: datetime) -> tuple[Queue, bool]:
    """The queue with this name, and whether it was made now. It takes the signals that arrive from now on."""
    _check_overlap(spec.overlap, spec.overlap_max)
    values = {one.name: getattr(spec, one.name) for one in fields(spec) if one.name not in {"name", "members"}}
    values |= {"signal_kinds": list(spec.signal_kinds), "created_at": now}
    queue, created = Queue.objects.get_or_create(feature=feature, name=spec.name, defaults=values)
    if created:
        queue.members.set(spec.members)
        SamplingDesign.objects.create(queue=queue, mix=spec.mix, started_at=now)
        audit.record(actor=actor, verb="queue.created", target=("queue", queue.pk), feature=feature, now=now)
    return queue, created


CHANGEABLE_OF_QUEUE = tuple(one.name for one in fields(QueueSpec) if one.name != "name")
"""What of a queue can be changed: all but its name, which is its address."""


def queue_differences(*, queue: Queue, wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Of the wanted values those that the queue doesn't have, by name: [before, after].

    Plain values: members by their ids, a taxonomy version by its number.
    """
    now = {name: getattr(queue, name) for name in CHANGEABLE_OF_QUEUE if name != "members"}
    return _changed(now | {"members": queue.members.all()}, wanted)


def unusual(*, wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Of the values wanted for a new queue those that are not the usual ones, by name: [usual, wanted]."""
    usual = QueueSpec(name="")
    return _changed({name: getattr(usual, name) for name in CHANGEABLE_OF_QUEUE}, wanted)


def _changed(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
    before = _plain(now)
    after = before | _plain(wanted)
    return {name: [before[name], after[name]] for name in CHANGEABLE_OF_QUEUE if before[name] != after[name]}


@transaction.atomic
def change_queue(
    *, queue: Queue, wanted: Mapping[str, Any], actor: audit.Actor, now: datetime
) -> tuple[Queue, dict[str, list[Any]]]:
    """Give a queue these values, and return it with what was changed: nothing, where it has them.

    It counts for what is placed from then on: items that are there keep their queue, weight and the number of labels
    that they ask for. A batch that is being stored is placed as a whole by what it read. Raises OverlapMaxTooSmall.
    """
    # Leases name the queue by its key, which stays: whoever takes an item does not wait for us.
    locked = Queue.objects.select_for_update(of=("self",), no_key=True).select_related("feature", "taxonomy_version")
    held = locked.get(pk=queue.pk)
    changed = queue_differences(queue=held, wanted=wanted)
    if not changed:
        return held, changed
    _check_overlap(wanted.get("overlap", held.overlap), wanted.get("overlap_max", held.overlap_max))
    _set(held, {name: wanted[name] for name in changed}, now)
    audit.record(
        actor=actor,
        verb="queue.changed",
        target=("queue", held.pk),
        feature=held.feature,
        now=now,
        # The guideline is text that somebody wrote: the audit holds that it was changed and not what it says.
        data={"changed": changed | ({"guideline": True} if "guideline" in changed else {})},
    )
    return held, changed


def _set(queue: Queue, values: dict[str, Any], now: datetime) -> None:
    if "members" in values:
        queue.members.set(values.pop("members"))
    if "second_look_share" in values and not (queue.second_look_share and values["second_look_share"]):
        # What is resolved while there are no second looks never gets one.
        values["second_looks_until"] = None
    for name, value in values.items():
        setattr(queue, name, list(value) if name == "signal_kinds" else value)
    queue.save(update_fields=list(values))
    if not values.keys().isdisjoint(WEIGHED_BY):
        SamplingDesign.objects.filter(queue=queue, ended_at=None).update(ended_at=now)
        SamplingDesign.objects.create(queue=queue, mix=queue.mix, started_at=now)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    plain = dict(values)
    if "signal_kinds" in plain:
        plain["signal_kinds"] = sorted(set(plain["signal_kinds"]))
    if "members" in plain:
        plain["members"] = sorted({user.pk for user in plain["members"]})
    if plain.get("taxonomy_version") is not None:
        plain["taxonomy_version"] = plain["taxonomy_version"].number
    return plain


def _check_overlap(overlap: int, overlap_max: int) -> None:
    if overlap_max < overlap:
        raise OverlapMaxTooSmall(overlap_max=overlap_max, overlap=overlap)
