"""Exports that hold only what is new or changed since another one, and name what was withdrawn.

What counts as changed is the decision that a row stands on: its consensus revision (of a pair both, of a label row the
label), its counterpart or correction, its split. A new revision may say the same reason with another confidence; that
too is a column which trainers filter by. Texts never change under a decision, but for an erased earlier turn: so what
an export with erased files says is taken anew wherever its texts may have held another interaction's. The weight does
not count: it is relative to the other rows of its dataset, so each closed day moves all of them, and every increment
would be whole.

Items are what is compared: who holds the exports before drops each row whose item is withdrawn or is in the new export,
and adds the rows of the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, LiteralString

import orjson
from django.db.backends.utils import CursorWrapper
from django.db.models import Count, QuerySet
from psycopg import sql

from annotation import storage
from annotation.errors import Refusal
from annotation.exports.series import chains
from annotation.exports.wanted import ExportRequest
from annotation.models import Export, ExportWithdrawal, Feature

FILE: Final = "withdrawn.jsonl"
NAMED: Final = 10_000
"""So many withdrawn items stand in the manifest itself; all of them stand in the file."""

WHY: Final = {
    "erased": "was erased",
    "counterpart_erased": "was one of a pair whose other answer was erased",
    "moved_to_evaluation": "is reserved for evaluation now",
    "item_withdrawn": "was withdrawn or flagged as broken",
    "undecided": "has no consensus any more",
    "consensus_changed": "was decided otherwise, so that it is not for this dataset",
    "contradicted": "has another signal of the same answer that turned out bad",
    "stands_elsewhere": "is left to another item of the same answer",
    "left_out": "is left out now: by the filters, as a duplicate, or because it would connect two splits",
}
"""Why an item is withdrawn, the first that holds."""

BEFORE: LiteralString = """
    CREATE TEMPORARY TABLE export_before ON COMMIT DROP AS
    SELECT item_id, string_agg({holds}, ' ' ORDER BY {holds}) AS holds, min(revision_id) AS revision_id,
           min(counterpart_item_id) AS counterpart_item_id, bool_or(is_doubtful) AS is_doubtful
    FROM ({rows}) r
    GROUP BY item_id
"""

HOLDS: LiteralString = """
    concat_ws('/', r.split, COALESCE(r.revision_id, 0), COALESCE(r.counterpart_item_id, 0),
              COALESCE(r.counterpart_revision_id, 0), COALESCE(r.correction_id, 0),
              CASE WHEN r.revision_id IS NULL THEN r.label_ids::text END)
"""

HOLDS_NOW: LiteralString = """
    concat_ws('/', p.split, COALESCE(p.revision_id, 0),
              COALESCE(CASE p.target WHEN 'regeneration' THEN p.counterpart_item_id END, 0),
              COALESCE(CASE p.target WHEN 'regeneration' THEN p.counterpart_revision_id END, 0),
              COALESCE(CASE p.target WHEN 'correction' THEN p.correction_id END, 0),
              CASE WHEN p.revision_id IS NULL THEN p.label_ids::text END)
