"""The formats of files that are taken: how each is recognized, and what a value of it holds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from annotation.errors import Refusal
from annotation.ingest.fields import InvalidRecord
from annotation.ingest.files import tables, values
from annotation.ingest.files.values import Container
from annotation.lib.foreign import argilla, label_studio, langfuse, langsmith, places, scores
from annotation.lib.foreign.found import Answer, Found, Mapper, Unusable, Wishes

_LOOKED_AT = 20
_TABLES = (Container.CSV, Container.PARQUET)


class UnknownFormat(Refusal):
    """There is no format {given}. The formats are: {known}."""

    code = "unknown_format"


def _is_langfuse(value: Mapping[str, Any]) -> bool:
    return "observations" in value or "traceId" in value or {"sessionId", "timestamp"} <= value.keys()


def _is_langsmith(value: Mapping[str, Any]) -> bool:
    return bool({"run_type", "dotted_order", "runs"} & value.keys()) or {"run_id", "key"} <= value.keys()


def _is_label_studio(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("data"), dict) and bool({"annotations", "predictions"} & value.keys())


def _is_argilla(value: Mapping[str, Any]) -> bool:
    return any(".responses" in name or ".suggestion" in name for name in value)


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """Another tool's format."""

    recognizes: Callable[[Mapping[str, Any]], bool]
    found: Mapper


OWN = {"jsonl": Container.LINES, "csv": Container.CSV, "parquet": Container.PARQUET}
"""The record of the contract, in each way that a file may hold it."""

FOREIGN: Mapping[str, Foreign] = {
    "argilla": Foreign(recognizes=_is_argilla, found=argilla.found),
    "label-studio": Foreign(recognizes=_is_label_studio, found=label_studio.found),
    "langsmith": Foreign(recognizes=_is_langsmith, found=langsmith.found),
    "langfuse": Foreign(recognizes=_is_langfuse, found=langfuse.found),
}

PLACED = ("label-studio", "argilla")
"""Formats in which fields stand under everybody's own keys."""

NAMES = (*OWN, "langfuse", "langsmith", "label-studio", "argilla")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a file is read: what it was found or said to be, and what whoever imports wishes."""

    format: str
    container: Container
    wishes: Wishes

    def defaults(self) -> list[str]:
        """What is taken for granted with this format, and how to say otherwise."""
        told = [scores.default_sentence()] if self.format in FOREIGN else []
        return told + ([places.default_sentence()] if self.format in PLACED else [])

    def found(self, value: Any) -> list[Found]:
        """What a value holds; never empty-handed where it can't be read."""
        if isinstance(value, InvalidRecord):
            return [Unusable(value.code, value.message)]
        try:
            return list(self._found(value))
        except InvalidRecord as error:
            return [Unusable(error.code, error.message)]

    def _found(self, value: Any) -> Iterator[Found]:
        is_row = self.container in _TABLES
        if self.format in FOREIGN:
            yield from FOREIGN[self.format].found(tables.unpacked(value) if is_row else value, self.wishes)
        else:
            yield Answer(_with_feature(tables.record(value) if is_row else value, self.wishes.feature))


def plan(*, file: BinaryIO, name: str, format: str | None, wishes: Wishes) -> Plan:
    """How to read this file. `format` None: what its first values look like. Raises UnknownFormat, UnreadableFile."""
    if format is not None and format not in NAMES:
        raise UnknownFormat(given=format, known=", ".join(NAMES))
    held = values.container(file, name=name)
    if format in OWN and (OWN[format] in _TABLES or held in _TABLES):
        held = OWN[format]
    return Plan(format=format or _detected(file, name, held), container=held, wishes=wishes)


def _detected(file: BinaryIO, name: str, held: Container) -> str:
    first = itertools.islice(values.values(file, name=name, kind=held), _LOOKED_AT)
    looked_at = [value for _, value in first if isinstance(value, dict)]
    for format, foreign in FOREIGN.items():
        if any(foreign.recognizes(value) for value in looked_at):
            return format
    return held.value if held in _TABLES else "jsonl"


def _with_feature(value: Any, feature: str | None) -> Any:
    if feature is not None and isinstance(value, dict) and "feature" not in value:
        return {"feature": feature, **value}
    return value
