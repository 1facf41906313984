"""LangSmith: its runs of models are interactions, and feedback signals. Written from the documented shape alone.

`session_id` of a run is its project; the conversation is named in the metadata, as its own pages read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotation.lib.foreign import scores, transcripts
from annotation.lib.foreign.found import Act, Answer, Aside, Found, Wishes, not_an_object, record, text
from annotation.lib.foreign.times import utc

_CONVERSATION = ("session_id", "thread_id", "conversation_id")
_USER = ("user_id", "user", "user_key")


def found(value: Any, wishes: Wishes) -> Iterator[Found]:
    """A run with the feedback inside it, or feedback by itself, which finds its run by the id."""
    if not isinstance(value, dict):
        yield not_an_object(value, "a run")
    elif isinstance(value.get("runs"), list):
        for one in value["runs"]:
            yield from found(one, wishes)
    elif "run_id" in value and "key" in value:
        yield _feedback(value, wishes)
    elif value.get("run_type", "llm") != "llm":
        yield Aside("runs that are no call of a model")
    else:
        yield from _run(value, wishes)


def _run(run: Mapping[str, Any], wishes: Wishes) -> Iterator[Found]:
    listed = run.get("feedback")
    given = [_signal(one, wishes) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    signals = [one for one in given if one is not None]
    yield Answer(_record(run, wishes) | ({"signals": signals} if signals else {}))
    if left_out := len(given) - len(signals):
        yield Aside("scores that a rule leaves out", left_out)


def _record(run: Mapping[str, Any], wishes: Wishes) -> dict[str, Any]:
    extra = _object(run.get("extra"))
    metadata = _object(extra.get("metadata"))
    parameters = _object(extra.get("invocation_params"))
    values = {
        "id": text(run.get("id")),
        "conversation_id": _first(metadata, _CONVERSATION) or text(run.get("trace_id")),
        "user_key": _first(metadata, _USER),
        "occurred_at": utc(run.get("end_time")) or utc(run.get("start_time")),
        "request_model": _first(metadata, ("ls_model_name",)) or _first(parameters, ("model", "model_name")),
        "input": transcripts.messages_of(run.get("inputs"), "user"),
        "output": transcripts.messages_of(run.get("outputs"), "assistant"),
        "metadata": _said(run, parameters) | metadata,
    }
    return record(values, wishes)


def _said(run: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Averages of feedback have no time and no person, so they are no signals."""
    told = {"run": run.get("name"), "trace_id": run.get("trace_id"), "tags": run.get("tags")}
    told |= {"feedback_stats": run.get("feedback_stats"), "tools": parameters.get("tools")}
    return {name: one for name, one in told.items() if one}


def _feedback(value: Mapping[str, Any], wishes: Wishes) -> Found:
    signal = _signal(value, wishes)
    if signal is None:
        return Aside("scores that a rule leaves out")
    return Act(record({**signal, "interaction_id": text(value.get("run_id"))}, wishes))


def _signal(feedback: Mapping[str, Any], wishes: Wishes) -> dict[str, Any] | None:
    score = feedback.get("score")
    return scores.signal(
        name=str(feedback.get("key") or ""),
        value=feedback.get("value") if score is None else score,
        at=utc(feedback.get("created_at")),
        id=text(feedback.get("id")),
        rules=wishes.rules,
        comment=feedback.get("comment"),
        correction=feedback.get("correction"),
    )


def _object(value: Any) -> dict[str, Any]:
    unpacked = transcripts.unpacked(value)
    return unpacked if isinstance(unpacked, dict) else {}


def _first(values: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := text(values.get(name)))), None)
