"""RealHumanEval: programmers chat with a model while they solve tasks, and copy from its answers, or don't.

The file's `timestamp` counts seconds from each programmer's own first turn. The day, the hour and the zone are unknown,
so every programmer's clock starts at CLOCK_START, in UTC: spans within one programmer are real, all else about the
times is not. Copy events carry no time; their signals have the turn's time, which is the earliest they can have.
A turn that nobody copied from has no signal: the file doesn't say whether the programmer read it, typed it or left it.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests import realdata
from tests.realdata import Record

FOLDER = "realhumaneval"
FEATURE = {"slug": "realhumaneval", "name": "RealHumanEval chat"}
CLOCK_START = datetime(2024, 1, 1, tzinfo=UTC)


def records() -> Iterator[Record]:
    """One record a chat turn, in the file's order."""
    with (realdata.folder(FOLDER) / "chat_data.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield _record(row)


def _record(row: dict[str, str]) -> Record:
    programmer, task = row["programmer_id"], row["task_name"]
    interaction_id = f"realhumaneval-{programmer}-{row['timestamp']}"
    occurred_at = (CLOCK_START + timedelta(seconds=float(row["timestamp"]))).isoformat()
    record = {
        "feature": FEATURE["slug"],
        "id": interaction_id,
        "conversation_id": f"{programmer}-{task}",
        "user_key": f"programmer-{programmer}",
        "occurred_at": occurred_at,
        "model_version": row["model"],
        "output": row["response"],
        "metadata": {"task": task},
        "signals": [
            {
                "id": f"{interaction_id}-copy-{number}",
                "kind": "copied",
                "observed_at": occurred_at,
                "details": {"text": event["copied"], "type": event["type"]},
            }
            for number, event in enumerate(ast.literal_eval(row["copy_events"]), start=1)
        ],
    }
    # Two turns of the file have lost their request.
    if messages := ast.literal_eval(row["request"]):
        record["input"] = messages
    return record
