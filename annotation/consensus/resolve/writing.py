"""Write outcomes by one statement: what the items' rows say, the end of revisions, and the new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from annotation import loading
from annotation.consensus.resolve.deciding import Outcome
from annotation.models import TaxonomyVersion

_MOVE: Final = """
UPDATE annotation_item i
SET status = told.status, needed = told.needed, extra = told.extra, resolved_at = told.resolved_at
FROM jsonb_to_recordset({rows}::jsonb)
    AS told (id bigint, status text, needed smallint, extra smallint, resolved_at timestamptz)
WHERE i.id = told.id
"""
_REVISE: Final = """
INSERT INTO annotation_consensusrevision (
    item_id, number, reason_id, method, label_source, confidence, posterior, label_ids, resolved_at)
SELECT new.item_id, new.number,
    coalesce(new.reason_id, (
        SELECT r.id FROM annotation_reason r
        WHERE r.taxonomy_version_id = {version} AND r.signal_kind = new.signal_kind AND r.code = new.code
    )),
    new.method, new.label_source, new.confidence, new.posterior, new.label_ids, new.resolved_at
FROM {after} jsonb_to_recordset({rows}::jsonb) AS new (
    item_id bigint, number int, reason_id bigint, signal_kind text, code text, method text, label_source text,
    confidence float8, posterior jsonb, label_ids bigint[], resolved_at timestamptz)
"""

# The new revisions come after the ended ones: at most one of an item is current.
WRITE: Final = f"""
WITH moved AS ({_MOVE.format(rows="$1")}), ended AS (
    UPDATE annotation_consensusrevision SET superseded_at = $2 WHERE id = ANY($3::bigint[]) RETURNING id
)
{_REVISE.format(version="$4", after="(SELECT count(*) FROM ended) AS after_those,", rows="$5")}
"""  # noqa: S608 - our own text

# Beside the label that decides an item about which nothing was decided yet.
BESIDE: Final = f"""
moved AS ({_MOVE.format(rows="$1")}), revised AS ({_REVISE.format(version="$2", after="", rows="$3")})
"""


def write(outcomes: Sequence[Outcome], *, version: TaxonomyVersion, now: datetime) -> None:
    """Nothing is said where nothing changes. `version`: where the reason of what nobody labeled is looked up."""
    moved = [_item(one) for one in outcomes if one.is_moved]
    revised = [one for one in outcomes if one.is_revised]
    if not moved and not revised:
        return
    ended = [one.case.last.id for one in revised if one.case.last is not None and one.case.last.is_current]
    new = [_revision(one) for one in revised if one.decision.reason is not None]
    loading.said(WRITE, [orjson.dumps(moved).decode(), now, ended, version.pk, orjson.dumps(new).decode()])


def beside(outcome: Outcome, *, version: TaxonomyVersion) -> tuple[str, list[Any]]:
    """As `write`, where no revision ends: the parts of a WITH that write the outcome, and their parameters."""
    if not outcome.is_moved and not outcome.is_revised:
        return "", []
    moved, new = [_item(outcome)], [_revision(outcome)] if outcome.is_revised else []
    return BESIDE, [orjson.dumps(moved).decode(), version.pk, orjson.dumps(new).decode()]


def _item(one: Outcome) -> dict[str, Any]:
    return {
        "id": one.case.id,
        "status": str(one.status),
        "needed": one.needed,
        "extra": one.extra,
        "resolved_at": one.resolved_at,
    }


def _revision(one: Outcome) -> dict[str, Any]:
    case, decision = one.case, one.decision
    reasons = {said.vote.label_id: said.reason_id for said in case.said}
    return {
        "item_id": case.id,
        "number": case.last.number + 1 if case.last else 1,
        "reason_id": reasons[decision.label_ids[-1]] if decision.label_ids else None,
        "signal_kind": case.signal_kind,
        "code": decision.reason,
        "method": decision.method,
        "label_source": decision.label_source,
        "confidence": decision.confidence,
        "posterior": _rounded(decision.posterior),
        "label_ids": decision.label_ids,
        "resolved_at": one.resolved_at,
    }


def _rounded(posterior: Mapping[str, float] | None) -> dict[str, float] | None:
    return None if posterior is None else {reason: round(likely, 6) for reason, likely in posterior.items()}
