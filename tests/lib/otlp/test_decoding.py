"""Both encodings of OTLP come out as the same spans and log records."""

from __future__ import annotations

import math
from typing import Any

import orjson
import pytest

from annotation.lib.otlp import jsoned, protobuf, wire
from annotation.lib.otlp.shape import MAX_DEPTH, Event, MalformedError, TooManyMessagesError, joined
from tests import otel, realdata
from tests.otel import END, ID, LOGS, TRACES

VALUES: dict[str, Any] = {
    "text": "ä 👍",
    "yes": True,
    "no": False,
    "whole": -(2**63),
    "half": 0.5,
    "nothing": None,
    "list": ["a", 1, [2.5, {}]],
    "map": {"deep": {"er": [True]}},
    "bytes": b"\x00\xff",
}
KEPT = VALUES | {"bytes": "AP8="}


def test_a_span_is_the_same_in_both() -> None:
    link = {"traceId": otel.TRACE, "spanId": otel.SPAN}
    sent = otel.span(VALUES, events=[otel.event("e", {"a": 1})], links=[link], status={"code": 2, "message": "broke"})
    request = otel.traces(sent, resource={"service.name": "s"})
    (one,) = jsoned.spans(request)
    assert protobuf.spans(otel.protobuf(TRACES, request)) == [one]
    assert (one.id, one.name, one.scope, one.error) == (ID, "chat m", "lib", "broke")
    assert (one.start_ns, one.end_ns) == (END - 500_000_000, END)
    assert one.attributes == KEPT
    assert one.events == [Event("e", END, {"a": 1})]
    assert one.links == [ID]
    assert one.resource == {"service.name": "s"}


def test_a_log_record_is_the_same_in_both() -> None:
    request = otel.logs(otel.log("e", VALUES, VALUES), otel.log("", "plain", timeUnixNano="5"))
    first, second = jsoned.logs(request)
    assert protobuf.logs(otel.protobuf(LOGS, request)) == [first, second]
    assert (first.id, first.event_name, first.time_ns) == (ID, "e", END)
    assert first.body == first.attributes == KEPT
    assert (second.body, second.time_ns) == ("plain", 5)


def test_numbers_that_json_has_no_word_for_are_words() -> None:
    numbers = [math.nan, math.inf, -math.inf]
    request = otel.traces(otel.span({}))
    span = request["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    names = ["NaN", "Infinity", "-Infinity"]
    span["attributes"] = [{"key": str(place), "value": {"doubleValue": name}} for place, name in enumerate(names)]
    expected = {str(place): str(number) for place, number in enumerate(numbers)}
    assert jsoned.spans(request)[0].attributes == expected
    assert protobuf.spans(otel.protobuf(TRACES, request))[0].attributes == expected


def test_json_takes_numbers_as_text_or_not_and_ids_in_either_case_and_unknown_fields() -> None:
    sent = otel.span({}) | {
        "traceId": otel.TRACE.upper(),
        "endTimeUnixNano": END,
        "flags": 257,
        "newField": {"x": []},
        "attributes": [
            {"key": "a", "value": {"intValue": 7}, "more": 1},
            {"key": "b", "value": {"newValue": 7}},
            {"key": "c", "value": {"doubleValue": "1.5"}},
            {"key": "d"},
        ],
        "events": None,
    }
    (one,) = jsoned.spans({**otel.traces(sent), "newField": 1})
    assert (one.id, one.end_ns) == (ID, END)
    assert one.attributes == {"a": 7, "b": None, "c": 1.5, "d": None}


@pytest.mark.parametrize(
    "change",
    [
        {"name": 7},
        {"traceId": 7},
        {"endTimeUnixNano": "soon"},
        {"endTimeUnixNano": 1.5},
        {"endTimeUnixNano": True},
        {"endTimeUnixNano": "9" * 5000},
        {"attributes": {}},
        {"attributes": ["x"]},
        {"attributes": [{"key": 1}]},
        {"attributes": [{"key": "k", "value": "x"}]},
        {"attributes": [{"key": "k", "value": {"stringValue": 1}}]},
        {"attributes": [{"key": "k", "value": {"intValue": "1.5"}}]},
        {"attributes": [{"key": "k", "value": {"doubleValue": "much"}}]},
        {"attributes": [{"key": "k", "value": {"arrayValue": []}}]},
        {"events": [[]]},
        {"status": []},
    ],
    ids=str,
)
def test_json_of_another_shape_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        jsoned.spans(otel.traces(otel.span({}) | change))


def test_nesting_has_an_end_in_both() -> None:
    deep: Any = "end"
    for _ in range(MAX_DEPTH - 1):
        deep = [deep]
    assert jsoned.spans(otel.traces(otel.span({"d": deep})))[0].attributes == {"d": deep}
    for _ in range(70):
        deep = [deep]
    request = otel.traces(otel.span({"d": deep}))
    with pytest.raises(MalformedError, match="nested deeper"):
        jsoned.spans(request)
    with pytest.raises(MalformedError):
        protobuf.spans(_nested_protobuf(200))


def _nested_protobuf(levels: int) -> bytes:
    value = b""
    for number in [5, 1] * levels:
        value = _field(number, value)
    attribute = _field(1, b"k") + _field(2, value)
    return _field(1, _field(2, _field(2, _field(9, attribute))))


def _field(number: int, inside: bytes) -> bytes:
    digits, left = [], len(inside)
    while left > 0x7F:
        digits.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes((number << 3 | 2, *digits, left)) + inside


def test_the_messages_of_a_body_are_counted_without_parsing_it() -> None:
    body = otel.protobuf(TRACES, otel.traces(*[otel.span(VALUES)] * 5))
    kind: Any = otel.REQUESTS[TRACES].DESCRIPTOR
    wire.check(body, kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "MAX_MESSAGES", 100)
        with pytest.raises(TooManyMessagesError):
            wire.check(body, kind)
    for cut in range(1, len(body) - 1, 7):
        with pytest.raises(MalformedError):
            wire.check(body[:cut], kind)


@pytest.mark.parametrize(
    ("trace_id", "span_id"),
    [("", ""), ("0" * 32, "1" * 16), ("1" * 32, "0" * 16), ("1" * 31, "1" * 16), ("g" * 32, "1" * 16), ("1" * 48, "")],
)
def test_what_are_no_ids_names_nothing(trace_id: str, span_id: str) -> None:
    assert joined(trace_id, span_id) == ""


class TestExamplesOfTheProject:
    pytestmark = realdata.requires("otlp_proto_examples")

    def test_the_trace_has_one_span(self) -> None:
        (one,) = jsoned.spans(self._read("trace.json"))
        assert one.id == "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174"
        assert (one.name, one.scope.split(".")) == ("I'm a server span", ["my", "library"])
        assert one.attributes == {"my.span.attr": "some value"}

    def test_the_log_record_has_every_kind_of_value(self) -> None:
        (one,) = jsoned.logs(self._read("logs.json"))
        assert one.body == "Example log record"
        assert one.attributes == {
            "string.attribute": "some string",
            "boolean.attribute": True,
            "int.attribute": 10,
            "double.attribute": 637.704,
            "array.attribute": ["many", "values"],
            "map.attribute": {"some.map.key": "some value"},
        }

    def test_the_event_is_named(self) -> None:
        (one,) = jsoned.logs(self._read("events.json"))
        assert (one.event_name, one.id) == ("browser.page_view", "")
        assert one.body["title"] == "Free Online GUID Generator"

    def _read(self, name: str) -> Any:
        return orjson.loads((realdata.folder("otlp_proto_examples") / name).read_bytes())
