"""The first rows of a finished export, as its files hold them, whatever the container."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from annotation import storage
from annotation.exports import keep, read, write
from annotation.exports.formats import Row
from annotation.models import Export

MAX_ROW = 1 << 20
"""Bytes of a row that is still shown: nobody reads a longer one on a page."""


def rows(*, export: Export, count: int) -> Iterator[Row]:
    """At most `count` rows, ended by one over MAX_ROW bytes. Raises ErasedMeanwhile, FileNotFoundError."""
    shard = export.shards.first()
    if shard is None or not keep.has_files(export):
        return
    if not storage.exists(f"{write.folder(export)}/{shard.name}", patient=False):
        raise FileNotFoundError(shard.name)
    for row in read.rows(export=export, first=1, last=count):
        if len(orjson.dumps(row)) > MAX_ROW:
            return
        yield row
