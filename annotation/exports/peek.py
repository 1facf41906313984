"""The first rows of a finished export, as its files have them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import orjson

from annotation import storage
from annotation.exports import write
from annotation.lib import jsonl
from annotation.models import Export

MAX_ROW = 1 << 20
"""Bytes of a row that is still shown: nobody reads a longer one on a page."""


def rows(*, export: Export, count: int) -> Iterator[dict[str, Any]]:
    """At most `count` rows of the first file, ended by one over MAX_ROW bytes. Raises OSError."""
    shard = export.shards.first()
    if shard is None or export.files_erased_at is not None:
        return
    found = jsonl.lines(storage.pieces(f"{write.folder(export)}/{shard.name}"), max_line=MAX_ROW)
    try:
        for _, line in itertools.islice(found, count):
            yield orjson.loads(line)
    except jsonl.LineTooLongError:
        return
