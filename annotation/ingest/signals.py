"""Store checked signals that come after their interaction, or before it: one attempt, inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from annotation.ingest import found, redaction, rows
from annotation.ingest.arrived import Arrived
from annotation.ingest.fields import InvalidRecord
from annotation.ingest.found import Key
from annotation.ingest.interactions import check_kind
from annotation.ingest.outcome import Outcome
from annotation.ingest.record import SignalIn
from annotation.models import Feature, WaitingSignal


class Entry(NamedTuple):
    """A checked signal at its place in the batch. `name` is its id, the sender's or the derived one."""

    place: int
    feature: Feature
    sent: SignalIn
    name: str

    @property
    def key(self) -> Key:
        return self.feature.id, self.sent.interaction_id


def entry(*, place: int, feature: Feature, sent: SignalIn) -> Entry:
    return Entry(place=place, feature=feature, sent=sent, name=rows.external_id(sent))


def some_must_wait(*, entries: Sequence[Entry]) -> bool:
    """Whether the interaction of any of them is unknown. A transaction that makes signals wait has the gate alone."""
    keys = {one.key for one in entries}
    return len(found.interactions(keys)) < len(keys)


def store(*, entries: Sequence[Entry], now: datetime) -> Outcome:
    attempt = _Attempt(entries, now)
    outcome = Outcome()
    for one in entries:
        try:
            attempt.take(one, outcome)
        except InvalidRecord as error:
            outcome.refuse(one.place, one.sent.id or one.sent.interaction_id, error)
    attempt.write()
    return outcome


class _Attempt:
    def __init__(self, entries: Sequence[Entry], now: datetime) -> None:
        self.now = now
        keys = {one.key for one in entries}
        features = {one.feature.id: one.feature for one in entries}
        self.known, kept = found.opening(keys, features.keys())
        self.erased = found.erased(keys, features) if kept.tombstones else set()
        self.kinds = self._kinds(keys)
        self.new: list[Entry] = []
        self.waiting: list[WaitingSignal] = []

    def take(self, entry: Entry, outcome: Outcome) -> None:
        if entry.key in self.erased:
            raise InvalidRecord("erased", "The interaction of this signal was erased here. Stop sending its signals.")
        is_known = entry.key in self.known
        first = self.kinds.get((entry.key, entry.name))
        check_kind(first, entry.sent)
        if first is None:
            self.kinds[entry.key, entry.name] = entry.sent.kind
            self._note(entry)
        outcome.waiting += not is_known
        outcome.accepted += is_known and first is None
        outcome.duplicates += is_known and first is not None

    def write(self) -> None:
        arrived = Arrived(now=self.now, known=self.known)
        arrived.read_texts({entry.key for entry in self.new})
        for entry in self.new:
            arrived.take(entry.key, entry.sent, entry.name)
        arrived.write()
        WaitingSignal.objects.bulk_create(self.waiting)

    def _kinds(self, keys: set[Key]) -> dict[tuple[Key, str], str]:
        by_id = {known.id: key for key, known in self.known.items()}
        stored = found.signal_kinds(by_id)
        waiting = found.waiting([key for key in keys if key not in self.known])
        kinds = {(by_id[pk], name): kind for (pk, name), kind in stored.items()}
        return kinds | {(key, one.external_id): one.kind for key, held in waiting.items() for one in held}

    def _note(self, entry: Entry) -> None:
        sent = redaction.signal(entry.sent, feature=entry.feature)
        if entry.key in self.known:
            self.new.append(entry._replace(sent=sent))
            return
        self.waiting.append(
            WaitingSignal(
                feature=entry.feature,
                interaction_external_id=sent.interaction_id,
                external_id=entry.name,
                kind=sent.kind,
                observed_at=sent.observed_at,
                received_at=self.now,
                details=sent.details,
            )
        )
