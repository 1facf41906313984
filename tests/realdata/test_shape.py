from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from tests import realdata
from tests.realdata import shape, sources

EVERY_SOURCE = [pytest.param(name, marks=realdata.requires(name)) for name in sources.SOURCES]
GOOD = {"feature": "email-drafts", "id": "gen_81", "occurred_at": "2026-05-05T10:11:12.5Z", "output": "Dear Ann,"}
SIGNAL = {"kind": "accepted", "observed_at": "2026-05-05T10:11:14.6Z"}
BAD: dict[str, Mapping[str, Any]] = {
    "a time without an offset": GOOD | {"occurred_at": "2026-05-05T10:11:12.5"},
    "a time as a number": GOOD | {"occurred_at": 1777975872},
    "no output": {name: value for name, value in GOOD.items() if name != "output"},
    "an empty output": GOOD | {"output": ""},
    "an unknown field": GOOD | {"latency": 3},
    "an unknown kind": GOOD | {"signals": [SIGNAL | {"kind": "liked"}]},
    "a signal without its time": GOOD | {"signals": [{"kind": "accepted"}]},
    "a signal before its interaction": GOOD | {"signals": [SIGNAL | {"observed_at": "2026-05-05T10:11:11Z"}]},
    "a number as an id": GOOD | {"id": 81},
    "a slug with spaces": GOOD | {"feature": "Email drafts"},
}


@pytest.mark.parametrize("name", EVERY_SOURCE)
def test_every_record_is_as_the_contract_says(name: str) -> None:
    for record in sources.records(name):
        shape.Interaction.model_validate_json(json.dumps(record, allow_nan=False))


@pytest.mark.parametrize("name", EVERY_SOURCE)
def test_ids_are_unique_and_the_same_each_time(name: str) -> None:
    first, again = list(sources.records(name)), list(sources.records(name))
    ids = Counter(record["id"] for record in first)
    signal_ids = Counter(signal["id"] for record in first for signal in record["signals"])

    assert first == again
    assert ids.total() == len(ids)
    assert signal_ids.total() == len(signal_ids)


@pytest.mark.parametrize("name", EVERY_SOURCE)
def test_every_record_belongs_to_the_feature_of_its_source(name: str) -> None:
    assert {record["feature"] for record in sources.records(name)} == {sources.SOURCES[name].feature["slug"]}


def test_each_source_is_a_feature_of_its_own() -> None:
    slugs = ["realhumaneval", "copilot-telemetry", "mlqe-pe", "coauthor", "openassistant"]
    assert [feature["slug"] for feature in sources.features()] == slugs
    assert all(feature["name"] for feature in sources.features())


def test_the_check_takes_a_good_record() -> None:
    record = shape.Interaction.model_validate_json(json.dumps(GOOD | {"signals": [SIGNAL]}))

    assert record.signals[0].kind == "accepted"


@pytest.mark.parametrize("record", BAD.values(), ids=BAD)
def test_the_check_refuses(record: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shape.Interaction.model_validate_json(json.dumps(record))
