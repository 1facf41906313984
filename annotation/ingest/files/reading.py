"""A file in batches of what its values hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson

from annotation.ingest.files import values
from annotation.ingest.files.formats import Plan
from annotation.ingest.files.values import UnreadableFile
from annotation.ingest.outcome import Refused
from annotation.ingest.store import RecordIn
from annotation.lib.foreign.found import Act, Answer, Aside, Found, Unusable

BATCH_RECORDS = 1000
BATCH_BYTES = 16 * 1024 * 1024

Score = tuple[str, str, str]
"""A score's name, its value and the kind of signal that it is. The value is empty where it may be somebody's words."""

_LONGEST_CODE = 40


@dataclass(slots=True)
class Batch:
    """What some values hold, in order. A record's index stands for its place in the file (`places`).

    `values` and `position` say how many values, and how many bytes, of the file have been read at its end.
    """

    interactions: list[RecordIn] = field(default_factory=list)
    signals: list[RecordIn] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    scores: Counter[Score] = field(default_factory=Counter)
    places: list[int] = field(default_factory=list)
    values: int = 0
    position: int = 0

    @property
    def records(self) -> int:
        return len(self.places) + len(self.refused)

    def add(self, place: int, found: Found) -> None:
        match found:
            case Answer(record):
                self.interactions.append((len(self.places), record))
                self.places.append(place)
                self._count_scores(record.get("signals") if isinstance(record, dict) else None)
            case Act(record):
                self.signals.append((len(self.places), record))
                self.places.append(place)
                self._count_scores([record])
            case Aside(what, count):
                self.left_out[what] += count
            case Unusable(code, message, id):
                self.refused.append(Refused(index=place, id=id, code=code, message=message))

    def _count_scores(self, signals: Any) -> None:
        for one in signals if isinstance(signals, list) else []:
            if isinstance(one, dict) and isinstance(details := one.get("details"), dict) and "name" in details:
                value = details.get("value", "")
                is_code = (
                    not isinstance(value, dict | list) and len(str(value)) <= _LONGEST_CODE and " " not in str(value)
                )
                self.scores[str(details["name"]), str(value) if is_code else "", str(one.get("kind"))] += 1


def batches(*, file: BinaryIO, name: str, plan: Plan, skip: int = 0) -> Iterator[Batch]:
    """All that the file holds after its first `skip` values.

    Raises UnreadableFile, after the batch of what could be read before.
    """
    batch, size = Batch(values=skip), 0
    trouble: UnreadableFile | None = None
    for place, value in _until_trouble(file, name, plan, skip):
        if isinstance(value, UnreadableFile):
            trouble = value
            break
        for found in plan.found(value):
            batch.add(place, found)
        batch.values += 1
        size += _size(value)
        if batch.records >= BATCH_RECORDS or batch.values - skip >= 20 * BATCH_RECORDS or size >= BATCH_BYTES:
            batch.position = file.tell()
            yield batch
            batch, size, skip = Batch(values=batch.values), 0, batch.values
    batch.position = file.tell()
    yield batch
    if trouble is not None:
        raise trouble


def _until_trouble(file: BinaryIO, name: str, plan: Plan, skip: int) -> Iterator[tuple[int, Any]]:
    """Where the file can't be read further, the refusal in place of a value."""
    try:
        yield from values.values(file, name=name, kind=plan.container, skip=skip)
    except UnreadableFile as error:
        yield 0, error


def _size(value: Any) -> int:
    """About how long a value's text is."""
    try:
        return len(orjson.dumps(value))
    except (TypeError, RecursionError):
        # Half a surrogate pair, a number beyond 64 bits, or no value at all.
        return len(str(value))
