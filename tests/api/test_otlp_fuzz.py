"""Whatever is sent, an exporter is answered as OTLP says: never a crash, and no neighbor is lost."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.models import Feature, Interaction
from tests import cast, otel
from tests.otel import CHAT, JSON, LOGS, PROTOBUF, SAID, TRACES, Exporter

pytestmark = pytest.mark.django_db

ANSWERS = {200, 400, 413, 415}
ANY_TEST = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def exporters(feature: Feature) -> list[Exporter]:
    """One that speaks protobuf and one that speaks JSON."""
    _, secret = cast.token("ingest")
    return [Exporter(secret, encoding=PROTOBUF), Exporter(secret, encoding=JSON)]


NAMES = st.sampled_from(
    [
        *CHAT,
        *SAID,
        "gen_ai.input.messages",
        "gen_ai.system_instructions",
        "gen_ai.response.id",
        "gen_ai.response.finish_reasons",
        "gen_ai.request.choice.count",
        "gen_ai.conversation.id",
        "gen_ai.prompt.0.content",
        "gen_ai.completion.0.tool_calls.0.name",
        "gen_ai.completion",
        "gen_ai.event.content",
        "openinference.span.kind",
        "llm.output_messages.0.message.content",
        "llm.input_messages.1.message.tool_calls.0.tool_call.function.name",
        "llm.invocation_parameters",
        "output.value",
        "metadata",
        "user.id",
        "flywheel.feature",
        "flywheel.model_version",
        "flywheel.signal.kind",
        "flywheel.signal.id",
        "flywheel.signal.details",
        "gen_ai.evaluation.name",
        "gen_ai.evaluation.score.value",
        "annotations.0.annotation.name",
        "evaluations.0.evaluation.score",
        "message",
        "content",
        "role",
        "tool_calls",
        "id",
        "index",
    ]
)
EVENTS = st.sampled_from(
    [
        "gen_ai.choice",
        "gen_ai.user.message",
        "gen_ai.tool.message",
        "gen_ai.content.prompt",
        "gen_ai.content.completion",
        "gen_ai.client.inference.operation.details",
        "gen_ai.evaluation.result",
        "flywheel.signal",
        "",
    ]
)
WORDS = st.sampled_from(
    ["chat", "LLM", "email-drafts", "user", "1", "0", "\0", "[", '[{"role":1}]', '{"a":{}}', "null"]
)
TEXTS = WORDS | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS | st.just("parts"), inner, max_size=3),
    max_leaves=8,
)
JSON_TEXTS = VALUES.map(lambda value: orjson.dumps(value).decode())
ATTRIBUTES = st.dictionaries(NAMES | TEXTS, VALUES | JSON_TEXTS, max_size=8)
TIMES = st.sampled_from(["0", "1", str(otel.END), str(2**63 - 1)])


@st.composite
def spans(draw: st.DrawFn) -> dict[str, Any]:
    events = [otel.event(draw(EVENTS), draw(ATTRIBUTES)) for _ in range(draw(st.integers(0, 2)))]
    link = {"traceId": otel.TRACE, "spanId": draw(st.sampled_from(["", otel.SPAN]))}
    return otel.span(
        draw(st.sampled_from([CHAT, CHAT | SAID, {}])) | draw(ATTRIBUTES),
        spanId=draw(st.sampled_from(["", "00", "00000000000000aa", "00000000000000ab"])),
        endTimeUnixNano=draw(TIMES),
        events=events,
        links=[link] * draw(st.integers(0, 2)),
    )


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    return otel.log(
        draw(EVENTS),
        draw(VALUES | JSON_TEXTS),
        draw(ATTRIBUTES),
        spanId=draw(st.sampled_from(["", "00000000000000aa", otel.SPAN])),
        observedTimeUnixNano=draw(TIMES),
    )


@ANY_TEST
@given(sent=st.lists(spans(), max_size=3), is_json=st.booleans())
def test_whatever_spans_tell_their_neighbor_is_taken(
    exporters: list[Exporter], sent: list[dict[str, Any]], is_json: bool
) -> None:
    told = exporters[is_json].spans(*sent, otel.span())
    assert told.status == 200
    assert told.rejected <= len(sent)
    assert bool(told.message) == bool(told.rejected)
    assert Interaction.objects.filter(external_id=otel.ID).exists()


@ANY_TEST
@given(sent=st.lists(records(), max_size=4), is_json=st.booleans())
def test_whatever_log_records_tell_their_neighbor_is_taken(
    exporters: list[Exporter], sent: list[dict[str, Any]], is_json: bool
) -> None:
    signal = otel.log("flywheel.signal", attributes={"flywheel.signal.kind": "copied", "flywheel.signal.id": "good"})
    told = exporters[is_json].logs(*sent, signal | {"spanId": "00000000000000ff"})
    assert told.status == 200
    assert told.rejected <= len(sent)


@ANY_TEST
@given(raw=st.binary(max_size=60), cut=st.integers(0, 400), path=st.sampled_from([TRACES, LOGS]))
def test_broken_bodies_are_answered(exporters: list[Exporter], raw: bytes, cut: int, path: str) -> None:
    whole = otel.protobuf(TRACES, otel.traces(otel.span())) if path == TRACES else otel.protobuf(LOGS, otel.logs())
    for body in (raw, whole[:cut] + raw, whole[:cut] + raw + whole[cut + len(raw) :]):
        assert exporters[False].post(path, body).status in ANSWERS
    json = orjson.dumps(otel.traces(otel.span()))
    for body in (raw, json[:cut] + raw, json[:cut] + raw + json[cut + len(raw) :]):
        assert exporters[True].post(path, body).status in ANSWERS


FIELDS = """
    resourceSpans resourceLogs scopeSpans scopeLogs spans logRecords attributes key value stringValue arrayValue values
    kvlistValue intValue doubleValue traceId spanId events links status body resource
"""
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS.split()), inner, max_size=4),
    max_leaves=20,
)


@ANY_TEST
@given(inside=ANYTHING, path=st.sampled_from([TRACES, LOGS]))
def test_json_of_any_shape_is_answered(exporters: list[Exporter], inside: Any, path: str) -> None:
    name, scoped = ("resourceSpans", "scopeSpans") if path == TRACES else ("resourceLogs", "scopeLogs")
    leaf = "spans" if path == TRACES else "logRecords"
    for body in (inside, {name: inside}, {name: [inside]}, {name: [{scoped: [{leaf: [inside]}]}]}):
        try:
            raw = orjson.dumps(body)
        except TypeError:
            raw = repr(body).encode()
        assert exporters[True].post(path, raw).status in ANSWERS
