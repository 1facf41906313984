"""The kept cells of a feature as columns: what is asked of them is asked of all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from annotation import loading
from annotation.lib import arrays
from annotation.models import ClosureCell

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

NEVER: Final = 2**31 - 1
"""The hour of what has not happened: later than every other."""

POPULATIONS: Final = tuple(ClosureCell.Population.values)

_FIELDS: Final = {
    "tail": ("COALESCE(tail.place, 0)::int", "i4"),
    "population": ("array_position($4::text[], cell.population::text) - 1", "i4"),
    "reached": ("cell.reached::int", "i4"),
    "has_ended": ("(cell.ended <> '')::int", "i4"),
    "has_stopped": ("(cell.stopped <> '')::int", "i4"),
    "day": ("cell.day - DATE '1970-01-01'", "i4"),
    **{
        name: (f"COALESCE(cell.{name}, $5::int)", "i4")
        for name in ("occurred", "ingested", "queued", "labeled", "resolved", "ended_at", "stopped_at")
    },
    "number": ("cell.number", "i8"),
    "weight": ("cell.weight", "f8"),
    "squares": ("cell.weight_squared", "f8"),
}
_SENT: Final = ", ".join(f"array_send(array_agg({field}))" for field, _ in _FIELDS.values())

# One row for each group, with an array for each column: a row a cell would take ten times as long to take apart.
CELLS: Final = f"""
    SELECT cell.signal_kind, cell.reason_id, cell.model_version, {_SENT}
    FROM annotation_closurecell cell
    LEFT JOIN unnest($3::uuid[]) WITH ORDINALITY AS tail (id, place) ON tail.id = cell.exports_id
    WHERE cell.feature_id = $1 AND (cell.signal_kind <> '') = $2
    GROUP BY 1, 2, 3
"""  # noqa: S608 - put together from texts of this file alone


class Group(NamedTuple):
    """What cells have in common; as `ClosureCell` has it."""

    signal_kind: str
    reason: int | None
    model_version: str


class Cells(NamedTuple):
    """One entry a cell, times in hours since 1970, NEVER where there is none. `group`: its place in `groups`; `tail`:
    the place of its exports among those asked for, from 1, and 0 for others; `population`: its place in POPULATIONS."""

    groups: list[Group]
    group: Whole
    tail: Whole
    population: Whole
    reached: Whole
    has_ended: Whole
    has_stopped: Whole
    day: Whole
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
    rows = loading.in_binary(CELLS, [feature_id, by_kind, list(exports), list(POPULATIONS), NEVER])
    sent = [
        [arrays.received(array, kind) for array, (_, kind) in zip(row[3:], _FIELDS.values(), strict=True)]
        for row in rows
    ]
    sizes = [len(columns[0]) for columns in sent]
    return Cells([Group(*row[:3]) for row in rows], np.repeat(np.arange(len(rows)), sizes), *_joined(sent))


def _joined(sent: list[list[NDArray[Any]]]) -> list[NDArray[Any]]:
    """The groups' columns below each other, in the machine's own order of bytes."""
    plain = [np.float64 if kind == "f8" else np.int64 for _, kind in _FIELDS.values()]
    if not sent:
        return [np.empty(0, kind) for kind in plain]
    return [np.concatenate(parts).astype(kind) for parts, kind in zip(zip(*sent, strict=True), plain, strict=True)]
