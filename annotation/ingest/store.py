"""The one idempotent store, for every door: what is sent twice is there once, and one bad record sinks no other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

from django.db import IntegrityError, OperationalError
from psycopg.errors import DeadlockDetected, UniqueViolation

from annotation import copying, loading
from annotation.access import Reading, recent
from annotation.ingest import gate, ranks, record
from annotation.ingest import interactions as interaction_rows
from annotation.ingest import signals as signal_rows
from annotation.ingest.fields import InvalidRecord
from annotation.ingest.outcome import Outcome
from annotation.ingest.record import InteractionIn, SignalIn
from annotation.models import Feature

TRIES = 3

RecordIn = tuple[int, object]
"""A record's place in the batch, and the value as parsed; or the InvalidRecord that its door met."""

Sent = TypeVar("Sent", InteractionIn, SignalIn)
Written = TypeVar("Written")
Checked = list[tuple[int, Sent]]
Enter = Callable[[set[int]], None]
"""How a transaction enters the gates of its features: it shares them, or has them alone."""


class Batch(NamedTuple):
    """What one sender sends at once. `only` is the one feature that it may send for; `reading` its token, where that
    was read of late and is to be checked."""

    records: Iterable[RecordIn]
    only: Feature | None = None
    reading: Reading | None = None


def interactions(*, records: Iterable[RecordIn], now: datetime, only: Feature | None = None) -> Outcome:
    """Store interactions with their signals. `only` is the one feature that the sender may send for."""
    return together(batches=[Batch(records, only)], now=now)[0]


def together(*, batches: Sequence[Batch], now: datetime) -> list[Outcome]:
    """Store the interactions of several senders in one transaction, as if they had come one after the other.

    Raises `recent.Changed`, and stores nothing, where the token of one of them is not what it was.
    """
    refused = [Outcome() for _ in batches]
    checked = [
        _checked(batch.records, record.interaction, "id", outcome)
        for batch, outcome in zip(batches, refused, strict=True)
    ]
    attempt = partial(_interactions, batches, checked, now)
    outcomes, conversations = _written(attempt, count=sum([len(taken) for taken in checked]))
    for outcome, before in zip(outcomes, refused, strict=True):
        outcome.refused = sorted([*before.refused, *outcome.refused], key=lambda one: one.index)
    # Also for what was there already: who died before this line is sent the batch again.
    ranks.mend(conversations=conversations)
    return outcomes


def _interactions(
    batches: Sequence[Batch], checked: Sequence[Checked[InteractionIn]], now: datetime, *, enter: Enter
) -> tuple[list[Outcome], set[tuple[int, str]]]:
    """What became of each batch's checked records, and the conversations that they belong to."""
    outcomes = [Outcome() for _ in batches]
    check = recent.checking({batch.reading for batch in batches if batch.reading is not None})
    features = _features({one.feature for taken in checked for _, one in taken})
    check()
    sent = [
        (outcome, index, feature, one)
        for batch, outcome, taken in zip(batches, outcomes, checked, strict=True)
        for index, one, feature in _allowed(taken, features, batch.only, outcome)
    ]
    entries = [
        interaction_rows.Entry(place, feature, one, (feature.id, one.id))
        for place, (_, _, feature, one) in enumerate(sent)
    ]
    if not entries:
        return outcomes, set()
    enter({entry.feature.id for entry in entries})
    for place, came in interaction_rows.store(entries=entries, now=now):
        outcome, index, _, one = sent[place]
        if isinstance(came, InvalidRecord):
            outcome.refuse(index, one.id, came)
        else:
            outcome.accepted += came
            outcome.duplicates += not came
    return outcomes, interaction_rows.conversations(entries)


def signals(*, records: Iterable[RecordIn], now: datetime, only: Feature | None = None) -> Outcome:
    """Store signals of stored interactions; those whose interaction has not arrived wait for it."""
    refused = Outcome()
    checked = _checked(records, record.signal, "interaction_id", refused)
    features = _features({one.feature for _, one in checked})
    entries = [
        signal_rows.entry(place=index, feature=feature, sent=one)
        for index, one, feature in _allowed(checked, features, only, refused)
    ]
    if not entries:
        return refused
    alone = signal_rows.some_must_wait(entries=entries)
    outcome = _written(partial(_signals, entries, now), count=len(entries), alone=alone)
    outcome.refused = sorted([*outcome.refused, *refused.refused], key=lambda one: one.index)
    return outcome


def _signals(entries: Sequence[signal_rows.Entry], now: datetime, *, enter: Enter) -> Outcome:
    enter({entry.feature.id for entry in entries})
    return signal_rows.store(entries=entries, now=now)


def _checked(
    records: Iterable[RecordIn], check: Callable[[object], Sent], name: str, refused: Outcome
) -> Checked[Sent]:
    taken = []
    for index, value in records:
        try:
            if isinstance(value, InvalidRecord):
                raise value
            taken.append((index, check(value)))
        except InvalidRecord as error:
            refused.refuse(index, record.short_id(value) or record.short_id(value, name), error)
    return taken


def _features(slugs: Collection[str]) -> dict[str, Feature]:
    if not slugs:
        return {}
    return {feature.slug: feature for feature in loading.rows(Feature, "t.slug = ANY($1::text[])", [list(slugs)])}


def _allowed(
    checked: Iterable[tuple[int, Sent]], features: Mapping[str, Feature], only: Feature | None, refused: Outcome
) -> Iterable[tuple[int, Sent, Feature]]:
    """The records whose feature exists and may be sent for."""
    allowed: dict[str, Feature] = {}
    for index, one in checked:
        if one.feature not in allowed:
            try:
                allowed[one.feature] = feature_of(slug=one.feature, features=features, only=only)
            except InvalidRecord as error:
                name = one.id if isinstance(one, InteractionIn) else one.id or one.interaction_id
                refused.refuse(index, name[:100], error)
                continue
        yield index, one, allowed[one.feature]


def feature_of(*, slug: str, features: Mapping[str, Feature], only: Feature | None) -> Feature:
    if only is not None and only.slug != slug:
        told = (
            f"Only records of the feature {only.slug} are taken here. Use a token of the other one, or mend the name."
        )
        raise InvalidRecord("forbidden_feature", told)
    if slug not in features:
        told = f"There is no feature {slug[:60]}. Make it with POST /api/v1/features, or mend the name."
        raise InvalidRecord("unknown_feature", told)
    return features[slug]


def _written(attempt: Callable[..., Written], *, count: int, alone: bool = False) -> Written:
    """Write in one transaction; the attempt is given how to enter the gates of its features.

    Who meets another sender of the same records reads anew what that one stored. After three meetings the last try has
    the features' gates alone, where there is nobody left to meet.
    """
    enter = gate.have_alone if alone else gate.share
    for _ in range(TRIES):
        try:
            return _once(attempt, enter, count=count)
        except (IntegrityError, OperationalError) as error:
            if not isinstance(error.__cause__, UniqueViolation | DeadlockDetected):
                raise
    return _once(attempt, gate.have_alone, count=count)


def _once(attempt: Callable[..., Written], enter: Enter, *, count: int) -> Written:
    with copying.together(count):
        return attempt(enter=enter)
