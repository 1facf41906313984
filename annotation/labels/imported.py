"""Labels made elsewhere: by rules, judges, gold sets, and people who have no account here.

They need no lease. Whoever made them is a rater in a namespace of the sender's, so that none speaks for an account.
People and gold decide; rules and judges are kept beside, to be measured against what people decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from annotation import taxonomy
from annotation.consensus import resolve
from annotation.errors import Refusal
from annotation.labels import raters
from annotation.labels.locked import erased
from annotation.labels.submit import UnknownReason
from annotation.models import Feature, Interaction, Item, Label, LabelContent, Rater, Reason, TaxonomyVersion

CHUNK = 200
Answer = Label | Refusal | None


class SignalNotNamed(Refusal):
    """Neither signal_kind nor signal_id says which signal this label is about. Add one of them."""

    code = "missing_field"


class UnknownInteraction(Refusal):
    """There is no interaction with this interaction_id in the feature. Send it first, or mend the id."""

    code = "unknown_interaction"


class UnknownSignal(Refusal):
    """This interaction has no item for such a signal: it has items for {known}. Kinds that aren't queued have none."""

    code = "unknown_signal"


class AmbiguousSignal(Refusal):
    """This interaction has {count} signals of kind {kind}. Say which by signal_id; GET /api/v1/items lists them."""

    code = "ambiguous_signal"


class NotYourRater(Refusal):
    """source_name begins with {beginning}, as only the names of Flywheel's own rules and judges do. Choose another."""

    code = "not_your_rater"


class UnknownVersion(Refusal):
    """There is no published taxonomy version {number}. The versions are: {known}. Leave it out for the queue's own."""

    code = "unknown_taxonomy_version"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One label as it came. `source` is the rater's kind; `confidence` is in [0, 1]."""

    feature: Feature
    interaction_id: str
    source: str
    source_name: str
    reason: str
    signal_kind: str | None = None
    signal_id: str | None = None
    taxonomy_version: int | None = None
    confidence: float | None = None
    labeled_at: datetime | None = None
    duration_ms: int | None = None
    comment: str = ""
    correction: str = ""

    @property
    def texts(self) -> dict[str, str]:
        """What a person says beside the reason is a comment; what a machine says explains it."""
        words = "comment" if self.source in resolve.DECIDE else "explanation"
        return {name: text for name, text in ((words, self.comment), ("correction", self.correction)) if text}


def say(
    *,
    item: Item,
    rater: Rater,
    reason: Reason,
    confidence: float,
    explanation: str,
    evidence_version: int | None,
    now: datetime,
) -> Label | None:
    """What a judge or rule of our own says about an item whose row the caller has locked.

    None, and nothing is written, where it has said something about the item already.
    """
    if Label.objects.filter(item=item, rater=rater, superseded_at=None).exists():
        return None
    told = {"confidence": confidence, "evidence_version": evidence_version, "labeled_at": now}
    return _write(item, rater, reason, told, {"explanation": explanation} if explanation else {}, now)


def store(*, labels: Sequence[Sent], now: datetime) -> Iterator[Answer]:
    """For each label in order: the label made, None for one that is there already, or the refusal.

    Committed in chunks of 200, in one order of items for everybody.
    """
    for start in range(0, len(labels), CHUNK):
        yield from _store(labels[start : start + CHUNK], now)


@transaction.atomic
def _store(labels: Sequence[Sent], now: datetime) -> list[Answer]:
    batch = _Batch(labels)
    return [batch.save(sent, now) for sent in labels]


