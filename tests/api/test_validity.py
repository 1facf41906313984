"""GET /api/v1/validity, and the first verdict of /flywheel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.models import Feature
from tests import cast
from tests.cast import Machine
from tests.validity import reports


def test_the_whole_report_is_told_with_its_looks(
    machine: Machine, feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports.stand_in(monkeypatch, *reports.every())
    answer = machine.get("/validity", feature=feature.slug)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["sentence"], found["computed_at"]) == (reports.SENTENCE, "2026-03-02T09:00:00Z")
    signals = {one["signal_kind"]: one for one in found["signals"]}
    accepted, refused, opened = signals["accepted"], signals["no_signal"], signals["regenerated"]
    assert accepted["rate"] == {"value": 0.91, "low": 0.902, "high": 0.94}
    assert (accepted["verdict"], accepted["train"], accepted["pure_enough_for"]) == (
        "valid",
        "train",
        ["sft", "preference", "kto"],
    )
    assert accepted["saving"] == {
        "helper": "The judge “critic”",
        "labels": 120,
        "worth": 310,
        "is_used": True,
        "why_not": "",
    }
    assert accepted["meanings"][0] == {"reason": "verified", "title": "Verified", "outcome": "good", "share": 0.612}
    assert [look["day"] for look in accepted["looks"]] == [f"2026-03-0{day}" for day in range(2, 7)]
    assert (refused["verdict"], refused["rate"], refused["difference"]) == ("refused", None, None)
    assert refused["refusal"].startswith("41 of the 100 labels")
    assert (opened["labels_needed"], opened["hours_needed"]) == (430, 4.8)
    assert opened["provisional"] == {"labels": 142, "rate": 0.88, "days": 3}
    assert {one["train"] for one in found["signals"]} == {"train", "avoid", "wait", "read"}


def test_one_model_version_is_told_alone(machine: Machine, feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    reports.stand_in(monkeypatch, reports.line(), reports.line(model_version="drafts-6"))
    found = machine.get("/validity", feature=feature.slug, model_version="drafts-6").json()
    assert [one["model_version"] for one in found["signals"]] == ["drafts-6"]


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [(["valid", "noise"], "valid"), (["inverted", "not_enough"], "none_valid"), (["not_enough", "refused"], None)],
)
def test_the_first_verdict_says_whether_there_is_a_signal_to_learn_from(
    machine: Machine, feature: Feature, monkeypatch: pytest.MonkeyPatch, verdicts: list[str], verdict: str | None
) -> None:
    lines = [reports.line(verdict=one) for one in verdicts]
    reports.stand_in(monkeypatch, *lines, replace(lines[0], part="acme"))
    found = machine.get("/flywheel", feature=feature.slug).json()["valid"]
    assert (found["verdict"], found["sentence"]) == (verdict, reports.SENTENCE)
    assert {name: number for name, number in found["figures"].items() if number} == dict.fromkeys(verdicts, 1)


def test_a_feature_without_figures_has_a_sentence_and_no_signals(machine: Machine, feature: Feature) -> None:
    found = machine.get("/validity", feature=feature.slug).json()
    assert (found["signals"], found["computed_at"]) == ([], None)
    assert found["sentence"].startswith("Not judged yet")


def test_it_takes_the_scope_read_and_a_feature_of_the_token(feature: Feature) -> None:
    assert cast.machine("ingest").get("/validity", feature=feature.slug).status_code == 403
    other = cast.machine("read", of=cast.feature("support-chat")).get("/validity", feature=feature.slug)
    assert (other.status_code, other.json()["code"]) == (403, "forbidden_feature")
    assert cast.machine("read").get("/validity").status_code == 422
