"""The two shapes of services that fine-tune as OpenAI did. They allow no keys of ours: provenance stands beside them.

A tool's arguments are JSON in a text here, where TRL wants an object, and each call has an id that its answer names.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from annotation.exports.rows import formats
from annotation.exports.rows.formats import Row, Source, Turn
from annotation.lib.messages import Message


def sft(source: Source, earlier: Sequence[Turn]) -> Row:
    """The whole conversation. What the model said in earlier turns is context, and weighs nothing."""
    row = formats.sft(source, earlier, make=_message)
    context = len(row["prompt"])
    messages = _messages([*row["prompt"], *row["completion"]])
    weightless = [{**one, "weight": 0} if one["role"] == "assistant" else one for one in messages[:context]]
    return {"messages": [*weightless, *messages[context:]], **_tools(row)}


def dpo(source: Source, earlier: Sequence[Turn]) -> Row:
    """Two last messages. What comes before them in the answer is the same in both, and belongs to the question."""
    row = formats.preference(source, earlier, make=_message)
    *shared, preferred = _messages([*row["prompt"], *row["chosen"]])
    *_, rejected = _messages([*row["prompt"], *row["rejected"]])
    asked = {"messages": shared, **_tools(row)}
    return {"input": asked, "preferred_output": [preferred], "non_preferred_output": [rejected]}


def _tools(row: Row) -> Row:
    """Left out where none is known: it may not be null."""
    return {"tools": row["tools"]} if row["tools"] else {}


def _message(sent: Message) -> Message:
    """As TRL's, and with the ids by which calls and their answers find each other."""
    made: Any = formats.message(sent)
    calls: Any = sent.get("tool_calls") or ()
    for call, its in zip(calls, made.get("tool_calls", ()), strict=False):
        its["id"] = call.get("id")
    if made["role"] == "tool":
        made["tool_call_id"] = sent.get("tool_call_id")
    return made  # type: ignore[no-any-return]


def _messages(plain: Iterable[dict[str, Any]]) -> list[Message]:
    """With calls numbered through the conversation."""
    if not any("tool_calls" in one or one["role"] == "tool" for one in plain):
        return list(plain)
    return list(_numbered(plain))


def _numbered(plain: Iterable[dict[str, Any]]) -> Iterator[Message]:
    """A tool answers the call that it names, else the first that nobody has answered. The schema wants each call
    answered before anything else is said, and no answer without a call."""
    made, waiting = 0, deque[tuple[object, str]]()
    for message in plain:
        if message["role"] == "tool":
            yield _answer(message, waiting)
            continue
        yield from (_answer({"content": ""}, waiting) for _ in range(len(waiting)))
        calls = []
        for call in message.get("tool_calls", ()):
            made += 1
            waiting.append((call["id"], f"call_{made}"))
            calls.append(_call(call["function"], f"call_{made}"))
        yield {**message, "tool_calls": calls} if calls else message


def _answer(message: Message, waiting: deque[tuple[object, str]]) -> Message:
    """It has no name, which the call has. What answers no call is text that the model was given."""
    named = message.get("tool_call_id")
    found = next((one for one in waiting if named and one[0] == named), waiting[0] if waiting else None)
    if found is None:
        return {"role": "user", "content": message["content"]}
    waiting.remove(found)
    return {"role": "tool", "content": message["content"], "tool_call_id": found[1]}


def _call(function: dict[str, Any], name: str) -> dict[str, Any]:
    arguments = orjson.dumps(function["arguments"]).decode()
    return {"id": name, "type": "function", "function": {"name": function["name"], "arguments": arguments}}
