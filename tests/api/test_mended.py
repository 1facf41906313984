"""`GET /api/v1/mended`: what the page shows, as JSON."""

from __future__ import annotations

import pytest

from annotation.lib.intervals import wilson
from annotation.mending import rates
from annotation.models import Feature
from tests import cast
from tests.cast import Machine
from tests.mending import world

pytestmark = pytest.mark.django_db


def test_rates_come_with_intervals_and_counts(
    feature: Feature, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "ENOUGH", 3)
    for pair, verdict in zip(world.paired(feature, 6), ("mended", "mended", "same", "worse", "apart"), strict=False):
        world.judged(pair, verdict)
    told = machine.get("/mended", feature="email-drafts").json()
    assert (told["feature"], told["similarity_bar"]) == ("email-drafts", 0.6)
    (version,) = told["versions"]
    (reason,) = told["reasons"]
    low, high = wilson(2, 4)
    assert version["mended"] == {"value": 0.5, "low": pytest.approx(low), "high": pytest.approx(high)}
    assert (version["same"]["value"], version["worse"]["value"]) == (0.25, 0.25)
    counts = ("population", "drawn", "judged", "waiting", "without_comparable")
    assert [version[name] for name in counts] == [6, 6, 4, 1, 1]
    assert version["sentence"].startswith("Of 4 bad answers that were judged, drafts-2 answered")
    assert (version["refusal"], version["reason"], version["signal_kind"]) == (None, None, None)
    assert (reason["signal_kind"], reason["reason"], reason["judged"]) == ("accepted", "pleasing_but_wrong", 4)
    assert machine.get("/mended", feature="email-drafts", model_version="drafts-2").json() == told


def test_too_few_are_refused_in_words(feature: Feature, machine: Machine) -> None:
    world.judged(world.paired(feature, 2)[0], "mended")
    (version,) = machine.get("/mended", feature="email-drafts").json()["versions"]
    assert (version["mended"], version["same"], version["worse"]) == (None, None, None)
    assert version["refusal"] == version["sentence"]
    assert "30 judged bad answers" in version["refusal"]


def test_what_is_unknown_is_said(feature: Feature, machine: Machine) -> None:
    assert machine.get("/mended", feature="email-drafts").json()["versions"] == []
    answer = machine.get("/mended", feature="email-drafts", model_version="x")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_model_version")
    assert machine.get("/mended", feature="other").json()["code"] == "unknown_feature"
    assert cast.machine("ingest").get("/mended", feature="email-drafts").status_code == 403
