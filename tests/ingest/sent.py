"""Records as senders send them."""

from __future__ import annotations

from typing import Any


def interaction(name: str = "gen_1", **changes: Any) -> dict[str, Any]:
    """A whole record; a change of None leaves the field out."""
    record: dict[str, Any] = {
        "feature": "email-drafts",
        "id": name,
        "occurred_at": "2026-03-02T08:00:00Z",
        "model_version": "drafts-7",
        "input": [{"role": "user", "content": "Thank Ann."}],
        "output": "Dear Ann, thank you.",
    }
    return {field: value for field, value in (record | changes).items() if value is not None}


def signal(kind: str = "accepted", **changes: Any) -> dict[str, Any]:
    """A signal as it stands inside an interaction."""
    return {"kind": kind, "observed_at": "2026-03-02T08:00:05Z"} | changes


def later(interaction_id: str = "gen_1", kind: str = "accepted", **changes: Any) -> dict[str, Any]:
    """A signal as it is sent by itself."""
    return signal(kind) | {"feature": "email-drafts", "interaction_id": interaction_id} | changes
