"""Each record is checked alone, and what is wrong with it is said in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotation.ingest import body, record
from annotation.ingest.fields import InvalidRecord
from tests import realdata
from tests.ingest.sent import interaction, later, signal

DEEP: Any = "x"
for _ in range(40):
    DEEP = {"in": DEEP}

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"feature": None}, "missing_field", "feature is missing"),
    ({"id": None}, "missing_field", "id is missing"),
    ({"occurred_at": None}, "missing_field", "occurred_at is missing"),
    ({"output": None}, "missing_field", "output is missing"),
    ({"id": 7}, "wrong_type", "id must be text, not a number"),
    ({"id": True}, "wrong_type", "not true or false"),
    ({"id": ""}, "empty", "id is empty"),
    ({"id": " "}, "empty", "id is empty"),
    ({"id": "x" * 257}, "too_long", "257 characters; at most 256"),
    ({"model_version": "x" * 201}, "too_long", "model_version"),
    ({"occurred_at": "2026-03-02T08:00:00"}, "invalid_time", "no offset"),
    ({"occurred_at": 1_772_438_400}, "invalid_time", "must be text"),
    ({"occurred_at": "yesterday"}, "invalid_time", "RFC 3339"),
    ({"occurred_at": "0001-01-01T00:00:00Z"}, "invalid_time", "years 1970"),
    ({"output": 3}, "wrong_type", "output must be text or a list of messages, not a number"),
    ({"output": {"role": "assistant"}}, "wrong_type", "not an object"),
    ({"input": [{"role": "martian", "content": "x"}]}, "invalid_messages", "message 1"),
    ({"input": [{"role": "user", "content": [{"type": "x", "y": DEEP}]}]}, "invalid_messages", "nested"),
    ({"metadata": []}, "wrong_type", "metadata must be an object, not a list"),
    ({"metadata": DEEP}, "too_deep", "metadata is nested deeper than 32"),
    ({"exposure": {"rank": 1}}, "missing_field", "exposure.set_id is missing"),
    ({"exposure": {"set_id": "s", "rank": 0}}, "out_of_range", "exposure.rank"),
    ({"exposure": {"set_id": "s", "rank": 1.5}}, "wrong_type", "a whole number"),
    ({"exposure": {"set_id": "s", "rank": 4, "of": 3}}, "out_of_range", "larger than exposure.of"),
    ({"exposure": {"set_id": "s", "propensity": 1.1}}, "out_of_range", "exposure.propensity"),
    ({"signals": {}}, "wrong_type", "signals must be a list"),
    ({"signals": [3]}, "wrong_type", "signals[0] must be an object, not a number"),
    ({"signals": [{"kind": "accepted"}]}, "missing_field", "signals[0].observed_at is missing"),
    ({"signals": [{"kind": 1, "observed_at": "2026-03-02T08:00:05Z"}]}, "wrong_type", "signals[0].kind"),
    ({"signals": [signal("no_signal")]}, "reserved_kind", "made by Flywheel"),
    ({"signals": [signal(id="s"), signal("edited", id="s")]}, "conflicting_duplicate", "Two signals"),
    ({"signals": [signal()] * 1001}, "too_long", "at most 1,000"),
    ({"converstion_id": "c1"}, "unknown_field", "converstion_id is not a field"),
    ({"output": "a\0b"}, "invalid_text", "U+0000"),
    ({"metadata": {"a\0b": 1}}, "invalid_text", "U+0000"),
    ({"signals": [signal(details={"said": "\0"})]}, "invalid_text", "U+0000"),
    ({"output": "half \ud83d"}, "invalid_text", "surrogate"),
    ({"metadata": {"\udc00": 1}}, "invalid_text", "surrogate"),
    ({"metadata": {"n": float("inf")}}, "invalid_text", "number"),
]


@pytest.mark.parametrize(("change", "code", "words"), WRONG)
def test_what_is_wrong_is_named_with_a_code_and_in_a_sentence(change: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(InvalidRecord) as refused:
        record.interaction(interaction(**change))
    assert refused.value.code == code
    assert words in refused.value.message
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("value", [None, 3, "x", [], True])
def test_what_is_no_object_is_no_record(value: object) -> None:
    with pytest.raises(InvalidRecord, match="must be an object"):
        record.interaction(value)


def test_a_null_is_the_same_as_an_absent_field_to_what_is_stored() -> None:
    sent = interaction() | {"conversation_id": None, "signals": None, "metadata": None}
    assert record.interaction(sent).values["conversation_id"] is None
    assert record.interaction(sent).signals == ()


def test_an_escaped_backslash_before_u0000_is_text_like_any_other() -> None:
    text = r"\u0000 is written with a backslash"
    assert record.interaction(interaction(output=text)).values["output"] == text


def test_the_fingerprint_leaves_out_signals_and_doesn_t_depend_on_the_order_of_fields() -> None:
    first = interaction(metadata={"b": 1, "a": 2})
    second = dict(reversed(interaction(metadata={"a": 2, "b": 1.0}, signals=[signal()]).items()))
    assert record.interaction(first).fingerprint == record.interaction(second).fingerprint


def test_an_empty_answer_and_an_empty_final_text_are_answers() -> None:
    taken = record.interaction(interaction(output="", final_text=""))
    assert (taken.values["output"], taken.values["final_text"]) == ("", "")


def test_a_signal_by_itself_names_its_interaction() -> None:
    taken = record.signal(later("gen_9", "copied", id="s-1", details={"part": 1}))
    assert (taken.feature, taken.interaction_id, taken.id, taken.kind) == ("email-drafts", "gen_9", "s-1", "copied")
    with pytest.raises(InvalidRecord, match="interaction_id is missing"):
        record.signal({**signal(), "feature": "email-drafts"})


def hostile_texts() -> list[str]:
    """The Big List of Naughty Strings where it is at hand, else the worst of its kinds."""
    known = realdata.folder("blns") / "blns.json"
    found: list[str] = json.loads(known.read_text()) if known.exists() else []
    return [*found, "", "'; DROP TABLE annotation_item; --", "{{ 7 * 7 }}", "<script>alert(1)</script>", "\x1b[31m"]


def test_hostile_texts_are_taken_as_they_are() -> None:
    for text in hostile_texts():
        taken = record.interaction(interaction(output=text, final_text=text, metadata={"said": text}))
        assert taken.values["output"] == taken.values["final_text"] == text


def test_a_short_id_is_text_that_can_be_sent_back() -> None:
    assert record.short_id({"id": "x" * 500}) == "x" * 100
    assert record.short_id({"id": "half \ud83d"}) == "half ?"
    assert record.short_id({"id": 7}) is None
    assert record.short_id(3) is None


class TestBody:
    def test_one_an_array_and_lines_are_the_same_records(self) -> None:
        def values(raw: bytes, media_type: str = body.JSON) -> list[object]:
            return [value for _, value in body.records(chunks=[raw], encoding=None, media_type=media_type)]

        assert values(b'{"a": 1}') == [{"a": 1}]
        assert values(b'[{"a": 1}, {"a": 2}]') == [{"a": 1}, {"a": 2}]
        assert values(b'{"a": 1}\r\n\n{"a": 2}', body.NDJSON) == [{"a": 1}, {"a": 2}]
        assert values(b"[]") == []

    def test_a_line_that_is_not_json_is_refused_alone(self) -> None:
        found = body.records(chunks=[b'{"a": 1}\n{"a": \n{"a": 3}'], encoding=None, media_type=body.NDJSON)
        assert [index for index, _ in found] == [0, 1, 2]
        broken = found[1][1]
        assert isinstance(broken, InvalidRecord)
        assert (broken.code, "Line 2" in broken.message) == ("malformed_json", True)

    @pytest.mark.parametrize("text", [b'"\\ud83d"', b"1e999", b"[1e999]"])
    def test_what_the_fast_parser_can_t_read_goes_on_to_the_record_s_own_check(self, text: bytes) -> None:
        assert body.parsed(text) is not None

    @pytest.mark.parametrize("text", [b"NaN", b"[1,]", b"{", b"\xff", b"[" * 100_000, b"'x'", b"01"])
    def test_what_is_no_json_is_a_value_error(self, text: bytes) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            body.parsed(text)

    @pytest.mark.parametrize("digits", ["9007199254740993", "-9223372036854775808", "18446744073709551616", "9" * 400])
    def test_both_parsers_read_a_number_alike(self, digits: str) -> None:
        fast = body.parsed(digits.encode()) if len(digits) < 100 else float("inf")
        patient = body.parsed(b'["\\ud83d", %s]' % digits.encode())[1]
        assert (patient, type(patient)) == (fast, type(fast))
