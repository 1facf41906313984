"""OpenAssistant: trees of conversations, with the answers that a crowd ranked and the thumbs that it gave.

Each answer is a record, its input the path from the root of its tree. Answers to one message are one exposure, by the
crowd's rank where it gave one. Thumbs come as sums without people or times: one signal a kind, the sum in its details.
Other reactions (`_skip_reply`, `red_flag` …) are the work of the crowd's own tools, and stand in the metadata.

The file has no times. Every tree starts at CLOCK_START, and each further message of its path is a minute later.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests import realdata
from tests.realdata import Record

FOLDER = "openassistant_sample"
FEATURE = {"slug": "openassistant", "name": "OpenAssistant chat"}
CLOCK_START = datetime(2023, 1, 1, tzinfo=UTC)

_ROLES = {"prompter": "user", "assistant": "assistant"}
_KINDS = {"+1": "thumbs_up", "-1": "thumbs_down"}

Message = dict[str, Any]
Path = tuple[Message, ...]


def paths() -> Iterator[Path]:
    """Each message with those that lead to it, the root first; parents before children."""
    with (realdata.folder(FOLDER) / "en_100_message.jsonl").open(encoding="utf-8") as file:
        for line in file:
            yield from _below((json.loads(line),))


def records() -> Iterator[Record]:
    """One record an answer, tree by tree."""
    return (_record(path) for path in paths() if path[-1]["role"] == "assistant")


def _below(path: Path) -> Iterator[Path]:
    yield path
    for reply in path[-1]["replies"]:
        yield from _below((*path, reply))


def _record(path: Path) -> Record:
    *before, answer = path
    at = (CLOCK_START + timedelta(minutes=len(before))).isoformat()
    record = {
        "feature": FEATURE["slug"],
        "id": answer["message_id"],
        "conversation_id": path[0]["message_id"],
        "occurred_at": at,
        "model_version": answer["model_name"] or "human",
        "input": [{"role": _ROLES[one["role"]], "content": one["text"]} for one in before],
        "output": answer["text"],
        "metadata": {"synthetic": answer["synthetic"], "review_count": answer["review_count"], **_other(answer)},
        "signals": [_signal(answer, emoji, at) for emoji in _KINDS if (answer["emojis"] or {}).get(emoji)],
    }
    if answer["rank"] is not None:
        ranked = sum(one["rank"] is not None for one in before[-1]["replies"])
        record["exposure"] = {"set_id": before[-1]["message_id"], "rank": answer["rank"] + 1, "of": ranked}
    return record


def _signal(answer: Message, emoji: str, at: str) -> dict[str, Any]:
    kind = _KINDS[emoji]
    count = answer["emojis"][emoji]
    return {"id": f"{answer['message_id']}-{kind}", "kind": kind, "observed_at": at, "details": {"count": count}}


def _other(answer: Message) -> dict[str, Any]:
    others = {name: count for name, count in (answer["emojis"] or {}).items() if name not in _KINDS}
    return {"reactions": others} if others else {}
