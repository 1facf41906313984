"""What becomes of a batch: checked against what is stored, or stored. The command and the page share both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from annotation.ingest import found, record, store
from annotation.ingest.fields import InvalidRecord
from annotation.ingest.files.reading import Batch
from annotation.ingest.found import Key
from annotation.ingest.outcome import Outcome
from annotation.ingest.record import InteractionIn, SignalIn
from annotation.ingest.store import RecordIn
from annotation.models import Feature


def take(batch: Batch, *, only: Feature | None, now: datetime) -> Outcome:
    """Store what the batch holds. The places of what is refused are those in the file."""
    outcome = Outcome()
    if batch.interactions:
        _add(outcome, store.interactions(records=batch.interactions, only=only, now=now))
    if batch.signals:
        _add(outcome, store.signals(records=batch.signals, only=only, now=now))
    return _placed(outcome, batch)


def check(batch: Batch, *, only: Feature | None) -> Outcome:
    """What `take` would answer, with nothing written.

    It knows what is stored and what stands in the same batch, not what an earlier batch of the file would have
    stored. Signals that would wait for their interaction count as accepted.
    """
    outcome = Outcome()
    _check_interactions(batch.interactions, only, outcome)
    _check_signals(batch.signals, only, outcome)
    return _placed(outcome, batch)


def _check_interactions(records: Sequence[RecordIn], only: Feature | None, outcome: Outcome) -> None:
    features = _features(value for _, value in records)
    valid: list[tuple[int, Key, InteractionIn]] = []
    for index, value in records:
        try:
            sent = record.interaction(value)
            feature = store.feature_of(slug=sent.feature, features=features, only=only)
            valid.append((index, (feature.pk, sent.id), sent))
        except InvalidRecord as error:
            outcome.refuse(index, record.short_id(value), error)
    _compare(valid, features, outcome)


def _compare(
    valid: Sequence[tuple[int, Key, InteractionIn]], features: Mapping[str, Feature], outcome: Outcome
) -> None:
    """Tell what is new from what is here already, with the same content or another."""
    keys = {key for _, key, _ in valid}
    known = {key: one.fingerprint for key, one in found.interactions(keys).items()} if keys else {}
    erased = found.erased(keys, {feature.pk: feature for feature in features.values()}) if keys else set()
    for index, key, sent in valid:
        fingerprint = sent.fingerprint
        if key in erased:
            outcome.refuse(index, key[1], InvalidRecord("erased", "This interaction was erased here; it stays away."))
        elif known.setdefault(key, b"") not in (b"", fingerprint):
            told = "This id is here, or was in the file before, with other content, and the first stays."
            outcome.refuse(index, key[1], InvalidRecord("conflicting_duplicate", told))
        else:
            outcome.duplicates += known[key] == fingerprint
            outcome.accepted += known[key] == b""
            known[key] = fingerprint


def _check_signals(records: Sequence[RecordIn], only: Feature | None, outcome: Outcome) -> None:
    features = _features(value for _, value in records)
    valid: list[tuple[Key, SignalIn]] = []
    for index, value in records:
        try:
            sent = record.signal(value)
            feature = store.feature_of(slug=sent.feature, features=features, only=only)
            valid.append(((feature.pk, sent.interaction_id), sent))
        except InvalidRecord as error:
            outcome.refuse(index, record.short_id(value) or record.short_id(value, "interaction_id"), error)
    known = found.interactions({key for key, _ in valid}) if valid else {}
    kinds = found.signal_kinds([one.id for one in known.values()])
    is_here = [(known[key].id, sent.id or "") in kinds if key in known else False for key, sent in valid]
    outcome.duplicates += sum(is_here)
    outcome.accepted += len(is_here) - sum(is_here)


def _features(values: Iterable[object]) -> Mapping[str, Feature]:
    slugs = {slug for value in values if isinstance(value, dict) and isinstance(slug := value.get("feature"), str)}
    return {feature.slug: feature for feature in Feature.objects.filter(slug__in=slugs)}


def _add(outcome: Outcome, more: Outcome) -> None:
    outcome.accepted += more.accepted
    outcome.duplicates += more.duplicates
    outcome.waiting += more.waiting
    outcome.refused += more.refused


def _placed(outcome: Outcome, batch: Batch) -> Outcome:
    refused = [replace(one, index=batch.places[one.index]) for one in outcome.refused]
    outcome.refused = sorted([*refused, *batch.refused], key=lambda one: one.index)
    return outcome
