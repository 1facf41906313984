"""Langfuse: the recorded traces of real frameworks, against the messages that Langfuse itself makes of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotation.ingest import record
from annotation.lib.foreign import langfuse, scores
from annotation.lib.foreign.found import Act, Answer, Aside, Unusable, Wishes
from tests import realdata

FOLDER = "langfuse_framework_traces"
WISHES = Wishes(feature="agents")
# Langfuse has no role for it, and this contract no other name.
ROLES = {"model": "assistant"}

real = realdata.requires(FOLDER)


def traces() -> list[Path]:
    return sorted(realdata.folder(FOLDER).glob("*.trace.json"))


def answers(path: Path) -> dict[str, dict[str, Any]]:
    found = langfuse.found(json.loads(path.read_text()), WISHES)
    return {one.record["id"]: one.record for one in found if isinstance(one, Answer)}


def comparable(message: dict[str, Any]) -> dict[str, Any]:
    """What both sides say of a message; Langfuse writes calls flat, and offered tools beside each message."""
    kept = {name: message[name] for name in ("content", "name", "tool_call_id") if message.get(name) is not None}
    calls = [{**one.get("function", {}), **one} for one in message.get("tool_calls", ())]
    called = [(one["id"], one["name"], one["arguments"], one["type"]) for one in calls]
    return kept | {"role": ROLES.get(message["role"], message["role"])} | ({"tool_calls": called} if called else {})


def expected() -> Iterator[Any]:
    if not realdata.folder(FOLDER).is_dir():
        return
    for path in traces():
        whole = json.loads(path.read_text())["trace"]["observations"]
        generations = {one["id"] for one in whole if one["type"] == "GENERATION"}
        sides = json.loads(path.with_name(path.name.replace(".trace.", ".chatml.")).read_text())
        for id in sorted(sides.keys() & generations):
            for side, made in sides[id].items():
                if made["success"]:
                    yield pytest.param(path, id, side, made["data"], id=f"{path.name.split('.')[0]}-{id}-{side}")


@real
@pytest.mark.parametrize(("path", "id", "side", "data"), list(expected()))
def test_messages_are_those_that_langfuse_makes(path: Path, id: str, side: str, data: list[dict[str, Any]]) -> None:
    # Where Langfuse puts a whole choice aside as JSON, the message stands inside it.
    wanted = [one if "role" in one else one["json"]["message"] for one in data]
    assert [comparable(one) for one in answers(path)[id][side]] == [comparable(one) for one in wanted]


@real
def test_every_generation_is_a_record_that_can_be_stored() -> None:
    sent = [one for path in traces() for one in answers(path).values()]
    signals = [signal for one in sent for signal in one.get("signals", ())]

    assert len(sent) == 16
    assert len({one["id"] for one in sent}) == 16
    assert len(signals) == 13
    assert Counter(signal["kind"] for signal in signals) == {"toxicity": 6, "hallucination": 6, "correctness": 1}
    for one in sent:
        record.interaction(one)


@real
def test_other_observations_are_counted_and_not_lost_silently() -> None:
    found = [one for path in traces() for one in langfuse.found(json.loads(path.read_text()), WISHES)]
    asides = [one for one in found if isinstance(one, Aside)]

    assert sum(one.count for one in asides) + 16 == 42
    assert not [one for one in found if isinstance(one, Unusable | Act)]


@real
def test_conversation_user_model_and_tools_are_kept() -> None:
    by_trace = {path.name.split("-")[0]: list(answers(path).values()) for path in traces()}

    (autogen,) = by_trace["autogen"]
    assert (autogen["conversation_id"], autogen["user_key"]) == ("session_abc", "user_123")
    assert (autogen["response_model"], autogen["occurred_at"]) == ("gpt-4o", "2025-06-06T11:31:34.606Z")
    assert autogen["output"] == "Hello World!"
    assert autogen["metadata"]["tags"] == ["autogen", "dev"]
    assert {one["conversation_id"] for one in by_trace["claude"]} == {"097f1d8982fa909b8cffb14a166ec272"}
    assert [one["metadata"]["tools"][0]["function"]["name"] for one in by_trace["langgraph"]] == ["Web-Search"] * 2
    assert "attributes" not in autogen["metadata"]


@real
def test_a_score_of_a_trace_is_about_its_last_answer_with_words() -> None:
    (path,) = [path for path in traces() if path.name.startswith("claude")]
    scored = {id for id, one in answers(path).items() if "signals" in one}

    assert scored == {"371496f71d82baed"}


def trace(**changes: Any) -> dict[str, Any]:
    return {
        "id": "t1",
        "timestamp": "2026-03-02T08:00:00.000Z",
        "observations": [
            {
                "id": "g1",
                "type": "GENERATION",
                "startTime": "2026-03-02T08:00:00.000Z",
                "providedModelName": "m",
                "input": "Hi",
                "output": "Ho",
            }
        ],
        "scores": [],
    } | changes


def score(name: str = "user_thumb", value: float | None = 0, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"s-{name}",
        "name": name,
        "value": value,
        "dataType": "NUMERIC",
        "timestamp": "2026-03-02T08:01:00.000Z",
        "comment": "no",
        "traceId": "t1",
    } | changes


def test_scores_become_signals_by_the_rules() -> None:
    rules = scores.parse(["tone:rude=escalated", "noise=-"], with_default=True)
    given = [
        score(),
        score("tone", None, stringValue="Rude", dataType="CATEGORICAL", observationId="g1"),
        score("noise"),
    ]
    answer, aside = langfuse.found(trace(scores=given), Wishes(feature="f", rules=rules))

    assert isinstance(answer, Answer)
    thumb, tone = answer.record["signals"]
    assert (thumb["kind"], thumb["id"], thumb["observed_at"]) == (
        "thumbs_down",
        "s-user_thumb",
        "2026-03-02T08:01:00.000Z",
    )
    assert thumb["details"] == {"name": "user_thumb", "value": 0, "data_type": "NUMERIC", "comment": "no"}
    assert (tone["kind"], tone["details"]["value"]) == ("escalated", "Rude")
    assert aside == Aside("scores that a rule leaves out", 1)


def test_a_score_by_itself_is_a_signal_of_its_observation() -> None:
    (act,) = langfuse.found(score(observationId="g1"), WISHES)
    (lost,) = langfuse.found(score(), WISHES)

    assert isinstance(act, Act)
    assert (act.record["interaction_id"], act.record["kind"], act.record["feature"]) == ("g1", "thumbs_down", "agents")
    assert isinstance(lost, Unusable)
    assert "Export traces with their scores" in lost.message


def test_a_trace_without_generations_is_itself_the_interaction() -> None:
    (answer,) = langfuse.found(trace(observations=[], input='"Hi"', output='{"answer": "Ho"}'), WISHES)
    (empty,) = langfuse.found(trace(observations=[]), WISHES)

    assert isinstance(answer, Answer)
    assert (answer.record["id"], answer.record["input"], answer.record["output"]) == ("t1", "Hi", "Ho")
    assert isinstance(empty, Unusable)
    assert empty.id == "t1"


def test_what_is_no_trace_says_so() -> None:
    (told,) = langfuse.found(["x"], WISHES)
    assert isinstance(told, Unusable)
    assert "file of another format" in told.message
