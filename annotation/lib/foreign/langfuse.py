"""Langfuse: the generations of its traces are interactions, and their scores signals.

A score of a whole trace is about what its user saw: the last answer in it that has words. A trace without generations
is itself the interaction, where it has an output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotation.lib import messages
from annotation.lib.foreign import scores, transcripts
from annotation.lib.foreign.found import Act, Answer, Aside, Found, Unusable, Wishes, not_an_object, record, text
from annotation.lib.foreign.times import utc

GENERATION = "GENERATION"
# What Langfuse copies from the telemetry: the messages once more, and facts about the process.
_COPIED = ("attributes", "resourceAttributes", "scope")
_OF_TRACE = ("name", "tags", "release", "version", "environment")
_OF_SCORE = {
    "source": "source",
    "comment": "comment",
    "dataType": "data_type",
    "authorUserId": "author",
    "observationId": "observation_id",
}


def found(value: Any, wishes: Wishes) -> Iterator[Found]:
    """A trace with its observations and scores, as the pages and the API give it; or one observation, or one score."""
    if not isinstance(value, dict):
        yield not_an_object(value, "a trace")
    elif isinstance(value.get("data"), list) and "id" not in value:
        for one in value["data"]:
            yield from found(one, wishes)
    elif _is_score(value):
        yield _later(value, wishes)
    elif "traceId" in value:
        yield from _of_trace({"id": value["traceId"], "scores": value.get("scores")}, [value], wishes)
    else:
        trace = value["trace"] if isinstance(value.get("trace"), dict) else value
        observations = value.get("observations") or trace.get("observations")
        yield from _of_trace(trace, observations if isinstance(observations, list) else [], wishes)


def _of_trace(trace: Mapping[str, Any], observations: list[Any], wishes: Wishes) -> Iterator[Found]:
    calls = [one for one in observations if isinstance(one, dict) and one.get("type") == GENERATION]
    calls.sort(key=lambda one: (str(_at(one)), str(one.get("id"))))
    if others := len(observations) - len(calls):
        yield Aside("observations that are no generation", others)
    records = [_of_call(trace, call, wishes) for call in calls]
    if not calls and trace.get("output") is not None:
        records = [_of_whole(trace, wishes)]
    if not records:
        yield from _nothing(trace, observations)
        return
    given, left_out = _scores(trace, records, wishes)
    for one in records:
        signals = given.get(str(one.get("id")))
        yield Answer(one | ({"signals": signals} if signals else {}))
    if left_out:
        yield Aside("scores that a rule leaves out", left_out)


def _nothing(trace: Mapping[str, Any], observations: list[Any]) -> Iterator[Found]:
    if not observations:
        told = "The trace holds no generation and no output: nobody was shown an answer. Export it with observations."
        yield Unusable("missing_field", told, text(trace.get("id")))


def _of_call(trace: Mapping[str, Any], call: Mapping[str, Any], wishes: Wishes) -> dict[str, Any]:
    values = {
        "id": text(call.get("id")),
        "conversation_id": text(trace.get("sessionId")) or text(trace.get("id")),
        "user_key": text(trace.get("userId")),
        "occurred_at": _at(call),
        "response_model": text(call.get("model")) or text(call.get("providedModelName")),
        "input": transcripts.messages_of(call.get("input"), "user"),
        "output": transcripts.messages_of(call.get("output"), "assistant"),
        "metadata": _metadata(trace, call),
    }
    return record(values, wishes)


def _of_whole(trace: Mapping[str, Any], wishes: Wishes) -> dict[str, Any]:
    return _of_call(trace, {**trace, "name": None, "startTime": trace.get("timestamp")}, wishes)


def _metadata(trace: Mapping[str, Any], call: Mapping[str, Any]) -> dict[str, Any]:
    metadata = transcripts.unpacked(call.get("metadata"))
    own = metadata if isinstance(metadata, dict) else {}
    values: dict[str, Any] = {
        "trace_id": trace.get("id"),
        "generation": call.get("name"),
        "tools": own.get("tools")
        or transcripts.tools_of(call.get("input"))
        or transcripts.tools_of(call.get("output")),
        **{name: trace.get(name) for name in _OF_TRACE},
        **_without_copies(transcripts.unpacked(trace.get("metadata"))),
        **_without_copies({name: one for name, one in own.items() if name != "tools"}),
    }
    return {name: one for name, one in values.items() if one not in (None, "", [], {})}


def _without_copies(metadata: Any) -> dict[str, Any]:
    return {name: one for name, one in metadata.items() if name not in _COPIED} if isinstance(metadata, dict) else {}


def _at(call: Mapping[str, Any]) -> str | None:
    """When the answer was there to be read."""
    return utc(call.get("endTime")) or utc(call.get("startTime"))


def _scores(
    trace: Mapping[str, Any], records: list[dict[str, Any]], wishes: Wishes
) -> tuple[dict[str, list[dict[str, Any]]], int]:
    """By interaction id: its signals; and how many scores a rule leaves out."""
    given: dict[str, list[dict[str, Any]]] = {}
    left_out = 0
    names = {str(one.get("id")) for one in records}
    listed = trace.get("scores")
    for score in listed if isinstance(listed, list) else []:
        if isinstance(score, dict):
            target = str(score.get("observationId"))
            signal = _signal(score, wishes)
            left_out += signal is None
            if signal is not None:
                given.setdefault(target if target in names else _last_answer(records), []).append(signal)
    return given, left_out


def _last_answer(records: list[dict[str, Any]]) -> str:
    spoken = [one for one in records if messages.text_of(one.get("output")).strip()]
    return str((spoken or records)[-1].get("id"))


def _signal(score: Mapping[str, Any], wishes: Wishes) -> dict[str, Any] | None:
    is_text = score.get("dataType") == "CATEGORICAL" or score.get("value") is None
    return scores.signal(
        name=str(score.get("name") or ""),
        value=score.get("stringValue") if is_text else score.get("value"),
        at=utc(score.get("timestamp")) or utc(score.get("createdAt")),
        id=text(score.get("id")),
        rules=wishes.rules,
        **{ours: score.get(theirs) for theirs, ours in _OF_SCORE.items()},
    )


def _is_score(value: Mapping[str, Any]) -> bool:
    return "name" in value and ("dataType" in value or "stringValue" in value) and "type" not in value


def _later(score: Mapping[str, Any], wishes: Wishes) -> Found:
    signal = _signal(score, wishes)
    if signal is None:
        return Aside("scores that a rule leaves out")
    target = text(score.get("observationId"))
    if target is None:
        told = "This score is about a whole trace, and here without it. Export traces with their scores instead."
        return Unusable("missing_field", told, text(score.get("id")))
    return Act(record({**signal, "interaction_id": target}, wishes))
