"""POST /api/v1/interactions and /signals, GET /api/v1/signals/waiting."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import zstandard

from annotation.ingest import body
from annotation.models import Feature, Interaction, Item, Signal
from tests import cast
from tests.cast import Machine
from tests.ingest.sent import interaction, later, signal

NDJSON = "application/x-ndjson"


def lines(*records: dict[str, Any]) -> bytes:
    return b"\n".join(orjson.dumps(record) for record in records)


class TestInteractions:
    def test_one_object_an_array_and_lines_are_all_taken(self, machine: Machine) -> None:
        answers = [
            machine.post("/interactions", interaction("a", signals=[signal()])),
            machine.post("/interactions", [interaction("b"), interaction("c")]),
            machine.post("/interactions", raw=lines(interaction("d"), interaction("e")), content_type=NDJSON),
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert [answer.json()["accepted"] for answer in answers] == [1, 2, 2]
        assert answers[0].json() == {"accepted": 1, "duplicates": 0, "refused": []}
        assert (Interaction.objects.count(), Item.objects.count()) == (5, 1)

    def test_a_charset_beside_the_content_type_is_no_other_type(self, machine: Machine) -> None:
        raw = orjson.dumps(interaction())
        answer = machine.post("/interactions", raw=raw, content_type="application/json; charset=utf-8")
        assert answer.json()["accepted"] == 1

    @pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
    def test_a_packed_body_is_taken(self, machine: Machine, encoding: str, pack: Callable[[bytes], bytes]) -> None:
        raw = pack(lines(interaction("a"), interaction("b")))
        answer = machine.post("/interactions", raw=raw, content_type=NDJSON, content_encoding=encoding)
        assert answer.json()["accepted"] == 2

    def test_a_record_that_is_refused_is_listed_and_its_neighbors_are_taken(self, machine: Machine) -> None:
        answer = machine.post("/interactions", [interaction("a"), interaction("b", occurred_at="2026-03-02T08:00:00")])
        assert answer.status_code == 200
        told = answer.json()
        assert told["accepted"] == 1
        (refused,) = told["refused"]
        assert (refused["index"], refused["id"], refused["code"]) == (1, "b", "invalid_time")
        assert "end it with Z" in refused["message"]

    def test_a_line_that_is_not_json_is_refused_alone(self, machine: Machine) -> None:
        raw = lines(interaction("a")) + b'\n{"feature": \n' + lines(interaction("c"))
        told = machine.post("/interactions", raw=raw, content_type=NDJSON).json()
        assert told["accepted"] == 2
        assert [(one["index"], one["code"]) for one in told["refused"]] == [(1, "malformed_json")]

    def test_half_a_character_in_one_record_sinks_no_other(self, machine: Machine) -> None:
        raw = json.dumps([interaction("a"), interaction("b", output="\ud83d")]).encode()
        told = machine.post("/interactions", raw=raw).json()
        assert (told["accepted"], told["refused"][0]["code"]) == (1, "invalid_text")

    def test_it_is_422_only_if_all_were_refused(self, machine: Machine) -> None:
        assert machine.post("/interactions", [{}, 3]).status_code == 422
        assert machine.post("/interactions", []).status_code == 200
        machine.post("/interactions", interaction())
        assert machine.post("/interactions", [{}, interaction()]).status_code == 200

    def test_an_unknown_feature_is_refused_as_such(self, machine: Machine) -> None:
        answer = machine.post("/interactions", interaction(feature="nowhere"))
        assert (answer.status_code, answer.json()["refused"][0]["code"]) == (422, "unknown_feature")

    def test_a_token_of_one_feature_sends_for_no_other(self, feature: Feature) -> None:
        bound = cast.machine("ingest", of=cast.feature("support-chat"))
        told = bound.post("/interactions", [interaction("a"), interaction("b", feature="support-chat")]).json()
        assert (told["accepted"], told["refused"][0]["code"]) == (1, "forbidden_feature")

    def test_a_refusal_tells_nothing_of_what_was_written(self, machine: Machine) -> None:
        answer = machine.post("/interactions", interaction(output="a private word \0", metadata={"k": "another"}))
        assert answer.status_code == 422
        assert "private" not in answer.content.decode()
        assert "another" not in answer.content.decode()

    @pytest.mark.parametrize("scopes", [("read", "label", "manage", "loop", "export")])
    def test_without_the_scope_it_is_403(self, feature: Feature, scopes: tuple[str, ...]) -> None:
        answer = cast.machine(*scopes).post("/interactions", interaction())
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


class TestBodies:
    @pytest.mark.parametrize(
        ("raw", "headers", "status", "code"),
        [
            (b"", {}, 400, "empty_body"),
            (b" \n", {}, 400, "empty_body"),
            (b"\xef\xbb\xbf\r\n", {"content_type": NDJSON}, 400, "empty_body"),
            (b'{"feature": ', {}, 400, "malformed_json"),
            (b"[" * 100_000, {}, 400, "malformed_json"),
            (b"\xff\xfe", {}, 400, "malformed_json"),
            (b"{}", {"content_type": "text/plain"}, 415, "unsupported_media_type"),
            (b"{}", {"content_encoding": "br"}, 415, "unsupported_encoding"),
            (b"{}", {"content_encoding": "gzip"}, 400, "broken_encoding"),
            (gzip.compress(b"{}" * 100)[:-9], {"content_encoding": "gzip"}, 400, "broken_encoding"),
            (b"{}", {"content_encoding": "zstd"}, 400, "broken_encoding"),
            (zstandard.compress(b"{}" * 100)[:-1], {"content_encoding": "zstd"}, 400, "broken_encoding"),
            (b"[" + b"{}," * 10_000 + b"{}]", {}, 413, "too_many_records"),
            (b"{}\n" * 10_001, {"content_type": NDJSON}, 413, "too_many_records"),
            (b"[" + b"[]," * 2_000_000 + b"{}]", {}, 413, "too_many_values"),
            (b" " * (33 * 1024 * 1024), {}, 413, "too_large"),
            (gzip.compress(b" " * (33 * 1024 * 1024)), {"content_encoding": "gzip"}, 413, "too_large"),
            (zstandard.compress(b" " * (33 * 1024 * 1024)), {"content_encoding": "zstd"}, 413, "too_large"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_body_that_can_t_be_read_is_refused_whole_and_in_words(
        self, machine: Machine, raw: bytes, headers: dict[str, str], status: int, code: str
    ) -> None:
        answer = machine.post("/interactions", raw=raw, **headers)
        assert answer["Content-Type"] == "application/problem+json"
        told = answer.json()
        assert (answer.status_code, told["status"], told["code"]) == (status, status, code)
        assert told["detail"].endswith(".")

    def test_an_unknown_encoding_is_told_which_are_known(self, machine: Machine) -> None:
        assert machine.post("/interactions", raw=b"{}", content_encoding="br")["Accept-Encoding"] == "gzip, zstd"

    def test_ten_thousand_records_are_taken(self, machine: Machine) -> None:
        raw = lines(*[interaction(f"g{n}", input=None) for n in range(body.MAX_RECORDS)])
        answer = machine.post("/interactions", raw=raw, content_type=NDJSON)
        assert answer.json()["accepted"] == Interaction.objects.count() == 10_000

    def test_a_record_of_many_megabytes_is_taken(self, machine: Machine) -> None:
        big = interaction(output="word " * 4_000_000)
        assert machine.post("/interactions", big).json()["accepted"] == 1


class TestSignals:
    def test_signals_come_later_and_once(self, machine: Machine) -> None:
        machine.post("/interactions", interaction())
        sent = [later(), later(), later(kind="copied"), later("not-yet"), later(kind="x", observed_at="now")]
        answer = machine.post("/signals", sent)
        told = answer.json()
        assert answer.status_code == 200
        assert (told["accepted"], told["duplicates"], told["waiting"]) == (2, 1, 1)
        assert [(one["index"], one["id"], one["code"]) for one in told["refused"]] == [(4, "gen_1", "invalid_time")]
        assert Signal.objects.count() == 2

    def test_those_that_wait_are_listed_until_their_interaction_comes(self, machine: Machine) -> None:
        machine.post("/signals", [later("gen_1", id="s-1"), later("gen_2")])
        listed = machine.get("/signals/waiting", feature="email-drafts").json()["results"]
        assert [(one["interaction_id"], one["kind"]) for one in listed] == [
            ("gen_1", "accepted"),
            ("gen_2", "accepted"),
        ]
        assert listed[0]["id"] == "s-1"
        assert listed[0]["observed_at"] == "2026-03-02T08:00:05Z"
        machine.post("/interactions", [interaction("gen_1"), interaction("gen_2")])
        assert machine.get("/signals/waiting", feature="email-drafts").json()["results"] == []

    def test_waiting_alone_is_no_refusal(self, machine: Machine) -> None:
        assert machine.post("/signals", [later("not-yet")]).status_code == 200
        assert machine.post("/signals", [later("not-yet"), {}]).status_code == 200
        assert machine.post("/signals", [{}]).status_code == 422


def test_a_record_nested_deeper_than_any_parser_goes_sinks_no_neighbor(machine: Machine, feature: Feature) -> None:
    deep = b'{"feature":"email-drafts","id":"deep","metadata":{"a":' + b"[" * 5000 + b"]" * 5000 + b"}}"
    good = [orjson.dumps(interaction(name)) for name in ("gen_1", "gen_2")]
    answer = machine.post("/interactions", raw=b"[" + b",".join([good[0], deep, good[1]]) + b"]").json()
    assert answer["accepted"] == 2
    assert [(one["index"], one["code"]) for one in answer["refused"]] == [(1, "too_deep")]
