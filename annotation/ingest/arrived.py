"""Signals on their way to the tables: with their first evidence, and whose evidence they change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from annotation.ingest import derived, first, gathering, writing
from annotation.ingest.found import Key, Known
from annotation.ingest.record import SignalIn
from annotation.ingest.rows import NewInteraction, NewSignal
from annotation.lib import evidence
from annotation.models import WaitingSignal
from annotation.queues.routes import Routes


class Arrived:
    """What one attempt to store adds: signals one by one, then `write`, inside the transaction."""

    def __init__(self, *, now: datetime, known: Mapping[Key, Known], new: Iterable[NewInteraction] = ()) -> None:
        self.now = now
        self.known = known
        self.new = {one.key: one for one in new}
        self._texts: Mapping[int, first.About] = {}
        self._signals: list[NewSignal] = []
        self._heard: set[int] = set()
        self._due: set[int] = set()

    def read_texts(self, keys: Collection[Key]) -> None:
        """Of those interactions that were stored before; `take` needs them."""
        if before := [self.known[key].id for key in keys if key not in self.new]:
            self._texts = first.of_stored(before)

    def take(self, key: Key, sent: SignalIn, name: str) -> None:
        self._add(key, name, sent.kind, sent.observed_at, self.now, sent.details)

    def take_waiting(self, one: WaitingSignal) -> None:
        key = one.feature_id, one.interaction_external_id
        self._add(key, one.external_id, one.kind, one.observed_at, one.received_at, one.details, may_be_late=False)

    def write(self, *, ids: Sequence[int] = (), routes: Callable[[], Routes] | None = None) -> None:
        """As `writing.signals`."""
        self._ring_for_turns()
        writing.signals(new=self._signals, now=self.now, ids=ids, routes=routes)
        writing.evidence_due(due=dict.fromkeys(self._due, self.now))
        writing.evidence_due(due=self._due_for_raw_facts())

    def _due_for_raw_facts(self) -> dict[int, datetime]:
        """Of the records that tell without a signal what was kept: when the rule is asked, if none comes till then."""
        return {
            one.id: min(self.now + derived.PATIENCE, one.settle_at)
            for one in self.new.values()
            if one.sent.values["final_text"] is not None
            and one.id not in self._heard
            and one.feature.derive_edited_from is not None
        }

    def _ring_for_turns(self) -> None:
        """A turn changes the evidence of those before it. One bell serves the nearest of them, so the last rings.

        One serves all that were shown together, too.
        """
        sets: dict[tuple[int, str], int] = {}
        turns: dict[tuple[int, str], list[tuple[datetime, int]]] = defaultdict(list)
        for one in self.new.values():
            values = one.sent.values
            if values["replaces"] is not None:
                self._due.add(one.id)
            if values["conversation_id"] is not None:
                turns[one.feature.id, values["conversation_id"]].append((values["occurred_at"], one.id))
            if values["exposure"]:
                sets[one.feature.id, values["exposure"]["set_id"]] = one.id
        self._due.update(sets.values())
        for found in turns.values():
            self._due.update([max(found)[1]] if len(found) <= gathering.AROUND else [pk for _, pk in found])

    def _add(
        self,
        key: Key,
        name: str,
        kind: str,
        observed_at: datetime,
        ingested_at: datetime,
        details: dict[str, Any],
        *,
        may_be_late: bool = True,
    ) -> None:
        new = self.new.get(key)
        interaction = self.known[key] if new is None else new
        pk, settle_at = interaction.id, interaction.settle_at
        is_late = may_be_late and (settle_at is None or settle_at <= self.now)
        about = self._texts.get(pk) if new is None else first.of_record(new.sent, now=self.now)
        facts = first.NO_FACTS
        if about is not None:
            case = first.case(about, kind=kind, observed_at=observed_at, details=details)
            facts = first.facts(case)
            if evidence.tells_more_later(case):
                self._due.add(pk)
        if new is None or pk in self._heard:
            self._due.add(pk)
        self._heard.add(pk)
        number = interaction.random_number
        signal = (pk, key[0], number, name, kind, observed_at, ingested_at, details, is_late, facts)
        self._signals.append(NewSignal(*signal))
