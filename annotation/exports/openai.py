"""The two shapes of services that fine-tune as OpenAI did. They allow no keys of ours: provenance stands beside them.

A tool's arguments are JSON in a text here, where TRL wants an object, and each call has an id that its answer names.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from annotation.exports import formats
from annotation.exports.formats import Row, Source, Turn
from annotation.lib.messages import Message


def sft(source: Source, earlier: Sequence[Turn]) -> Row:
    """The whole conversation. What the model said in earlier turns is context, and weighs nothing."""
    row: dict[str, Any] = formats.sft(source, earlier)
    context = len(row["prompt"])
    messages = list(_messages([*row["prompt"], *row["completion"]]))
    weightless = [{**one, "weight": 0} if one["role"] == "assistant" else one for one in messages[:context]]
    return {"messages": [*weightless, *messages[context:]]}


def dpo(source: Source, earlier: Sequence[Turn]) -> Row:
    """Two last messages. What comes before them in the answer is the same in both, and belongs to the question."""
    row: dict[str, Any] = formats.preference(source, earlier)
    *shared, preferred = _messages([*row["prompt"], *row["chosen"]])
    *_, rejected = _messages([*row["prompt"], *row["rejected"]])
    return {"input": {"messages": shared}, "preferred_output": [preferred], "non_preferred_output": [rejected]}


def _messages(plain: Iterable[dict[str, Any]]) -> Iterator[Message]:
    """With calls numbered through the conversation; tools answer in the order in which they were called."""
    made, unanswered = 0, deque[str]()
    for message in plain:
        calls = []
        for call in message.get("tool_calls", []):
            made += 1
            unanswered.append(f"call_{made}")
            calls.append(_call(call["function"], unanswered[-1]))
        if calls:
            yield {**message, "tool_calls": calls}
        elif message["role"] == "tool" and unanswered:
            yield {**message, "tool_call_id": unanswered.popleft()}
        else:
            yield message


def _call(function: dict[str, Any], name: str) -> dict[str, Any]:
    arguments = orjson.dumps(function["arguments"]).decode()
    return {"id": name, "type": "function", "function": {"name": function["name"], "arguments": arguments}}
