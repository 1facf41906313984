"""Which rows a dataset holds, and why the others are not in it.

One statement reads what changes (items, labels, consensus, cohorts), so everything comes from one snapshot; what the
later steps read is either staged by it or never changes. Groups are named and dealt to splits in Python, since their
key stays out of SQL.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString, TypeAlias

import psycopg
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from annotation.errors import Refusal
from annotation.exports import erased, hygiene
from annotation.exports.request import check_plan
from annotation.exports.selection import causes, components, counterparts, dealing, gate, staging
from annotation.exports.selection.shapes import SHAPES, Shape
from annotation.exports.series import since
from annotation.exports.wanted import SPLITS, ExportRequest
from annotation.jobs import Superseded
from annotation.models import Export, ExportShard, Feature, SplitPlan

News: TypeAlias = Literal["nothing", "same", "new"]

SHARD_ROWS = 50_000
MANY = 10_000
"""From so many rows on it pays to have the planner count them."""

PREVIEW_SECONDS = 15
"""A statement of a preview runs no longer: somebody waits for it, and each change of a form asks anew."""


class NothingMatches(Refusal):
    """Nothing matches this request, so there is no dataset. Left out: {left_out}."""

    code = "nothing_matches"
    status = 409


class TooMuchToCount(Refusal):
    """There is too much to count within {seconds} seconds. Ask for the dataset: its page tells the same figures once
    it is made. Or narrow it, such as to a shorter period."""

    code = "too_much_to_count"
    status = 503


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a request would hold now, and what it would leave out by cause. A reason is spelled `kind: code`."""

    rows: int
    splits: dict[str, int]
    reasons: dict[str, int]
    outcomes: dict[str, int]
    signal_kinds: dict[str, int]
    left_out: dict[str, int]


def preview(*, feature: Feature, request: ExportRequest) -> Preview:
    """The selection itself, counted and not written. Raises TooMuchToCount."""
    try:
        left_out, found = _counted(feature, request)
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise TooMuchToCount(seconds=PREVIEW_SECONDS) from error
        raise
    counts = [Counter[str]() for _ in range(4)]
    for split, kind, code, outcome, count in found:
        for counter, key in zip(counts, (split, f"{kind}: {code}", outcome, kind), strict=True):
            counter[key] += count
    splits, reasons, outcomes, kinds = (dict(counter) for counter in counts)
    return Preview(
        rows=sum(splits.values()),
        splits=splits,
        reasons=reasons,
        outcomes=outcomes,
        signal_kinds=kinds,
        left_out=left_out,
    )


@transaction.atomic
def rows(*, export: Export, request: ExportRequest, attempt: int, now: datetime, shard_rows: int = SHARD_ROWS) -> None:
    """Fix the export's rows, shards and `exported_at` in one transaction: all of it stands, or nothing.

    Raises NothingMatches, NothingNew, OtherRatios, Superseded.
    """
    with connection.cursor() as cursor:
        # A worker that dies here must not leave its query running, with the row locks of its transaction.
        cursor.execute("SET LOCAL client_connection_check_interval = '2s'")
        erased.share(export.feature_id)
        left_out = _stage(cursor, export.feature, request, is_kept=True)
        withdrawn = since.narrow(cursor, export=export, request=request)
        if request.is_split:
            _assign(cursor, export.feature, request)
        shape = SHAPES[request.format]
        cursor.execute(staging.ROWS, {"export": export.pk, "splits": list(SPLITS), "pairs": shape.pairs})
        total = cursor.rowcount
        if total == 0 and not withdrawn:
            if export.since is not None:
                raise since.NothingNew(since=export.since.public_id)
            raise NothingMatches(left_out=causes.sentence(left_out) or "nothing, there are no items yet")
        _cut(cursor, export, shard_rows)
        judged = gate.of_selection(feature=export.feature, request=request)
        warnings = [*judged.warnings, *hygiene.measure(cursor, export=export, request=request, total=total)]
        cursor.execute(staging.NEWEST_TAXONOMY)
        (taxonomy_version,) = cursor.fetchone() or (None,)
    fixed = Export.objects.filter(pk=export.pk, attempt=attempt, status=Export.Status.RUNNING, exported_at=None)
    found = {"left_out": left_out, "rows_total": total, "taxonomy_version": taxonomy_version}
    if not fixed.update(exported_at=now, signal_validity=judged.rows, warnings=warnings, **found):
        raise Superseded


