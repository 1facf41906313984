"""Rows of a finished export as a trainer reads them, whatever the container."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from annotation import storage
from annotation.exports.files import write
from annotation.exports.finished import keep
from annotation.exports.rows import read
from annotation.exports.rows.formats import Row
from annotation.exports.rows.read import ErasedMeanwhile
from annotation.exports.wanted import OPENAI
from annotation.models import Export, ExportShard

MAX_ROW = 1 << 20
"""Bytes of a row that is still shown: nobody reads a longer one on a page."""


@dataclass(frozen=True, kw_only=True)
class Peeked:
    """One row, and where it comes from. `row` is null where it has more than MAX_ROW bytes."""

    ordinal: int
    split: str
    row: Row | None
    origin: Row


def rows(*, export: Export, first: int = 1, count: int) -> Iterator[Peeked]:
    """At most `count` rows from an ordinal on, in order. Raises ErasedMeanwhile, FileNotFoundError.

    They are read from what the files were made of, and only while the file of the first of them is there.
    """
    shards = list(export.shards.all())
    place = next((shard for shard in shards if shard.last_ordinal >= first), None)
    if place is None or not keep.has_files(export):
        return
    if not storage.exists(f"{write.folder(export)}/{place.name}", patient=False):
        raise FileNotFoundError(place.name)
    last = min(first + count - 1, shards[-1].last_ordinal)
    for ordinal, row, origin in _read(export, first, last):
        is_short = len(orjson.dumps(row)) <= MAX_ROW
        yield Peeked(ordinal=ordinal, split=_split(shards, ordinal), row=row if is_short else None, origin=origin)


def _read(export: Export, first: int, last: int) -> list[tuple[int, Row, Row]]:
    """Each row with where it comes from. Files that were made again lack the rows that were erased."""
    try:
        return _range(export, first, last)
    except ErasedMeanwhile:
        if export.rewriting is None:
            raise
    found = []
    for ordinal in range(first, last + 1):
        with contextlib.suppress(ErasedMeanwhile):
            found += _range(export, ordinal, ordinal)
    return found


def _range(export: Export, first: int, last: int) -> list[tuple[int, Row, Row]]:
    found = list(read.rows(export=export, first=first, last=last))
    is_bare = export.request["format"] in OPENAI
    origins = read.provenance(export=export, first=first, last=last) if is_bare else found
    return list(zip(range(first, last + 1), found, origins, strict=True))


def _split(shards: list[ExportShard], ordinal: int) -> str:
    return next(shard.split for shard in shards if shard.last_ordinal >= ordinal)