"""

# Before anything is taken out of `export_placed`: another row of the same answer is looked for there.
GONE: LiteralString = """
    SELECT b.item_id, CASE
        WHEN n.erased_at IS NOT NULL THEN 'erased'
        WHEN EXISTS (
            SELECT FROM annotation_item t JOIN annotation_interaction e ON e.id = t.interaction_id
            WHERE t.id = b.counterpart_item_id AND e.erased_at IS NOT NULL
        ) THEN 'counterpart_erased'
        WHEN n.is_evaluation <> %(is_evaluation)s OR (%(by_user)s AND n.user_hash IN (
            SELECT user_hash FROM annotation_interaction
            WHERE feature_id = n.feature_id AND is_evaluation AND user_hash IS NOT NULL
        )) THEN 'moved_to_evaluation'
        WHEN i.status IN ('withdrawn', 'flagged') THEN 'item_withdrawn'
        WHEN v.id IS NULL OR i.status <> 'resolved' THEN 'undecided'
        WHEN v.reason_id <> o.reason_id THEN 'consensus_changed'
        WHEN EXISTS (
            SELECT FROM annotation_item t
            JOIN annotation_consensusrevision c ON c.item_id = t.id AND c.superseded_at IS NULL
            JOIN annotation_reason m ON m.id = c.reason_id AND m.outcome = 'bad'
            WHERE t.interaction_id = i.interaction_id AND t.id <> i.id AND t.status = 'resolved'
        ) THEN 'contradicted'
        WHEN EXISTS (SELECT FROM export_placed p WHERE p.interaction_id = i.interaction_id) THEN 'stands_elsewhere'
        ELSE 'left_out'
    END AS why
    FROM export_before b
    JOIN annotation_item i ON i.id = b.item_id
    JOIN annotation_interaction n ON n.id = i.interaction_id
    LEFT JOIN annotation_consensusrevision o ON o.id = b.revision_id
    LEFT JOIN annotation_consensusrevision v ON v.item_id = i.id AND v.superseded_at IS NULL
    WHERE NOT EXISTS (SELECT FROM export_placed p WHERE p.item_id = b.item_id)
"""

WITHDRAW: LiteralString = """
    INSERT INTO annotation_exportwithdrawal (export_id, item_id, why)
    SELECT %(export)s::bigint, gone.item_id, gone.why FROM ({gone}) gone ORDER BY gone.item_id
"""

# Only texts with the turns before them hold another interaction's.
KEEP_NEWS: LiteralString = """
    DELETE FROM export_placed d
    USING export_before b, (
        SELECT p.item_id, string_agg({holds_now}, ' ' ORDER BY {holds_now}) AS holds
        FROM export_placed p GROUP BY p.item_id
    ) now
    WHERE b.item_id = d.item_id AND now.item_id = d.item_id AND now.holds = b.holds
      AND NOT (b.is_doubtful AND %(has_texts)s AND EXISTS (
          SELECT FROM annotation_interaction n
          JOIN annotation_interactioncontent x ON x.interaction_id = n.id AND jsonb_typeof(x.input) = 'string'
          WHERE n.id = d.interaction_id AND n.conversation_id IS NOT NULL
      ))
"""


class UnknownSince(Refusal):
    """There is no export “{given}” that this one could go on from. GET /api/v1/exports lists them; without `since` the
    whole dataset is made."""

    code = "unknown_export"
    status = 422
    loc = ("since",)


class OtherFeature(Refusal):
    """The export {given} is of another feature, so this one can't go on from it. Name an export of {feature}, or leave
    `since` out for the whole dataset."""

    code = "since_does_not_fit"
    status = 422
    loc = ("since",)


class NotDone(Refusal):
    """The export {given} is {status}, so there is nothing to go on from. Name one that is done, or leave `since` out
    for the whole dataset."""

    code = "since_not_done"
    status = 409
    loc = ("since",)


class DoesNotFit(Refusal):
    """The export {given} was asked for with another {field} ({was}), so what is new since can't be added to it. Ask
    with the same {field}, or leave `since` out for the whole dataset."""

    code = "since_does_not_fit"
    status = 422
    loc = ("since",)


class NothingNew(Refusal):
    """Nothing is new or changed since the export {since}, and nothing of it was withdrawn: who has it has all."""

    code = "nothing_new"
    status = 409


def find(*, feature: Feature, request: ExportRequest) -> Export | None:
    """The export that a request goes on from, if any. Raises UnknownSince, OtherFeature, NotDone, DoesNotFit."""
    if request.since is None:
        return None
    found = Export.objects.filter(public_id=request.since).first()
    given = request.since[:100]
    if found is None:
        raise UnknownSince(given=given)
    if found.feature_id != feature.pk:
        raise OtherFeature(given=given, feature=feature.slug)
    if found.status != Export.Status.DONE:
        raise NotDone(given=given, status=found.status)
    was, now = _shape(found.request), _shape(request.normal())
    for field in was:
        if was[field] != now[field]:
            raise DoesNotFit(given=given, field=field, was=was[field])
    return found


def narrow(cursor: CursorWrapper, *, export: Export, request: ExportRequest) -> int:
    """Take what isn't new out of `export_placed`, and write down what is withdrawn. Returns how many items that is."""
    if export.since is None:
        return 0
    _stage(cursor, export.since)
    at = _facts(request) | {"export": export.pk}
    cursor.execute(sql.SQL(WITHDRAW).format(gone=sql.SQL(GONE)), at)
    withdrawn: int = cursor.rowcount
    _keep_news(cursor, at)
    return withdrawn


