"""Chat messages as they are sent and stored: `{"role", "content", "tool_calls"?, "name"?}`, or a plain string."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

Message: TypeAlias = dict[str, object]


def _with(name: str, value: object) -> dict[str, object]:
    return {"type": "object", "required": [name], "properties": {name: value}}


ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
MAX_DEPTH = 32
"""Levels of nesting in messages; arguments of tool calls are what nests."""

_PART = {"anyOf": [{"type": "string"}, _with("type", {"type": "string"})]}
_CALL = _with("function", _with("name", {"type": "string"}))

SCHEMA: dict[str, object] = {
    "type": "object",
    "required": ["role"],
    "properties": {
        "role": {"enum": sorted(ROLES)},
        "name": {"type": ["string", "null"]},
        "content": {"anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": _PART}]},
        "tool_calls": {"anyOf": [{"type": "null"}, {"type": "array", "items": _CALL}]},
    },
    "anyOf": [_with("content", {"type": ["string", "array"]}), _with("tool_calls", {"type": "array", "minItems": 1})],
}
"""A message that `validate` lets pass, as JSON Schema; all but its depth."""

# Where the visible text stands in a content part, by the type of the part: chat completions, responses, OpenTelemetry.
_TEXT_KEYS = {
    "text": ("text", "content"),
    "input_text": ("text",),
    "output_text": ("text",),
    "refusal": ("refusal",),
}

# Parts of other types that are no attachments: calls of tools and their results stand in the messages themselves.
_NO_ATTACHMENTS = {*_TEXT_KEYS, "tool_call", "tool_call_response", "tool_use", "tool_result", "function_call"}
_KINDS = {"image_url": "image", "input_image": "image", "input_audio": "audio", "input_file": "file"}
_ADDRESSES = ("url", "image_url", "uri", "file_url")


def as_messages(value: object, role: str) -> list[Message]:
    """A list of messages as it is, and a string as one message of that role. Takes what `validate` lets pass."""
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    return [message for message in _listed(value) if isinstance(message, dict)]


def text_of(value: object) -> str:
    """The text that a reader sees, messages and parts two newlines apart. Tool calls and reasoning are not text."""
    if isinstance(value, str):
        return value
    return "\n\n".join(text for message in _listed(value) if (text := _content_text(message)))


def texts_of(value: object, role: str) -> list[str]:
    """The text of each message of that role, in order; messages without text are left out."""
    messages = as_messages(value, role)
    return [text for message in messages if message.get("role") == role and (text := _content_text(message))]


def tool_results(sent: object, answered: object) -> list[str]:
    """What tools gave for an answer: since the user's last message, and between the messages of the answer itself."""
    results: list[str] = []
    for message in as_messages(sent, "user"):
        if message.get("role") == "user":
            results = []
        elif message.get("role") == "tool" and (text := _content_text(message)):
            results.append(text)
    return results + texts_of(answered if isinstance(answered, list) else [], "tool")


