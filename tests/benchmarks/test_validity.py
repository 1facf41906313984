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
from annotation.models import Feature, Reason, Term, TermSheet
from annotation.queues import setup
from annotation.validity import checking
from tests import cast
from tests.cast import NOW

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

FEW, MANY = 10_000, int(os.environ.get("ITEMS", "1000000"))
DAYS, REPEATS = 100, 15
KINDS = {"accepted": "verified", "abandoned": "gave_up", "edited": "taste", "thumbs_up": "praised"}

# All labeled, half of them in each of two model versions, and mostly with what the signal claims.
TERMS = """
INSERT INTO annotation_term (item_id, sheet_id, cohort_id, feature_id, interaction_id, signal_kind, model_version,
    is_first, kinds, counts_with, counts_without, probability, outcome, reason_id, lam_good, lam_bad, written_at)
SELECT %(from)s + n, %(sheets)s::bigint[][1 + n * %(days)s / %(count)s], 0, %(feature)s, %(from)s + n, k.kind,
    'drafts-' || 1 + n %% 2, true, ARRAY[k.kind], true, array_remove(%(compared)s::text[], k.kind), 0.5,
    CASE WHEN n %% 10 = 0 THEN 'not_about_model' WHEN k.kind = 'abandoned' THEN 'bad' ELSE 'good' END,
    k.reason, 0, 0, %(now)s
FROM generate_series(0, %(count)s - 1) n
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
            TERMS.replace("%(sheets)s::bigint[][", "(%(sheets)s::bigint[])["),
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
    """The figures from all terms, as every night; and a look a day as it would be there. Returns the seconds."""
    began = time.perf_counter()
    checking.rebuild(feature_id=feature.pk, now=NOW)
    return time.perf_counter() - began


def measured(feature: Feature) -> float:
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        found = validity.report(feature=feature, now=NOW)
        took.append(time.perf_counter() - began)
    assert len(found.lines) == 2 * len(KINDS)
    assert {line.verdict for line in found.lines if line.polarity != "none"} == {"valid", "noise"}
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
            f"\nvalidity: report at {FEW:,} labeled items {1000 * times[0]:.1f} ms, at {MANY:,} {1000 * times[1]:.1f} ms;"
            f" ratio {times[1] / times[0]:.2f}, once more {again[1] / again[0]:.2f}"
            f"\n  all figures anew: {nights[0]:.2f} s and {nights[1]:.2f} s, terms {Term.objects.count():,}"
        )