def has_news(cursor: CursorWrapper, *, since: Export, request: ExportRequest) -> bool:
    """Whether `export_placed` holds something new, or lacks something, against what is held with an export. What isn't
    new is taken out of it."""
    _stage(cursor, since)
    cursor.execute(sql.SQL("SELECT EXISTS ({})").format(sql.SQL(GONE)), _facts(request))
    (is_gone,) = cursor.fetchone() or (False,)
    _keep_news(cursor, _facts(request))
    cursor.execute("SELECT EXISTS (SELECT FROM export_placed)")
    (is_new,) = cursor.fetchone() or (False,)
    return bool(is_gone or is_new)


def in_manifest(export: Export) -> dict[str, Any]:
    """What the manifest says of withdrawals: the first NAMED of them, and the count of all by why."""
    counts = dict(export.withdrawals.values_list("why").annotate(Count("pk")))
    return {
        "since": export.since.public_id if export.since else None,
        "withdrawn": [_entry(item, why) for item, why in _named(export)[:NAMED]],
        "withdrawn_by_why": {why: counts[why] for why in WHY if why in counts},
    }


def lines(export: Export) -> Iterator[bytes]:
    """Every withdrawn item, one a line of JSON."""
    for item, why in _named(export).iterator(chunk_size=2_000):
        yield orjson.dumps(_entry(item, why), option=orjson.OPT_APPEND_NEWLINE)


def file(*, export: Export, folder: str, attempt: int, check: Callable[[], None]) -> list[dict[str, Any]]:
    """Write the names of what was withdrawn, if anything was. Returns its entries for the manifest: one, or none.
    Raises what `check` raises, OSError."""
    if export.since is None or not export.withdrawals.exists():
        return []
    with storage.writing(f"{folder}/{FILE}", attempt=attempt) as file:
        for line in lines(export):
            file.write(line)
    check()
    return [{"name": FILE, "bytes": file.bytes, "sha256": file.sha256, "rows": None}]


def _named(export: Export) -> QuerySet[ExportWithdrawal, tuple[str, str]]:
    return export.withdrawals.values_list("item__public_id", "why").order_by("pk")


def _entry(item: str, why: str) -> dict[str, str]:
    # The sender's id is not named: a manifest never changes, and an erasure later must find nothing in it.
    return {"item_id": item, "why": why}


def _stage(cursor: CursorWrapper, since: Export) -> None:
    held = chains.rows(export="since", is_increment=since.since_id is not None)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.export_before")
    cursor.execute(sql.SQL(BEFORE).format(holds=sql.SQL(HOLDS), rows=held), {"since": since.pk})
    cursor.execute("ANALYZE export_before")


def _keep_news(cursor: CursorWrapper, at: dict[str, Any]) -> None:
    cursor.execute(sql.SQL(KEEP_NEWS).format(holds_now=sql.SQL(HOLDS_NOW)), at)


def _facts(request: ExportRequest) -> dict[str, Any]:
    return {
        "is_evaluation": request.purpose == "evaluation",
        "by_user": request.purpose == "training" and request.group_by == "user",
        "has_texts": request.format != "reasons",
    }


def _shape(request: dict[str, Any]) -> dict[str, Any]:
    """What of a request must be the same. How rows are dealt to splits matters only where they are."""
    is_split = request["format"] != "reasons" and request["purpose"] == "training"
    dealt = ("group_by", "seed", "splits", "split_by")
    return {name: request.get(name) for name in ("format", "purpose", *(dealt if is_split else ()))}
