"""Read what rows refer to, a range of ordinals at a time: one statement, and one more where there are turns before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from annotation.errors import Refusal
from annotation.exports import formats, openai, sources
from annotation.exports.columns import COLUMNS, PROVENANCE
from annotation.exports.formats import Row, Source, Turn
from annotation.models import Export

PIECE: Final = 500
"""Rows that are taken from the database at once: it reads on while these are made into rows."""

FORMATS: Final[Mapping[str, Callable[[Source, Sequence[Turn]], Row]]] = {
    "sft": formats.sft,
    "preference": formats.preference,
    "kto": formats.kto,
    "openai_sft": openai.sft,
    "openai_dpo": openai.dpo,
}

TARGETS: Final[Mapping[str, Callable[[Source], Row]]] = {
    "sft": formats.sft_target,
    "openai_sft": formats.sft_target,
    "preference": formats.preference_target,
    "openai_dpo": formats.preference_target,
}

_FACTS: Final = tuple(name for name in PROVENANCE if name != "exported_at")
_BARE: Final = frozenset({"openai_sft", "openai_dpo"})
"""They hold no columns of ours."""


class ErasedMeanwhile(Refusal):
    """Something that this export had selected was erased before it was written. Ask for it again: the new one goes
    without."""

    code = "erased_meanwhile"
    status = 409


def rows(*, export: Export, first: int, last: int) -> list[Row]:
    """The rows from one ordinal to another, both included, in order. Raises ErasedMeanwhile."""
    name = export.request["format"]
    at = {"export": export.pk, "first": first, "last": last}
    exported_at = rfc3339(export.exported_at)
    if name == "reasons":
        return [_reason(found, exported_at) for found in _asked(sources.REASONS, at)]
    found, asked_after = _sources(sources.ROWS, at)
    turns = _turns(export, asked_after) if asked_after else {}
    return [_row(name, source, turns.get(source.ordinal, ()), exported_at) for source in found]


def provenance(*, export: Export, first: int, last: int) -> list[Row]:
    """Where the rows from one ordinal to another come from, for formats that have no room for it. Raises
    ErasedMeanwhile."""
    target = TARGETS[export.request["format"]]
    at = {"export": export.pk, "first": first, "last": last}
    exported_at = rfc3339(export.exported_at)
    found, _ = _sources(sources.BARE, at)
    return [{**target(source), **source.said, "exported_at": exported_at} for source in found]


def rfc3339(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, always with microseconds, so that texts sort as times do."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _row(name: str, source: Source, turns: Sequence[Turn], exported_at: str | None) -> Row:
    row = FORMATS[name](source, turns)
    if name in _BARE:
        return row
    if target := TARGETS.get(name):
        row |= target(source)
    row |= source.said
    row["exported_at"] = exported_at
    return row


def _reason(found: tuple[Any, ...], exported_at: str | None) -> Row:
    """One label or one consensus. `rater` tells people apart without naming them."""
    is_erased, *values = found
    if is_erased:
        raise ErasedMeanwhile
    return dict(zip(COLUMNS["reasons"], values, strict=True)) | {"exported_at": exported_at}


def _sources(statement: sql.Composed, at: dict[str, Any]) -> tuple[list[Source], list[int]]:
    """What the rows refer to, and the ordinals of those that turns may stand before."""
    found: list[Source] = []
    asked_after: list[int] = []
    for (
        is_erased,
        may_follow,
        ordinal,
        imitated,
        praised,
        sent,
        output,
        final,
        better,
        other,
        its,
        told,
        *said,
    ) in _asked(statement, at):
        if is_erased:
            raise ErasedMeanwhile
        if may_follow:
            asked_after.append(ordinal)
        facts = dict(zip(_FACTS, said, strict=True))
        texts = (_json(sent), _json(output), final, better, other, _json(its), _json(told))
        found.append(Source(ordinal, imitated, praised, *texts, facts))
    return found, asked_after


def _turns(export: Export, ordinals: list[int]) -> dict[int, list[Turn]]:
    turns: dict[int, list[Turn]] = defaultdict(list)
    at = {"export": export.pk, "feature": export.feature_id, "ordinals": ordinals}
    for ordinal, sent, output in _asked(sources.TURNS, at):
        turns[ordinal].append((_json(sent), _json(output)))
    return turns


def _asked(statement: sql.Composed, at: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The answer, as the database makes it. No other statement runs until it is read to its end."""
    with _by_index() as cursor, connection.wrap_database_errors:
        yield from cursor.stream(statement, at, size=PIECE)


@contextmanager
def _by_index() -> Iterator[CursorWrapper]:
    """A few thousand rows out of millions: before the first ANALYZE the planner would hash whole tables for each."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        yield cursor


def _json(text: str | None) -> object:
    """Django leaves decoding to its fields, and these cursors are none."""
    return None if text is None else orjson.loads(text)
