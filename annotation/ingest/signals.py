"""Store checked signals that come after their interaction, or before it: one attempt, inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from annotation.ingest import found, redaction, rows, writing
from annotation.ingest.fields import InvalidRecord
from annotation.ingest.found import Key
from annotation.ingest.interactions import arrived, check_kind
from annotation.ingest.outcome import Outcome
from annotation.ingest.record import SignalIn
from annotation.ingest.rows import NewSignal
from annotation.models import Feature, WaitingSignal


@dataclass(frozen=True, slots=True)
class Entry:
    """A checked signal at its place in the batch. `name` is its id, the sender's or the derived one."""

    index: int
    feature: Feature
    sent: SignalIn
    name: str

    @property
    def key(self) -> Key:
        return self.feature.pk, self.sent.interaction_id


def entry(*, index: int, feature: Feature, sent: SignalIn) -> Entry:
    return Entry(index=index, feature=feature, sent=sent, name=rows.external_id(sent))


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
            outcome.refuse(one.index, one.sent.id or one.sent.interaction_id, error)
    attempt.write()
    return outcome


class _Attempt:
    def __init__(self, entries: Sequence[Entry], now: datetime) -> None:
        self.now = now
        keys = {one.key for one in entries}
        self.known = found.interactions(keys)
        self.erased = found.erased(keys, {one.feature.pk: one.feature for one in entries})
        self.kinds = self._kinds(keys)
        self.new: list[NewSignal] = []
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
        writing.signals(new=self.new, now=self.now)
        WaitingSignal.objects.bulk_create(self.waiting)

    def _kinds(self, keys: set[Key]) -> dict[tuple[Key, str], str]:
        by_id = {known.id: key for key, known in self.known.items()}
        stored = found.signal_kinds(by_id)
        waiting = found.waiting([key for key in keys if key not in self.known])
        kinds = {(by_id[pk], name): kind for (pk, name), kind in stored.items()}
        return kinds | {(key, one.external_id): one.kind for key, held in waiting.items() for one in held}

    def _note(self, entry: Entry) -> None:
        sent = redaction.signal(entry.sent, feature=entry.feature)
        if known := self.known.get(entry.key):
            signal = arrived(known=known, feature_id=entry.feature.pk, sent=sent, name=entry.name, now=self.now)
            self.new.append(signal)
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
