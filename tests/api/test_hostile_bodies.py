"""Bodies and texts that are known to break software: none breaks the door, and none costs a neighbor its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from annotation.ingest import identity
from annotation.models import Feature, Interaction, Signal, WaitingSignal
from tests import realdata
from tests.cast import Machine
from tests.ingest.sent import interaction, later, signal

pytestmark = [
    pytest.mark.django_db,
    realdata.requires("json_test_suite_parsing", "blns", "csv_injection"),
]

NDJSON = "application/x-ndjson"
BATCH = 25
Record = dict[str, Any]

# What is in no list, and broke one of the steps from the wire to the table elsewhere.
MORE_STRINGS = [
    "\ufeffbom",
    "\u2028\u2029",
    "\x7f\x01\x1f",
    "\x85",
    "cafe\u0301",
    "\ufffe\uffff\U0010ffff",
    "\\u0000",
    "\\x00 \\N \\.",
    "\t\r\n\\t",
    '"},{"',
    "a" * 10_000,
]


def _suite(kind: str) -> list[tuple[str, bytes]]:
    """The files of one kind: `y` must be accepted, `n` must be refused, `i` may be either."""
    folder = realdata.folder("json_test_suite_parsing") / "test_parsing"
    return [(file.name, file.read_bytes()) for file in sorted(folder.glob(f"{kind}_*.json"))]


def _strings() -> list[str]:
    naughty = json.loads((realdata.folder("blns") / "blns.json").read_text(encoding="utf-8"))
    formulas = Path(realdata.folder("csv_injection") / "csv-payload.txt").read_text(encoding="utf-8").splitlines()
    return list(dict.fromkeys([*naughty, *formulas, *MORE_STRINGS]))


def _neighbors(name: str) -> tuple[Record, Record]:
    texts = {"output": f"before and after {name} 🙂", "metadata": {"name": name}, "final_text": ""}
    return interaction(f"{name}-1", **texts), interaction(f"{name}-2", **texts)


def _are_stored(*records: Record) -> bool:
    kept = {one.external_id: one for one in _stored(record["id"] for record in records)}
    return all(record["id"] in kept and _texts(kept[record["id"]]) == _sent_texts(record) for record in records)


def _stored(ids: Any) -> list[Interaction]:
    found = Interaction.objects.filter(external_id__in=list(ids)).select_related("content")
    return list(found.prefetch_related("signals__content"))


def _texts(one: Interaction) -> list[object]:
    return [one.content.input, one.content.output, one.content.final_text, one.content.metadata]


def _sent_texts(record: Record) -> list[object]:
    return [record.get("input"), record["output"], record.get("final_text"), record.get("metadata", {})]


def _doubles(value: Any) -> Any:
    """The same with numbers as doubles: 1e67 is stored with all its zeros, and read back as a whole number."""
    if isinstance(value, dict):
        return {name: _doubles(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_doubles(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class TestJsonSuite:
    def test_the_suite_is_whole(self) -> None:
        assert [len(_suite(kind)) for kind in "yni"] == [95, 188, 35]

    def test_a_body_that_is_no_json_is_refused_as_that_and_no_other_is(self, machine: Machine) -> None:
        codes = {name: machine.post("/interactions", raw=text).json().get("code") for name, text in _suite("n")}
        assert {name: code for name, code in codes.items() if code not in ("malformed_json", "empty_body")} == {}
        for name, text in _suite("y"):
            assert machine.post("/interactions", raw=text).status_code in (200, 422), name
        for name, text in _suite("i"):
            assert machine.post("/interactions", raw=text).status_code in (200, 400, 422), name

    @pytest.mark.parametrize("kind", ["y", "n", "i"])
    def test_lines_beside_any_line_are_stored(self, machine: Machine, kind: str) -> None:
        for name, text in _suite(kind):
            first, last = _neighbors(name)
            raw = b"\n".join([orjson.dumps(first), text, orjson.dumps(last)])
            answer = machine.post("/interactions", raw=raw, content_type=NDJSON)
            assert (answer.status_code, answer.json()["accepted"]) == (200, 2), name
            assert _are_stored(first, last), name

    def test_records_of_an_array_beside_any_value_are_stored(self, machine: Machine) -> None:
        for name, text in [*_suite("y"), *_suite("i")]:
            first, last = _neighbors(name)
            answer = machine.post("/interactions", raw=b"[%b,%b,%b]" % (orjson.dumps(first), text, orjson.dumps(last)))
            # Bytes that are no UTF-8 make the whole body no JSON, and then nothing of it is stored.
            is_read = answer.status_code == 200
            assert is_read or (name.startswith("i_") and answer.json()["code"] == "malformed_json"), name
            assert _are_stored(first, last) == is_read, name

    def test_a_value_inside_a_record_comes_back_as_it_was_sent(self, machine: Machine) -> None:
        refused = {}
        for name, text in _suite("y"):
            record = orjson.dumps(interaction(name))[:-1] + b',"metadata":{"value":%b}}' % text
            told = machine.post("/interactions", raw=record).json()
            if told["refused"]:
                refused[name] = told["refused"][0]["code"]
            else:
                (one,) = _stored([name])
                assert _doubles(one.content.metadata) == _doubles({"value": json.loads(text)}), name
        # These hold U+0000, which no text of PostgreSQL can.
        assert refused == dict.fromkeys(
            ["y_object_escaped_null_in_key.json", "y_string_null_escape.json"], "invalid_text"
        )


# Each text of a record: where a string is put, and where it is found again.
FIELDS: dict[str, tuple[Callable[[str], Record], Callable[[Interaction], object], int | None]] = {
    "id": (lambda text: {"id": text}, lambda one: one.external_id, 256),
    "conversation_id": (lambda text: {"conversation_id": text}, lambda one: one.conversation_id, 256),
    "user_key": (lambda text: {"user_key": text}, lambda one: bytes(one.user_hash or b""), 1000),
    "model_version": (lambda text: {"model_version": text}, lambda one: one.model_version, 200),
    "request_model": (lambda text: {"request_model": text}, lambda one: one.request_model, 200),
    "response_model": (lambda text: {"response_model": text}, lambda one: one.response_model, 200),
    "replaces": (lambda text: {"replaces": text}, lambda one: one.replaces, 256),
    "exposure": (lambda text: {"exposure": {"set_id": text}}, lambda one: one.exposure_set, 256),
    "input": (lambda text: {"input": text}, lambda one: one.content.input, None),
    "output": (lambda text: {"output": text}, lambda one: one.content.output, None),
    "final_text": (lambda text: {"final_text": text}, lambda one: one.content.final_text, None),
    "message": (
        lambda text: {"input": [{"role": "user", "content": [{"type": "text", "text": text}], "name": text}]},
        lambda one: _input(one)[0]["content"][0]["text"],
        None,
    ),
    "value": (lambda text: {"metadata": {"x": [text]}}, lambda one: one.content.metadata["x"][0], None),
    "name": (lambda text: {"metadata": {text: 1}}, lambda one: next(iter(one.content.metadata)), None),
    "signal id": (lambda text: {"signals": [signal(id=text)]}, lambda one: _signal(one).external_id, 256),
    "signal kind": (lambda text: {"signals": [signal(text)]}, lambda one: _signal(one).kind, 60),
    "details": (
        lambda text: {"signals": [signal(details={text: text})]},
        lambda one: next(iter(_signal(one).content.details.values())),
        None,
    ),
}


def _input(one: Interaction) -> Any:
    return one.content.input


def _signal(one: Interaction) -> Signal:
    """The signal that was sent; one that Flywheel derived is not meant."""
    (found,) = (signal for signal in one.signals.all() if signal.derived_by is None)
    return found


class TestStrings:
    def test_every_string_in_every_field_is_stored_as_sent_or_refused_for_its_length(
        self, machine: Machine, feature: Feature
    ) -> None:
        strings = list(enumerate(_strings()))
        batches = [strings[start : start + BATCH] for start in range(0, len(strings), BATCH)]
        assert [fault for batch in batches for fault in _faults(machine, batch)] == []

    def test_a_signal_with_any_string_waits_as_it_was_sent(self, machine: Machine) -> None:
        ids = {f"g{number}": text for number, text in enumerate(_strings())}
        sent = [later(name, id=text[:250] + ".", details={"said": text, text: 1}) for name, text in ids.items()]
        assert machine.post("/signals", sent).json()["waiting"] == len(ids)
        waiting = {one.interaction_external_id: (one.external_id, one.details) for one in WaitingSignal.objects.all()}
        assert waiting == {name: (text[:250] + ".", {"said": text, text: 1}) for name, text in ids.items()}


def _faults(machine: Machine, batch: list[tuple[int, str]]) -> Iterator[str]:
    first, last = _neighbors(f"{batch[0][0]}")
    places = [(number, text, name) for number, text in batch for name in FIELDS]
    records = [interaction(f"{number}-{name}") | FIELDS[name][0](text) for number, text, name in places]
    answer = machine.post("/interactions", [first, *records, last])
    assert answer.status_code == 200
    assert _are_stored(first, last)
    refused = {one["index"]: one["code"] for one in answer.json()["refused"]}
    stored = {one.external_id: one for one in _stored(record["id"] for record in records)}
    for index, ((_, text, name), record) in enumerate(zip(places, records, strict=True), start=1):
        code = refused.get(index)
        if code != _expected_refusal(name, text):
            yield f"{text!r} in {name} is refused as {code}"
        elif code is None and FIELDS[name][1](stored[record["id"]]) != _as_stored(name, text):
            yield f"{text!r} in {name} is stored as {FIELDS[name][1](stored[record['id']])!r}"


def _expected_refusal(name: str, text: str) -> str | None:
    longest = FIELDS[name][2]
    if longest is None:
        return None
    return "empty" if not text.strip() else "too_long" if len(text) > longest else None


def _as_stored(name: str, text: str) -> object:
    return identity.user_hash(feature="email-drafts", user_key=text) if name == "user_key" else text
