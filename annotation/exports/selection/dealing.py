"""Which split a group falls into: drawn by its name, or by its age among the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, LiteralString

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from annotation.exports.selection import groups, staging
from annotation.exports.wanted import ExportRequest
from annotation.models import Feature

CHUNK: Final = 5_000

LOCK: LiteralString = """
    SELECT pg_advisory_xact_lock(
        %(namespace)s::int, hashtext(concat_ws(' ', %(feature)s::text, %(seed)s::text, %(group_by)s::text))
    )
"""

_NAMESPACE: Final = 0x706C61  # "pla": keeps these locks apart from others of the same database


def plan(feature: Feature, request: ExportRequest) -> dict[str, Any]:
    """What a split plan goes by, as the statements name it."""
    return {"feature": feature.pk, "seed": request.seed, "group_by": request.group_by}


def chunks(statement: LiteralString, values: dict[str, Any] | None = None) -> Iterator[list[tuple[Any, ...]]]:
    """The answer in pieces, through a cursor of the server: memory stays the same however many rows there are."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        while chunk := cursor.fetchmany(CHUNK):
            yield chunk


def lock(cursor: CursorWrapper, plan: dict[str, Any]) -> None:
    """Deal alone, where the split depends on what else there is: two first exports at once would disagree."""
    cursor.execute(LOCK, {**plan, "namespace": _NAMESPACE})


def by_name(cursor: CursorWrapper, feature: Feature, request: ExportRequest) -> None:
    """Name each group of the candidates, and draw its split."""
    named, draw = naming(feature), drawing(feature, request)
    for chunk in chunks(staging.GROUP_NAMES):
        with cursor.copy(staging.COPY_GROUPS) as copy:
            for kind, name in chunk:
                member = named(kind, name)
                copy.write_row((kind, name, member, draw(member)))
    cursor.execute("ANALYZE export_group")


def by_time(cursor: CursorWrapper, request: ExportRequest) -> None:
    """Give those that have no split yet one by their age: the newest rows are test, those before them validation."""
    ratios = request.ratios()
    test, validation = ratios.get("test", 0.0), ratios.get("validation", 0.0)
    cursor.execute(staging.BY_TIME, {"test": test, "held_out": test + validation, "oldest": next(iter(ratios))})


def naming(feature: Feature) -> Callable[[str, str], str]:
    return groups.naming(hash_key=settings.HASH_KEY, feature=feature.slug)


def drawing(feature: Feature, request: ExportRequest) -> Callable[[str], str | None]:
    """None where age decides."""
    if not request.is_split:
        split = "test" if request.purpose == "evaluation" and request.format != "reasons" else "train"
        return lambda member: split
    if request.split_by == "time":
        return lambda member: None
    return groups.drawing(
        hash_key=settings.HASH_KEY,
        feature=feature.slug,
        seed=request.seed,
        group_by=request.group_by,
        ratios=request.ratios(),
    )
