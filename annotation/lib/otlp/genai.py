"""OpenTelemetry's GenAI conventions, current and legacy: what went into a model call, and what came out.

https://opentelemetry.io/docs/specs/semconv/gen-ai/. Legacy names are still what most instrumentations send: messages
flattened into `gen_ai.prompt.N.…`, as events of the span, or as log records (`events.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from annotation.lib.otlp import chat, events
from annotation.lib.otlp.attributes import first_number, first_text, numbered, unpacked
from annotation.lib.otlp.chat import Message
from annotation.lib.otlp.shape import Attributes, Event

OPERATIONS = frozenset({"chat", "text_completion", "generate_content"})
_LEGACY_TYPES = frozenset({"chat", "completion"})
_FLATTENED = re.compile(r"gen_ai\.(prompt|completion)\.\d")

CONTENT = frozenset({"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"})
CONTENT_LISTS = r"gen_ai\.(prompt|completion)(\.\d+\.|$)"


@dataclass(frozen=True, slots=True)
class Content:
    """`others` are the further choices of a call that asked for several: the answer is the first."""

    input: list[Message] = field(default_factory=list)
    output: list[Message] = field(default_factory=list)
    others: list[Message] = field(default_factory=list)


def is_call(attributes: Attributes) -> bool:
    """Whether these are the attributes of a call that becomes an interaction."""
    if operation := first_text(attributes, "gen_ai.operation.name"):
        return operation in OPERATIONS
    if kind := first_text(attributes, "llm.request.type"):
        return kind in _LEGACY_TYPES
    return any(_FLATTENED.match(name) for name in attributes)


def content(attributes: Attributes, inside: Sequence[Event] = ()) -> Content:
    """Of a span with its events, or of an event that tells the whole call."""
    told = [event for event in inside if event.name == events.WHOLE_CALL]
    for one in (attributes, *(event.attributes for event in told)):
        found = _current(one)
        if found.output:
            return found
    return _flattened(attributes) or _from_events(inside, attributes) or _current(attributes)


def choices(attributes: Attributes) -> int:
    """How many answers the call was asked for, and so how many choices will come."""
    reasons = attributes.get("gen_ai.response.finish_reasons")
    given = len(reasons) if isinstance(reasons, list) else 1
    return max(1, given, first_number(attributes, "gen_ai.request.choice.count", 1))


def divided(output: list[Message], wanted: int) -> tuple[list[Message], list[Message]]:
    """The answer, and the other choices where several were asked for; otherwise all of it is the answer."""
    return (output[:1], output[1:]) if wanted > 1 else (output, [])


def _current(attributes: Attributes) -> Content:
    instructions = _read(attributes.get("gen_ai.system_instructions"), "system")
    output, others = divided(_read(attributes.get("gen_ai.output.messages"), "assistant"), choices(attributes))
    return Content(
        input=chat.filled(instructions + _read(attributes.get("gen_ai.input.messages"), "user")),
        output=chat.filled(output),
        others=chat.filled(others),
    )


def _flattened(attributes: Attributes) -> Content | None:
    """`gen_ai.prompt.N.role`, or the whole as JSON in `gen_ai.prompt`; both went out of use in different years."""
    prompt = [_entry(one, "user") for one in numbered(attributes, "gen_ai.prompt")]
    completion = [_entry(one, "assistant") for one in numbered(attributes, "gen_ai.completion")]
    prompt = prompt or _read(attributes.get("gen_ai.prompt"), "user")
    completion = completion or _read(attributes.get("gen_ai.completion"), "assistant")
    if not completion or chat.is_empty(completion):
        return None
    output, others = divided(completion, choices(attributes))
    return Content(input=chat.filled(prompt), output=chat.filled(output), others=chat.filled(others))


def _entry(entry: dict[str, object], role: str) -> Message:
    calls = numbered(entry, "tool_calls")
    flat = {name: value for name, value in entry.items() if not name.startswith("tool_calls.")}
    parts = unpacked(flat.get("content"))
    if isinstance(parts, list) and chat.is_content(parts):
        flat["content"] = parts
    return chat.messages([{"role": role, **flat, **({"tool_calls": calls} if calls else {})}], role)[0]


def _from_events(inside: Iterable[Event], attributes: Attributes) -> Content | None:
    said = [one for event in inside if (one := events.said(event.name, event.attributes))]
    return assembled(said, choices(attributes))


def assembled(said: Sequence[events.Said], wanted: int) -> Content | None:
    """From single messages in their order; None where there is no answer among them."""
    output = [message for one in said if one.is_output for message in one.messages]
    if chat.is_empty(output):
        return None
    answer, others = divided(output, wanted)
    return Content(
        input=chat.filled([message for one in said if not one.is_output for message in one.messages]),
        output=chat.filled(answer),
        others=chat.filled(others),
    )


def _read(value: object, role: str) -> list[Message]:
    return [] if value is None else chat.messages(value, role)
