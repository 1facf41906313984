"""The audit of a delayed outcome at night, over all conversations: linear in how many there are."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotation import rewards
from annotation.models import Feature
from tests.rewards.world import RESOLVED, named

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db]

CONVERSATIONS = 100_000

INTERACTIONS = """
INSERT INTO annotation_interaction (feature_id, external_id, fingerprint, conversation_id, conversation_rank,
    occurred_at, ingested_at, model_version, request_model, response_model, random_number, is_evaluation,
    clock_ahead_ms)
SELECT %(feature)s, 'g' || n, decode(lpad(to_hex(n), 32, '0'), 'hex'), 'c' || n / 2, 1, at, at, 'drafts-' || n / 50000,
    '', '', 0.5, false, 0
FROM (SELECT n, %(now)s - interval '60 days' + n * interval '10 seconds' AS at FROM generate_series(1, %(most)s) n) made
"""
SIGNALS = """
INSERT INTO annotation_signal (interaction_id, external_id, kind, observed_at, ingested_at, is_late)
SELECT id, kind, kind, occurred_at + after, occurred_at + after, false FROM annotation_interaction, (VALUES
    ('accepted', 2, interval '1 minute'), ('copied', 3, interval '2 minutes'), ('later_result', 2, interval '3 days')
) told (kind, every, after) WHERE id %% every = 0
"""
CONTENTS = """
INSERT INTO annotation_signalcontent (signal_id, details)
SELECT id, jsonb_build_object('name', %(name)s::text, 'value', id %% 3 = 0) FROM annotation_signal
"""


def test_a_night(feature: Feature) -> None:
    now = timezone.now()
    with connection.cursor() as cursor:
        for statement in (INTERACTIONS, SIGNALS, CONTENTS):
            values: dict[str, Any] = {"feature": feature.pk, "now": now, "most": 2 * CONVERSATIONS, "name": RESOLVED}
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")
    outcome = named(feature)
    began = time.perf_counter()
    rewards.measure(outcome_id=outcome.pk, now=now)
    took = time.perf_counter() - began
    (found,) = rewards.report(feature=feature)
    assert found.conversations == CONVERSATIONS + 1
    began = time.perf_counter()
    signals = list(rewards.results(outcome=outcome).order_by("pk")[:1001])
    rewards.rewarded(outcome=outcome, signals=signals)
    listed = time.perf_counter() - began
    print(f"\n{CONVERSATIONS:,} conversations audited in {took:.1f} s; 1,000 rewards listed in {1000 * listed:.0f} ms")