def count_in(export: Export) -> None:
    """Have the planner know of the rows that were just fixed: until it does it takes there to be one, and looks up what
    each refers to by itself. Not within the selection, since one has the table's statistics at a time; where somebody
    has them now, they are left to them."""
    if (export.rows_total or 0) >= MANY:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE (SKIP_LOCKED) annotation_exportrow")


@transaction.atomic
def news(*, feature: Feature, request: ExportRequest, last: Export | None) -> News:
    """What a dataset asked for now would tell who has the last one.

    `nothing`: it would hold no row. `same`: as an increment no item is new, changed or withdrawn; else it would hold
    the same rows with the same weights. One whose files were erased has to be made anew, whatever it would hold.
    """
    with connection.cursor() as cursor:
        _stage(cursor, feature, request)
        if last is not None and request.since is not None:
            return "new" if since.has_news(cursor, since=last, request=request) else "same"
        cursor.execute("SELECT EXISTS (SELECT FROM export_placed)")
        if cursor.fetchone() == (False,):
            return "nothing"
        if last is None or last.files_erased_at is not None:
            return "new"
        cursor.execute(staging.DIFFERS, {"export": last.pk})
        return "new" if cursor.fetchone() == (True,) else "same"


@transaction.atomic
def _counted(feature: Feature, request: ExportRequest) -> tuple[dict[str, int], list[tuple[Any, ...]]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{PREVIEW_SECONDS}s"])
        left_out = _stage(cursor, feature, request)
        before = since.find(feature=feature, request=request)
        if before is not None:
            since.has_news(cursor, since=before, request=request)
        cursor.execute(staging.COUNTS, {"splits": list(SPLITS)})
        return left_out, cursor.fetchall()


def _stage(cursor: CursorWrapper, feature: Feature, request: ExportRequest, *, is_kept: bool = False) -> dict[str, int]:
    """Fill `export_placed` with what the dataset holds. Returns what it doesn't, counted by cause.

    `is_kept`: its splits will be assigned, so nobody else deals by the same plan meanwhile where that matters.
    """
    shape = SHAPES[request.format]
    cursor.execute(staging.MEMORY)
    cursor.execute(staging.CLEAR)
    cursor.execute(_candidates(shape), _parameters(feature, request))
    cursor.execute(staging.GROUPS)
    cursor.execute(staging.DROP_OTHERS)
    left_out = Counter[str](dict(cursor.fetchall()))
    cursor.execute(staging.COUNT_CANDIDATES)
    if shape.once:
        cursor.execute(staging.DROP_SECOND_ROWS)
        left_out["duplicate"] += cursor.rowcount
    if shape.pairs:
        left_out += counterparts.choose(cursor, dealing.chunks(counterparts.OFFERS))
    left_out += _deal(cursor, feature, request, is_kept=is_kept)
    plan = dealing.plan(feature, request) | {"is_split": request.is_split}
    cursor.execute(staging.PLACE, plan)
    cursor.execute(staging.COUNT_PLACED)
    if shape.pairs:
        cursor.execute(counterparts.DROP_BRIDGES, plan)
        left_out["bridges_splits"] += cursor.rowcount
    if shape.says is not None:
        left_out["duplicate"] += _drop_copies(cursor, feature, shape.says)
    return {cause: left_out[cause] for cause in causes.LEFT_OUT if left_out[cause]}


def _candidates(shape: Shape) -> sql.Composed:
    return sql.SQL(staging.CANDIDATES).format(
        entries=sql.SQL(shape.entries),
        of=sql.SQL(shape.of),
        permitted=sql.SQL(shape.permitted),
        praises=sql.SQL(shape.praises),
        counterpart=sql.SQL(shape.counterpart),
        readable=sql.SQL(shape.readable),
        alike=sql.SQL("NULL::bigint" if shape.says is None else staging.ALIKE).format(says=sql.SQL(shape.says or "")),
        target=sql.SQL(shape.target),
        others=sql.SQL(shape.correction + shape.other_answer),
        own_group=_group("user_hash", "conversation_id", "external_id"),
        counterpart_group=_group("counterpart_user", "counterpart_conversation", "counterpart_name"),
    )


def _group(user: str, conversation: str, name: str) -> sql.Composed:
    columns = {"user": user, "conversation": conversation, "name": name}
    return sql.SQL(staging.GROUP).format(**{key: sql.Identifier(column) for key, column in columns.items()})


def _drop_copies(cursor: CursorWrapper, feature: Feature, says: LiteralString) -> int:
    cursor.execute(staging.FIND_ALIKE)
    if not cursor.rowcount:
        return 0
    cursor.execute("ANALYZE export_alike")
    told = sql.SQL(staging.SAYS).format(says=sql.SQL(says), earlier_turns=staging.EARLIER_TURNS)
    cursor.execute(sql.SQL(staging.DROP_COPIES).format(says=told), {"feature": feature.pk})
    return int(cursor.rowcount)


def _parameters(feature: Feature, request: ExportRequest) -> dict[str, Any]:
    filters = request.filters
    lists = ("signal_kinds", "outcomes", "reasons", "sources", "model_versions")
    return {name: getattr(filters, name) for name in lists} | {
        "feature": feature.pk,
        "from": filters.from_,
        "to": filters.to,
        "min_confidence": filters.min_confidence,
        "purpose": request.purpose,
        "group_by": request.group_by,
        "spreads": request.is_by_component,
    }


def _deal(cursor: CursorWrapper, feature: Feature, request: ExportRequest, *, is_kept: bool) -> Counter[str]:
    """Name each group and say which split it falls into. Returns what no split can have, counted by cause."""
    left_out = Counter[str]()
    if request.is_by_component:
        plan = dealing.plan(feature, request)
        left_out = components.deal(cursor, feature, request, plan=plan, is_kept=is_kept)
    else:
        if is_kept and request.is_by_time:
            dealing.lock(cursor, dealing.plan(feature, request))
        dealing.by_name(cursor, feature, request)
    if request.is_by_time:
        dealing.by_time(cursor, request)
    return left_out


def _assign(cursor: CursorWrapper, feature: Feature, request: ExportRequest) -> None:
    """Fix the ratios and the groups' splits, if this is the first export that has them."""
    plan, _ = SplitPlan.objects.get_or_create(
        feature=feature,
        seed=request.seed,
        group_by=request.group_by,
        defaults={"ratios": request.ratios(), "split_by": request.split_by},
    )
    check_plan(plan, request)
    if request.is_by_component:
        components.assign(cursor, plan=dealing.plan(feature, request))
    else:
        cursor.execute(staging.ASSIGN, dealing.plan(feature, request))


def _cut(cursor: CursorWrapper, export: Export, shard_rows: int) -> None:
    """Shards are ranges of ordinals of one split, cut by rows: the same however many workers write them."""
    cursor.execute(staging.SPLIT_RANGES, [export.pk])
    for split, first, last in cursor.fetchall():
        starts = range(first, last + 1, shard_rows)
        ExportShard.objects.bulk_create(
            ExportShard(
                export=export,
                name=f"data/{split}-{number:05}-of-{len(starts):05}.{export.request['container']}",
                split=split,
                first_ordinal=start,
                last_ordinal=min(start + shard_rows - 1, last),
            )
            for number, start in enumerate(starts)
        )
