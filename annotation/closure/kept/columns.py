"""The kept cells of a feature as columns: what is asked of them is asked of all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from annotation import loading
from annotation.closure.kept.records import CELL

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

# In an order of its own: sums of floats depend on it.
TALLIES: Final = """
    SELECT tally.signal_kind, tally.reason_id, tally.model_version, tally.day - DATE '1970-01-01',
           COALESCE(tail.place, 0)::int, tally.cells
    FROM annotation_closuretally tally
    LEFT JOIN unnest($3::uuid[]) WITH ORDINALITY AS tail (id, place) ON tail.id = tally.exports_id
    WHERE tally.feature_id = $1 AND (tally.signal_kind <> '') = $2
    ORDER BY tally.day, tally.signal_kind, tally.model_version, tally.reason_id, tally.exports_id
"""


class Group(NamedTuple):
    """What cells have in common; as `ClosureTally` has it."""

    signal_kind: str
    reason: int | None
    model_version: str


class Cells(NamedTuple):
    """One entry a cell, as in `records`. `group`: its place in `groups`; `day`: since 1970; `tail`: the place of its
    exports among those asked for, from 1, and 0 for others."""

    groups: list[Group]
    group: Whole
    day: Whole
    tail: Whole
    population: Whole
    reached: Whole
    has_ended: Whole
    has_stopped: Whole
    occurred: Whole
    ingested: Whole
    queued: Whole
    labeled: Whole
    resolved: Whole
    ended_at: Whole
    stopped_at: Whole
    number: Whole
    weight: Real
    squares: Real


def cells(*, feature_id: int, by_kind: bool, exports: Sequence[UUID]) -> Cells:
    """Those that count each interaction once, or `by_kind` once for each kind of its items. `exports`: sets of them."""
    rows = loading.in_binary(TALLIES, [feature_id, by_kind, list(exports)])
    groups: dict[Group, int] = {}
    tallies = [
        (groups.setdefault(Group(*row[:3]), len(groups)), *row[3:5], len(row[5]) // CELL.itemsize) for row in rows
    ]
    *of_tallies, sizes = np.asarray(tallies, dtype=np.int64).reshape(-1, 4).T
    records = np.frombuffer(b"".join([row[5] for row in rows]), CELL)
    columns: list[NDArray[Any]] = [np.repeat(one, sizes) for one in of_tallies]
    return Cells(list(groups), *columns, *map(_plain, _columns(records)))


def _columns(records: NDArray[Any]) -> list[NDArray[Any]]:
    return [records[name] for name in CELL.names or ()]


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    """In the machine's own order of bytes."""
    return column.astype(np.float64 if column.dtype.kind == "f" else np.int64)