@dataclass
class _Batch:
    """What a chunk needs, read and locked at once."""

    labels: Sequence[Sent]
    items: dict[tuple[int, str], list[Item]] = field(default_factory=lambda: defaultdict(list))
    raters: dict[tuple[str, str], Rater] = field(default_factory=dict)
    reasons: dict[tuple[int, str], dict[str, Reason]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Before any item is locked and in one order, so that senders who name the same new raters don't deadlock.
        for source, name in sorted({(sent.source, sent.source_name) for sent in self.labels}):
            if not raters.is_own(name):
                self.raters[source, name] = raters.named(kind=source, name=name)
        for item in _locked(self.labels):
            self.items[item.feature_id, item.interaction.external_id].append(item)
        # Once the items are locked: a remap waits for whoever may have been told the version before (labels.remap.job).
        self.versions = {
            version.number: version for version in TaxonomyVersion.objects.filter(published_at__isnull=False)
        }

    def save(self, sent: Sent, now: datetime) -> Answer:
        try:
            if raters.is_own(sent.source_name):
                raise NotYourRater(beginning=raters.OWN)
            item = self._item(sent)
            reason = self._reason(sent, item)
        except Refusal as refusal:
            return refusal
        rater = self.raters[sent.source, sent.source_name]
        history = list(Label.objects.filter(item=item, rater=rater).select_related("content"))
        if _is_there(history, sent, reason):
            return None
        own = next((label for label in history if label.superseded_at is None), None)
        return _replace(sent, item, rater, reason, own, now)

    def _item(self, sent: Sent) -> Item:
        if sent.signal_kind is None and sent.signal_id is None:
            raise SignalNotNamed
        items = self.items.get((sent.feature.pk, sent.interaction_id), [])
        fitting = [item for item in items if _fits(sent, item)]
        if len(fitting) > 1:
            raise AmbiguousSignal(count=len(fitting), kind=sent.signal_kind)
        if fitting:
            return fitting[0]
        if not items and not _is_known(sent):
            raise UnknownInteraction
        raise UnknownSignal(known=", ".join(sorted({item.signal_kind for item in items})) or "none")

    def _reason(self, sent: Sent, item: Item) -> Reason:
        version = self._version(sent, item)
        place = (version.pk, item.signal_kind)
        if place not in self.reasons:
            found = taxonomy.reasons(version=version, kind=item.signal_kind)
            self.reasons[place] = {reason.code: reason for reason in found}
        known = self.reasons[place]
        if sent.reason not in known:
            raise UnknownReason(code=sent.reason[:60], kind=item.signal_kind, known=", ".join(known))
        return known[sent.reason]

    def _version(self, sent: Sent, item: Item) -> TaxonomyVersion:
        if sent.taxonomy_version is None:
            return item.queue.taxonomy_version or self.versions[max(self.versions)]
        if sent.taxonomy_version not in self.versions:
            raise UnknownVersion(number=sent.taxonomy_version, known=", ".join(map(str, sorted(self.versions))))
        return self.versions[sent.taxonomy_version]


def _locked(labels: Sequence[Sent]) -> list[Item]:
    """The items that can be meant, locked in the order of their ids."""
    names: dict[int, set[str]] = defaultdict(set)
    for sent in labels:
        names[sent.feature.pk].add(sent.interaction_id)
    found: set[int] = set()
    for feature_id, external_ids in names.items():
        interactions = Interaction.objects.filter(feature_id=feature_id, external_id__in=external_ids)
        found |= set(
            Item.objects.filter(
                interaction__in=interactions, purpose__in=[Item.Purpose.SAMPLE, Item.Purpose.BACKFILL]
            ).values_list("pk", flat=True)
        )
    locked = list(
        Item.objects.select_for_update(of=("self",))
        .filter(pk__in=found)
        .select_related("interaction", "signal", "queue__taxonomy_version")
        .order_by("pk")
    )
    gone = erased({item.interaction_id for item in locked})
    return [item for item in locked if item.interaction_id not in gone]


def _fits(sent: Sent, item: Item) -> bool:
    return sent.signal_kind in (None, item.signal_kind) and sent.signal_id in (None, item.signal.external_id)


def _is_known(sent: Sent) -> bool:
    return Interaction.objects.filter(feature=sent.feature, external_id=sent.interaction_id).exists()


def _is_there(history: Sequence[Label], sent: Sent, reason: Reason) -> bool:
    """Whether this is a label sent again. One with a time may come late, after the label that replaced it."""
    return any(
        _is_same(label, sent, reason) for label in history if sent.labeled_at is not None or label.superseded_at is None
    )


def _is_same(label: Label, sent: Sent, reason: Reason) -> bool:
    is_same_time = sent.labeled_at is None or label.labeled_at == min(sent.labeled_at, label.received_at)
    told = (label.reason_id, label.confidence, label.duration_ms, _texts_of(label))
    return is_same_time and told == (reason.pk, sent.confidence, sent.duration_ms, sent.texts)


def _texts_of(label: Label) -> dict[str, str]:
    content = getattr(label, "content", None)
    texts = {name: getattr(content, name, "") for name in ("comment", "explanation", "correction")}
    return {name: text for name, text in texts.items() if text}


def _replace(sent: Sent, item: Item, rater: Rater, reason: Reason, own: Label | None, now: datetime) -> Label:
    if own is not None:
        own.superseded_at = now
        own.save(update_fields=["superseded_at"])
    told = {"confidence": sent.confidence, "duration_ms": sent.duration_ms}
    label = _write(item, rater, reason, told | {"labeled_at": min(sent.labeled_at or now, now)}, sent.texts, now)
    if rater.kind == Rater.Kind.HUMAN:
        _make_room(item, rater)
    if rater.kind in resolve.DECIDE:
        resolve.item(item=item, version=taxonomy.of_queue(item.queue), now=now)
    return label


def _write(
    item: Item, rater: Rater, reason: Reason, told: dict[str, Any], texts: dict[str, str], now: datetime
) -> Label:
    label = Label.objects.create(
        item=item,
        rater=rater,
        taxonomy_version_id=reason.taxonomy_version_id,
        reason=reason,
        received_at=now,
        submission_id=uuid4(),
        **told,
    )
    if texts:
        LabelContent.objects.create(label=label, **texts)
    return label


def _make_room(item: Item, rater: Rater) -> None:
    """A person counts as one of those whom the item has; where it is full, it grows rather than push anybody out."""
    if rater.pk in item.taken:
        return
    item.taken = [*item.taken, rater.pk]
    item.needed = max(item.needed, len(item.taken))
    item.save(update_fields=["taken", "needed"])
