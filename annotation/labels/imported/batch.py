"""A chunk of labels that came together: what it needs is read and locked at once, and what it says written at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import orjson

from annotation import loading, taxonomy
from annotation.consensus import resolve
from annotation.errors import Refusal
from annotation.labels import raters
from annotation.labels.imported import writing
from annotation.labels.imported.sent import (
    AmbiguousSignal,
    NotYourRater,
    Sent,
    SignalNotNamed,
    UnknownInteraction,
    UnknownSignal,
    UnknownVersion,
)
from annotation.labels.locked import erased
from annotation.labels.submit import UnknownReason
from annotation.models import Interaction, Item, Label, Rater, Reason, TaxonomyVersion

GROW: Final = """
UPDATE annotation_item i SET taken = grown.taken, needed = grown.needed
FROM jsonb_to_recordset($1::jsonb) AS grown (id bigint, taken bigint[], needed smallint)
WHERE i.id = grown.id
"""


@dataclass
class Batch:
    """`take` each label in turn, then `write`. `history`: what is known of an item and a rater, in the order said;
    what this batch adds to it has no `pk` yet."""

    labels: Sequence[Sent]
    now: datetime
    items: dict[tuple[int, str], list[Item]] = field(default_factory=lambda: defaultdict(list))
    raters: dict[tuple[str, str], Rater] = field(default_factory=dict)
    reasons: dict[tuple[int, str], dict[str, Reason]] = field(default_factory=dict)
    history: dict[tuple[int, int], list[writing.New]] = field(default_factory=lambda: defaultdict(list))
    new: list[writing.New] = field(default_factory=list)
    replaced: list[Label] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Before any item is locked and in one order, so that senders who name the same new raters don't deadlock.
        for source, name in sorted({(sent.source, sent.source_name) for sent in self.labels}):
            if not raters.is_own(name):
                self.raters[source, name] = raters.named(kind=source, name=name)
        locked = _locked(self.labels)
        for item in locked:
            self.items[item.feature_id, item.interaction.external_id].append(item)
        # Once the items are locked: a remap waits for whoever may have been told the version before (labels.remap.job).
        self.versions = {
            version.number: version for version in TaxonomyVersion.objects.filter(published_at__isnull=False)
        }
        known = Label.objects.filter(item__in=locked, rater__in=self.raters.values()).select_related("content")
        for label in known.order_by("pk"):
            self.history[label.item_id, label.rater_id].append(writing.New(label, _texts_of(label)))

    def take(self, sent: Sent) -> Label | Refusal | None:
        """What becomes of one label; see `imported.store`."""
        try:
            if raters.is_own(sent.source_name):
                raise NotYourRater(beginning=raters.OWN)
            item = self._item(sent)
            reason = self._reason(sent, item)
        except Refusal as refusal:
            return refusal
        rater = self.raters[sent.source, sent.source_name]
        history = self.history[item.pk, rater.pk]
        if _is_there(history, sent, reason):
            return None
        self._supersede(history)
        told = {"confidence": sent.confidence, "duration_ms": sent.duration_ms}
        at = {"labeled_at": min(sent.labeled_at or self.now, self.now)}
        label = writing.new(item=item, rater=rater, reason=reason, told=told | at, texts=sent.texts, now=self.now)
        history.append(label)
        self.new.append(label)
        return label.row

    def write(self) -> None:
        """Store what was taken, and decide the items that it is about."""
        Label.objects.filter(pk__in=[label.pk for label in self.replaced]).update(superseded_at=self.now)
        writing.create(self.new)
        _make_room([label.row for label in self.new if label.row.rater.kind == Rater.Kind.HUMAN])
        said_of = {label.row.item for label in self.new if label.row.rater.kind in resolve.DECIDE}
        if said_of:
            resolve.by_version(items=said_of, latest=self._latest, now=self.now, keeps_time=False)

    def _supersede(self, history: Sequence[writing.New]) -> None:
        for label in history:
            if label.row.superseded_at is None:
                label.row.superseded_at = self.now
                if label.row.pk is not None:
                    self.replaced.append(label.row)

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
            return item.queue.taxonomy_version or self._latest
        if sent.taxonomy_version not in self.versions:
            raise UnknownVersion(number=sent.taxonomy_version, known=", ".join(map(str, sorted(self.versions))))
        return self.versions[sent.taxonomy_version]

    @property
    def _latest(self) -> TaxonomyVersion:
        return self.versions[max(self.versions)]


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


def _is_there(history: Sequence[writing.New], sent: Sent, reason: Reason) -> bool:
    """Whether this is a label sent again. One with a time may come late, after the label that replaced it."""
    return any(
        _is_same(label, sent, reason)
        for label in history
        if sent.labeled_at is not None or label.row.superseded_at is None
    )


def _is_same(label: writing.New, sent: Sent, reason: Reason) -> bool:
    row = label.row
    is_same_time = sent.labeled_at is None or row.labeled_at == min(sent.labeled_at, row.received_at)
    told = (row.reason_id, row.confidence, row.duration_ms, label.texts)
    return is_same_time and told == (reason.pk, sent.confidence, sent.duration_ms, sent.texts)


def _texts_of(label: Label) -> dict[str, str]:
    content = getattr(label, "content", None)
    texts = {name: getattr(content, name, "") for name in ("comment", "explanation", "correction")}
    return {name: text for name, text in texts.items() if text}


def _make_room(labels: Sequence[Label]) -> None:
    """A person counts as one of those whom the item has; where it is full, it grows rather than push anybody out."""
    grown: dict[int, Item] = {}
    for label in labels:
        item = label.item
        if label.rater_id not in item.taken:
            item.taken = [*item.taken, label.rater_id]
            item.needed = max(item.needed, len(item.taken))
            grown[item.pk] = item
    if not grown:
        return
    rows = [{"id": item.pk, "taken": item.taken, "needed": item.needed} for item in grown.values()]
    loading.said(GROW, [orjson.dumps(rows).decode()])
