"""Which tools a model could call, where what was sent beside an interaction tells it.

Three spellings are known: `tools` as chat completions take them, `gen_ai.tool.definitions` of OpenTelemetry's
conventions, and OpenInference's `llm.tools.<i>.tool.json_schema`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, TypeAlias

import orjson

Tool: TypeAlias = dict[str, Any]

LISTS = ("tools", "gen_ai.tool.definitions")
NUMBERED = "llm.tools.{}.tool.json_schema"
KEYS = (*LISTS, NUMBERED.format(0))
"""One of them is there wherever a tool is known."""

_SCHEMAS = ("input_schema", "inputSchema")
_FUNCTION = ("name", "description", "parameters", "strict")


def known(metadata: object) -> list[Tool] | None:
    """The tools as chat completions take them: `{"type": "function", "function": {"name", "description"?,
    "parameters"}}`. None where nothing is told, or what is told has another shape."""
    if not isinstance(metadata, Mapping):
        return None
    made = [_tool(one) for told in _told(metadata) for one in _each(told)]
    return [tool for tool in made if tool is not None] or None


def _told(metadata: Mapping[str, Any]) -> Iterator[object]:
    for name in LISTS:
        told = _unpacked(metadata.get(name))
        if isinstance(told, list):
            yield from map(_unpacked, told)
            return
    for number in count():
        told = metadata.get(NUMBERED.format(number))
        if told is None:
            return
        yield _unpacked(told)


def _each(told: object) -> Sequence[object]:
    """Google's are several in one."""
    several = told.get("function_declarations") if isinstance(told, Mapping) else None
    return several if isinstance(several, list) else [told]


def _unpacked(value: object) -> object:
    """Attributes hold structures as JSON in a text."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None


def _tool(told: object) -> Tool | None:
    if not isinstance(told, Mapping):
        return None
    function = told.get("function", told)
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        return None
    made = {key: function[key] for key in _FUNCTION if function.get(key) is not None}
    made.setdefault("parameters", _schema(function))
    return {"type": "function", "function": made}


def _schema(function: Mapping[str, Any]) -> object:
    """Others call it by other names; a tool without one takes nothing."""
    told = next((function[name] for name in _SCHEMAS if isinstance(function.get(name), Mapping)), None)
    return told or {"type": "object", "properties": {}}
