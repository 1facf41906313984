"""What stands beside the data of an export: the card, the descriptions for machines, the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from annotation.exports.files import axolotl, card, croissant, manifest, write
from annotation.exports.files.write import Range
from annotation.exports.selection import causes
from annotation.exports.series import since
from annotation.exports.wanted import OPENAI, SPLITS
from annotation.models import Export, ExportShard


def files(
    *,
    export: Export,
    record: dict[str, Any],
    folder: str,
    shards: Iterable[tuple[ExportShard, Iterable[Range]]],
    attempt: int,
    check: Callable[[], None],
) -> dict[str, Any]:
    """Write them. `record` is the manifest with the data files alone; returns it with all, as `manifest.json` has it.

    Raises what `check` raises, ErasedMeanwhile, OSError.
    """
    found = list(record["files"])
    record = _in_order(record)
    text = card.text(feature=export.feature.name, manifest=record, left_out=causes.sentence(export.left_out))
    if export.request["format"] in OPENAI:
        found.append(write.provenance(export=export, folder=folder, shards=shards, attempt=attempt, check=check))
    found += since.file(export=export, folder=folder, attempt=attempt, check=check)
    whole = record | {"files": found}
    described = croissant.text(
        feature=export.feature.name, manifest=whole, labels_per_row=manifest.labels_per_row(export)
    )
    stanza = axolotl.text(manifest=whole)
    for name, data in (("README.md", text), ("croissant.json", described), (axolotl.NAME, stanza)):
        entry = write.small(folder=folder, name=name, data=data, attempt=attempt)
        found.append({**entry, "rows": None})
    write.small(folder=folder, name="manifest.json", data=manifest.as_file(whole), attempt=attempt)
    return whole


def _in_order(value: Any) -> Any:
    """The database forgets the order of keys, and what is told of them is to be the same when it is written again."""
    if isinstance(value, list):
        return [_in_order(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _in_order(value[name]) for name in sorted(value, key=_place)}


def _place(name: str) -> tuple[int, str]:
    """Splits as they are named everywhere, everything else by the alphabet."""
    return SPLITS.index(name) if name in SPLITS else len(SPLITS), name
