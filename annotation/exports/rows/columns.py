"""The columns of each format and what they hold: what a Parquet file, a card and a Croissant record are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["messages", "json", "text", "float", "integer", "boolean", "time"]

PROVENANCE: Final[Mapping[str, Kind]] = {
    "interaction_id": "text",
    "item_id": "text",
    "signal_id": "text",
    "signal_kind": "text",
    "reason": "text",
    "outcome": "text",
    "label_source": "text",
    "confidence": "float",
    "taxonomy_version": "integer",
    "model_version": "text",
    "sample_weight": "float",
    "occurred_at": "time",
    "ingested_at": "time",
    "queued_at": "time",
    "labeled_at": "time",
    "resolved_at": "time",
    "exported_at": "time",
}

_SAID: Final[Mapping[str, Kind]] = {
    "method": "text",
    "rater": "text",
    "certainty": "integer",
    "duration_ms": "integer",
    "comment": "text",
    "correction": "text",
    "quote": "text",
    "explanation": "text",
}

_TARGET: Final[Mapping[str, Kind]] = {"target_by": "text"}
_PREFERRED: Final[Mapping[str, Kind]] = {**_TARGET, "chosen_interaction_id": "text"}

COLUMNS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "sft": {"prompt": "messages", "completion": "messages", "tools": "json", **_TARGET, **PROVENANCE},
    "preference": {
        "prompt": "messages",
        "chosen": "messages",
        "rejected": "messages",
        "tools": "json",
        **_PREFERRED,
        **PROVENANCE,
    },
    "kto": {"prompt": "messages", "completion": "messages", "label": "boolean", "tools": "json", **PROVENANCE},
    "reasons": {"row_kind": "text", **PROVENANCE, **_SAID},
}
"""OpenAI's formats are not among them: their files are lines of nested JSON and no tables."""

NESTED: Final[Mapping[str, Sequence[str]]] = {
    "openai_sft": ("messages",),
    "openai_dpo": ("input", "preferred_output", "non_preferred_output"),
}
