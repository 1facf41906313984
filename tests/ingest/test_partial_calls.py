"""A model call whose span and words come apart: nothing is lost, in whatever order they come."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import orjson
import pytest
from django.db import connections
from django.utils import timezone

from annotation import audit, erasure, tasks
from annotation.ingest import identity, otlp, partial
from annotation.models import Feature, Interaction, PartialCall, ResponseId, Signal, WaitingSignal
from tests import cast, otel
from tests.otel import CHAT, END, ID, SAID, Exporter

pytestmark = pytest.mark.django_db

WHOLE = "gen_ai.client.inference.operation.details"
MESSAGES = [{"role": "assistant", "parts": [{"type": "text", "content": "Dear Ann"}]}]


def said(name: str, body: Any, at: int = 0, **changes: Any) -> dict[str, Any]:
    return otel.log(f"gen_ai.{name}", body, observedTimeUnixNano=str(END - 1000 + at), **changes)


def choice(text: str = "Dear Ann", index: int = 0) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return said("choice", {"index": index, "finish_reason": "stop", "message": message}, at=10 + index)


SYSTEM = said("system.message", {"content": "Be brief."}, at=1)
USER = said("user.message", {"content": "Thank Ann."}, at=2)
INPUT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Thank Ann."}]
OUTPUT = [{"role": "assistant", "content": "Dear Ann", "finish_reason": "stop"}]
SPAN = otel.span(CHAT | {"user.id": "u-19", "gen_ai.response.id": "resp-1", "session.id": "c7"})


@pytest.fixture
def exporter(feature: Feature) -> Exporter:
    return Exporter()


def late(after: timedelta) -> datetime:
    return timezone.now() + after


def stored() -> tuple[Any, Any]:
    content = Interaction.objects.get().content
    return content.input, content.output


@pytest.mark.parametrize("order", list(permutations(("span", "asked", "answered"))), ids="-".join)
def test_span_and_words_meet_in_every_order(exporter: Exporter, order: tuple[str, ...]) -> None:
    for step in order:
        match step:
            case "span":
                assert exporter.spans(SPAN).is_all_well
            case "asked":
                assert exporter.logs(SYSTEM, USER).is_all_well
            case "answered":
                assert exporter.logs(choice()).is_all_well
    assert stored() == (INPUT, OUTPUT)
    one = Interaction.objects.get()
    assert (one.external_id, one.conversation_id, one.response_model) == (ID, "c7", "m-1")
    assert bytes(one.user_hash or b"") == identity.user_hash(feature="email-drafts", user_key="u-19")
    assert ResponseId.objects.get().interaction == one


def test_all_sent_again_in_any_order_changes_nothing(exporter: Exporter) -> None:
    for _ in range(2):
        assert exporter.logs(SYSTEM, USER).is_all_well
        assert exporter.logs(SYSTEM, USER, choice()).is_all_well
        assert exporter.spans(SPAN).is_all_well
    assert stored() == (INPUT, OUTPUT)
    assert (Interaction.objects.count(), PartialCall.objects.count()) == (1, 1)


def test_while_it_waits_no_key_of_a_user_is_stored_and_afterwards_no_text(exporter: Exporter) -> None:
    exporter.spans(SPAN)
    waiting = PartialCall.objects.get()
    assert "u-19" not in str(waiting.call)
    assert bytes(waiting.user_hash or b"") == identity.user_hash(feature="email-drafts", user_key="u-19")
    exporter.logs(USER, choice())
    done = PartialCall.objects.get()
    assert (done.call, set(done.parts.values())) == (None, {None})
    assert done.stored_at is not None


def test_a_call_with_several_choices_waits_for_all_of_them_and_the_first_is_the_answer(exporter: Exporter) -> None:
    exporter.spans(otel.span(CHAT | {"gen_ai.request.choice.count": 2}))
    exporter.logs(USER, choice("one"))
    assert not Interaction.objects.exists()
    exporter.logs(choice("two", index=1))
    content = Interaction.objects.get().content
    assert [one["content"] for one in content.output] == ["one"]
    assert [one["content"] for one in content.metadata["other_choices"]] == ["two"]


def test_equal_messages_of_one_moment_are_not_taken_for_one(exporter: Exporter) -> None:
    twice = [said("user.message", {"content": "yes"}) for _ in range(2)]
    exporter.spans(SPAN)
    exporter.logs(*twice, choice())
    assert stored()[0] == [{"role": "user", "content": "yes"}] * 2


def test_what_comes_after_the_call_is_stored_is_refused_in_words(exporter: Exporter) -> None:
    exporter.spans(SPAN)
    exporter.logs(USER, choice())
    told = exporter.logs(SYSTEM)
    assert told.rejected == 1
    assert "is stored without it" in told.message
    assert stored()[0] == INPUT[1:]


def test_another_span_under_the_same_ids_is_refused_and_the_first_stays(exporter: Exporter) -> None:
    exporter.spans(SPAN)
    other = otel.span(CHAT | {"gen_ai.request.model": "another"})
    assert exporter.spans(other).rejected == 1
    exporter.logs(USER, choice())
    told = exporter.spans(other)
    assert told.rejected == 1
    assert "sent before with other content" in told.message
    assert Interaction.objects.get().request_model == "m"


def test_a_text_that_only_spells_a_nul_is_taken(exporter: Exporter) -> None:
    exporter.spans(SPAN)
    assert exporter.logs(USER, choice(r"type \u0000")).is_all_well
    assert stored()[1][0]["content"] == r"type \u0000"


@pytest.mark.parametrize("is_span_first", [True, False])
def test_an_event_that_tells_the_whole_call_needs_no_other(exporter: Exporter, is_span_first: bool) -> None:
    whole = otel.log(WHOLE, attributes=CHAT | {"gen_ai.output.messages": MESSAGES})
    for send in (exporter.spans, exporter.logs)[:: 1 if is_span_first else -1]:
        assert send(SPAN if send == exporter.spans else whole).is_all_well
    assert stored() == (None, [{"role": "assistant", "content": "Dear Ann"}])
    assert Interaction.objects.get().conversation_id == "c7"


@pytest.mark.parametrize("is_span_first", [True, False])
def test_where_the_span_says_it_all_its_events_are_not_needed(exporter: Exporter, is_span_first: bool) -> None:
    whole = otel.log(WHOLE, attributes=CHAT | {"gen_ai.output.messages": MESSAGES})
    for send in (exporter.spans, exporter.logs)[:: 1 if is_span_first else -1]:
        assert send(otel.span() if send == exporter.spans else whole).is_all_well
    assert Interaction.objects.count() == 1
    assert not PartialCall.objects.exists()


def test_an_answer_without_a_question_is_stored_once_no_more_comes(exporter: Exporter) -> None:
    exporter.logs(choice())
    exporter.spans(SPAN)
    assert partial.sweep(now=late(partial.QUIET - timedelta(seconds=5))) == 0
    assert partial.sweep(now=late(partial.QUIET)) == 1
    assert partial.sweep(now=late(partial.QUIET)) == 0
    assert stored() == (None, OUTPUT)


def test_an_event_whose_span_was_not_recorded_is_stored_after_an_hour(exporter: Exporter) -> None:
    attributes = CHAT | {"user.id": "u-19", "gen_ai.output.messages": MESSAGES}
    exporter.logs(otel.log(WHOLE, attributes=attributes), choice())
    assert partial.sweep(now=late(partial.QUIET)) == 0
    assert partial.sweep(now=late(partial.WITHOUT_SPAN)) == 1
    one = Interaction.objects.get()
    assert (one.external_id, one.request_model) == (ID, "m")
    assert bytes(one.user_hash or b"") == identity.user_hash(feature="email-drafts", user_key="u-19")


def test_what_never_becomes_whole_is_dropped_after_seven_days_and_counted(exporter: Exporter) -> None:
    exporter.spans(SPAN)
    exporter.logs(otel.log("gen_ai.user.message", {"content": "x"}, spanId="0000000000000001"))
    assert partial.drop_old(now=late(timedelta(days=6))) == 0
    assert partial.drop_old(now=late(partial.KEPT)) == 2
    assert not PartialCall.objects.exists()


def test_a_stored_call_is_remembered_for_a_day_and_is_no_loss(exporter: Exporter) -> None:
    exporter.spans(SPAN)
    exporter.logs(USER, choice())
    assert partial.drop_old(now=late(partial.STORED_KEPT)) == 0
    assert not PartialCall.objects.exists()
    assert exporter.logs(USER, choice()).is_all_well
    assert exporter.spans(SPAN).is_all_well
    assert (Interaction.objects.count(), PartialCall.objects.count()) == (1, 0)


def test_signals_find_a_call_that_still_waits_for_its_words(exporter: Exporter) -> None:
    exporter.spans(otel.span(CHAT | {"flywheel.feature": cast.feature("support-chat").slug}))
    exporter.logs(otel.log("flywheel.signal", attributes={"flywheel.signal.kind": "copied"}))
    assert WaitingSignal.objects.get().feature.slug == "support-chat"
    exporter.logs(USER, choice())
    assert Signal.objects.get().kind == "copied"


def test_annotations_of_a_span_come_with_it_once_it_is_whole(exporter: Exporter) -> None:
    exporter.spans(otel.span(CHAT | {"annotations.0.annotation.name": "thumbs_up"}))
    assert not WaitingSignal.objects.exists()
    exporter.logs(USER, choice())
    assert Signal.objects.get().kind == "thumbs_up"


def test_events_without_texts_are_refused_and_it_is_said_how_to_send_them(exporter: Exporter) -> None:
    silent = [said("user.message", None), said("choice", {"index": 0, "message": {"role": "assistant"}})]
    told = exporter.logs(*silent, otel.log(WHOLE, attributes=CHAT))
    assert told.rejected == 3
    assert "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true" in told.message


def test_events_that_no_span_can_be_found_for_are_refused(exporter: Exporter) -> None:
    told = exporter.logs(said("user.message", {"content": "x"}, traceId="", spanId=""))
    assert told.rejected == 1
    assert "lacks the trace id" in told.message


@pytest.mark.parametrize("spelled", [rb"\ud83d", rb"\u0000", rb"\\\u0000"], ids=["half", "nul", "escaped"])
def test_an_event_that_can_t_be_stored_is_refused_alone(feature: Feature, spelled: bytes) -> None:
    exporter = Exporter(encoding=otel.JSON)
    exporter.spans(SPAN)
    raw = otel.logs(USER, choice(), said("system.message", {"content": "BAD"}))
    told = exporter.post(otel.LOGS, orjson.dumps(raw).replace(b"BAD", spelled))
    assert told.rejected == 1
    assert stored() == (INPUT[1:], OUTPUT)


def test_a_span_that_could_never_be_taken_is_refused_at_once(exporter: Exporter) -> None:
    told = exporter.spans(
        otel.span(CHAT | {"flywheel.feature": "nowhere"}),
        otel.span(CHAT | {"session.id": "s" * 300}, spanId="0000000000000001"),
        otel.span(CHAT | {"x": "\0", "flywheel.feature": "a\0"}, spanId="0000000000000002"),
    )
    assert told.rejected == 3
    assert not PartialCall.objects.exists()


def test_nobody_adds_to_the_calls_of_another_sender(exporter: Exporter) -> None:
    other = Exporter(cast.token("ingest", of=cast.feature("support-chat"))[1])
    exporter.spans(SPAN)
    other.logs(USER, choice("Buy pills"))
    assert not Interaction.objects.exists()
    exporter.logs(USER, choice())
    assert stored()[1] == OUTPUT


def test_the_beat_s_tasks_store_and_drop(exporter: Exporter) -> None:
    exporter.logs(choice())
    exporter.spans(SPAN)
    PartialCall.objects.update(updated_at=late(-partial.QUIET))
    tasks.store_quiet_calls()
    assert Interaction.objects.count() == 1
    PartialCall.objects.update(received_at=late(-timedelta(days=8)), stored_at=None)
    tasks.drop_waiting_signals()
    assert not PartialCall.objects.exists()


def test_a_signal_left_under_a_response_id_is_attached_by_the_next_sweep(exporter: Exporter) -> None:
    exporter.spans(otel.span(CHAT | SAID | {"gen_ai.response.id": "resp-1"}))
    WaitingSignal.objects.create(
        feature=Feature.objects.get(),
        interaction_external_id="response:resp-1",
        external_id="s-1",
        kind="copied",
        observed_at=cast.NOW,
        received_at=timezone.now(),
        details={"a": 1},
    )
    tasks.drop_waiting_signals()
    assert not WaitingSignal.objects.exists()
    signal = Signal.objects.get()
    assert (signal.kind, signal.external_id, signal.content.details) == ("copied", "s-1", {"a": 1})


@pytest.mark.django_db(transaction=True)
def test_spans_and_words_that_come_at_the_same_moment_meet_all_the_same(feature: Feature) -> None:
    """Each call's three parts are sent by three senders at once, each of them in an order of its own."""
    names = [f"{number:016x}" for number in range(1, 31)]
    parts: list[tuple[Callable[..., otlp.Answer], dict[str, Any]]] = []
    for name in names:
        parts.append((otlp.traces, otel.traces(SPAN | {"spanId": name})))
        parts += [(otlp.logs, otel.logs(one | {"spanId": name})) for one in (USER, choice())]
    random.Random(7).shuffle(parts)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda part: _sent_and_closed(*part), parts))
    assert {(one.rejected, one.message) for one in answers} == {(0, "")}
    stored = Interaction.objects.select_related("content")
    assert sorted(one.external_id for one in stored) == [f"{otel.TRACE}-{name}" for name in names]
    assert all((one.content.input, one.content.output) == (INPUT[1:], OUTPUT) for one in stored)


def _sent_and_closed(take: Callable[..., otlp.Answer], request: dict[str, Any]) -> otlp.Answer:
    try:
        return take(chunks=[orjson.dumps(request)], encoding=None, media_type=otel.JSON, now=timezone.now())
    finally:
        connections.close_all()


def test_nothing_that_is_redacted_waits_in_clear(exporter: Exporter, feature: Feature) -> None:
    Feature.objects.update(redaction=["email"])
    exporter.logs(said("user.message", {"content": "Write to ann@example.com."}, at=2))
    exporter.logs(choice("Dear ann@example.com"))
    waiting = PartialCall.objects.get()
    assert "ann@" not in str(waiting.parts)
    exporter.spans(SPAN)
    assert "ann@" not in str(stored())
    assert str(stored()).count("[email-") == 2


def test_a_call_of_an_erased_user_is_not_taken_in_parts(exporter: Exporter, feature: Feature) -> None:
    erasure.erase(subject=erasure.user(feature=feature, user_key="u-19"), actor=audit.FLYWHEEL, clock=timezone.now)
    exporter.logs(USER, choice())
    assert "erased" in exporter.spans(SPAN).message
    assert not Interaction.objects.exists()
    assert not PartialCall.objects.filter(call__isnull=False).exists()
