"""Does it feed on itself? Datasets and what they replace, what is kept of each detector, the answer, where to push."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from django.conf import LazySettings

from annotation import loops
from annotation.loops import retained
from annotation.loops.pushing import Answered, next_push
from annotation.models import Feature, LoopFigures
from tests import cast
from tests.cast import NOW
from tests.exports import bulk, world

pytestmark = pytest.mark.django_db(transaction=True)

A_DAY = timedelta(days=1)


@pytest.fixture
def feature(settings: LazySettings, tmp_path: Path) -> Feature:
    settings.STORAGE_FOLDER = tmp_path
    return cast.feature()


def rows(name: str, count: int, *, on: datetime = NOW) -> list[bulk.Row]:
    return [
        bulk.Row(
            name=f"{name}-{number}",
            output=" ".join(f"{name}{number}w{place}" for place in range(30)),
            occurred_at=on,
        )
        for number in range(count)
    ]


def test_what_is_told_of_a_dataset_and_of_one_that_replaces_what_people_decided(feature: Feature) -> None:
    assert loops.report(feature=feature, now=NOW).sentence.startswith("Not known yet. Self-training can't be told")
    bulk.decided(feature, rows("good", 40))
    world.made(feature, splits={"train": 1})
    loops.measure(feature=feature, now=NOW)
    report = loops.report(feature=feature, now=NOW)
    assert report.answer == "does_not"
    assert report.of("self_training").figure == loops.Figure(value=0)
    assert loops.verdict(report).figures["self_training_percent"] == 0

    # A rule praises ten more: a fifth of the next dataset, which still holds what people decided.
    bulk.decided(feature, rows("ruled", 10, on=NOW + timedelta(hours=1)), source="rule")
    world.made(feature, splits={"train": 1}, now=world.LATER + A_DAY)
    report = loops.report(feature=feature, now=NOW)
    assert (report.answer, report.of("self_training").alarm) == ("leans", "amber")
    assert report.sentence.startswith("Watch it. 20 % of this export was written by the model itself")

    # The next one goes without that.
    late = {"from": (NOW + timedelta(minutes=30)).isoformat()}
    world.made(feature, splits={"train": 1}, now=world.LATER + 2 * A_DAY, filters=late)
    assert loops.report(feature=feature, now=NOW).of("self_training").alarm == "red"
    loops.refresh(now=NOW + A_DAY)
    found = loops.report(feature=feature, now=NOW).of("self_training")
    assert "It replaces data that people stood behind: 40 of 40 rows" in found.sentence
    assert "Add to what people decided" in found.todo
    assert loops.report(feature=feature, now=NOW).sentence.startswith("It feeds on itself.")


def test_each_detector_has_a_sentence_and_nothing_that_users_wrote_is_kept(feature: Feature) -> None:
    report = loops.report(feature=feature, now=NOW)
    assert [one.detector for one in report.findings] == list(loops.DETECTORS)
    assert all(one.is_refused and one.sentence for one in report.findings)
    bulk.decided(feature, rows("good", 40))
    world.made(feature, splits={"train": 1})
    loops.refresh(now=NOW)
    kept = LoopFigures.objects.filter(feature=feature)
    assert {one.detector for one in kept} == set(loops.DETECTORS)
    assert b"good3" not in orjson.dumps([one.figures for one in kept])


def test_how_much_would_be_left_follows_from_the_rows_of_a_round(feature: Feature) -> None:
    bulk.decided(feature, [*rows("good", 60), *[bulk.Row(name=f"same-{n}", output="Yes.") for n in range(20)]])
    assert "no dataset to train on has been made" in retained.told(retained.measure(feature)).refusal
    world.made(feature, splits={"train": 1})
    figures = retained.measure(feature)
    same = 20 * 19 / (80 * 79)
    assert figures["start"][0] == pytest.approx(same)
    assert figures["rows"] == 61
    found = retained.told(figures)
    assert found.figure is not None
    assert found.figure.value == pytest.approx((1 - 1 / 61) ** 10 * (1 - same))
    assert found.alarm == "none"


def answered(question: str, answer: str | None) -> Answered:
    return Answered(question=question, answer=answer, sentence=f"So stands {question}.")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answers", "weakest"),
    [
        (("valid", "closes", "fast", "does_not"), None),
        ((None, None, None, None), "valid"),
        ((None, "never_closed", None, None), "closes"),
        (("valid", "closes", "slow", "feeds"), "fast"),
        (("valid", "closes", "fast", "leans"), "feeds"),
        (("valid", "closes", None, "leans"), "fast"),
        (("none_valid", "never_closed", None, None), "valid"),
    ],
)
def test_the_weakest_question_is_pushed_next(answers: tuple[str | None, ...], weakest: str | None) -> None:
    valid, closes, fast, feeds = (
        answered(name, one) for name, one in zip(("valid", "closes", "fast", "feeds"), answers, strict=True)
    )
    push = next_push(valid=valid, closes=closes, fast=fast, feeds=feeds)
    assert push.question == weakest
    assert push.sentence.endswith(f"So stands {weakest}." if weakest else "whether it compounds.")
