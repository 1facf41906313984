"""The report at few and at many labeled items: figures are kept up, so that a page reads cells and looks alone.

python -m pytest -m benchmark -s tests/benchmarks/test_validity.py
"""

from __future__ import annotations

import os
import statistics
import time
from datetime import timedelta

import pytest
from django.db import connection

from annotation import taxonomy, validity
from annotation.models import Audit, Feature, Look, Reason, Term, TermSheet
from annotation.queues import setup
from annotation.validity import cells
from annotation.validity.figures import CellKey
from tests import cast
from tests.cast import NOW

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

FEW, MANY = 10_000, int(os.environ.get("ITEMS", "1000000"))
DAYS, REPEATS = 100, 15
POLARITIES = {"accepted": "positive", "abandoned": "negative", "edited": "none", "thumbs_up": "positive"}
KINDS = tuple(POLARITIES)

# All labeled, half of them in each of two model versions, and mostly with what the signal claims.
TERMS = """
INSERT INTO annotation_term (item_id, sheet_id, cohort_id, feature_id, interaction_id, signal_kind, model_version,
    is_first, kinds, counts_with, counts_without, probability, outcome, reason_id, lam_good, lam_bad, written_at)
SELECT %(from)s::bigint + n, (%(sheets)s::bigint[])[1 + n * %(days)s::bigint / %(count)s], 0, %(feature)s,
    %(from)s::bigint + n, k.kind,
    'drafts-' || 1 + n %% 2, true, ARRAY[k.kind], true, array_remove(%(compared)s::text[], k.kind), 0.5,
    CASE WHEN n %% 10 = 0 THEN 'not_about_model' WHEN k.kind = 'abandoned' THEN 'bad' ELSE 'good' END,
    k.reason, 0, 0, %(now)s
FROM generate_series(0, %(count)s::bigint - 1) n
JOIN unnest(%(kinds)s::text[], %(reasons)s::bigint[]) WITH ORDINALITY AS k (kind, reason, place)
    ON k.place = 1 + n / 2 %% cardinality(%(kinds)s)
"""


def filled(slug: str, count: int, start: int) -> Feature:
    feature = cast.feature(slug)
    sheets = _sheets(feature)
    reasons = {
        one.signal_kind: one.pk
        for one in reversed(Reason.objects.filter(taxonomy_version=taxonomy.current(), signal_kind__in=KINDS))
    }
    with connection.cursor() as cursor:
        cursor.execute(
            TERMS,
            {
                "from": start,
                "count": count,
                "days": DAYS,
                "sheets": sheets,
                "feature": feature.pk,
                "kinds": list(reasons),
                "reasons": list(reasons.values()),
                "compared": ["accepted", "abandoned", "thumbs_up"],
                "now": NOW,
            },
        )
    return feature


def _sheets(feature: Feature) -> list[int]:
    queue = feature.queues.get(name=setup.DEFAULT_QUEUE)
    made = []
    for number in range(DAYS):
        day = NOW.date() + timedelta(days=number)
        cohort = queue.cohorts.create(day=day, closed_at=NOW, threshold=0.5)
        made.append(TermSheet.objects.create(cohort=cohort, feature=feature, day=day, written_at=NOW).pk)
    return made


def counted(feature: Feature) -> float:
    """All figures from all terms, as every night, and looks of as many days. Returns the seconds."""
    began = time.perf_counter()
    keys = [
        CellKey(kind=kind, polarity=POLARITIES[kind], model_version=f"drafts-{number}", part=0)
        for kind in KINDS
        for number in (1, 2)
    ]
    states = cells.make(feature_id=feature.pk, keys=keys, now=NOW)
    cells.widen(states)
    cells.anew(states, feature_id=feature.pk)
    for state in states:
        state.tell(now=NOW)
    cells.keep(states)
    took = time.perf_counter() - began
    Audit.objects.create(feature=feature, computed_at=NOW)
    for look in Look.objects.filter(cell__feature=feature):
        for number in range(1, DAYS):
            look.pk, look.day = None, NOW.date() - timedelta(days=number)
            look.save()
    return took


def measured(feature: Feature) -> float:
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        found = validity.report(feature=feature, now=NOW)
        took.append(time.perf_counter() - began)
    assert len(found.lines) == 2 * len(KINDS)
    assert not any(line.refusal for line in found.lines)
    assert sum(len(line.looks) for line in found.lines) == 6 * DAYS
    return statistics.median(took)


def test_the_report_takes_as_long_at_a_million_labeled_items(capsys: pytest.CaptureFixture[str]) -> None:
    few, many = filled("few", FEW, 1), filled("many", MANY, 10**9)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE annotation_term")
    nights = [counted(few), counted(many)]
    times = [measured(few), measured(many)]
    again = [measured(few), measured(many)]
    with capsys.disabled():
        print(
            f"\nvalidity: report at {FEW:,} labeled items {1000 * times[0]:.1f} ms, "
            f"at {MANY:,} {1000 * times[1]:.1f} ms; ratio {times[1] / times[0]:.2f}, once more {again[1] / again[0]:.2f}"
            f"\n  all figures anew: {nights[0]:.2f} s and {nights[1]:.2f} s, terms {Term.objects.count():,}"
        )
