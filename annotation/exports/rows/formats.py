"""From what one row refers to, to the texts that its readers expect: values in, values out.

`sft`, `preference` and `kto` are TRL's conversational shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import orjson

from annotation.lib import messages, tools
from annotation.lib.messages import Message

Row: TypeAlias = dict[str, Any]
Turn: TypeAlias = tuple[object, object]
"""Input and output of an earlier interaction, each a string or a list of messages."""
Maker: TypeAlias = Callable[[Message], Message]
"""From a message as sent to one as a format spells it."""


class Source(NamedTuple):
    """What one row refers to, in the order in which `read` selects it. Each is read for every row of a large dataset,
    so it is no more than a tuple.

    `correction` is the better answer that stands in the row, `other_id` and `other_output` the interaction that a pair
    prefers; null where there is none.
    """

    ordinal: int
    is_imitated: bool
    is_praised: bool
    input: object
    output: object
    final_text: str | None
    correction: str | None
    other_id: str | None
    other_output: object
    metadata: object


def sft(source: Source, earlier: Sequence[Turn], *, make: Maker | None = None) -> Row:
    """The answer to imitate: as given where its reason permits `sft`, else as the user edited it, or as somebody who
    labeled it would have it."""
    if source.is_imitated:
        completion = answer(source.output, make)
    else:
        completion = edited(source.output, source.correction or source.final_text or "", make)
    return {
        "prompt": prompt(source.input, earlier, make),
        "completion": completion,
        "tools": _tools(source),
        **sft_target(source),
    }


def kto(source: Source, earlier: Sequence[Turn]) -> Row:
    """One answer, and whether it is one to give."""
    return {
        "prompt": prompt(source.input, earlier),
        "completion": answer(source.output),
        "label": source.is_praised,
        "tools": _tools(source),
    }


def preference(source: Source, earlier: Sequence[Turn], *, make: Maker | None = None) -> Row:
    """Two answers to one question: what was made of the draft, or made instead of it, and the draft."""
    if source.other_id is not None:
        chosen = answer(source.other_output, make)
    else:
        chosen = edited(source.output, source.correction or source.final_text or "", make)
    return {
        "prompt": prompt(source.input, earlier, make),
        "chosen": chosen,
        "rejected": answer(source.output, make),
        "tools": _tools(source),
        **preference_target(source),
    }


def sft_target(source: Source) -> Row:
    """Who wrote what is to be imitated."""
    return {"target_by": "model" if source.is_imitated else _editor(source)}


def preference_target(source: Source) -> Row:
    """Who wrote what is preferred, and the interaction that it is the answer of, if it is one."""
    by = "model" if source.other_id is not None else _editor(source)
    return {"target_by": by, "chosen_interaction_id": source.other_id}


def _tools(source: Source) -> list[Row] | None:
    return None if source.metadata is None else tools.known(source.metadata)


def _editor(source: Source) -> str:
    return "user" if source.correction is None else "annotator"


def prompt(sent: object, earlier: Sequence[Turn], make: Maker | None = None) -> list[Message]:
    """What the model was asked. Only a plain string needs the turns before it: a list of messages holds its own."""
    if not isinstance(sent, str):
        return _plain(sent, "user", make)
    return [*_conversation(earlier, make), {"role": "user", "content": sent}]


def answer(output: object, make: Maker | None = None) -> list[Message]:
    """What the model answered."""
    return _plain(output, "assistant", make)


def edited(output: object, text: str, make: Maker | None = None) -> list[Message]:
    """The answer with its last message replaced by another text."""
    return [*answer(output, make)[:-1], {"role": "assistant", "content": text}]


def last_text(output: object) -> str:
    """The text of the last message: the draft that an edit started from."""
    return messages.text_of(messages.as_messages(output, "assistant")[-1:])


def _conversation(earlier: Sequence[Turn], make: Maker | None) -> list[Message]:
    """The turns so far. One that was sent with its whole history stands for everything before it."""
    so_far: list[Message] = []
    for sent, output in earlier:
        asked = _plain(sent, "user", make)
        so_far = [*so_far, *asked] if isinstance(sent, str) else asked
        so_far += answer(output, make)
    return [message for message in so_far if message["content"] or "tool_calls" in message]


def _plain(value: object, role: str, make: Maker | None) -> list[Message]:
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    if (simple := _simple(value)) is not None:
        return simple
    sent = messages.as_messages(value, role)
    made = [(make or message)(one) for one in sent]
    if any("tool_calls" in one for one in made):
        _find_results(made)
        _name_results(sent, made)
    return made


def _simple(value: object) -> list[Message] | None:
    """Messages of a role and a text alone, as nearly all are; None where one is more or other than that."""
    made: list[Message] = []
    for one in value if isinstance(value, list) else ():
        if type(one) is not dict or len(one) != 2 or type(text := one.get("content")) is not str:
            return None
        role = one.get("role")
        if role in ("developer", "tool", None):
            return None
        made.append({"role": role, "content": text})
    return made


def _find_results(made: Sequence[Message]) -> None:
    """Some frameworks send what a tool gave as words of the user: an object in JSON, right after the call."""
    for before, one in pairwise(made):
        if "tool_calls" in before and one["role"] == "user" and _is_object(str(one["content"])):
            one["role"] = "tool"


def _is_object(text: str) -> bool:
    try:
        return text.startswith("{") and isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def _name_results(sent: Sequence[Message], made: Sequence[Row]) -> None:
    """Say of each result of a tool which tool it is of, where only the call's id tells."""
    names: dict[object, object] = {}
    for one, its in zip(sent, made, strict=True):
        for call, told in zip(_calls(one), its.get("tool_calls", ()), strict=False):
            names[call.get("id")] = told["function"]["name"]
        called = one.get("tool_call_id")
        if one["role"] == "tool" and "name" not in its and called is not None and called in names:
            its["name"] = names[called]


def message(sent: Message) -> Message:
    """Role, text, tool calls and name; parts of content become their text."""
    role, content = sent["role"], sent.get("content")
    if role == "developer":
        role = "system"
    text = content if isinstance(content, str) else messages.text_of([sent])
    made: Message = {"role": role, "content": text}
    if len(sent) > 2:
        if calls := _calls(sent):
            made["tool_calls"] = [_call(call["function"]) for call in calls]
        if sent.get("name"):
            made["name"] = sent["name"]
    return made


def _calls(sent: Message) -> Sequence[dict[str, Any]]:
    calls = sent.get("tool_calls")
    return calls if isinstance(calls, list) else ()


def _call(function: dict[str, object]) -> Message:
    arguments = _arguments(function.get("arguments"))
    return {"type": "function", "function": {"name": function["name"], "arguments": arguments}}


def _arguments(sent: object) -> dict[str, object]:
    """TRL's chat templates want an object. What can't be read as one is kept whole under `raw`."""
    if isinstance(sent, str):
        try:
            sent = orjson.loads(sent)
        except orjson.JSONDecodeError:
            return {"raw": sent}
    if sent is None:
        return {}
    return sent if isinstance(sent, dict) else {"raw": sent}
