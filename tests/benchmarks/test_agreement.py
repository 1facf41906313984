"""Agreement of one million labels: the figures against reading the same labels once; and the pages of people."""

from __future__ import annotations

import time

import numpy as np
import pytest

from annotation.consensus import agreement as room
from annotation.labels.quality import figures
from annotation.lib import agreement
from annotation.models import Feature, Label, Rater
from tests import crowd, stock
from tests.cast import NOW

pytestmark = pytest.mark.benchmark

REASONS = 8


def test_one_million_labels_as_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, REASONS, 333_334)
    said = np.where(rng.random((len(truth), 3)) < 0.7, truth[:, None], rng.integers(0, REASONS, (len(truth), 3)))
    matrix = np.stack([(said == reason).sum(axis=1) for reason in range(REASONS)], axis=1)
    spans = {}
    for name, work in (
        ("sum", matrix.sum),
        ("figures", lambda: agreement.of(matrix)),
        ("intervals", lambda: agreement.intervals(matrix)),
    ):
        began = time.perf_counter()
        work()
        spans[name] = time.perf_counter() - began
    with capsys.disabled():
        told = ", ".join(f"{name} {seconds:.3f} s" for name, seconds in spans.items())
        print(f"\nagreement: one million labels, {REASONS} reasons: {told}")


@pytest.mark.django_db
def test_the_report_and_people_of_many_labels(capsys: pytest.CaptureFixture[str]) -> None:
    feature = _filled(6_000)
    spans = {}
    for name, work in (
        ("read all labels", lambda: list(Label.objects.values_list("item", "rater", "reason"))),
        ("report", lambda: room.of_feature(feature=feature, now=NOW)),
        ("people", lambda: figures.of_people(raters=list(Rater.objects.filter(kind="human")), now=NOW)),
    ):
        began = time.perf_counter()
        work()
        spans[name] = time.perf_counter() - began
    base = spans["read all labels"]
    with capsys.disabled():
        told = ", ".join(f"{name} {seconds:.2f} s ({seconds / base:.1f} x)" for name, seconds in spans.items())
        print(f"\nagreement: {Label.objects.count():,} labels of 12 people in the database: {told}")


def _filled(items: int) -> Feature:
    feature = stock.feature()
    crowd.fixed(feature, 3)
    rng = np.random.default_rng(2)
    codes = ["verified", "unread", "adequate", "scaffold", "undone_later", "no_alternative"]
    people = [stock.rater(number) for number in range(1, 13)]
    for number in range(10):
        truth = rng.integers(0, len(codes), items // 10)
        said = np.where(rng.random((len(truth), 3)) < 0.7, truth[:, None], rng.integers(0, len(codes), (len(truth), 3)))
        by = [people[place] for place in rng.choice(12, 3, replace=False)]
        rows = [[codes[place] for place in row] for row in said]
        made = crowd.labeled(feature, rows, by=by, now=NOW, duration_ms=20_000 + number)
        crowd.gold(made[:200], "verified", now=NOW)
    return feature
