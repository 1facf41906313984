"""Groups by component: rows that hold a user, a conversation or near-duplicates together fall into one split.

A row has ties: its conversation (or itself, without one), its user, and what its text has in common with others
(`annotation.models.Signature.ties`). Each tie is assigned to a split at its first export and never moves. A row whose
ties lead to two splits is left out, and so is all that hangs together with what is reserved for evaluation.

Ties are numbered, and put together as arrays of numbers: a million rows take no more than some 50 MB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, LiteralString, NamedTuple

import numpy as np
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from annotation.exports.selection import dealing, tying
from annotation.exports.wanted import SPLITS, ExportRequest
from annotation.ingest import signatures
from annotation.lib import similarity
from annotation.lib.similarity import Row
from annotation.models import Feature

NOWHERE: Final = -1


class _Ties(NamedTuple):
    """By a tie's number: where it is assigned, as a place in SPLITS or NOWHERE, and whether evaluation has it too."""

    places: NDArray[np.int8]
    is_reserved: NDArray[np.bool_]


def deal(
    cursor: CursorWrapper, feature: Feature, request: ExportRequest, *, plan: dict[str, Any], is_kept: bool
) -> Counter[str]:
    """Fill `export_group` from the candidates, and take out those that no split can have, counted by cause.

    `is_kept`: what is dealt will be assigned. So signatures that are missing are made, and others wait who assign.
    """
    if is_kept:
        cursor.execute(tying.UNSIGNED, plan)
        signatures.make_within(interaction_ids=[pk for (pk,) in cursor.fetchall()])
        dealing.lock(cursor, plan)
    for statement in tying.TABLES.split(";")[:-1]:
        cursor.execute(statement)
    count = _number(cursor, feature)
    cursor.execute(tying.PLACED, plan)
    cursor.execute("ANALYZE export_tie")
    ties = _read(cursor, count)
    found = _connected(cursor, count)
    reserved = np.unique(found[ties.is_reserved])
    bridges = _settle(cursor, found, ties, reserved)
    _write(cursor, found, reserved)
    left_out = Counter[str]()
    if reserved.size:
        left_out["evaluation_set"] = _run(cursor, tying.DROP_RESERVED, {})
    left_out["bridges_splits"] = _run(cursor, tying.DROP_BRIDGES, {"items": bridges})
    _name(cursor, feature, request)
    return left_out


def assign(cursor: CursorWrapper, *, plan: dict[str, Any]) -> None:
    """Fix the split of each tie of the rows that are in."""
    cursor.execute(tying.ASSIGN, plan)


def _number(cursor: CursorWrapper, feature: Feature) -> int:
    """Give each tie its number and the name under which it is kept. Returns how many there are."""
    cursor.execute(tying.TIES)
    number = 0
    named = dealing.naming(feature)
    for chunk in dealing.chunks(tying.NAMES):
        with cursor.copy(tying.COPY_NAMES) as copy:
            for kind, name in chunk:
                copy.write_row((number, kind, name, named(kind, name)))
                number += 1
    cursor.execute("ANALYZE export_name")
    return number


def _read(cursor: CursorWrapper, count: int) -> _Ties:
    places = np.full(count, NOWHERE, dtype=np.int8)
    is_reserved = np.zeros(count, dtype=np.bool_)
    for chunk in dealing.chunks(tying.KNOWN):
        for tie, split, reserved in chunk:
            places[tie] = NOWHERE if split is None else SPLITS.index(split)
            is_reserved[tie] = reserved
    return _Ties(places, is_reserved)


def _connected(cursor: CursorWrapper, count: int) -> similarity.Whole:
    cursor.execute(tying.EDGES)
    cursor.execute("SELECT count(*) FROM export_edge")
    edges = np.empty((2, cursor.fetchone()[0]), dtype=np.int32)
    at = 0
    for chunk in dealing.chunks("SELECT first, second FROM export_edge"):
        edges[:, at : at + len(chunk)] = np.array(chunk, dtype=np.int32).T
        at += len(chunk)
    return similarity.connected(count, edges[0], edges[1])


def _settle(cursor: CursorWrapper, found: similarity.Whole, ties: _Ties, reserved: similarity.Whole) -> list[int]:
    """Take apart, in place, the groups that lead to two splits. Returns the items that stay out for it."""
    torn = np.setdiff1d(_torn(found, ties.places), reserved)
    if not torn.size:
        return []
    own = np.flatnonzero(np.isin(found, torn))
    places = {int(tie): int(ties.places[tie]) for tie in own if ties.places[tie] != NOWHERE}
    settled = similarity.settle(_rows(cursor, own.tolist()), places)
    # A group is named by one of its ties, and the others have numbers from 0 on: no two may be mixed up.
    for tie, group in settled.group_of.items():
        found[tie] = len(found) + group
    return settled.bridges


def _torn(found: similarity.Whole, places: NDArray[np.int8]) -> similarity.Whole:
    """The groups that have ties in two splits or more."""
    placed = np.flatnonzero(places != NOWHERE)
    pairs = np.unique(found[placed].astype(np.int64) * len(SPLITS) + places[placed])
    held, times = np.unique(pairs // len(SPLITS), return_counts=True)
    return held[times > 1].astype(np.int32)


def _rows(cursor: CursorWrapper, ties: list[int]) -> Iterator[Row]:
    cursor.execute(tying.ROWS_OF, {"ties": ties})
    for item, held in cursor.fetchall():
        yield Row(item, held)


def _write(cursor: CursorWrapper, found: similarity.Whole, reserved: similarity.Whole) -> None:
    out = set(reserved.tolist())
    with cursor.copy(tying.COPY_LABELS) as copy:
        for start in range(0, len(found), dealing.CHUNK):
            for tie, group in enumerate(found[start : start + dealing.CHUNK].tolist(), start):
                copy.write_row((tie, group, group in out))
    cursor.execute("ANALYZE export_label")


def _name(cursor: CursorWrapper, feature: Feature, request: ExportRequest) -> None:
    """A group has the name of its first tie, of those that are assigned if any is."""
    draw = dealing.drawing(feature, request)
    for chunk in dealing.chunks(tying.COMPONENTS):
        with cursor.copy(tying.COPY_COMPONENTS) as copy:
            for group, member, split in chunk:
                copy.write_row((group, member, split or draw(member)))
    cursor.execute(tying.GROUPS)
    cursor.execute("ANALYZE export_group")


def _run(cursor: CursorWrapper, statement: LiteralString, values: dict[str, Any]) -> int:
    cursor.execute(statement, values)
    return int(cursor.rowcount)
