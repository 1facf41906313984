"""POST /otlp/v1/traces and /otlp/v1/logs: what an exporter is answered, in the encoding that it speaks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from django.test import Client

from annotation.ingest import body, identity
from annotation.lib.otlp import wire
from annotation.models import ApiToken, Feature, Interaction, Signal, WaitingSignal
from tests import away, cast, otel
from tests.otel import CHAT, END, ID, JSON, LOGS, PROTOBUF, SAID, TRACES, Exporter

pytestmark = pytest.mark.django_db

NOTHING: dict[str, dict[str, Any]] = {TRACES: {"resourceSpans": []}, LOGS: {"resourceLogs": []}}


@pytest.fixture(params=[PROTOBUF, JSON])
def exporter(request: pytest.FixtureRequest, feature: Feature) -> Exporter:
    return Exporter(encoding=request.param)


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_call_becomes_an_interaction_with_all_that_its_span_tells(exporter: Exporter, is_packed: bool) -> None:
    asked = [{"role": "user", "parts": [{"type": "text", "content": "Thank Ann."}]}]
    more = {
        "gen_ai.input.messages": orjson.dumps(asked).decode(),
        "gen_ai.conversation.id": "c7",
        "user.id": "u-19",
        "flywheel.model_version": "drafts-7",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.response.finish_reasons": ["stop"],
        "tenant": "a",
    }
    told = exporter.spans(otel.span(CHAT | SAID | more), is_packed=is_packed)
    assert (told.status, told.content_type, told.is_all_well) == (200, exporter.encoding, True)
    one = Interaction.objects.get()
    assert (one.feature.slug, one.external_id, one.conversation_id) == ("email-drafts", ID, "c7")
    assert (one.model_version, one.request_model, one.response_model) == ("drafts-7", "m", "m-1")
    assert one.occurred_at == datetime(2026, 3, 2, 9, 0, 0, 500_000, tzinfo=UTC)
    assert bytes(one.user_hash or b"") == identity.user_hash(feature="email-drafts", user_key="u-19")
    assert one.content.input == [{"role": "user", "content": "Thank Ann."}]
    assert one.content.output == [{"role": "assistant", "content": "Dear Ann"}]
    assert one.content.metadata == {
        "span.name": "chat m",
        "otel.scope.name": "lib",
        "service.name": "email-drafts",
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.response.finish_reasons": ["stop"],
        "tenant": "a",
    }


@pytest.mark.parametrize("path", [TRACES, LOGS])
def test_an_answer_to_all_well_says_nothing(exporter: Exporter, path: str) -> None:
    told = exporter.post(path, NOTHING[path])
    assert told.is_all_well
    assert told.raw == (b"" if exporter.encoding == PROTOBUF else b"{}")


def test_a_span_sent_twice_is_stored_once_and_the_first_stays(exporter: Exporter) -> None:
    assert exporter.spans(otel.span()).is_all_well
    assert exporter.spans(otel.span()).is_all_well
    changed = exporter.spans(otel.span(CHAT | SAID | {"more": "of it"}))
    assert (changed.status, changed.rejected) == (200, 1)
    assert "sent before with other content" in changed.message
    assert ID in changed.message
    assert "more" not in Interaction.objects.get().content.metadata


def test_spans_that_are_no_model_calls_are_taken_and_forgotten(exporter: Exporter) -> None:
    others: list[dict[str, Any]] = [{}, {"gen_ai.operation.name": "embeddings"}, {"openinference.span.kind": "CHAIN"}]
    assert exporter.spans(*(otel.span(one | SAID) for one in others)).is_all_well
    assert not Interaction.objects.exists()


def test_one_bad_span_sinks_no_other(exporter: Exporter) -> None:
    told = exporter.spans(
        otel.span(spanId="0" * 16),
        otel.span(endTimeUnixNano="0", startTimeUnixNano="0", spanId="0000000000000001"),
        otel.span(CHAT | SAID | {"flywheel.feature": "nowhere"}, spanId="0000000000000002"),
        otel.span(CHAT | SAID | {"user.id": "u\0"}, spanId="0000000000000003"),
        otel.span(CHAT | SAID | {"session.id": "s" * 257}, spanId="0000000000000004"),
        otel.span(),
    )
    assert (told.status, told.rejected) == (200, 5)
    for words in ("lacks a trace id", "occurred_at is missing", "no feature nowhere", "U+0000", "at most 256"):
        assert words in told.message
    assert Interaction.objects.get().external_id == ID


def test_a_span_without_any_name_of_a_feature_is_told_how_to_name_one(exporter: Exporter) -> None:
    told = exporter.post(TRACES, otel.traces(otel.span(), resource={}))
    assert told.rejected == 1
    assert "Set the resource attribute flywheel.feature or service.name" in told.message


def test_the_feature_is_named_by_span_then_resource_then_service(exporter: Exporter) -> None:
    cast.feature("support-chat")
    by_span = otel.span(CHAT | SAID | {"flywheel.feature": "email-drafts"}, spanId="0000000000000001")
    resource = {"flywheel.feature": "support-chat", "service.name": "shop"}
    assert exporter.post(TRACES, otel.traces(otel.span(), by_span, resource=resource)).is_all_well
    assert sorted(Interaction.objects.values_list("feature__slug", flat=True)) == ["email-drafts", "support-chat"]


def test_a_token_of_one_feature_sends_for_no_other(feature: Feature) -> None:
    other = cast.feature("support-chat")
    bound = Exporter(cast.token("ingest", of=other)[1])
    told = bound.spans(otel.span())
    assert told.rejected == 1
    assert "Only records of the feature support-chat" in told.message


@pytest.mark.parametrize("path", [TRACES, LOGS])
@pytest.mark.parametrize(
    ("secret", "status", "code"), [("fw_unknown", 401, 16), ("read-only", 403, 7)], ids=["unknown", "without scope"]
)
def test_without_a_token_of_the_scope_it_is_a_status(
    feature: Feature, path: str, secret: str, status: int, code: int
) -> None:
    for encoding in otel.exporters():
        named = cast.token("read")[1] if secret == "read-only" else secret
        told = Exporter(named, encoding=encoding).post(path, NOTHING[path])
        assert (told.status, told.code, told.content_type) == (status, code, encoding)
        assert told.message.endswith(".") or "create_token" in told.message
    assert Client().post(path, b"x", content_type=PROTOBUF)["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", [TRACES, LOGS])
def test_a_body_that_is_no_otlp_is_400_and_says_why(feature: Feature, path: str) -> None:
    name = next(iter(NOTHING[path]))
    bodies: list[tuple[str, bytes]] = [
        (PROTOBUF, b"\xff\xff\xff"),
        (PROTOBUF, b"\x0a\x7f"),
        (PROTOBUF, otel.protobuf(path, NOTHING[path]) + b"\x0a\x05abc"),
        (JSON, b""),
        (JSON, b"{"),
        (JSON, b"[]"),
        (JSON, b"7"),
        (JSON, b'{"%s": {}}' % name.encode()),
        (JSON, b'{"%s": [7]}' % name.encode()),
        (JSON, b'{"%s": [{"resource": "x"}]}' % name.encode()),
        (JSON, b"[" * 100_000),
    ]
    for encoding, raw in bodies:
        told = Exporter(encoding=encoding).post(path, raw)
        assert (told.status, told.code, told.content_type) == (400, 3, encoding), raw[:30]
        assert told.message.endswith(".")
    broken = Exporter().post(path, b"no gzip", Content_Encoding="gzip")
    assert broken.status == 400


def test_bodies_too_large_are_413(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Exporter().post(TRACES, b"\0" * (body.MAX_BYTES + 1))
    assert (told.status, told.code) == (413, 8)
    assert "Send it in smaller parts" in told.message
    monkeypatch.setattr(body, "MAX_RECORDS", 2)
    assert Exporter().spans(*[otel.span()] * 3).status == 413


def test_a_body_of_very_many_small_messages_is_refused_before_it_fills_the_memory(feature: Feature) -> None:
    spans = b"\x12\x00" * (wire.MAX_MESSAGES + 1)
    scoped = b"\x12" + _size(spans) + spans
    told = Exporter().post(TRACES, b"\x0a" + _size(scoped) + scoped)
    assert (told.status, told.code) == (413, 8)
    json = b'{"resourceSpans":[' + b"{}," * (body.MAX_VALUES + 1) + b"{}]}"
    assert Exporter(encoding=JSON).post(TRACES, json).status == 413


def _size(inside: bytes) -> bytes:
    digits, left = [], len(inside)
    while left > 0x7F:
        digits.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes((*digits, left))


def test_another_encoding_or_type_is_415_told_in_json(feature: Feature) -> None:
    exporter = Exporter()
    exporter.encoding = "text/plain"
    told = exporter.post(TRACES, b"x")
    assert (told.status, told.content_type) == (415, JSON)
    assert "application/x-protobuf or application/json" in told.message
    packed = Exporter().post(TRACES, b"x", Content_Encoding="br")
    assert (packed.status, packed.content_type) == (415, PROTOBUF)


def test_what_no_endpoint_answers_is_a_status_too(feature: Feature) -> None:
    client = Exporter().client
    metrics = client.post("/otlp/v1/metrics", b"x", content_type=PROTOBUF)
    assert (metrics.status_code, metrics["Content-Type"]) == (404, PROTOBUF)
    read = client.get(TRACES)
    assert (read.status_code, read["Allow"]) == (405, "POST")
    assert read.json() == {"code": 12, "message": "Send this with POST."}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", [TRACES, LOGS])
def test_while_the_database_is_away_an_exporter_is_told_to_come_again(exporter: Exporter, path: str) -> None:
    exporter.client.raise_request_exception = False
    with away.database():
        told = exporter.post(path, NOTHING[path])
    assert (told.status, told.code, told.content_type) == (503, 14, exporter.encoding)
    assert told.headers["Retry-After"] == "5"
    assert exporter.post(path, NOTHING[path]).is_all_well


class TestFeedback:
    def test_a_signal_in_the_context_of_the_span_reaches_its_interaction(self, exporter: Exporter) -> None:
        exporter.spans(otel.span())
        sent = otel.log(
            "flywheel.signal",
            attributes={
                "flywheel.signal.kind": "thumbs_down",
                "flywheel.signal.id": "s-1",
                "flywheel.signal.details": '{"comment": "too long"}',
            },
        )
        assert exporter.logs(sent).is_all_well
        assert exporter.logs(sent).is_all_well
        signal = Signal.objects.get()
        assert (signal.interaction.external_id, signal.external_id, signal.kind) == (ID, "s-1", "thumbs_down")
        assert signal.content.details == {"comment": "too long"}

    def test_an_evaluation_is_kept_whole_under_its_own_name(self, exporter: Exporter) -> None:
        exporter.spans(otel.span())
        attributes = {
            "gen_ai.evaluation.name": "Relevance",
            "gen_ai.evaluation.score.value": 0.9,
            "gen_ai.evaluation.score.label": "relevant",
            "gen_ai.evaluation.explanation": "It answers.",
            "judge": "j-1",
        }
        assert exporter.logs(otel.log("gen_ai.evaluation.result", attributes=attributes)).is_all_well
        signal = Signal.objects.get()
        assert signal.kind == "Relevance"
        assert signal.content.details == {
            "name": "Relevance",
            "score": 0.9,
            "label": "relevant",
            "explanation": "It answers.",
            "judge": "j-1",
        }

    def test_the_provider_s_id_of_the_answer_ties_as_well_whichever_comes_first(self, exporter: Exporter) -> None:
        attributes = {"gen_ai.evaluation.name": "tone", "gen_ai.response.id": "resp-1"}
        sent = otel.log("gen_ai.evaluation.result", attributes=attributes, traceId="", spanId="")
        assert exporter.logs(sent).is_all_well
        assert WaitingSignal.objects.get().interaction_external_id == "response:resp-1"
        exporter.spans(otel.span(CHAT | SAID | {"gen_ai.response.id": "resp-1"}))
        assert not WaitingSignal.objects.exists()
        assert exporter.logs(sent).is_all_well
        assert Signal.objects.get().interaction.external_id == ID

    def test_a_signal_that_names_no_call_is_refused_in_words(self, exporter: Exporter) -> None:
        sent = otel.log("flywheel.signal", attributes={"flywheel.signal.kind": "copied"}, traceId="", spanId="")
        told = exporter.logs(sent, otel.log("flywheel.signal"), otel.log("browser.page_view"))
        assert told.rejected == 2
        assert "in the context of the call's span, or with gen_ai.response.id" in told.message
        assert "kind is empty" in told.message

    def test_a_signal_finds_its_interaction_in_the_feature_that_the_span_named(self, exporter: Exporter) -> None:
        cast.feature("support-chat")
        exporter.spans(otel.span(CHAT | SAID | {"flywheel.feature": "support-chat"}))
        assert exporter.logs(otel.log("flywheel.signal", attributes={"flywheel.signal.kind": "copied"})).is_all_well
        assert Signal.objects.get().interaction.feature.slug == "support-chat"

    def test_one_that_comes_before_its_interaction_waits(self, exporter: Exporter) -> None:
        assert exporter.logs(otel.log("flywheel.signal", attributes={"flywheel.signal.kind": "copied"})).is_all_well
        assert WaitingSignal.objects.get().interaction_external_id == ID
        exporter.spans(otel.span())
        assert Signal.objects.get().kind == "copied"

    def test_annotations_on_the_span_are_signals_of_its_interaction(self, exporter: Exporter) -> None:
        annotated = (
            CHAT
            | SAID
            | {
                "annotations.0.annotation.name": "user_feedback",
                "annotations.0.annotation.score": 1,
                "evaluations.0.evaluation.name": "hallucination",
                "evaluations.0.evaluation.label": "factual",
                "evaluations.0.evaluation.annotator_kind": "LLM",
            }
        )
        judged = otel.event("gen_ai.evaluation.result", {"gen_ai.evaluation.name": "tone"})
        assert exporter.spans(otel.span(annotated, events=[judged])).is_all_well
        assert sorted(Signal.objects.values_list("kind", flat=True)) == ["hallucination", "thumbs_up", "tone"]
        assert "annotations.0.annotation.name" not in Interaction.objects.get().content.metadata

    def test_late_annotations_come_with_a_link(self, exporter: Exporter) -> None:
        exporter.spans(otel.span())
        link = {"traceId": otel.TRACE, "spanId": otel.SPAN}
        sent = {"openinference.span.kind": "EVALUATOR", "annotations.0.annotation.name": "helpful"}
        late = otel.span(sent, spanId="0000000000000009", links=[link])
        assert exporter.spans(late).is_all_well
        assert Signal.objects.get().interaction.external_id == ID
        for links in ([], [link, link]):
            told = exporter.spans(otel.span(sent, spanId="0000000000000009", links=links))
            assert told.rejected == 1
            assert "exactly one link" in told.message

    def test_half_a_character_or_a_nul_anywhere_is_refused_and_sinks_no_other(self, feature: Feature) -> None:
        exporter = Exporter(encoding=JSON)
        names = ["flywheel.signal.kind", "flywheel.signal.id", "flywheel.feature", "gen_ai.response.id"]
        for bad in ("\\ud83d", "\\u0000"):
            records = [
                otel.log("flywheel.signal", attributes={"flywheel.signal.kind": "copied"} | {name: "BAD"})
                for name in names
            ]
            good = otel.log("flywheel.signal", attributes={"flywheel.signal.kind": "copied", "n": bad})
            raw = orjson.dumps(otel.logs(*records, good)).replace(b"BAD", bad.encode())
            told = exporter.post(LOGS, raw)
            assert (told.status, told.rejected) == (200, len(names))
        assert WaitingSignal.objects.count() == 2


def test_no_time_is_lost_to_an_end_before_the_start(exporter: Exporter) -> None:
    """Clocks step back; the end is when the answer was there."""
    exporter.spans(otel.span(startTimeUnixNano=str(END + 10**9)))
    assert Interaction.objects.get().occurred_at == datetime(2026, 3, 2, 9, 0, 0, 500_000, tzinfo=UTC)


def test_who_is_too_fast_is_told_when_to_come_back(feature: Feature) -> None:
    token, secret = cast.token("ingest")
    ApiToken.objects.filter(pk=token.pk).update(requests_per_second=1)
    exporter = Exporter(secret)
    answers = [exporter.spans() for _ in range(15)]
    late = next(one for one in answers if one.status == 429)
    assert late.code == 8
    assert 1 <= int(late.headers["Retry-After"]) <= 2
