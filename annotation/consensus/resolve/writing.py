"""Write outcomes by one statement: what the items' rows say, the end of revisions, and the new ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from annotation import loading
from annotation.consensus.resolve.deciding import Outcome
from annotation.consensus.rule import Decision
from annotation.models import TaxonomyVersion

# The new revisions come after the ended ones: at most one of an item is current.
WRITE: Final = """
WITH moved AS (
    UPDATE annotation_item i
    SET status = told.status, needed = told.needed, extra = told.extra, resolved_at = told.resolved_at
    FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::smallint[], $5::timestamptz[])
        AS told (id, status, needed, extra, resolved_at)
    WHERE i.id = told.id
), ended AS (
    UPDATE annotation_consensusrevision SET superseded_at = $6 WHERE id = ANY($7::bigint[]) RETURNING id
)
INSERT INTO annotation_consensusrevision (
    item_id, number, reason_id, method, label_source, confidence, posterior, label_ids, resolved_at)
SELECT new.item_id, new.number,
    coalesce(new.reason_id, (
        SELECT r.id FROM annotation_reason r
        WHERE r.taxonomy_version_id = $8 AND r.signal_kind = new.signal_kind AND r.code = new.code
    )),
    new.method, new.label_source, new.confidence, new.posterior::jsonb, new.label_ids::bigint[], new.resolved_at
FROM (SELECT count(*) FROM ended) AS after_those, unnest(
    $9::bigint[], $10::int[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::float8[],
    $17::text[], $18::text[], $19::timestamptz[]
) AS new (
    item_id, number, reason_id, signal_kind, code, method, label_source, confidence, posterior, label_ids, resolved_at)
"""

_ITEM: Final = 5
_REVISION: Final = 11


def write(outcomes: Sequence[Outcome], *, version: TaxonomyVersion, now: datetime) -> None:
    """Nothing is said where nothing changes. `version`: where the reason of what nobody labeled is looked up."""
    moved = [one for one in outcomes if one.is_moved]
    revised = [one for one in outcomes if one.is_revised]
    if not moved and not revised:
        return
    ended = [one.case.last.id for one in revised if one.case.last is not None and one.case.last.is_current]
    new = [one for one in revised if one.decision.reason is not None]
    items = _columns([_item(one) for one in moved], _ITEM)
    revisions = _columns([_revision(one) for one in new], _REVISION)
    loading.said(WRITE, [*items, now, ended, version.pk, *revisions])


def _item(one: Outcome) -> tuple[Any, ...]:
    return one.case.id, str(one.status), one.needed, one.extra, one.resolved_at


def _revision(one: Outcome) -> tuple[Any, ...]:
    case, decision = one.case, one.decision
    reasons = {said.vote.label_id: said.reason_id for said in case.said}
    return (
        case.id,
        case.last.number + 1 if case.last else 1,
        reasons[decision.label_ids[-1]] if decision.label_ids else None,
        case.signal_kind,
        decision.reason,
        decision.method,
        decision.label_source,
        decision.confidence,
        _json(decision),
        f"{{{','.join(map(str, decision.label_ids))}}}",
        one.resolved_at,
    )


def _json(decision: Decision) -> str | None:
    if decision.posterior is None:
        return None
    return orjson.dumps({reason: round(likely, 6) for reason, likely in decision.posterior.items()}).decode()


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
