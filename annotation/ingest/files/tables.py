"""Rows of a table as nested records: dotted columns, and JSON in a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from annotation.ingest.fields import InvalidRecord
from annotation.lib import messages

_NUMBERS = ("exposure.rank", "exposure.of", "exposure.propensity")
_DETAILS = ".details."
_MESSAGES = ("input", "output")


def record(row: Mapping[str, Any]) -> dict[str, Any]:
    """`signals.0.kind` becomes a kind in the first signal. Raises InvalidRecord where columns contradict each other."""
    found: dict[str, Any] = {}
    for column, cell in row.items():
        _place(found, column.strip().split("."), _cell(column.strip(), cell), column)
    return {name: _listed(value) if name == "signals" else value for name, value in found.items()}


def unpacked(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of another tool's export: its columns keep their names."""
    return {column: _nested(cell) for column, cell in row.items()}


def _cell(column: str, cell: Any) -> Any:
    """Text that is a list of messages, a list or an object, where one belongs; and numbers, where they do."""
    if not isinstance(cell, str):
        return cell
    if column in _MESSAGES:
        value = _nested(cell)
        return value if isinstance(value, list) and messages.validate(value) is None else cell
    if column in _NUMBERS or _DETAILS in column:
        return _parsed(cell)
    return _nested(cell) if column.split(".")[0] in ("metadata", "exposure", "signals") else cell


def _nested(cell: Any) -> Any:
    return _parsed(cell) if isinstance(cell, str) and cell.lstrip().startswith(("[", "{")) else cell


def _parsed(cell: str) -> Any:
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell


def _place(found: dict[str, Any], path: list[str], cell: Any, column: str) -> None:
    place: Any = found
    for step in path[:-1]:
        place = place.setdefault(step, {}) if isinstance(place, dict) else None
    if not isinstance(place, dict) or path[-1] in place:
        told = f"The column {column[:60]} contradicts another one, which gives the whole of it. Keep one of them."
        raise InvalidRecord("contradicting_columns", told)
    place[path[-1]] = cell


def _listed(value: Any) -> Any:
    """Signals by their numbers, as a list in that order."""
    if isinstance(value, dict) and all(key.isdigit() for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return value
