"""Shapes of logged inputs and outputs that no recorded trace has."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.lib import messages
from annotation.lib.foreign import transcripts

HI = {"role": "user", "content": "Hi"}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at":"it"}'}}

SHAPES: dict[str, tuple[Any, Any]] = {
    "nothing": (None, None),
    "an empty text": ("", None),
    "plain text": ("Hi", "Hi"),
    "text that only looks like JSON": ("{Hi", "{Hi"),
    "JSON in a string in a string": ('"[{\\"role\\": \\"user\\", \\"content\\": \\"Hi\\"}]"', [HI]),
    "one message": (HI, [HI]),
    "OpenAI's choices": (
        {"choices": [{"message": {"role": "assistant", "content": "Ho"}}]},
        [{"role": "assistant", "content": "Ho"}],
    ),
    "LangChain's message": (
        {
            "messages": [
                [
                    {
                        "lc": 1,
                        "id": ["langchain", "HumanMessage"],
                        "kwargs": {"content": "Hi", "type": "human", "id": "x"},
                    }
                ]
            ]
        },
        [HI],
    ),
    "LangChain's generations": (
        {"generations": [[{"text": "Ho", "message": {"id": ["x", "AIMessage"], "kwargs": {"content": "Ho"}}}]]},
        [{"role": "assistant", "content": "Ho"}],
    ),
    "LangChain's calls": (
        {"type": "ai", "content": "", "tool_calls": [{"id": "c1", "name": "look", "args": {"at": "it"}}]},
        [{"role": "assistant", "content": "", "tool_calls": [CALL]}],
    ),
    "OpenTelemetry's parts": (
        [
            {
                "role": "assistant",
                "parts": [
                    {"type": "text", "content": "Ho"},
                    {"type": "tool_call", "id": "c1", "name": "look", "arguments": {"at": "it"}},
                ],
            }
        ],
        [{"role": "assistant", "content": "Ho", "tool_calls": [CALL]}],
    ),
    "parts that are no text": (
        {"role": "user", "parts": [{"text": "See"}, {"type": "uri", "uri": "x:y"}]},
        [{"role": "user", "content": [{"type": "text", "text": "See"}, {"type": "uri", "uri": "x:y"}]}],
    ),
    "a prompt with instructions": (
        {"prompt": "Hi", "system": "Be kind"},
        [{"role": "system", "content": "Be kind"}, HI],
    ),
    "an object around one text": ({"question": "Hi"}, "Hi"),
    "an object of something else": ({"a": 1, "b": [2]}, '{"a":1,"b":[2]}'),
    "a role that nobody knows": ([{"role": "narrator", "content": "Once"}], '[{"role":"narrator","content":"Once"}]'),
    "a number": (7, "7"),
}


@pytest.mark.parametrize(("value", "expected"), SHAPES.values(), ids=SHAPES)
def test_a_shape_becomes_messages_or_stays_as_text(value: Any, expected: Any) -> None:
    made = transcripts.messages_of(value, "user")
    assert made == expected
    assert made is None or messages.validate(made) is None


def test_offered_tools_are_found_in_a_response_and_in_a_request() -> None:
    assert transcripts.tools_of({"tools": ['{"name": "look"}']}) == [{"name": "look"}]
    assert transcripts.tools_of('{"config": {"tools": [{"name": "look"}]}}') == [{"name": "look"}]
    assert transcripts.tools_of("Hi") == []
