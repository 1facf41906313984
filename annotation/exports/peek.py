"""Rows of a finished export as a trainer reads them, whatever the container."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from annotation import storage
from annotation.exports import keep, read, write
from annotation.exports.formats import Row
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
    last = first + count - 1
    found = read.rows(export=export, first=first, last=last)
    is_bare = export.request["format"] in OPENAI
    origins = read.provenance(export=export, first=first, last=last) if is_bare else None
    for ordinal, row in enumerate(found, first):
        origin = next(origins) if origins else row
        is_short = len(orjson.dumps(row)) <= MAX_ROW
        yield Peeked(ordinal=ordinal, split=_split(shards, ordinal), row=row if is_short else None, origin=origin)


def _split(shards: list[ExportShard], ordinal: int) -> str:
    return next(shard.split for shard in shards if shard.last_ordinal >= ordinal)
