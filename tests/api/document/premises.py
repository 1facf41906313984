"""What Schemathesis can't know of Flywheel. Loaded into its process (`SCHEMATHESIS_HOOKS`), which knows no Django."""

from __future__ import annotations

import json
from typing import Any

import schemathesis
from schemathesis.core.failures import Failure

# A schema tells the shape of one request. What hangs on what is stored, or on two fields at once that no schema can
# hold against each other, is refused all the same, with these codes; any other refusal of valid data is a finding.
TWO_FIELDS = {"container_does_not_fit", "source_never_decides", "invalid_splits", "empty_period"}
# Signal kinds and reasons are what the taxonomy says; the other words of a request stand in its schema.
TAXONOMY = {"unknown_value signal_kinds", "unknown_value reasons"}
DATASET = TWO_FIELDS | TAXONOMY | {"unknown_export", "since_does_not_fit", "since_not_done", "nothing_new"}
# Which hosts may be told is up to the settings.
WEBHOOK = {"invalid_webhook"}
CONDITION = {"unknown_kind", "unknown_reason", "no_verdict"}
QUEUE = {"unknown_member", "unknown_taxonomy_version", "overlap_max_too_small"}
# In objects of the sender's own, U+0000 may hide anywhere.
BATCH = {"unknown_feature", "conflicting_duplicate", "erased", "too_old", "invalid_text", "too_deep"}
LABEL = {"unknown_interaction", "unknown_signal", "ambiguous_signal", "unknown_reason", "unknown_taxonomy_version"}
GONE = {"erased", "files_removed"}

STATE = {
    "POST /api/v1/queues": QUEUE,
    "PATCH /api/v1/queues/{feature}/{name}": QUEUE,
    "POST /api/v1/interactions": BATCH | {"out_of_range", "reserved_kind", "reserved_id"},
    "POST /api/v1/signals": BATCH | {"reserved_kind", "reserved_id"},
    "POST /api/v1/labels": BATCH | LABEL | {"not_your_rater"},
    "POST /api/v1/exports": DATASET,
    "POST /api/v1/recipes": DATASET | WEBHOOK | {"since_in_recipe"},
    "POST /api/v1/recipes/{name}/run": DATASET,
    "POST /api/v1/triggers": CONDITION | WEBHOOK,
    "POST /api/v1/triggers/dry-run": CONDITION,
    "POST /api/v1/training-runs": {"unknown_export", "foreign_export", "unfinished_export", "ends_before_start"},
    "POST /api/v1/exports/{id}/pin": GONE,
    "GET /api/v1/exports/{id}/archive": GONE,
    "GET /api/v1/exports/{id}/files/{name}": GONE,
    "GET /api/v1/exports/{id}/difference": {"other_feature"},
}


@schemathesis.hook
def filter_failure(context: Any, failure: Failure, case: Any, response: Any) -> bool:
    """False: the premise of the check is wrong here, and it found nothing."""
    if failure.code != "ST202":
        return True
    told = response.json()
    codes = {one["code"] for one in told["refused"]} if "refused" in told else {_code(told)}
    return not codes <= STATE.get(failure.operation or "", set())


def _code(problem: dict[str, Any]) -> str:
    place = f" {problem['errors'][0]['loc'][-1]}" if problem["code"] == "unknown_value" else ""
    return f"{problem['code']}{place}"


@schemathesis.serializer("application/x-ndjson")
def line(context: Any, value: Any) -> bytes:
    """The schema is that of one line."""
    return json.dumps(value).encode()
