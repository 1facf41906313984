"""From what arrives to the figures: a day is labeled in the queue's order, closes, and its terms are written."""

from __future__ import annotations

import time

import pytest

from annotation import validity
from annotation.models import Cell, Cohort, Feature, Term
from tests import stock
from tests.validity import world
from tests.validity.world import day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def drafts() -> Feature:
    made = stock.feature("email-drafts")
    stock.queue(made)
    return made


def test_try(drafts: Feature) -> None:
    for on in range(6):
        kinds = [["accepted"] if number % 2 else ["abandoned"] if number % 3 else ["edited"] for number in range(500)]
        found = world.arrive(kinds, on=on)
        world.decide(found[:100], lambda item: "good" if item.pk % 5 or item.signal_kind == "abandoned" else "bad")
        world.close(on=on + 8)
        began = time.perf_counter()
        print(world.write(on=on + 8), time.perf_counter() - began)
    print(Cohort.objects.values_list("day", "threshold"), Term.objects.count())
    began = time.perf_counter()
    found = validity.report(feature=drafts, now=day(20))
    print(time.perf_counter() - began)
    print(found.sentence)
    for line in found.lines:
        print(
            line.sentence,
            line.labels,
            line.labels_without,
            line.difference,
            line.effective_n,
            len(line.looks),
            line.labels_needed,
            line.likelihood_ratio,
            line.information_bits,
        )
        print(line.meanings)
    from annotation.validity import checking, corrections, provisional

    assert checking.check(now=day(20)) == 0
    provisional.refresh(now=day(20))
    corrections.note(now=day(20))
    assert 0
