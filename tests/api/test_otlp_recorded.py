"""What real clients sent arrives whole: compared with the exchanges that they recorded, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from annotation.models import Interaction, PartialCall
from tests import cast, exchanges, otel, realdata
from tests.exchanges import Exchange
from tests.otel import JSON, LOGS, TRACES, Exporter

PAYLOADS = "otlp_real_client_payloads"
EXAMPLES = "otlp_proto_examples"
CALLS = 5  # of six, since one was answered with 404

pytestmark = [pytest.mark.django_db, realdata.requires(PAYLOADS, EXAMPLES, exchanges.FOLDER)]


def requests(mode: str) -> dict[str, bytes]:
    folder = realdata.folder(PAYLOADS) / f"otel_openai_v2_{mode}"
    return {TRACES: _only(folder, "traces"), LOGS: _only(folder, "logs")}


def _only(folder: Path, name: str) -> bytes:
    (found,) = folder.glob(f"*_v1_{name}.pb")
    return found.read_bytes()


@pytest.mark.parametrize("order", [(TRACES, LOGS), (LOGS, TRACES)], ids=["spans first", "logs first"])
@pytest.mark.parametrize("mode", ["default", "experimental"])
def test_each_call_arrives_whole_in_either_order_and_once(mode: str, order: tuple[str, str]) -> None:
    cast.feature(f"real-client-otel-openai-v2-{mode}")
    exporter = Exporter()
    sent = requests(mode)
    for path in (*order, *order):
        assert exporter.post(path, sent[path]).is_all_well
    recorded = {one.response_id: one for one in exchanges.read() if one.response_id}
    stored = list(Interaction.objects.select_related("content"))
    assert len(stored) == CALLS
    for one in stored:
        assert_is(one, recorded[one.content.metadata["gen_ai.response.id"]])
    assert_attributes_arrived(sent[TRACES], {one.external_id: one for one in stored})
    failed = PartialCall.objects.filter(stored_at=None)
    assert [one.has_output for one in failed] == [False]


def assert_is(stored: Interaction, recorded: Exchange) -> None:
    content = stored.content
    assert [plain(one) for one in content.input or []] == [plain(one) for one in recorded.asked()]
    assert stored.request_model == recorded.request["model"]
    if recorded.request.get("stream"):
        assert [plain(one) for one in content.output] == [{"role": "assistant", "content": recorded.streamed()}]
        return
    answers = [plain(one) for one in [*content.output, *content.metadata.get("other_choices", [])]]
    assert answers == [plain(one) for one in recorded.answered()]
    assert len(content.output) == 1
    assert stored.response_model == stored.model_version == orjson.loads(recorded.answer)["model"]
    usage = orjson.loads(recorded.answer)["usage"]
    assert content.metadata["gen_ai.usage.input_tokens"] == usage["prompt_tokens"]
    assert content.metadata["gen_ai.usage.output_tokens"] == usage["completion_tokens"]


def plain(message: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, without what the two shapes spell differently: absent fields, arguments as JSON or not."""
    kept = {name: message[name] for name in ("role", "content", "tool_call_id") if message.get(name) is not None}
    if calls := message.get("tool_calls"):
        kept["tool_calls"] = [(one["id"], one["function"]["name"], _arguments(one)) for one in calls]
    return kept


def _arguments(call: Mapping[str, Any]) -> Any:
    found = call["function"]["arguments"]
    return orjson.loads(found) if isinstance(found, str) else found


COLUMNS = {"gen_ai.request.model": "request_model", "gen_ai.response.model": "response_model"}
CONTENT = {"gen_ai.input.messages", "gen_ai.output.messages"}


def assert_attributes_arrived(body: bytes, stored: Mapping[str, Interaction]) -> None:
    """Read by protobuf alone: each attribute of each call's span is a column, content, or in the metadata."""
    request = ExportTraceServiceRequest.FromString(body)
    spans = [span for group in request.resource_spans for scoped in group.scope_spans for span in scoped.spans]
    met = 0
    for span in spans:
        if (one := stored.get(f"{span.trace_id.hex()}-{span.span_id.hex()}")) is None:
            continue
        met += 1
        assert round(one.occurred_at.timestamp() * 1000) == round(span.end_time_unix_nano / 1_000_000)
        assert one.content.metadata["span.name"] == span.name
        for pair in span.attributes:
            if pair.key not in CONTENT:
                value = getattr(one, COLUMNS[pair.key]) if pair.key in COLUMNS else one.content.metadata[pair.key]
                assert value == _value(pair.value), pair.key
    assert met == CALLS


def _value(sent: Any) -> Any:
    name = sent.WhichOneof("value")
    found = getattr(sent, name)
    return [_value(one) for one in found.values] if name == "array_value" else found


@pytest.mark.parametrize(("path", "name"), [(TRACES, "trace"), (LOGS, "logs"), (LOGS, "events")])
def test_the_project_s_own_examples_are_taken_and_are_no_interactions(path: str, name: str) -> None:
    exporter = Exporter(encoding=JSON)
    raw = (realdata.folder(EXAMPLES) / f"{name}.json").read_bytes()
    for _ in range(2):
        told = exporter.post(path, raw)
        assert (told.status, told.raw) == (200, b"{}")
    assert not Interaction.objects.exists()
    assert not PartialCall.objects.exists()


def test_the_same_example_as_protobuf(db: None) -> None:
    raw = orjson.loads((realdata.folder(EXAMPLES) / "trace.json").read_bytes())
    assert Exporter().post(TRACES, otel.protobuf(TRACES, raw)).is_all_well
