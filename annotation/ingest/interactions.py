"""Store checked interactions with their signals: one attempt, inside a transaction that holds the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from annotation import copying
from annotation.ingest import forgotten, found, identity, redaction, retention, rows, writing
from annotation.ingest.arrived import Arrived
from annotation.ingest.fields import InvalidRecord
from annotation.ingest.found import Key
from annotation.ingest.record import InteractionIn, SignalIn
from annotation.ingest.rows import NewInteraction
from annotation.models import Feature
from annotation.queues import routes


class Entry(NamedTuple):
    """A checked record at its place among those that are stored together."""

    place: int
    feature: Feature
    sent: InteractionIn
    key: Key

    @property
    def fingerprint(self) -> bytes:
        return self.sent.fingerprint


def store(*, entries: Sequence[Entry], now: datetime) -> list[tuple[int, bool | InvalidRecord]]:
    """By place: whether the record was new, or why it is refused."""
    attempt = _Attempt(entries, now)
    taken: list[tuple[int, bool | InvalidRecord]] = []
    for entry in entries:
        try:
            taken.append((entry.place, attempt.take(entry)))
        except InvalidRecord as error:
            taken.append((entry.place, error))
    attempt.write()
    return taken


class _Attempt:
    """What the database knows of a batch, and what of the batch is new. Records are taken one after the other."""

    def __init__(self, entries: Sequence[Entry], now: datetime) -> None:
        self.now = now
        self.features: Mapping[int, Feature] = {entry.feature.id: entry.feature for entry in entries}
        keys = sorted({entry.key for entry in entries})
        is_few = len(entries) <= copying.FEW
        signals = sum([len(entry.sent.signals) for entry in entries])
        # Of few, in the trip of the next question, whose answer has to be waited for in any case.
        self.routes = routes.asking(self.features, day=now.date()) if is_few and signals else None
        self.known, kept = found.opening(
            keys,
            self.features.keys(),
            interaction_ids=len(keys) if is_few else 0,
            signal_ids=signals if is_few else 0,
        )
        self.ids = kept.interaction_ids, kept.signal_ids
        self.erased = found.erased(keys, self.features) if kept.tombstones else set()
        if kept.erasures:
            self.erased |= forgotten.keys([(entry.key, entry.sent.values) for entry in entries])
        self.waiting = found.waiting([key for key in keys if key not in self.known]) if kept.waiting else {}
        # A turn that is sent by itself mostly follows those that are stored. In large batches most begin.
        self.turns = found.turns(conversations(entries)) if is_few else {}
        self.kinds = self._stored_kinds(entries) | {
            key: {one.external_id: one.kind for one in held} for key, held in self.waiting.items()
        }
        self.fresh: dict[Key, Entry] = {}
        self.signals: list[tuple[Key, SignalIn, str]] = []

    def take(self, entry: Entry) -> bool:
        """Note what has to be written; True for a new interaction. Raises InvalidRecord, and then notes nothing."""
        key = entry.key
        if key in self.erased:
            raise InvalidRecord(
                "erased", "This interaction, or its user, was erased here: it is not taken. Stop sending it."
            )
        before = self.known.get(key) or self.fresh.get(key)
        if before is not None and before.fingerprint != entry.fingerprint:
            told = "This id was sent before with other content, and the first stays. Send changes under a new id."
            raise InvalidRecord("conflicting_duplicate", told)
        if before is None:
            retention.check(feature=entry.feature, occurred_at=entry.sent.values["occurred_at"], now=self.now)
        if entry.sent.signals:
            self._take_signals(key, entry.sent.signals)
        if before is None:
            self.fresh[key] = entry
        return before is None

    def write(self) -> None:
        if not self.fresh and not self.signals:
            return
        attached = [one for key in self.fresh for one in self.waiting.get(key, ())]
        interaction_ids, signal_ids = self._ids(len(self.fresh), len(self.signals) + len(attached))
        new = self._new_interactions(interaction_ids)
        writing.interactions(new=new, now=self.now)
        arrived = Arrived(now=self.now, known=self.known, new=new)
        arrived.read_texts({key for key, _, _ in self.signals})
        for key, sent, name in self.signals:
            arrived.take(key, redaction.signal(sent, feature=self.features[key[0]]), name)
        for one in attached:
            arrived.take_waiting(one)
        arrived.write(ids=signal_ids, routes=self.routes)
        writing.no_longer_waiting(attached)

    def _ids(self, interactions: int, signals: int) -> tuple[list[int], list[int]]:
        """So many new ids of each: those that the first look brought, where they are enough."""
        own, of_signals = self.ids
        if len(own) >= interactions and len(of_signals) >= signals:
            return own[:interactions], of_signals[:signals]
        ids = copying.ids(**{writing.INTERACTION: interactions, writing.SIGNAL: signals})
        return ids[writing.INTERACTION], ids[writing.SIGNAL]

    def _turns_before(self, entry: Entry) -> int:
        """If all that are stored came before it; else `ranks` sets it right."""
        return self.turns.get((entry.feature.id, entry.sent.values["conversation_id"]), 0)

    def _stored_kinds(self, entries: Sequence[Entry]) -> dict[Key, dict[str, str]]:
        """By interaction and signal id, the kinds of stored signals, as far as more of them were sent."""
        asked = {entry.key for entry in entries if entry.sent.signals} & self.known.keys()
        names = {self.known[key].id: key for key in asked}
        kinds: dict[Key, dict[str, str]] = {}
        for (pk, name), kind in (found.signal_kinds(names) if names else {}).items():
            kinds.setdefault(names[pk], {})[name] = kind
        return kinds

    def _take_signals(self, key: Key, signals: Sequence[SignalIn]) -> None:
        kinds = self.kinds.get(key, {})
        named = {rows.external_id(signal): signal for signal in signals}
        if kinds:
            for name, signal in named.items():
                check_kind(kinds.get(name), signal)
        self.signals += [(key, signal, name) for name, signal in named.items() if name not in kinds]
        self.kinds[key] = kinds | {name: signal.kind for name, signal in named.items()}

    def _new_interactions(self, ids: Sequence[int]) -> list[NewInteraction]:
        ordered = sorted(self.fresh.items())
        places = rows.conversation_ranks({key: entry.sent for key, entry in self.fresh.items()})
        settle_at = {pk: self.now + timedelta(hours=one.settle_hours) for pk, one in self.features.items()}
        return [
            NewInteraction(
                pk,
                key,
                entry.feature,
                redaction.interaction(entry.sent, feature=entry.feature),
                entry.fingerprint,
                identity.random_number(feature=entry.feature.slug, interaction_id=key[1]),
                places.get(key, 1) + self._turns_before(entry),
                settle_at[key[0]],
            )
            for pk, (key, entry) in zip(ids, ordered, strict=True)
        ]


def conversations(entries: Sequence[Entry]) -> set[tuple[int, str]]:
    """(feature id, conversation id) of those that belong to one."""
    return {(entry.feature.id, name) for entry in entries if (name := entry.sent.values["conversation_id"]) is not None}


def check_kind(first: str | None, sent: SignalIn) -> None:
    """A signal sent again is a duplicate, and its first content stays; another kind under its id is a conflict."""
    if first is not None and first != sent.kind:
        told = f"The signal {(sent.id or '')[:60]} was sent before as {first}, and the first stays. Give it a new id."
        raise InvalidRecord("conflicting_duplicate", told)
