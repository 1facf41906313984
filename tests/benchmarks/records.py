"""Seeded records of the size that products send: a chat of two to six turns, 2 KB a record, English-like words."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

_VOCABULARY = (
    "the of to and a in is it you that was for on are with as be at one have this from by not but what all were when "
    "we there can an your which their said if will each about how up out them then she many some so these would other "
    "into has more her two like him see time could no make than first been its who now people my made over did down "
    "only way find use may water long little very after words called just where most know meeting invoice customer "
    "figures quarter contract draft refund account shipment report deadline summary answer question please thanks"
)
WORDS = _VOCABULARY.split()
BEGAN = datetime(2026, 3, 1, 8, tzinfo=UTC)


def record(number: int, *, name: str | None = None, size: int = 1700) -> dict[str, Any]:
    """The record with this number, always the same. `name` is its id in place of one in the order of time."""
    draw = random.Random(number)
    turns = [_text(draw, round(size * share)) for share in _shares(draw, draw.randint(2, 6))]
    roles = ["user" if (len(turns) - place) % 2 == 0 else "assistant" for place in range(len(turns))]
    occurred = BEGAN + timedelta(seconds=7 * number)
    return {
        "feature": "email-drafts",
        "id": name or f"gen_{number:010}",
        "conversation_id": f"c{number // 3}",
        "user_key": f"u{number % 997}",
        "occurred_at": _time(occurred),
        "model_version": f"drafts-{draw.randint(5, 8)}",
        "input": [{"role": role, "content": turn} for role, turn in zip(roles[:-1], turns[:-1], strict=True)],
        "output": turns[-1],
        "metadata": {"tenant": f"t{draw.randint(1, 40)}"},
        "signals": [
            {"kind": "accepted", "observed_at": _time(occurred + timedelta(seconds=9)), "details": {"dwell_ms": 2100}}
        ],
    }


def _shares(draw: random.Random, count: int) -> list[float]:
    parts = [draw.random() + 0.2 for _ in range(count)]
    return [part / sum(parts) for part in parts]


def _text(draw: random.Random, size: int) -> str:
    return " ".join(draw.choices(WORDS, k=max(size // 5, 2)))


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