def finish_reason(answered: object) -> str | None:
    """Why the model stopped, where its last message says it, as those of OpenTelemetry do."""
    last = answered[-1] if isinstance(answered, list) and answered else None
    reason = last.get("finish_reason") if isinstance(last, dict) else None
    return reason if isinstance(reason, str) and reason else None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of a message that is no text: an image, a sound, a file, or whatever its type says.

    `url` leads to it where it lies on the web, and is empty where it came inside the record; `about` is its host, else
    its media type or name as sent.
    """

    kind: str
    url: str = ""
    about: str = ""


def attachments(message: Message) -> list[Attachment]:
    """The parts of a message that `text_of` leaves out, but for calls of tools, in their order."""
    parts = [part for part in _listed(message.get("content")) if isinstance(part, Mapping)]
    return [_attachment(part) for part in parts if str(part.get("type")) not in _NO_ATTACHMENTS]


def _attachment(part: Mapping[str, object]) -> Attachment:
    kind = str(part.get("type"))
    inside = part.get(kind) if isinstance(part.get(kind), Mapping) else part.get("source")
    told = {**part, **inside} if isinstance(inside, Mapping) else dict(part)
    kind = _KINDS.get(kind, str(told.get("modality") or kind))
    address = next((value for name in _ADDRESSES if isinstance(value := told.get(name), str) and value), "")
    if address.startswith(("https://", "http://")):
        return Attachment(kind, address, _host(address))
    return Attachment(kind, "", _media(told, address))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _media(told: Mapping[str, object], address: str) -> str:
    """The media type or name that is said of something, or that its `data:` address begins with."""
    if address.startswith("data:"):
        return address[5:60].partition(";")[0].partition(",")[0]
    names = ("filename", "mime_type", "media_type", "format")
    return next((value[:100] for name in names if isinstance(value := told.get(name), str)), "")


def validate(value: object) -> str | None:
    """What is wrong with a sent input or output, in words that follow its name; None if nothing is."""
    if isinstance(value, str):
        return None
    if not isinstance(value, list):
        return "must be a string or a list of messages"
    if not value:
        return "holds no message"
    if is_plain(value):
        return None
    if _deeper_than(value, MAX_DEPTH):
        return f"is nested deeper than {MAX_DEPTH} levels"
    for number, message in enumerate(value, start=1):
        if problem := _message_problem(message):
            return f"has a problem in message {number}: {problem}"
    return None


def is_plain(value: object) -> bool:
    """A text, or messages of a role and a text each, as nearly all are: there is nothing more to look at."""
    if not isinstance(value, list):
        return isinstance(value, str)
    # Written out: this runs for every record that is sent, and a call for each message takes as long as all else.
    for message in value:
        if type(message) is not dict or len(message) != 2 or type(message.get("content")) is not str:
            return False
        role = message.get("role")
        if type(role) is not str or role not in ROLES:
            return False
    return True


def _message_problem(message: object) -> str | None:
    if not isinstance(message, dict):
        return "it is not an object"
    role = message.get("role")
    if not isinstance(role, str) or role not in ROLES:
        return f"its role must be one of {', '.join(sorted(ROLES))}"
    if not isinstance(message.get("name", ""), str | None):
        return "its name must be a string"
    calls = message.get("tool_calls")
    return _calls_problem(calls) or _content_problem(message.get("content"), has_calls=bool(calls))


def _content_problem(content: object, *, has_calls: bool) -> str | None:
    if content is None:
        return None if has_calls else "it has neither content nor tool_calls"
    if isinstance(content, str):
        return None
    if not isinstance(content, list):
        return "its content must be a string or a list of parts"
    for part in content:
        if not isinstance(part, str) and not (isinstance(part, dict) and isinstance(part.get("type"), str)):
            return "each part of its content must be an object with a type"
    return None


def _calls_problem(calls: object) -> str | None:
    if calls is None:
        return None
    if not isinstance(calls, list):
        return "its tool_calls must be a list"
    for call in calls:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            return "each of its tool_calls must be an object with function.name"
    return None


def _content_text(message: object) -> str:
    content = message.get("content") if isinstance(message, Mapping) else None
    if isinstance(content, str):
        return content
    return "\n\n".join(text for part in _listed(content) if (text := _part_text(part)))


def _part_text(part: object) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return ""
    for key in _TEXT_KEYS.get(str(part.get("type")), ()):
        text = part.get(key)
        if isinstance(text, str):
            return text
    return ""


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _deeper_than(value: object, levels: int) -> bool:
    """Level by level and not by recursion: what is sent must not decide how deep the stack gets."""
    nested = [value]
    for _ in range(levels + 1):
        nested = [child for parent in nested for child in _children(parent)]
        if not nested:
            return False
    return True


def _children(value: object) -> list[object]:
    """The lists and objects right inside one."""
    inside = value.values() if isinstance(value, dict) else _listed(value)
    return [child for child in inside if isinstance(child, dict | list)]
